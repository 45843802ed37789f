//! Analysing media for as long as the process runs.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use vultus_service::{MediaWorkerSettings, Service, VideoOptions};

use crate::config::Config;

/// The folder of the data directory in which files lie while they are read.
const WORK_FOLDER: &str = "work";

/// Running work at media.
#[derive(Debug)]
pub(crate) struct MediaWork {
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl MediaWork {
    /// Works at the media of all accounts.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub(crate) fn start(service: &Arc<Service>, config: &Config) -> anyhow::Result<Self> {
        let mut video =
            VideoOptions { frames_per_second: config.media.frames_per_second, ..VideoOptions::default() };
        if let Some(program) = &config.cameras.ffmpeg {
            video.program.clone_from(program);
        }
        let mut settings = MediaWorkerSettings::new(config.data_dir.join(WORK_FOLDER));
        settings.jobs = config.media.jobs.unwrap_or(settings.jobs);
        let worker = service.media_worker(service.media_analyst(video), settings)?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(worker.run(async {
            // Whoever could say so has gone: that is as good.
            let _ = stopped.await;
        }));
        Ok(Self { stop, task })
    }

    /// Ends the work; what is not done waits for the next process.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        match self.task.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "media could not be worked at"),
            Err(error) => tracing::error!(%error, "the work at media had broken"),
        }
    }
}

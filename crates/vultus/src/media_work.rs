//! Analysing media for as long as the process runs.

use std::sync::Arc;

use vultus_service::{MediaWorkerSettings, Service, VideoOptions};

use crate::background::Background;
use crate::config::Config;

/// The folder of the data directory in which files lie while they are read.
const WORK_FOLDER: &str = "work";

/// Whether there is ffmpeg. Says what its absence takes away: a server without it answers everything else.
pub(crate) async fn has_ffmpeg(config: &Config) -> bool {
    let version = vultus_video::ffmpeg_version(&config.cameras.ffmpeg()).await;
    if let Err(error) = &version {
        tracing::warn!(
            "videos and cameras cannot be read: {error}; install ffmpeg, or name it under `[cameras]`"
        );
    }
    version.is_ok()
}

/// Running work at media.
#[derive(Debug)]
pub(crate) struct MediaWork(Background<std::io::Result<()>>);

impl MediaWork {
    /// Works at the media of all accounts.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub(crate) fn start(service: &Arc<Service>, config: &Config) -> anyhow::Result<Self> {
        let mut video =
            VideoOptions { frames_per_second: config.media.frames_per_second, ..VideoOptions::default() };
        video.program = config.cameras.ffmpeg();
        let mut settings = MediaWorkerSettings::new(config.data_dir.join(WORK_FOLDER));
        settings.jobs = config.media.jobs.unwrap_or(settings.jobs);
        let worker = service.media_worker(service.media_analyst(video), settings)?;
        Ok(Self(Background::start(|stopped| worker.run(stopped.wait()))))
    }

    /// Ends the work; what is not done waits for the next process.
    pub(crate) async fn stop(self) {
        match self.0.stop().await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "media could not be worked at"),
            Err(error) => tracing::error!(%error, "the work at media had broken"),
        }
    }
}

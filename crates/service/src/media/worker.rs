//! Working at media: one process holds a medium at a time and says so every few seconds.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::broadcast::Receiver;
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;
use vultus_store::{MediaEnd, MediaRecord, WorkerId};
use vultus_types::{MediaId, Timestamp};
use vultus_video::{MediaFrame, MediaInfo, MediaSink, MediaSinkError, MediaSummary};

use super::MediaFailure;
use super::folder::WorkFolder;
use crate::entropy::random;
use crate::{Service, ServiceError};

/// How long giving media up may take.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Frames that are stored together.
const FRAMES_PER_CHUNK: usize = 100;

/// Finds out what is in a medium.
#[async_trait]
pub trait MediaAnalyst: Send + Sync {
    /// Analyses the file, hands each frame to `sink`, and tells what it is over all. Ends when it is dropped.
    ///
    /// # Errors
    /// [`MediaFailure`].
    async fn analyse(
        &self,
        file: &Path,
        wants_points: bool,
        sink: &mut (dyn MediaSink + '_),
    ) -> Result<MediaSummary, MediaFailure>;
}

/// How a process works at media.
#[derive(Clone, Debug)]
pub struct MediaWorkerSettings {
    /// Media that are worked at side by side.
    pub jobs: usize,
    /// Where files lie while they are read.
    pub folder: PathBuf,
    /// How long a medium is held each time; three times as often it is held anew.
    pub hold_for: Duration,
    /// How often it is looked for media that other processes took over.
    pub look_every: Duration,
    /// How often the work at a medium is begun: one that kills every process that looks at it is given up.
    pub most_attempts: u32,
}

impl MediaWorkerSettings {
    /// Two media side by side, so that a photo needs not wait for a film, held for 15 seconds; three attempts.
    pub const fn new(folder: PathBuf) -> Self {
        Self {
            jobs: 2,
            folder,
            hold_for: Duration::from_secs(15),
            look_every: Duration::from_secs(1),
            most_attempts: 3,
        }
    }
}

/// Works at media.
pub struct MediaWorker {
    service: Arc<Service>,
    analyst: Arc<dyn MediaAnalyst>,
    worker: WorkerId,
    settings: MediaWorkerSettings,
}

impl Service {
    /// What works at the media of all accounts, once it is run.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal) where the system has no randomness.
    pub fn media_worker(
        self: &Arc<Self>,
        analyst: Arc<dyn MediaAnalyst>,
        settings: MediaWorkerSettings,
    ) -> Result<MediaWorker, ServiceError> {
        let worker = WorkerId(Uuid::from_bytes(random(&*self.entropy)?));
        Ok(MediaWorker { service: Arc::clone(self), analyst, worker, settings })
    }
}

impl MediaWorker {
    /// Works until `stop` is done. What is not finished then waits again.
    ///
    /// # Errors
    /// Where the folder for work cannot be made.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) -> std::io::Result<()> {
        let (parent, name) = (self.settings.folder.clone(), self.worker.0.simple().to_string());
        let folder = Arc::new(make_folder(parent, name).await?);
        let worker = Arc::new(self);
        let (stopping, stopped) = watch::channel(false);
        let mut jobs = JoinSet::new();
        let start = |jobs: &mut JoinSet<()>| {
            let (worker, folder, stopped) = (Arc::clone(&worker), Arc::clone(&folder), stopped.clone());
            jobs.spawn(async move { worker.work(&folder, stopped).await });
        };
        for _ in 0..worker.settings.jobs {
            start(&mut jobs);
        }
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                _ = jobs.join_next() => {
                    tracing::error!("the work at a medium panicked");
                    start(&mut jobs);
                }
            }
        }
        stopping.send_replace(true);
        let all = async { while jobs.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_TIMEOUT, all).await.is_err() {
            tracing::warn!("media took too long to be given up");
        }
        Ok(())
    }

    /// Works at one medium after the other.
    async fn work(&self, folder: &WorkFolder, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            match self.claim().await {
                Ok(Some(media)) => self.work_at(media, folder, &mut stopped).await,
                Ok(None) => {
                    tokio::select! {
                        () = self.service.media_news.added() => {}
                        () = tokio::time::sleep(self.settings.look_every) => {}
                        () = stop_asked(&mut stopped) => {}
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "media cannot be worked at");
                    tokio::time::sleep(self.settings.look_every).await;
                }
            }
        }
    }

    async fn claim(&self) -> Result<Option<MediaRecord>, ServiceError> {
        let now = self.service.clock.now();
        Ok(self.service.store.claim_media(self.worker, now, self.held_until(now)).await?)
    }

    fn held_until(&self, now: Timestamp) -> Timestamp {
        Timestamp(now.0.saturating_add(self.settings.hold_for.as_micros() as i64))
    }

    /// Analyses a medium for as long as it is held, and stores how that ended.
    async fn work_at(&self, media: MediaRecord, folder: &WorkFolder, stopped: &mut watch::Receiver<bool>) {
        let id = media.id;
        let removals = self.service.media_news.removals();
        let end = tokio::select! {
            end = self.analyse(&media, folder) => end,
            () = self.hold(id, removals) => {
                tracing::info!(media = %id, "the work at a medium was called off");
                return;
            }
            () = stop_asked(stopped) => {
                if let Err(error) = self.service.store.give_up_media(self.worker, id).await {
                    tracing::warn!(media = %id, %error, "a medium is held for a while yet");
                }
                return;
            }
        };
        let end = match end.map(|summary| serde_json::to_string(&summary)) {
            Ok(Ok(summary)) => MediaEnd::Complete(summary),
            Ok(Err(_)) => MediaEnd::Failed(name(MediaFailure::Internal)),
            Err(failure) => MediaEnd::Failed(name(failure)),
        };
        self.finish(id, &end).await;
    }

    async fn analyse(&self, media: &MediaRecord, folder: &WorkFolder) -> Result<MediaSummary, MediaFailure> {
        if media.attempts > self.settings.most_attempts {
            return Err(MediaFailure::BrokeOff);
        }
        let file = self.fetch(media, folder).await?;
        let mut sink = Chunks { worker: self, id: media.id, frames: Vec::new(), next: 0 };
        let summary = self.analyst.analyse(&file.0, media.wants_points, &mut sink).await?;
        sink.store().await.map_err(|error| self.broken(media.id, &error))?;
        Ok(summary)
    }

    /// Puts the file where it can be read. A store of files that is out of reach is waited for: what was taken over is
    /// not given up for that.
    async fn fetch(&self, media: &MediaRecord, folder: &WorkFolder) -> Result<TemporaryFile, MediaFailure> {
        let key = media.source_key.as_deref().ok_or(MediaFailure::Internal)?;
        let bytes = self.service.patient_get(key).await.map_err(|error| self.broken(media.id, &error))?;
        let bytes = bytes.ok_or(MediaFailure::Internal)?;
        let file = TemporaryFile(folder.file(&media.id.to_string()));
        tokio::fs::write(&file.0, &bytes).await.map_err(|error| self.broken(media.id, &error))?;
        Ok(file)
    }

    fn broken(&self, id: MediaId, error: &dyn std::error::Error) -> MediaFailure {
        tracing::error!(media = %id, %error, worker = %self.worker.0, "a medium cannot be analysed");
        MediaFailure::Internal
    }

    /// Holds on to a medium; returns when it is not this worker's any more.
    async fn hold(&self, id: MediaId, mut removals: Receiver<MediaId>) {
        let mut last_held = tokio::time::Instant::now();
        loop {
            let removed = async { while removals.recv().await != Ok(id) {} };
            if tokio::time::timeout(self.settings.hold_for / 3, removed).await.is_ok() {
                return;
            }
            let until = self.held_until(self.service.clock.now());
            match self.service.store.hold_media(self.worker, id, until).await {
                Ok(true) => last_held = tokio::time::Instant::now(),
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(media = %id, %error, "a medium cannot be held");
                    if last_held.elapsed() >= self.settings.hold_for {
                        return;
                    }
                }
            }
        }
    }

    /// Stores how the work ended, and removes the file.
    async fn finish(&self, id: MediaId, end: &MediaEnd) {
        let service = &self.service;
        match service.store.finish_media(self.worker, id, end, service.clock.now()).await {
            Ok(file) => {
                service.media_news.tell_ended();
                service.delete_blobs(&file.flatten().into_iter().collect::<Vec<_>>()).await;
            }
            Err(error) => tracing::error!(media = %id, %error, "the end of an analysis cannot be stored"),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "files are waited for, once, and no work is done")]
async fn make_folder(parent: PathBuf, name: String) -> std::io::Result<WorkFolder> {
    let folder = tokio::task::spawn_blocking(move || WorkFolder::make(&parent, &name));
    folder.await.map_err(std::io::Error::other)?
}

/// Returns when the worker is to stop.
async fn stop_asked(stopped: &mut watch::Receiver<bool>) {
    // Whoever could say so has gone: that is as good.
    let _ = stopped.wait_for(|is_stopped| *is_stopped).await;
}

/// The stored form of a failure.
fn name(failure: MediaFailure) -> String {
    serde_json::to_string(&failure).unwrap_or_else(|_| unreachable!("a name is text"))
}

/// A file that is removed when this is dropped.
struct TemporaryFile(PathBuf);

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // It may never have been written.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Stores frames in chunks.
struct Chunks<'a> {
    worker: &'a MediaWorker,
    id: MediaId,
    frames: Vec<MediaFrame>,
    next: u32,
}

/// The medium is not this worker's any more.
#[derive(Debug, thiserror::Error)]
#[error("the medium was taken away")]
struct TakenAway;

impl Chunks<'_> {
    async fn store(&mut self) -> Result<(), MediaSinkError> {
        if self.frames.is_empty() {
            return Ok(());
        }
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| MediaSinkError(error);
        let text = serde_json::to_string(&self.frames).map_err(|error| failed(error.into()))?;
        let store = &self.worker.service.store;
        let is_stored = store.add_media_frames(self.worker.worker, self.id, self.next, &text).await;
        if !is_stored.map_err(|error| failed(error.into()))? {
            return Err(failed(TakenAway.into()));
        }
        self.frames.clear();
        self.next += 1;
        Ok(())
    }
}

#[async_trait]
impl MediaSink for Chunks<'_> {
    async fn begin(&mut self, _: &MediaInfo) -> Result<(), MediaSinkError> {
        Ok(())
    }

    async fn frame(&mut self, mut frame: MediaFrame) -> Result<(), MediaSinkError> {
        // A tenth of a pixel is more than any point is good for.
        for point in frame.people.iter_mut().filter_map(|person| person.points.as_mut()).flatten().flatten() {
            *point = (*point * 10.0).round() / 10.0;
        }
        self.frames.push(frame);
        if self.frames.len() >= FRAMES_PER_CHUNK { self.store().await } else { Ok(()) }
    }
}

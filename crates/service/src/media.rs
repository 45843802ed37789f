//! Images and videos that are analysed after they were handed in: stored first, answered second, worked at by
//! whichever process has time, and found again after a restart.

mod analyst;
mod folder;
mod news;
mod worker;

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use vultus_store::{BlobStore, MediaRecord, MediaState};
use vultus_types::{MediaId, Timestamp};
use vultus_video::{MediaFrame, MediaSummary};

pub(crate) use self::news::MediaNews;
pub use self::news::MediaPlace;
pub use self::worker::{MediaAnalyst, MediaWorker, MediaWorkerSettings};
use crate::entropy::random;
use crate::error::RETRY_AFTER;
use crate::{Caller, ErrorKind, Service, ServiceError};

/// How often somebody who waits looks whether another process has finished.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// An image or a video to analyse.
#[derive(Clone, Debug)]
pub struct MediaCommand {
    /// The file.
    pub file: Bytes,
    /// Whether the points of faces are wanted.
    pub wants_points: bool,
}

/// How far the analysis of a medium has come.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaReport {
    /// The medium.
    pub id: MediaId,
    /// How far.
    pub progress: MediaProgress,
    /// When it was handed in.
    pub created_at: Timestamp,
    /// When the latest attempt began.
    pub started_at: Option<Timestamp>,
    /// Whether the points of faces were wanted.
    pub wants_points: bool,
}

/// How far the analysis of a medium has come.
#[derive(Clone, Debug, PartialEq)]
pub enum MediaProgress {
    /// It waits for a worker.
    Waiting,
    /// A worker is at it.
    Running,
    /// It is done.
    Complete(MediaSummary),
    /// It cannot be done.
    Failed(MediaFailure),
}

impl MediaProgress {
    /// Whether nothing more will come.
    pub const fn is_ended(&self) -> bool {
        matches!(self, Self::Complete(_) | Self::Failed(_))
    }
}

/// Why a medium could not be analysed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaFailure {
    /// It is neither an image nor a video that can be read, or it is damaged.
    Unreadable,
    /// It has no pictures.
    NoPictures,
    /// It lasts longer, or has more pixels, than is analysed.
    TooLarge,
    /// The program that reads videos is not installed.
    NoVideoReader,
    /// The work at it broke off more often than it is begun again.
    BrokeOff,
    /// Something else broke.
    Internal,
}

impl Service {
    /// Takes a place for handing in a medium, to be obtained before the request's body is read.
    ///
    /// # Errors
    /// [`ErrorKind::Overloaded`] where as many as can be held in memory are being handed in.
    pub fn admit_media(&self) -> Result<MediaPlace, ServiceError> {
        self.media_news.place().ok_or_else(|| ErrorKind::Overloaded { retry_after: RETRY_AFTER }.into())
    }

    /// Takes a medium over; when this returns, it is stored durably and will be analysed.
    ///
    /// # Errors
    /// [`ErrorKind::UnsupportedMedia`] where the file is empty, [`ErrorKind::Overloaded`] where too many wait.
    pub async fn add_media(
        &self,
        caller: Caller,
        place: MediaPlace,
        command: MediaCommand,
    ) -> Result<MediaId, ServiceError> {
        if command.file.is_empty() {
            return Err(ErrorKind::UnsupportedMedia.into());
        }
        if self.store.unfinished_media().await? >= u64::from(self.policy.most_media) {
            return Err(ErrorKind::Overloaded { retry_after: RETRY_AFTER }.into());
        }
        let id = MediaId(random(&*self.entropy)?);
        let key = BlobStore::media_key(caller.account, id);
        self.store.expect_blobs(std::slice::from_ref(&key), self.clock.now()).await?;
        self.blobs.put(&key, command.file).await?;
        let media = MediaRecord {
            id,
            account: caller.account,
            source_key: Some(key.clone()),
            wants_points: command.wants_points,
            state: MediaState::Waiting,
            created_at: self.clock.now(),
            started_at: None,
            attempts: 0,
        };
        if let Err(error) = self.store.add_media(&media).await {
            self.delete_blobs(&[key]).await;
            return Err(error.into());
        }
        drop(place);
        self.media_news.tell_added();
        Ok(id)
    }

    /// How far a medium has come; `None` where the caller has no such medium.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn media(&self, caller: Caller, id: MediaId) -> Result<Option<MediaReport>, ServiceError> {
        let media = self.store.media(caller.account, id).await?;
        media.map(report).transpose()
    }

    /// The first `limit` of the caller's media, latest first, of those after `before` in that order.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn list_media(
        &self,
        caller: Caller,
        before: Option<(Timestamp, MediaId)>,
        limit: u32,
    ) -> Result<Vec<MediaReport>, ServiceError> {
        let media = self.store.list_media(caller.account, before, limit).await?;
        media.into_iter().map(report).collect()
    }

    /// The same as [`Self::media`], once it has ended or the time is up.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn await_media(
        &self,
        caller: Caller,
        id: MediaId,
        patience: Duration,
    ) -> Result<Option<MediaReport>, ServiceError> {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            let news = self.media_news.ended();
            let report = self.media(caller, id).await?;
            let is_ended = report.as_ref().is_none_or(|report| report.progress.is_ended());
            let now = tokio::time::Instant::now();
            if is_ended || now >= deadline {
                return Ok(report);
            }
            // Another process may do the work: its news do not come here.
            let _ = tokio::time::timeout_at(deadline.min(now + LOOK_EVERY), news).await;
        }
    }

    /// A part of a medium's frames, counted from 0; `None` after the last one. To be asked for media that are
    /// complete and the caller's.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn media_frames(
        &self,
        id: MediaId,
        chunk: u32,
    ) -> Result<Option<Vec<MediaFrame>>, ServiceError> {
        let frames = self.store.media_frames(id, chunk).await?;
        let read = |text: String| {
            serde_json::from_str(&text).map_err(|error| ServiceError::new(ErrorKind::Internal, error))
        };
        frames.map(read).transpose()
    }

    /// Removes a medium with its file and all that was found in it, also while it is worked at. False where the
    /// caller has no such medium.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn remove_media(&self, caller: Caller, id: MediaId) -> Result<bool, ServiceError> {
        let removed = self.store.remove_media(caller.account, id, self.clock.now()).await?;
        let Some(file) = removed else { return Ok(false) };
        self.media_news.tell_removed(id);
        self.delete_blobs(&file.into_iter().collect::<Vec<_>>()).await;
        Ok(true)
    }
}

fn report(media: MediaRecord) -> Result<MediaReport, ServiceError> {
    let progress = match media.state {
        MediaState::Waiting => MediaProgress::Waiting,
        MediaState::Running => MediaProgress::Running,
        MediaState::Complete { summary } => serde_json::from_str(&summary).map(MediaProgress::Complete)?,
        MediaState::Failed { reason } => serde_json::from_str(&reason).map(MediaProgress::Failed)?,
    };
    let MediaRecord { id, created_at, started_at, wants_points, .. } = media;
    Ok(MediaReport { id, progress, created_at, started_at, wants_points })
}

/// What is stored as text was written here: if it cannot be read, something broke.
impl From<serde_json::Error> for ServiceError {
    fn from(error: serde_json::Error) -> Self {
        Self::new(ErrorKind::Internal, error)
    }
}

#[cfg(test)]
mod tests;

//! Images and videos to analyse, and what was found in them.

use async_trait::async_trait;
use vultus_types::{AccountId, MediaId, Timestamp};

use crate::{StoreError, WorkerId};

/// How far the analysis of a medium has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaState {
    /// It waits for a worker.
    Waiting,
    /// A worker is at it.
    Running,
    /// It is done.
    Complete {
        /// What was found over all, as text of the writer's making.
        summary: String,
    },
    /// It cannot be done.
    Failed {
        /// Why, as text of the writer's making.
        reason: String,
    },
}

/// An image or a video that is or was analysed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaRecord {
    /// Its id.
    pub id: MediaId,
    /// Whose it is.
    pub account: AccountId,
    /// The blob that holds the file, until the analysis has ended.
    pub source_key: Option<String>,
    /// Whether the points of faces are wanted.
    pub wants_points: bool,
    /// How far the analysis has come.
    pub state: MediaState,
    /// When it was handed in.
    pub created_at: Timestamp,
    /// When the latest worker began.
    pub started_at: Option<Timestamp>,
    /// How many workers have begun.
    pub attempts: u32,
}

/// How an analysis ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaEnd {
    /// It is done, with this summary.
    Complete(String),
    /// It cannot be done, for this reason.
    Failed(String),
}

/// Images and videos to analyse. Frames are kept in chunks, texts of the writer's making, numbered from 0.
#[async_trait]
pub trait MediaStore: Send + Sync {
    /// Stores a medium that waits, and takes its file off the list of pending blobs.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the id is taken, [`StoreError::NotFound`] where there is no such account.
    async fn add_media(&self, media: &MediaRecord) -> Result<(), StoreError>;

    /// One medium of the account.
    async fn media(&self, account: AccountId, id: MediaId) -> Result<Option<MediaRecord>, StoreError>;

    /// The first `limit` media of the account, latest first, of those after `before` in that order.
    async fn list_media(
        &self,
        account: AccountId,
        before: Option<(Timestamp, MediaId)>,
        limit: u32,
    ) -> Result<Vec<MediaRecord>, StoreError>;

    /// How many media of all accounts wait or are being worked at.
    async fn unfinished_media(&self) -> Result<u64, StoreError>;

    /// A chunk of a medium's frames; `None` after the last one.
    async fn media_frames(&self, id: MediaId, chunk: u32) -> Result<Option<String>, StoreError>;

    /// Removes a medium with all that was found in it, also while it is worked at. Its file's blob is pending then
    /// and is returned in the inner option. `None` where the account has no such medium.
    async fn remove_media(
        &self,
        account: AccountId,
        id: MediaId,
        now: Timestamp,
    ) -> Result<Option<Option<String>>, StoreError>;

    /// Gives the medium that has waited longest to a worker until the given moment; one whose worker did not hold
    /// on to it counts as waiting. Frames of earlier attempts are removed.
    async fn claim_media(
        &self,
        worker: WorkerId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<MediaRecord>, StoreError>;

    /// Holds on to a medium until the given moment. False where it is not the worker's any more, or was removed.
    async fn hold_media(&self, worker: WorkerId, id: MediaId, until: Timestamp) -> Result<bool, StoreError>;

    /// Adds a chunk of frames. False, and nothing is kept, where the medium is not the worker's any more.
    async fn add_media_frames(
        &self,
        worker: WorkerId,
        id: MediaId,
        chunk: u32,
        frames: &str,
    ) -> Result<bool, StoreError>;

    /// Ends the work at a medium, whose file's blob is pending then and is returned. `None`, and nothing is kept,
    /// where the medium is not the worker's any more.
    async fn finish_media(
        &self,
        worker: WorkerId,
        id: MediaId,
        end: &MediaEnd,
        now: Timestamp,
    ) -> Result<Option<Option<String>>, StoreError>;

    /// Gives up a medium, which then waits again. Well where it is not the worker's any more.
    async fn give_up_media(&self, worker: WorkerId, id: MediaId) -> Result<(), StoreError>;
}

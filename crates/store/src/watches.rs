//! Who watches which camera, and what comes of it. Watchers are processes; one at a time holds a camera.

use async_trait::async_trait;
use uuid::Uuid;
use vultus_types::{AccountId, CameraId, Timestamp};

use crate::{CameraRecord, StoreError};

/// A process that watches cameras or analyses media, while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WorkerId(pub Uuid);

/// What a watched camera is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchActivity {
    /// Its stream is being opened.
    Connecting,
    /// Frames come.
    Running,
    /// Its stream failed and is tried again later.
    Waiting,
    /// Its video had an end and was read to it.
    Finished,
}

/// What a watcher tells of a camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchReport {
    /// What the camera is doing.
    pub activity: WatchActivity,
    /// Since when.
    pub since: Timestamp,
    /// When a stream that failed is tried again.
    pub retry_at: Option<Timestamp>,
    /// Why it failed, in words without addresses.
    pub error: Option<String>,
    /// Frames that faces were looked for in.
    pub frames: u64,
    /// Frames that came while there was no place for work.
    pub dropped: u64,
    /// Faces that were posted.
    pub events: u64,
    /// Faces that were not posted.
    pub lost: u64,
}

impl WatchReport {
    /// What is told of a camera that was taken over just now.
    pub const fn begun(now: Timestamp) -> Self {
        Self {
            activity: WatchActivity::Connecting,
            since: now,
            retry_at: None,
            error: None,
            frames: 0,
            dropped: 0,
            events: 0,
            lost: 0,
        }
    }
}

/// Who watches which camera.
#[async_trait]
pub trait WatchStore: Send + Sync {
    /// Holds, until the given moment, every camera that is to be watched and that nobody else holds at `now`,
    /// gives up those that are no longer to be watched, and tells which cameras `watcher` holds then, oldest first.
    async fn hold_cameras(
        &self,
        watcher: WorkerId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<CameraRecord>, StoreError>;

    /// Notes what comes of cameras; of those that `watcher` does not hold, nothing is noted.
    async fn report_watches(
        &self,
        watcher: WorkerId,
        reports: &[(CameraId, WatchReport)],
    ) -> Result<(), StoreError>;

    /// Gives up every camera that `watcher` holds.
    async fn release_cameras(&self, watcher: WorkerId) -> Result<(), StoreError>;

    /// What comes of the account's cameras that somebody holds at `now`, in no order.
    async fn watch_reports(
        &self,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Vec<(CameraId, WatchReport)>, StoreError>;
}

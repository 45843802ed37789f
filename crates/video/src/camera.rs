//! Cameras: their streams are read for as long as they are enabled, and the best shot of each face that
//! passes is posted as an event.

mod poster;
mod session;
mod shots;
mod status;
mod worker;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use vultus_face::FaceAnalyzer;
use vultus_inference::WorkPool;
use vultus_types::{AccountId, BoundingBox, CameraId, Clock, Timestamp};

pub use status::{CameraState, CameraStates, CameraStatus};
pub use worker::CameraWorker;

use crate::{Likeness, Region, SourceRules, VideoOptions};

/// An enabled camera. Its debug text has no address: addresses hold credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Camera {
    /// Its id.
    pub id: CameraId,
    /// Whose it is.
    pub account: AccountId,
    /// Where its video comes from.
    pub url: String,
    /// Faces are looked for in this part of the picture only.
    pub tracked_region: Option<Region>,
    /// Faces are posted when they are in this part of the picture only.
    pub posted_region: Option<Region>,
}

impl fmt::Debug for Camera {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Camera").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The cameras cannot be listed.
#[derive(Debug, thiserror::Error)]
#[error("the cameras cannot be listed")]
pub struct CameraSourceError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Tells which cameras a worker is to read.
#[async_trait]
pub trait CameraSource: Send + Sync {
    /// The cameras, of all accounts, that are this worker's to read until [`WatchSettings::hold_for`] from now: no
    /// other worker is told of them meanwhile.
    ///
    /// # Errors
    /// [`CameraSourceError`].
    async fn hold(&self) -> Result<Vec<Camera>, CameraSourceError>;

    /// Gives all cameras up, so that another worker may be told of them at once.
    ///
    /// # Errors
    /// [`CameraSourceError`].
    async fn release(&self) -> Result<(), CameraSourceError>;
}

/// A face that a camera saw.
#[derive(Clone, Debug)]
pub struct FaceEvent {
    /// The camera.
    pub camera: CameraId,
    /// Whose it is.
    pub account: AccountId,
    /// The face with what is around it, a JPEG file.
    pub photo: Bytes,
    /// The face in the photo.
    pub bounds: BoundingBox,
    /// When the frame came.
    pub seen_at: Timestamp,
}

/// Why an event was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// No place for it now; later there may be.
    #[error("no place for the event")]
    Busy,
    /// No template could be made of the face.
    #[error("no template can be made of the face")]
    Unusable,
    /// Something broke.
    #[error("the event could not be stored")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Takes events.
#[async_trait]
pub trait EventSink: Send + Sync {
    /// Stores an event durably.
    ///
    /// # Errors
    /// [`SinkError`].
    async fn post(&self, event: FaceEvent) -> Result<(), SinkError>;
}

/// How cameras are read.
#[derive(Clone, Debug)]
pub struct WatchSettings {
    /// How each video is read; the part that is shown is the camera's own.
    pub video: VideoOptions,
    /// What may be read.
    pub rules: SourceRules,
    /// The smallest face to look for, as a share of a frame's larger side.
    pub min_head_scale: f32,
    /// How often it is looked whether cameras have changed.
    pub look_every: Duration,
    /// How long cameras are held each time that is done; three times as long, so that a slow look loses none.
    pub hold_for: Duration,
    /// The wait before a stream that failed is tried again; it doubles with every failure.
    pub first_wait: Duration,
    /// The longest such wait.
    pub longest_wait: Duration,
}

impl WatchSettings {
    /// The default video options and waits (1 second to 1 minute), for what `rules` let be read. Faces from a
    /// thirtieth of the picture on are looked for: 40 pixels of 1280.
    pub fn new(rules: SourceRules) -> Self {
        Self {
            video: VideoOptions::default(),
            rules,
            min_head_scale: 0.03,
            look_every: Duration::from_secs(5),
            hold_for: Duration::from_secs(15),
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_mins(1),
        }
    }
}

/// What a [`CameraWorker`] works with.
#[derive(Clone)]
pub struct CameraWorkerParts {
    /// Which cameras there are.
    pub cameras: Arc<dyn CameraSource>,
    /// Where events go.
    pub events: Arc<dyn EventSink>,
    /// Finds and describes faces.
    pub analyzer: Arc<dyn FaceAnalyzer>,
    /// Where the analyser runs.
    pub pool: Arc<WorkPool>,
    /// Compares the analyser's templates.
    pub likeness: Arc<dyn Likeness>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where each camera's state is shown.
    pub states: Arc<CameraStates>,
    /// How cameras are read.
    pub settings: WatchSettings,
}

//! Watching cameras: the cameras of all accounts are read, and each face that passes is enrolled as an event.

use std::sync::Arc;

use async_trait::async_trait;
use vultus_store::{CameraRecord, CameraRegion};
use vultus_types::{CameraId, Template, Wanted};
use vultus_video::{
    Camera, CameraSource, CameraSourceError, CameraStates, CameraStatus, CameraWorker, CameraWorkerParts,
    EventSink, FaceEvent, Likeness, Region, SinkError, WatchSettings,
};

use crate::{
    Caller, EnrolCommand, ErrorKind, EventSource, FaceChoice, FaceSelection, PhotoSettings, Service,
    ServiceError,
};

/// The smallest face to look for in what a camera posts, in which a face takes more than a third of each
/// side.
const POSTED_HEAD_SCALE: f32 = 0.15;

impl Service {
    /// What reads the enabled cameras of all accounts, once it is run.
    pub fn camera_worker(self: &Arc<Self>, settings: WatchSettings) -> CameraWorker {
        CameraWorker::new(CameraWorkerParts {
            cameras: Arc::new(Watched(Arc::clone(self))),
            events: Arc::new(Watched(Arc::clone(self))),
            analyzer: Arc::clone(&self.analyzer),
            pool: Arc::clone(&self.pool),
            likeness: Arc::new(Watched(Arc::clone(self))),
            clock: Arc::clone(&self.clock),
            states: Arc::clone(&self.camera_states),
            settings,
        })
    }

    /// The states of the cameras that this process reads.
    pub fn camera_states(&self) -> &CameraStates {
        &self.camera_states
    }

    /// What one of the caller's cameras is doing; `None` where this process does not read it.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn camera_status(
        &self,
        caller: Caller,
        id: CameraId,
    ) -> Result<Option<CameraStatus>, ServiceError> {
        let camera = self.camera(caller, id).await?;
        Ok(self.camera_states.get(camera.id))
    }

    /// Enrols a face that a camera saw, with its event and person.
    async fn enrol_seen(&self, event: FaceEvent) -> Result<(), ServiceError> {
        let permit = self.admit()?;
        let settings =
            PhotoSettings { min_head_scale: POSTED_HEAD_SCALE, ..PhotoSettings::new(Wanted::TEMPLATE) };
        let command = EnrolCommand {
            photo: event.photo,
            photo_url: None,
            galleries: Vec::new(),
            subject: String::new(),
            // Others may look over its shoulder.
            faces: FaceChoice { selection: FaceSelection::Largest, places: vec![event.bounds] },
            keep_photo: true,
            event: Some(EventSource { camera: event.camera, occurred_at: Some(event.seen_at) }),
            settings,
        };
        self.enrol(Caller { account: event.account }, permit, command).await.map(|_| ())
    }
}

/// The use cases as what reads cameras sees them.
struct Watched(Arc<Service>);

#[async_trait]
impl CameraSource for Watched {
    async fn enabled(&self) -> Result<Vec<Camera>, CameraSourceError> {
        let cameras = self.0.enabled_cameras().await.map_err(|error| CameraSourceError(error.into()))?;
        Ok(cameras.into_iter().filter(|camera| !camera.url.is_empty()).map(watched).collect())
    }
}

fn watched(camera: CameraRecord) -> Camera {
    let region = |region: CameraRegion| {
        let CameraRegion { width, height, x, y } = region;
        Region { width, height, x, y }
    };
    Camera {
        id: camera.id,
        account: camera.account,
        url: camera.url,
        tracked_region: camera.tracking_region.map(region),
        posted_region: camera.event_region.map(region),
    }
}

#[async_trait]
impl EventSink for Watched {
    async fn post(&self, event: FaceEvent) -> Result<(), SinkError> {
        self.0.enrol_seen(event).await.map_err(|error| match error.kind() {
            ErrorKind::Overloaded { .. } => SinkError::Busy,
            ErrorKind::NoFace | ErrorKind::UnusableFace => SinkError::Unusable,
            _ => SinkError::Failed(error.into()),
        })
    }
}

impl Likeness for Watched {
    fn confidence(&self, one: &Template, other: &Template) -> Option<f32> {
        let similarity = self.0.analyzer.score_rule().similarity(one, other).ok()?;
        Some(self.0.calibration.confidence(similarity).get())
    }
}

#[cfg(test)]
mod tests;

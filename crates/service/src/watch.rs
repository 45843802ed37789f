//! Watching cameras: the cameras of all accounts are read, and each face that passes is enrolled as an event.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;
use vultus_store::{CameraRecord, CameraRegion, StoreError, WatchActivity, WatchReport, WorkerId};
use vultus_types::{CameraId, Template, Timestamp, Wanted};
use vultus_video::{
    Camera, CameraSource, CameraSourceError, CameraState, CameraStatus, CameraWorker, CameraWorkerParts,
    EventSink, FaceEvent, Likeness, Region, SinkError, WatchSettings,
};

use crate::entropy::random;
use crate::{
    Caller, EnrolCommand, ErrorKind, EventSource, FaceChoice, FaceSelection, PhotoSettings, Service,
    ServiceError,
};

/// The smallest face to look for in what a camera posts, in which a face takes more than a third of each
/// side.
const POSTED_HEAD_SCALE: f32 = 0.15;

/// The word for what a watched camera is doing.
pub const fn activity_name(activity: WatchActivity) -> &'static str {
    match activity {
        WatchActivity::Connecting => "connecting",
        WatchActivity::Running => "running",
        WatchActivity::Waiting => "waiting",
        WatchActivity::Finished => "finished",
    }
}

impl Service {
    /// What reads the enabled cameras of all accounts that no other process reads, once it is run.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] where the system has no randomness.
    pub fn camera_worker(self: &Arc<Self>, settings: WatchSettings) -> Result<CameraWorker, ServiceError> {
        let watcher = WorkerId(Uuid::from_bytes(random(&*self.entropy)?));
        let held = HeldCameras { service: Arc::clone(self), watcher, hold_for: settings.hold_for };
        Ok(CameraWorker::new(CameraWorkerParts {
            cameras: Arc::new(held),
            events: Arc::new(Watched(Arc::clone(self))),
            analyzer: Arc::clone(&self.analyzer),
            pool: Arc::clone(&self.pool),
            likeness: Arc::new(Watched(Arc::clone(self))),
            clock: Arc::clone(&self.clock),
            states: Arc::clone(&self.camera_states),
            settings,
        }))
    }

    /// What comes of the caller's cameras that some process watches, as it was last told: every few seconds.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn watch_reports(
        &self,
        caller: Caller,
    ) -> Result<HashMap<CameraId, WatchReport>, ServiceError> {
        let reports = self.store.watch_reports(caller.account, self.clock.now()).await?;
        Ok(reports.into_iter().collect())
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
pub(crate) struct Watched(pub(crate) Arc<Service>);

/// The cameras of all accounts, held for one worker.
struct HeldCameras {
    service: Arc<Service>,
    watcher: WorkerId,
    hold_for: Duration,
}

impl HeldCameras {
    /// Tells what comes of the cameras so far, then holds those that can be held.
    async fn hold(&self) -> Result<Vec<CameraRecord>, StoreError> {
        let (store, now) = (&self.service.store, self.service.clock.now());
        let told = self.service.camera_states.all();
        let told: Vec<_> = told.into_iter().map(|(camera, status)| (camera, report(status))).collect();
        store.report_watches(self.watcher, &told).await?;
        let until = Timestamp(now.0.saturating_add(self.hold_for.as_micros() as i64));
        store.hold_cameras(self.watcher, now, until).await
    }
}

#[async_trait]
impl CameraSource for HeldCameras {
    async fn hold(&self) -> Result<Vec<Camera>, CameraSourceError> {
        let cameras = self.hold().await.map_err(|error| CameraSourceError(error.into()))?;
        Ok(cameras.into_iter().map(watched).collect())
    }

    async fn release(&self) -> Result<(), CameraSourceError> {
        let released = self.service.store.release_cameras(self.watcher).await;
        released.map_err(|error| CameraSourceError(error.into()))
    }
}

fn report(status: CameraStatus) -> WatchReport {
    let CameraStatus { state, since, frames, dropped, events, lost } = status;
    let (activity, retry_at, error) = match state {
        CameraState::Connecting => (WatchActivity::Connecting, None, None),
        CameraState::Running => (WatchActivity::Running, None, None),
        CameraState::Waiting { until, error } => (WatchActivity::Waiting, Some(until), Some(error)),
        CameraState::Finished => (WatchActivity::Finished, None, None),
    };
    WatchReport { activity, since, retry_at, error, frames, dropped, events, lost }
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

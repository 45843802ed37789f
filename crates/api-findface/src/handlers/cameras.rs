//! `/camera`: created, listed, shown, changed, deleted.

use std::collections::HashMap;

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::{CameraRecord, CameraRegion, CameraSettings, WatchActivity, WatchReport};
use vultus_types::CameraId;

use crate::error::Fault;
use crate::openapi::NewCamera;
use crate::{Call, Reply, fields, times};

/// A camera; what was not set is left out.
#[derive(Serialize, ToSchema)]
struct Camera {
    id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    meta: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    detector: String,
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    rot: Option<[u32; 4]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    roi: Option<[u32; 4]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    watch: Option<Watch>,
}

/// What comes of a camera that some process watches; the original does not tell.
#[derive(Serialize, ToSchema)]
struct Watch {
    state: &'static str,
    since: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_at: Option<String>,
    frames: u64,
    dropped_frames: u64,
    faces: u64,
    lost_faces: u64,
}

impl From<WatchReport> for Watch {
    fn from(report: WatchReport) -> Self {
        Self {
            state: match report.activity {
                WatchActivity::Connecting => "connecting",
                WatchActivity::Running => "running",
                WatchActivity::Waiting => "waiting",
                WatchActivity::Finished => "finished",
            },
            since: times::write(report.since),
            error: report.error,
            retry_at: report.retry_at.map(times::write),
            frames: report.frames,
            dropped_frames: report.dropped,
            faces: report.events,
            lost_faces: report.lost,
        }
    }
}

impl From<CameraRecord> for Camera {
    fn from(camera: CameraRecord) -> Self {
        let numbers = |region: CameraRegion| [region.width, region.height, region.x, region.y];
        Self {
            id: camera.id.to_string(),
            meta: camera.meta,
            url: camera.url,
            detector: camera.detector,
            enabled: camera.is_enabled,
            rot: camera.tracking_region.map(numbers),
            roi: camera.event_region.map(numbers),
            watch: None,
        }
    }
}

impl Camera {
    fn watched(camera: CameraRecord, reports: &mut HashMap<CameraId, WatchReport>) -> Self {
        let watch = reports.remove(&camera.id).map(Watch::from);
        Self { watch, ..Self::from(camera) }
    }
}

/// The fields of a request; what is not there stays as it is, regions excepted.
struct Fields {
    meta: Option<String>,
    url: Option<String>,
    detector: Option<String>,
    enabled: Option<bool>,
    rot: Option<CameraRegion>,
    roi: Option<CameraRegion>,
}

impl Fields {
    fn read(call: &Call) -> Result<Self, Fault> {
        Ok(Self {
            meta: call.params.text("meta")?,
            url: call.params.text("url")?.map(|url| url.trim().to_owned()),
            detector: call.params.text("detector")?,
            enabled: fields::optional_flag(&call.params, "enabled")?,
            rot: fields::region(&call.params, "rot")?,
            roi: fields::region(&call.params, "roi")?,
        })
    }

    /// Lays the fields over settings. As documented, a region that is not sent is deleted.
    fn apply(self, settings: &mut CameraSettings) {
        let set = |place: &mut String, value: Option<String>| {
            if let Some(value) = value {
                *place = value;
            }
        };
        set(&mut settings.meta, self.meta);
        set(&mut settings.url, self.url);
        set(&mut settings.detector, self.detector);
        settings.is_enabled = self.enabled.unwrap_or(settings.is_enabled);
        settings.tracking_region = self.rot;
        settings.event_region = self.roi;
    }
}
/// Creates a camera.
#[utoipa::path(
    post,
    path = "/camera",
    operation_id = "create_camera",
    tag = "cameras",
    request_body(content(
        (NewCamera = "application/json"),
        (NewCamera = "multipart/form-data"),
        (NewCamera = "application/x-www-form-urlencoded")
    )),
    responses((status = 201, description = "The camera", body = Camera))
)]
pub(crate) async fn create(call: Call) -> Result<Reply, Fault> {
    let mut settings = CameraSettings::default();
    Fields::read(&call)?.apply(&mut settings);
    let camera = call.service().create_camera(call.caller, settings).await?;
    Ok(Reply::new(Camera::from(camera)).with_status(StatusCode::CREATED))
}
/// The cameras, with what comes of those that are watched.
#[utoipa::path(
    get,
    path = "/camera",
    operation_id = "cameras",
    tag = "cameras",
    responses((status = 200, description = "The cameras", body = Vec<Camera>))
)]
pub(crate) async fn list(call: Call) -> Result<Reply, Fault> {
    let cameras = call.service().cameras(call.caller).await?;
    let mut reports = call.service().watch_reports(call.caller).await?;
    let cameras = cameras.into_iter().map(|camera| Camera::watched(camera, &mut reports));
    Ok(Reply::new(cameras.collect::<Vec<_>>()))
}
/// One camera, with what comes of it while it is watched.
#[utoipa::path(
    get,
    path = "/camera/{id}",
    operation_id = "camera",
    tag = "cameras",
    params(("id" = String, Path, description = "The camera: a UUID")),
    responses((status = 200, description = "The camera", body = Camera))
)]
pub(crate) async fn show(call: Call) -> Result<Reply, Fault> {
    let camera = call.service().camera(call.caller, fields::camera_id(&call)?).await?;
    let mut reports = call.service().watch_reports(call.caller).await?;
    Ok(Reply::new(Camera::watched(camera, &mut reports)))
}
/// Changes a camera. Regions that are not sent are deleted.
#[utoipa::path(
    put,
    path = "/camera/{id}",
    operation_id = "change_camera",
    tag = "cameras",
    params(("id" = String, Path, description = "The camera: a UUID")),
    request_body(content(
        (NewCamera = "application/json"),
        (NewCamera = "multipart/form-data"),
        (NewCamera = "application/x-www-form-urlencoded")
    )),
    responses((status = 200, description = "The camera as it is now", body = Camera))
)]
pub(crate) async fn change(call: Call) -> Result<Reply, Fault> {
    let fields = Fields::read(&call)?;
    let change = |settings: &mut CameraSettings| fields.apply(settings);
    let camera = call.service().update_camera(call.caller, fields::camera_id(&call)?, change).await?;
    Ok(Reply::new(Camera::from(camera)))
}
/// Deletes a camera. What it saw stays.
#[utoipa::path(
    delete,
    path = "/camera/{id}",
    operation_id = "delete_camera",
    tag = "cameras",
    params(("id" = String, Path, description = "The camera: a UUID")),
    responses((status = 204, description = "It is gone"))
)]
pub(crate) async fn delete(call: Call) -> Result<Reply, Fault> {
    call.service().remove_camera(call.caller, fields::camera_id(&call)?).await?;
    Ok(Reply::no_content())
}

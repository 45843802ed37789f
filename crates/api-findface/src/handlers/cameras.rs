//! `/camera`: created, listed, shown, changed, deleted.

use std::collections::HashMap;

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::{CameraChange, CameraRecord, CameraRegion, CameraSettings, WatchReport, activity_name};
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
            state: activity_name(report.activity),
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

/// What the fields of a request change. As documented, a region that is not sent is deleted.
fn change_of(call: &Call) -> Result<CameraChange, Fault> {
    Ok(CameraChange {
        meta: call.params.text("meta")?,
        url: call.params.text("url")?.map(|url| url.trim().to_owned()),
        detector: call.params.text("detector")?,
        is_enabled: fields::optional_flag(&call.params, "enabled")?,
        tracking_region: Some(fields::region(&call.params, "rot")?),
        event_region: Some(fields::region(&call.params, "roi")?),
    })
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
    change_of(&call)?.apply(&mut settings);
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
    let change = change_of(&call)?;
    let change = |settings: &mut CameraSettings| change.apply(settings);
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

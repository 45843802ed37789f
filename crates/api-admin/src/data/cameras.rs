//! Cameras: listed, created, changed, deleted.

use axum::Json;
use axum::http::StatusCode;
use vultus_service::{Action, CameraChange, CameraRegion, CameraSettings};
use vultus_types::CameraId;

use super::visit::Visit;
use super::wire::Region;
use super::wire::cameras::Camera;
use super::wire::forms::CameraForm;
use crate::AdminError;
use crate::input::Input;
use crate::page::Page;

/// The account's cameras, oldest first, with what comes of them.
#[utoipa::path(get, path = "/accounts/{a}/cameras", operation_id = "list_cameras", tag = "cameras",
    params(("a" = String, Path, description = "The account's name")),
    responses((status = 200, body = Page<Camera>)))]
pub(crate) async fn list(visit: Visit) -> Result<Json<Page<Camera>>, AdminError> {
    let caller = visit.caller().await?;
    let cameras = visit.service().cameras(caller).await?;
    let mut watches = visit.service().watch_reports(caller).await?;
    let cameras = cameras.into_iter().map(|camera| {
        let watch = watches.remove(&camera.id);
        Camera::new(camera, watch)
    });
    Ok(Json(Page::whole(cameras.collect())))
}

/// Create a camera.
#[utoipa::path(post, path = "/accounts/{a}/cameras", operation_id = "create_camera", tag = "cameras",
    params(("a" = String, Path, description = "The account's name")), request_body = CameraForm,
    responses((status = 201, body = Camera)))]
pub(crate) async fn create(
    visit: Visit,
    Input(form): Input<CameraForm>,
) -> Result<(StatusCode, Json<Camera>), AdminError> {
    let change = change_of(form)?;
    let create = async {
        let caller = visit.caller().await?;
        let mut settings = CameraSettings::default();
        change.apply(&mut settings);
        Ok(visit.service().create_camera(caller, settings).await?)
    };
    let camera = visit.perform(Action::CreateCamera, "", create).await?;
    Ok((StatusCode::CREATED, Json(Camera::new(camera, None))))
}

/// Change a camera. What is not named stays.
#[utoipa::path(patch, path = "/accounts/{a}/cameras/{id}", operation_id = "update_camera", tag = "cameras",
    params(("a" = String, Path, description = "The account's name"), ("id" = String, Path, description = "The camera")),
    request_body = CameraForm, responses((status = 200, body = Camera)))]
pub(crate) async fn update(visit: Visit, Input(form): Input<CameraForm>) -> Result<Json<Camera>, AdminError> {
    let change = change_of(form)?;
    let update = async {
        let caller = visit.caller().await?;
        let id = id(&visit)?;
        let camera = visit.service().update_camera(caller, id, |settings| change.apply(settings)).await?;
        let watch = visit.service().watch_reports(caller).await?.remove(&id);
        Ok(Camera::new(camera, watch))
    };
    visit.perform(Action::UpdateCamera, visit.part("id"), update).await.map(Json)
}

/// Delete a camera. Its events stay.
#[utoipa::path(delete, path = "/accounts/{a}/cameras/{id}", operation_id = "delete_camera", tag = "cameras",
    params(("a" = String, Path, description = "The account's name"), ("id" = String, Path, description = "The camera")),
    responses((status = 204)))]
pub(crate) async fn remove(visit: Visit) -> Result<StatusCode, AdminError> {
    let remove = async {
        let caller = visit.caller().await?;
        Ok(visit.service().remove_camera(caller, id(&visit)?).await?)
    };
    visit.perform(Action::DeleteCamera, visit.part("id"), remove).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The id in the path; text that is no id is that of no camera.
fn id(visit: &Visit) -> Result<CameraId, AdminError> {
    visit.part("id").parse().map_err(|_| AdminError::not_found("no such camera"))
}

/// What a form changes; its regions are checked.
fn change_of(form: CameraForm) -> Result<CameraChange, AdminError> {
    Ok(CameraChange {
        meta: form.meta,
        url: form.url,
        is_enabled: form.enabled,
        detector: form.detector,
        tracking_region: region(form.tracking_region, "tracking_region")?,
        event_region: region(form.event_region, "event_region")?,
    })
}

fn region(
    wanted: Option<Option<Region>>,
    field: &'static str,
) -> Result<Option<Option<CameraRegion>>, AdminError> {
    let checked = |region: Region| {
        let Region { width, height, x, y } = region;
        let unfit = |_| AdminError::invalid(field, "a region is empty or beyond any picture");
        CameraSettings::region([width, height, x, y].map(i64::from)).map_err(unfit)
    };
    wanted.map(|region| region.map(checked).transpose()).transpose()
}

//! People's data: galleries, subjects and faces; photos that are compared and looked for; media; cameras and what they
//! saw. And how good the models are at it.

mod accuracy;
mod cameras;
mod faces;
mod form;
mod galleries;
mod history;
mod media;
mod photos;
mod subjects;
mod visit;
mod wire;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, patch, post};
use bytes::Bytes;
use utoipa::OpenApi;
use vultus_service::Service;
use vultus_types::FaceId;

use crate::{Admin, AdminError, named};

/// The longest name of a gallery or a subject that is given here, in bytes, as in Kairos.
const MOST_NAME_BYTES: usize = 255;

/// The endpoints. Their names are those in the request log.
pub(crate) fn router() -> Router<Admin> {
    people().merge(events()).merge(models())
}

fn people() -> Router<Admin> {
    Router::new()
        .route("/accounts/{a}/galleries", named("galleries_list", get(galleries::list)))
        .route("/accounts/{a}/galleries", named("galleries_create", post(galleries::create)))
        .route("/accounts/{a}/galleries/{g}", named("galleries_remove", delete(galleries::remove)))
        .route("/accounts/{a}/galleries/{g}/enrol", named("enrol", post(photos::enrol)))
        .route("/accounts/{a}/galleries/{g}/identify", named("identify", post(photos::identify)))
        .route("/accounts/{a}/galleries/{g}/subjects", named("subjects_list", get(subjects::list)))
        .route("/accounts/{a}/galleries/{g}/subjects/{s}", named("subjects_show", get(subjects::show)))
        .route("/accounts/{a}/galleries/{g}/subjects/{s}", named("subjects_remove", delete(subjects::remove)))
        .route(
            "/accounts/{a}/galleries/{g}/subjects/{s}/merge",
            named("subjects_merge", post(subjects::merge)),
        )
        .route(
            "/accounts/{a}/galleries/{g}/subjects/{s}/move",
            named("subjects_move", post(subjects::relocate)),
        )
        .route("/accounts/{a}/faces/{id}", named("faces_show", get(faces::show)))
        .route("/accounts/{a}/faces/{id}", named("faces_remove", delete(faces::remove)))
        .route("/accounts/{a}/faces/{id}/thumbnail", named("faces_thumbnail", get(faces::thumbnail)))
        .route("/accounts/{a}/faces/{id}/photo", named("faces_photo", get(faces::photo)))
        .route("/accounts/{a}/detect", named("detect", post(photos::detect)))
        .route("/accounts/{a}/compare", named("compare", post(photos::compare)))
}

fn events() -> Router<Admin> {
    Router::new()
        .route("/accounts/{a}/media", named("media_list", get(media::list)))
        .route("/accounts/{a}/media", named("media_create", post(media::create)))
        .route("/accounts/{a}/media/{id}", named("media_show", get(media::show)))
        .route("/accounts/{a}/media/{id}", named("media_remove", delete(media::remove)))
        .route("/accounts/{a}/media/{id}/frames", named("media_frames", get(media::frames)))
        .route("/accounts/{a}/cameras", named("cameras_list", get(cameras::list)))
        .route("/accounts/{a}/cameras", named("cameras_create", post(cameras::create)))
        .route("/accounts/{a}/cameras/{id}", named("cameras_update", patch(cameras::update)))
        .route("/accounts/{a}/cameras/{id}", named("cameras_remove", delete(cameras::remove)))
        .route("/accounts/{a}/events", named("events", get(history::events)))
        .route("/accounts/{a}/persons", named("persons_list", get(history::persons)))
        .route("/accounts/{a}/persons/{id}", named("persons_show", get(history::person)))
}

fn models() -> Router<Admin> {
    Router::new()
        .route("/calibration", named("calibration", get(accuracy::calibration)))
        .route("/accuracy", named("accuracy", get(accuracy::reports)))
        .route("/models", named("models", get(accuracy::models)))
}

#[derive(OpenApi)]
#[openapi(paths(
    galleries::list,
    galleries::create,
    galleries::remove,
    subjects::list,
    subjects::show,
    subjects::merge,
    subjects::relocate,
    subjects::remove,
    faces::show,
    faces::remove,
    faces::thumbnail,
    faces::photo,
    photos::enrol,
    photos::detect,
    photos::compare,
    photos::identify,
    media::list,
    media::create,
    media::show,
    media::frames,
    media::remove,
    cameras::list,
    cameras::create,
    cameras::update,
    cameras::remove,
    history::events,
    history::persons,
    history::person,
    accuracy::calibration,
    accuracy::reports,
    accuracy::models,
))]
struct Described;

/// Their part of the API's description.
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    Described::openapi()
}

/// A name that is given to something.
fn checked_name(name: &str, field: &'static str) -> Result<String, AdminError> {
    let name = name.trim();
    let is_name = (1..=MOST_NAME_BYTES).contains(&name.len()) && !name.chars().any(char::is_control);
    let unfit = || AdminError::invalid(field, "a name has 1 to 255 bytes and no control characters");
    is_name.then(|| name.to_owned()).ok_or_else(unfit)
}

fn face_id(text: &str) -> Option<FaceId> {
    text.parse().ok().and_then(FaceId::new)
}

/// A cursor that is none that was given.
fn unknown_cursor() -> AdminError {
    AdminError::invalid("cursor", "the cursor is none that was given")
}

/// A picture, as its bytes say what it is.
fn picture(bytes: Option<Bytes>) -> Result<Response, AdminError> {
    let bytes = bytes.ok_or_else(|| AdminError::not_found("no photo of the face is kept"))?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(Service::media_type(&bytes)));
    Ok((headers, bytes).into_response())
}

#[cfg(test)]
mod tests;

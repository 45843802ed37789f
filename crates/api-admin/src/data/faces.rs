//! Faces: looked at, deleted.

use axum::Json;
use axum::http::StatusCode;
use axum::response::Response;
use vultus_service::Action;
use vultus_types::FaceId;

use super::visit::Visit;
use super::wire::faces::Face;
use super::{face_id, picture};
use crate::AdminError;

/// A face.
#[utoipa::path(get, path = "/accounts/{a}/faces/{id}", operation_id = "show_face", tag = "people",
    params(("a" = String, Path, description = "The account's name"), ("id" = String, Path, description = "The face")),
    responses((status = 200, body = Face)))]
pub(crate) async fn show(visit: Visit) -> Result<Json<Face>, AdminError> {
    let caller = visit.caller().await?;
    Ok(Json(visit.service().face(caller, id(&visit)?).await?.into()))
}

/// Delete a face with its thumbnail, and its photo with the last face on it.
#[utoipa::path(delete, path = "/accounts/{a}/faces/{id}", operation_id = "delete_face", tag = "people",
    params(("a" = String, Path, description = "The account's name"), ("id" = String, Path, description = "The face")),
    responses((status = 204)))]
pub(crate) async fn remove(visit: Visit) -> Result<StatusCode, AdminError> {
    let remove = async {
        let caller = visit.caller().await?;
        Ok(visit.service().delete_face(caller, id(&visit)?).await?)
    };
    visit.perform(Action::DeleteFace, visit.part("id"), remove).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A small picture of a face, with a margin, at most 160 pixels wide and high.
#[utoipa::path(get, path = "/accounts/{a}/faces/{id}/thumbnail", operation_id = "show_thumbnail", tag = "people",
    params(("a" = String, Path, description = "The account's name"), ("id" = String, Path, description = "The face")),
    responses((status = 200, content_type = "image/jpeg")))]
pub(crate) async fn thumbnail(visit: Visit) -> Result<Response, AdminError> {
    let caller = visit.caller().await?;
    picture(visit.service().thumbnail(caller, id(&visit)?).await?)
}

/// The photo that a face was enrolled from.
#[utoipa::path(get, path = "/accounts/{a}/faces/{id}/photo", operation_id = "show_photo", tag = "people",
    params(("a" = String, Path, description = "The account's name"), ("id" = String, Path, description = "The face")),
    responses((status = 200, content_type = "image/*")))]
pub(crate) async fn photo(visit: Visit) -> Result<Response, AdminError> {
    let photo = async {
        let caller = visit.caller().await?;
        Ok(visit.service().photo(caller, id(&visit)?).await?)
    };
    picture(visit.perform(Action::ViewFace, visit.part("id"), photo).await?)
}

/// The id in the path; text that is no id is that of no face.
fn id(visit: &Visit) -> Result<FaceId, AdminError> {
    face_id(visit.part("id")).ok_or_else(|| AdminError::not_found("no such face"))
}

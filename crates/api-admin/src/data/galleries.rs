//! Galleries: listed, created, deleted.

use axum::Json;
use axum::http::StatusCode;
use vultus_service::Action;

use super::checked_name;
use super::visit::Visit;
use super::wire::faces::Gallery;
use super::wire::forms::NewGallery;
use crate::AdminError;
use crate::input::Input;
use crate::page::Page;

/// The account's galleries, by name.
#[utoipa::path(get, path = "/accounts/{a}/galleries", operation_id = "list_galleries", tag = "people",
    params(("a" = String, Path, description = "The account's name")),
    responses((status = 200, body = Page<Gallery>)))]
pub(crate) async fn list(visit: Visit) -> Result<Json<Page<Gallery>>, AdminError> {
    let galleries = visit.service().gallery_counts(visit.caller().await?).await?;
    Ok(Json(Page::whole(galleries.into_iter().map(Gallery::from).collect())))
}

/// Create a gallery that lasts without faces.
#[utoipa::path(post, path = "/accounts/{a}/galleries", operation_id = "create_gallery", tag = "people",
    params(("a" = String, Path, description = "The account's name")), request_body = NewGallery,
    responses((status = 201, body = Gallery)))]
pub(crate) async fn create(
    visit: Visit,
    Input(NewGallery { name }): Input<NewGallery>,
) -> Result<(StatusCode, Json<Gallery>), AdminError> {
    let name = checked_name(&name, "name")?;
    let create = async {
        let caller = visit.caller().await?;
        Ok(visit.service().create_gallery(caller, &name).await?)
    };
    visit.perform(Action::CreateGallery, &name, create).await?;
    Ok((StatusCode::CREATED, Json(Gallery { name, subjects: 0, faces: 0 })))
}

/// Delete a gallery and the faces that lie in no other.
#[utoipa::path(delete, path = "/accounts/{a}/galleries/{g}", operation_id = "delete_gallery", tag = "people",
    params(("a" = String, Path, description = "The account's name"), ("g" = String, Path, description = "The gallery")),
    responses((status = 204)))]
pub(crate) async fn remove(visit: Visit) -> Result<StatusCode, AdminError> {
    let gallery = visit.part("g");
    let remove = async {
        let caller = visit.caller().await?;
        Ok(visit.service().remove_gallery(caller, gallery).await?)
    };
    visit.perform(Action::DeleteGallery, gallery, remove).await?;
    Ok(StatusCode::NO_CONTENT)
}

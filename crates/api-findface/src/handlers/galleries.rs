//! `/galleries`: listed, created, deleted.

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::{ErrorKind, ServiceError};

use crate::error::Fault;
use crate::openapi::NewGallery;
use crate::wire::{Results, with_default};
use crate::{Call, Reply, fields, quirks};

#[derive(Serialize, ToSchema)]
#[schema(as = CreatedGallery)]
struct Created<'a> {
    name: &'a str,
}
/// The names of the galleries.
#[utoipa::path(
    get,
    path = "/galleries",
    operation_id = "galleries",
    tag = "galleries",
    responses((status = 200, description = "The names, `default` first", body = Results<Vec<String>>))
)]
pub(crate) async fn list(call: Call) -> Result<Reply, Fault> {
    let galleries = call.service().galleries(call.caller).await?;
    Ok(Reply::new(Results { results: with_default(galleries) }))
}

/// Creates a gallery. Its name stands in the path, or in the field `name`.
#[utoipa::path(
    post,
    path = "/galleries",
    operation_id = "create_gallery",
    tag = "galleries",
    request_body(content(
        (NewGallery = "application/json"),
        (NewGallery = "multipart/form-data"),
        (NewGallery = "application/x-www-form-urlencoded")
    )),
    responses((status = 201, description = "The gallery", body = Created))
)]
pub(crate) async fn create(call: Call) -> Result<Reply, Fault> {
    let name = match call.part("gallery") {
        Some(name) => name.to_owned(),
        None => call.params.text("name")?.ok_or_else(|| Fault::missing("name"))?,
    };
    if !quirks::is_gallery_name(&name) {
        return Err(refused(&name, "A gallery name has 1 to 48 letters, digits, '_' or '-'"));
    }
    if name == quirks::DEFAULT_GALLERY {
        return Err(refused(&name, EXISTS));
    }
    let exists = |error: ServiceError| match error.kind() {
        ErrorKind::AlreadyExists(_) => refused(&name, EXISTS),
        _ => error.into(),
    };
    call.service().create_gallery(call.caller, &name).await.map_err(exists)?;
    Ok(Reply::new(Created { name: &name }).with_status(StatusCode::CREATED))
}
/// Deletes a gallery with the faces that are in no other but `default`.
#[utoipa::path(
    delete,
    path = "/galleries/{gallery}",
    operation_id = "delete_gallery",
    tag = "galleries",
    params(("gallery" = String, Path, description = "The gallery")),
    responses((status = 204, description = "It is gone"))
)]
pub(crate) async fn delete(call: Call) -> Result<Reply, Fault> {
    let name = fields::gallery(&call)
        .ok_or_else(|| refused(quirks::DEFAULT_GALLERY, "The gallery cannot be deleted"))?;
    call.service().remove_gallery(call.caller, &name).await?;
    Ok(Reply::no_content())
}

const EXISTS: &str = "The gallery exists already";

fn refused(name: &str, reason: &str) -> Fault {
    Fault::bad("gallery", Some(name.to_owned()), reason)
}

//! `POST /gallery/remove`: removes a gallery with its subjects.

use super::Done;
use crate::error::Fault;
use crate::openapi::Gallery;
use crate::{Call, Reply, fields};

/// Removes a gallery with its subjects.
#[utoipa::path(
    post,
    path = "/gallery/remove",
    operation_id = "gallery_remove",
    tag = "galleries",
    request_body(content((Gallery = "application/json"), (Gallery = "multipart/form-data"))),
    responses((status = 200, description = "The gallery is gone", body = Done,
        example = json!({"status": "Complete", "message": "gallery MyGallery was removed"})))
)]
pub(crate) async fn run(call: Call) -> Result<Reply, Fault> {
    fields::require(&call.params, &[&["gallery_name"]])?;
    let gallery = fields::name(&call.params, "gallery_name")?;
    call.service().remove_gallery(call.caller, &gallery).await?;
    Ok(Reply::new(Done::new(format!("gallery {gallery} was removed"))))
}

//! `/face/meta/{meta}`: the faces of a meta, of all or of a gallery, listed or deleted.

use crate::error::Fault;
use crate::handlers::faces;
use crate::paging::Page;
use crate::{Call, Reply, fields};
/// The faces with a meta, newest first.
#[utoipa::path(
    get,
    path = "/face/meta/{meta}",
    operation_id = "faces_of_meta",
    tag = "faces",
    params(
        ("meta" = String, Path, description = "The meta"),
        ("limit" = Option<u64>, Query,
            description = "Faces on a page, 1000 by default and at most; 0 is as if it were not sent"),
        ("max_id" = Option<u64>, Query,
            description = "The page begins at the newest face with at most this id"),
        ("min_id" = Option<u64>, Query,
            description = "The page reaches up from the oldest face with at least this id")
    ),
    responses((status = 200, description = "A page of faces", body = Page))
)]
pub(crate) async fn list(call: Call) -> Result<Reply, Fault> {
    let meta = call.part("meta").map(str::to_owned);
    faces::listed(call, meta).await
}
/// Deletes the faces with a meta.
#[utoipa::path(
    delete,
    path = "/face/meta/{meta}",
    operation_id = "delete_faces_of_meta",
    tag = "faces",
    params(("meta" = String, Path, description = "The meta")),
    responses((status = 204, description = "They are gone"))
)]
pub(crate) async fn delete(call: Call) -> Result<Reply, Fault> {
    let service = call.service();
    let meta = call.part("meta").unwrap_or_default();
    match fields::gallery(&call) {
        Some(gallery) => service.remove_subject(call.caller, &gallery, meta).await?,
        None => service.delete_subject(call.caller, meta).await?,
    }
    Ok(Reply::no_content())
}

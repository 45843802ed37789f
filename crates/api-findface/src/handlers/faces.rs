//! `GET /faces`: all faces, or those of a gallery, page by page.

use vultus_service::FaceListing;

use crate::error::Fault;
use crate::paging::{Page, Paging};
use crate::{Call, Reply, fields};
/// All faces, newest first.
#[utoipa::path(
    get,
    path = "/faces",
    operation_id = "faces",
    tag = "faces",
    params(
        ("limit" = Option<u64>, Query,
            description = "Faces on a page, 1000 by default and at most; 0 is as if it were not sent"),
        ("max_id" = Option<u64>, Query,
            description = "The page begins at the newest face with at most this id"),
        ("min_id" = Option<u64>, Query,
            description = "The page reaches up from the oldest face with at least this id")
    ),
    responses((status = 200, description = "A page of faces", body = Page))
)]
pub(crate) async fn run(call: Call) -> Result<Reply, Fault> {
    listed(call, None).await
}

/// The page of faces, of those with this meta where there is one.
pub(crate) async fn listed(call: Call, subject: Option<String>) -> Result<Reply, Fault> {
    let paging = Paging::read(&call.params)?;
    let listing =
        FaceListing { gallery: fields::gallery(&call), subject, start: paging.start, limit: paging.limit };
    let page = call.service().list_faces(call.caller, &listing).await?;
    Ok(Reply::new(paging.answer(&call.address, page)))
}

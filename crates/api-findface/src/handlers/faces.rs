//! `GET /faces`: all faces, or those of a gallery, page by page.

use vultus_service::FaceListing;

use crate::error::Fault;
use crate::paging::Paging;
use crate::{Call, Reply, fields};

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

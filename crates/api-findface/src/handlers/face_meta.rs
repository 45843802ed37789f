//! `/face/meta/{meta}`: the faces of a meta, of all or of a gallery, listed or deleted.

use crate::error::Fault;
use crate::handlers::faces;
use crate::{Call, Reply, fields};

pub(crate) async fn list(call: Call) -> Result<Reply, Fault> {
    let meta = call.part("meta").map(str::to_owned);
    faces::listed(call, meta).await
}

pub(crate) async fn delete(call: Call) -> Result<Reply, Fault> {
    let service = call.service();
    let meta = call.part("meta").unwrap_or_default();
    match fields::gallery(&call) {
        Some(gallery) => service.remove_subject(call.caller, &gallery, meta).await?,
        None => service.delete_subject(call.caller, meta).await?,
    }
    Ok(Reply::no_content())
}

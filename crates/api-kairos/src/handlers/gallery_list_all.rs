//! `POST /gallery/list_all`: the caller's galleries.

use serde::Serialize;

use super::COMPLETE;
use crate::error::Fault;
use crate::{Call, Reply};

#[derive(Serialize)]
struct Answer {
    status: &'static str,
    gallery_ids: Vec<String>,
}

pub(crate) async fn run(call: Call) -> Result<Reply, Fault> {
    let gallery_ids = call.service().galleries(call.caller).await?;
    Ok(Reply::new(Answer { status: COMPLETE, gallery_ids }))
}

//! `POST /gallery/list_all`: the caller's galleries.

use serde::Serialize;
use utoipa::ToSchema;

use super::COMPLETE;
use crate::error::Fault;
use crate::{Call, Reply};

#[derive(Serialize, ToSchema)]
#[schema(as = Galleries)]
struct Answer {
    status: &'static str,
    gallery_ids: Vec<String>,
}

/// The galleries of the account. There is no need of a body.
#[utoipa::path(
    post,
    path = "/gallery/list_all",
    operation_id = "gallery_list_all",
    tag = "galleries",
    responses((status = 200, description = "The galleries", body = Answer,
        example = json!({"status": "Complete", "gallery_ids": ["MyGallery"]})))
)]
pub(crate) async fn run(call: Call) -> Result<Reply, Fault> {
    let gallery_ids = call.service().galleries(call.caller).await?;
    Ok(Reply::new(Answer { status: COMPLETE, gallery_ids }))
}

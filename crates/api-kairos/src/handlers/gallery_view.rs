//! `POST /gallery/view`: the subjects of a gallery.

use serde::Serialize;
use utoipa::ToSchema;

use super::COMPLETE;
use crate::error::Fault;
use crate::openapi::Gallery;
use crate::{Call, Reply, fields};

#[derive(Serialize, ToSchema)]
#[schema(as = Subjects)]
struct Answer {
    status: &'static str,
    subject_ids: Vec<String>,
}

/// The subjects of a gallery.
#[utoipa::path(
    post,
    path = "/gallery/view",
    operation_id = "gallery_view",
    tag = "galleries",
    request_body(content((Gallery = "application/json"), (Gallery = "multipart/form-data"))),
    responses((status = 200, description = "The subjects", body = Answer,
        example = json!({"status": "Complete", "subject_ids": ["Elizabeth"]})))
)]
pub(crate) async fn run(call: Call) -> Result<Reply, Fault> {
    fields::require(&call.params, &[&["gallery_name"]])?;
    let gallery = fields::name(&call.params, "gallery_name")?;
    let subject_ids = call.service().subjects(call.caller, &gallery).await?;
    Ok(Reply::new(Answer { status: COMPLETE, subject_ids }))
}

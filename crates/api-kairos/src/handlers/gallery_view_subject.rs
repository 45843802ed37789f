//! `POST /gallery/view_subject`: the faces of a subject.

use serde::Serialize;
use utoipa::ToSchema;

use super::COMPLETE;
use crate::error::Fault;
use crate::openapi::Subject;
use crate::wire::millis;
use crate::{Call, Reply, fields};

#[derive(Serialize, ToSchema)]
#[schema(as = SubjectFaces)]
struct Answer {
    status: &'static str,
    face_ids: Vec<Face>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SubjectFace)]
struct Face {
    face_id: String,
    enrollment_timestamp: String,
}

/// The faces of a subject.
#[utoipa::path(
    post,
    path = "/gallery/view_subject",
    operation_id = "gallery_view_subject",
    tag = "galleries",
    request_body(content((Subject = "application/json"), (Subject = "multipart/form-data"))),
    responses((status = 200, description = "The faces", body = Answer,
        example = json!({
            "status": "Complete",
            "face_ids": [{"face_id": "7e77c8deb5fc4b958c00", "enrollment_timestamp": "1486925605094"}]
        })))
)]
pub(crate) async fn run(call: Call) -> Result<Reply, Fault> {
    fields::require(&call.params, &[&["gallery_name"], &["subject_id"]])?;
    let gallery = fields::name(&call.params, "gallery_name")?;
    let subject = fields::name(&call.params, "subject_id")?;
    let faces = call.service().subject_faces(call.caller, &gallery, &subject).await?;
    let face = |face: vultus_service::FaceSummary| Face {
        face_id: face.id.to_hex(),
        enrollment_timestamp: millis(face.enrolled_at),
    };
    Ok(Reply::new(Answer { status: COMPLETE, face_ids: faces.into_iter().map(face).collect() }))
}

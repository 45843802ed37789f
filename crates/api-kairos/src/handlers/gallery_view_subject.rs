//! `POST /gallery/view_subject`: the faces of a subject.

use serde::Serialize;

use super::COMPLETE;
use crate::error::Fault;
use crate::wire::millis;
use crate::{Call, Reply, fields};

#[derive(Serialize)]
struct Answer {
    status: &'static str,
    face_ids: Vec<Face>,
}

#[derive(Serialize)]
struct Face {
    face_id: String,
    enrollment_timestamp: String,
}

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

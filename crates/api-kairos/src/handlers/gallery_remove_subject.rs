//! `POST /gallery/remove_subject`: removes a subject from a gallery, or one of its faces.

use vultus_types::FaceId;

use super::Done;
use crate::error::Fault;
use crate::openapi::Face;
use crate::{Call, Reply, fields};

/// Removes a subject from a gallery, or one of its faces.
///
/// A gallery without subjects disappears.
#[utoipa::path(
    post,
    path = "/gallery/remove_subject",
    operation_id = "gallery_remove_subject",
    tag = "galleries",
    request_body(content((Face = "application/json"), (Face = "multipart/form-data"))),
    responses((status = 200, description = "The subject or face is gone", body = Done,
        example = json!({"status": "Complete", "message": "subject id Elizabeth has been successfully removed"})))
)]
pub(crate) async fn run(call: Call) -> Result<Reply, Fault> {
    fields::require(&call.params, &[&["gallery_name"]])?;
    let gallery = fields::name(&call.params, "gallery_name")?;
    let service = call.service();
    // The original answers a missing subject like an unknown one.
    if fields::require(&call.params, &[&["subject_id"]]).is_err() {
        service.subjects(call.caller, &gallery).await?;
        return Err(Fault::SubjectNotFound);
    }
    let subject = fields::name(&call.params, "subject_id")?;
    // A face id that is there but empty is a wrong id: it must not remove the whole subject.
    let Some(face_id) = call.params.text("face_id")? else {
        service.remove_subject(call.caller, &gallery, &subject).await?;
        return Ok(Reply::new(Done::new(format!("subject id {subject} has been successfully removed"))));
    };
    let Ok(id) = FaceId::from_hex(face_id.trim()) else {
        service.subject_faces(call.caller, &gallery, &subject).await?;
        return Err(Fault::FaceNotFound);
    };
    service.remove_face(call.caller, &gallery, &subject, id).await?;
    let message = format!("subject id {subject} with face id {} has been successfully removed", id.to_hex());
    Ok(Reply::new(Done::new(message)))
}

//! `/face/id/{id}`: one face, shown, changed or deleted.

use vultus_service::{ErrorKind, FaceUpdate, ServiceError, What};

use crate::error::Fault;
use crate::openapi::ChangeFace;
use crate::wire::Face;
use crate::{Call, Reply, fields};
/// One face.
#[utoipa::path(
    get,
    path = "/face/id/{id}",
    operation_id = "face",
    tag = "faces",
    params(("id" = u64, Path, description = "The face", minimum = 1)),
    responses((status = 200, description = "The face", body = Face))
)]
pub(crate) async fn show(call: Call) -> Result<Reply, Fault> {
    let face = call.service().face(call.caller, fields::face_id(&call)?).await?;
    Ok(Reply::new(Face::from(face)))
}
/// Changes a face.
#[utoipa::path(
    put,
    path = "/face/id/{id}",
    operation_id = "change_face",
    tag = "faces",
    params(("id" = u64, Path, description = "The face", minimum = 1)),
    request_body(content(
        (ChangeFace = "application/json"),
        (ChangeFace = "multipart/form-data"),
        (ChangeFace = "application/x-www-form-urlencoded")
    )),
    responses((status = 200, description = "The face as it is now", body = Face))
)]
pub(crate) async fn change(call: Call) -> Result<Reply, Fault> {
    let id = fields::face_id(&call)?;
    let update =
        FaceUpdate { subject: fields::meta(&call.params)?, galleries: fields::gallery_edit(&call).await? };
    let service = call.service();
    if let Some(person) = fields::person(&call.params)? {
        // The path names the face; a person who is not there is a wrong parameter.
        let unknown = |error: ServiceError| match error.kind() {
            ErrorKind::NotFound(What::Person) => {
                Fault::bad("person_id", Some(person.to_string()), "There is no such person")
            }
            _ => error.into(),
        };
        service.set_person(call.caller, id, person).await.map_err(unknown)?;
    }
    let face = service.update_face(call.caller, id, &update).await?;
    Ok(Reply::new(Face::from(face)))
}
/// Deletes a face.
#[utoipa::path(
    delete,
    path = "/face/id/{id}",
    operation_id = "delete_face",
    tag = "faces",
    params(("id" = u64, Path, description = "The face", minimum = 1)),
    responses((status = 204, description = "It is gone"))
)]
pub(crate) async fn delete(call: Call) -> Result<Reply, Fault> {
    call.service().delete_face(call.caller, fields::face_id(&call)?).await?;
    Ok(Reply::no_content())
}

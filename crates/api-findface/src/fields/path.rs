//! What paths name.

use vultus_types::{CameraId, FaceId, PersonId};

use crate::error::Fault;
use crate::{Call, quirks};

/// The face's id; text that is no id is that of no face.
pub(crate) fn face_id(call: &Call) -> Result<FaceId, Fault> {
    let number = call.part("id").and_then(|text| text.parse().ok());
    number.and_then(FaceId::new).ok_or(Fault::NotFound("face"))
}

/// The person's id; text that is no id is that of no person.
pub(crate) fn person_id(call: &Call) -> Result<PersonId, Fault> {
    let number = call.part("id").and_then(|text| text.parse().ok());
    number.and_then(PersonId::new).ok_or(Fault::NotFound("person"))
}

/// The camera's id; text that is no id is that of no camera.
pub(crate) fn camera_id(call: &Call) -> Result<CameraId, Fault> {
    call.part("id").and_then(quirks::read_camera).ok_or(Fault::NotFound("camera"))
}

/// The gallery; nothing where the path has none, or where it is the one that all faces are in.
pub(crate) fn gallery(call: &Call) -> Option<String> {
    call.part("gallery").filter(|name| *name != quirks::DEFAULT_GALLERY).map(str::to_owned)
}

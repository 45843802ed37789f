//! `POST /face`: enrols a face of a photo, or all of them.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::{EnrolCommand, EnrolledPhotoFace, Permit, PhotoSettings};

use crate::error::Fault;
use crate::openapi::{AddFace, AddFaceForm};
use crate::wire::{Asked, Attributes, Face, Results};
use crate::{Call, Reply, fields};

#[derive(Serialize, ToSchema)]
#[schema(as = AddedFace)]
struct Added {
    #[serde(flatten)]
    attributes: Attributes,
    #[serde(flatten)]
    face: Face,
}
/// Enrols a face of a photo, or several.
#[utoipa::path(
    post,
    path = "/face",
    operation_id = "add_face",
    tag = "faces",
    request_body(content(
        (AddFace = "application/json"),
        (AddFaceForm = "multipart/form-data"),
        (AddFace = "application/x-www-form-urlencoded")
    )),
    responses((status = 200, description = "The enrolled faces", body = Results<Vec<Added>>))
)]
pub(crate) async fn run(call: Call, permit: Permit) -> Result<Reply, Fault> {
    let asked = fields::asked(&call.params)?;
    let event = fields::event(&call.params)?;
    let faces = fields::choice(&call.params)?;
    let meta = fields::meta(&call.params)?;
    let galleries = fields::galleries(&call).await?;
    let photo = fields::photo(&call, "photo").await?;
    let command = EnrolCommand {
        photo: photo.bytes,
        photo_url: photo.address,
        galleries,
        subject: meta.unwrap_or_default(),
        faces,
        keep_photo: true,
        event,
        settings: PhotoSettings::new(asked.wanted()),
    };
    let outcome = call.service().enrol(call.caller, permit, command).await?;
    let count = outcome.faces.len();
    let results: Vec<_> = outcome.faces.into_iter().map(|face| Added::new(asked, face)).collect();
    Ok(Reply::of_faces(Results { results }, count, outcome.timings))
}

impl Added {
    fn new(asked: Asked, EnrolledPhotoFace { stored, face }: EnrolledPhotoFace) -> Self {
        Self { attributes: Attributes::new(asked, &face), face: stored.into() }
    }
}

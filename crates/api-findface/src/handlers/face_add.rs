//! `POST /face`: enrols a face of a photo, or all of them.

use serde::Serialize;
use vultus_service::{EnrolCommand, EnrolledPhotoFace, Permit, PhotoSettings};

use crate::error::Fault;
use crate::wire::{Asked, Attributes, Face, Results};
use crate::{Call, Reply, fields};

#[derive(Serialize)]
struct Added {
    #[serde(flatten)]
    attributes: Attributes,
    #[serde(flatten)]
    face: Face,
}

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

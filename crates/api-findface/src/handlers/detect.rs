//! `POST /detect`: finds the faces of a photo, with gender, age and emotions where they are asked for.

use serde::Serialize;
use vultus_service::{DetectCommand, Permit, PhotoSettings};

use crate::error::Fault;
use crate::wire::{Attributes, FaceBox};
use crate::{Call, Reply, fields};

#[derive(Serialize)]
struct Answer {
    faces: Vec<Face>,
    orientation: u8,
}

#[derive(Serialize)]
struct Face {
    #[serde(flatten)]
    attributes: Attributes,
    #[serde(flatten)]
    bounds: FaceBox,
}

/// Boxes are those of the upright photo.
const UPRIGHT: u8 = 1;

pub(crate) async fn run(call: Call, permit: Permit) -> Result<Reply, Fault> {
    let asked = fields::asked(&call.params)?;
    let places = fields::box_fields(&call.params)?;
    let photo = fields::photo(&call, "photo").await?.bytes;
    let command = DetectCommand { photo, places, settings: PhotoSettings::new(asked.wanted()) };
    let analysis = call.service().detect(permit, command).await?;
    let faces = analysis.faces.iter();
    let faces: Vec<_> = faces
        .map(|face| Face { attributes: Attributes::new(asked, face), bounds: (&face.bounds).into() })
        .collect();
    let count = faces.len();
    Ok(Reply::of_faces(Answer { faces, orientation: UPRIGHT }, count, analysis.timings))
}

//! `POST /detect`: finds the faces of a photo, with gender, age and emotions where they are asked for.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::{DetectCommand, Permit, PhotoSettings};

use crate::error::Fault;
use crate::openapi::{Detect, DetectForm};
use crate::wire::{Attributes, FaceBox};
use crate::{Call, Reply, fields};

#[derive(Serialize, ToSchema)]
#[schema(as = Detection)]
struct Answer {
    faces: Vec<Face>,
    orientation: u8,
}

#[derive(Serialize, ToSchema)]
#[schema(as = DetectedFace)]
struct Face {
    #[serde(flatten)]
    attributes: Attributes,
    #[serde(flatten)]
    bounds: FaceBox,
}

/// Boxes are those of the upright photo.
const UPRIGHT: u8 = 1;
/// The faces of a photo.
#[utoipa::path(
    post,
    path = "/detect",
    operation_id = "detect",
    tag = "faces",
    request_body(content(
        (Detect = "application/json"),
        (DetectForm = "multipart/form-data"),
        (Detect = "application/x-www-form-urlencoded")
    )),
    responses((status = 200, description = "The faces", body = Answer,
        example = json!({
            "faces": [{
                "age": 37, "emotions": ["neutral", "happy"], "gender": "female",
                "x1": 236, "x2": 311, "y1": 345, "y2": 419
            }],
            "orientation": 1
        })))
)]
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

//! `POST /detect`: finds and describes faces, stores nothing.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::{DetectCommand, Permit};
use vultus_types::{AnalyzedFace, Wanted};

use super::COMPLETE;
use crate::error::Fault;
use crate::fields::{self, IMAGE};
use crate::openapi::{Detect, DetectForm};
use crate::wire::{Attributes, Bounds, Decimal, Features, Images, eye_distance, quality};
use crate::{Call, Reply};

const WANTED: Wanted =
    Wanted { landmarks: true, quality: true, demographics: true, appearance: true, ..Wanted::BOXES };

#[derive(Serialize, ToSchema)]
#[schema(as = DetectedImage)]
struct Image {
    status: &'static str,
    width: u32,
    height: u32,
    file: String,
    faces: Vec<Face>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DetectedFace)]
struct Face {
    #[serde(flatten)]
    bounds: Bounds,
    #[serde(flatten)]
    features: Features,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    eye_distance: Option<i64>,
    confidence: Decimal,
    attributes: Attributes,
    /// Counts the faces, from 1.
    #[serde(rename = "face_id")]
    number: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    quality: Option<Decimal>,
}

/// Finds and describes the faces of a photo. Nothing is stored.
#[utoipa::path(
    post,
    path = "/detect",
    operation_id = "detect",
    tag = "faces",
    request_body(content((Detect = "application/json"), (DetectForm = "multipart/form-data"))),
    responses((status = 200, description = "What the photo shows", body = Images<Image>,
        headers(("X-Liveness-Model" = String,
            description = "The models behind `liveness`; only where there is one")),
        example = json!({
            "images": [{
                "status": "Complete", "width": 1536, "height": 2048, "file": "content_1", "faces": [{
                    "topLeftX": 390, "topLeftY": 706, "width": 781, "height": 780, "chinTipX": 780, "chinTipY": 1486,
                    "leftEyeCenterX": 960, "leftEyeCenterY": 960, "rightEyeCenterX": 640, "rightEyeCenterY": 960,
                    "pitch": 4, "roll": -1, "yaw": 3, "eyeDistance": 320, "confidence": 0.99997,
                    "attributes": {"age": 26, "glasses": "None", "lips": "Together"}, "face_id": 1, "quality": 0.79333
                }]
            }]
        })))
)]
pub(crate) async fn run(call: Call, permit: Permit) -> Result<Reply, Fault> {
    fields::require(&call.params, &[IMAGE])?;
    let settings = fields::settings(&call.params, WANTED)?;
    let photo = fields::photo(&call, IMAGE).await?;
    let service = call.service();
    let file = match photo.file_name.as_deref().and_then(base_name) {
        Some(name) => name.to_owned(),
        None => format!("content_{}", service.random_name()?),
    };
    let command = DetectCommand { photo: photo.bytes, places: Vec::new(), settings };
    let analysis = service.detect(permit, command).await?;
    if analysis.faces.is_empty() {
        return Err(Fault::NoFaces);
    }
    let count = analysis.faces.len();
    let faces = analysis.faces.iter().zip(1..).map(Face::new).collect();
    let (width, height) = (analysis.width, analysis.height);
    let images = Images { images: vec![Image { status: COMPLETE, width, height, file, faces }] };
    let reply = Reply::of_faces(images, count, analysis.timings);
    Ok(fields::labelled(reply, &call, &settings))
}

/// The part of a file name after its folders.
fn base_name(name: &str) -> Option<&str> {
    name.rsplit(['/', '\\']).next().filter(|name| !name.is_empty())
}

impl Face {
    fn new((face, number): (&AnalyzedFace, usize)) -> Self {
        Self {
            bounds: face.into(),
            features: face.into(),
            eye_distance: eye_distance(face),
            confidence: Decimal(face.detection_score),
            attributes: face.into(),
            number,
            quality: quality(face),
        }
    }
}

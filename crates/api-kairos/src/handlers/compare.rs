//! `POST /compare`: the largest face of one photo against every face of another.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::{CompareCommand, ComparedFace, FaceChoice, Permit};
use vultus_types::Wanted;

use crate::error::Fault;
use crate::openapi::{Compare, CompareForm};
use crate::wire::{Attributes, Bounds, Decimal, Features, eye_distance, quality};
use crate::{Call, Reply, fields};

const SOURCE: &[&str] = &["source_image"];
const TARGET: &[&str] = &["target_image"];
const WANTED: Wanted = Wanted { appearance: true, ..Wanted::BOXES };

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = Comparison)]
struct Answer {
    source_image_face: Source,
    matched_faces: Vec<Target>,
    unmatched_faces: Vec<Target>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ComparisonSource)]
struct Source {
    #[serde(flatten)]
    bounds: Bounds,
    confidence: Decimal,
    #[serde(rename = "eyeDistance", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    eye_distance: Option<i64>,
}

/// A face of the target; `face_id` counts its faces, largest first.
#[derive(Serialize, ToSchema)]
#[schema(as = ComparisonTarget)]
struct Target {
    #[serde(flatten)]
    features: Features,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    quality: Option<Decimal>,
    #[serde(rename = "eyeDistance", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    eye_distance: Option<i64>,
    #[serde(flatten)]
    bounds: Bounds,
    confidence: Decimal,
    similarity: Decimal,
    attributes: Attributes,
    face_id: usize,
}

/// Compares the largest face of one photo with every face of another.
#[utoipa::path(
    post,
    path = "/compare",
    operation_id = "compare",
    tag = "faces",
    request_body(content((Compare = "application/json"), (CompareForm = "multipart/form-data"))),
    responses((status = 200, description = "The faces of the target, the most alike first", body = Answer,
        headers(("X-Liveness-Model" = String,
            description = "The models behind `liveness`; only where there is one")),
        example = json!({
            "SourceImageFace": {"topLeftX": 103, "topLeftY": 157, "width": 175, "height": 175, "confidence": 0.99812},
            "MatchedFaces": [{
                "topLeftX": 100, "topLeftY": 150, "width": 170, "height": 172, "confidence": 0.99712,
                "similarity": 0.93121, "attributes": {"lips": "Apart", "glasses": "None"}, "face_id": 1
            }],
            "UnmatchedFaces": []
        })))
)]
pub(crate) async fn run(call: Call, permit: Permit) -> Result<Reply, Fault> {
    fields::require(&call.params, &[SOURCE, TARGET])?;
    let threshold = fields::threshold(&call.params)?;
    let settings = fields::settings(&call.params, WANTED)?;
    let source = fields::photo(&call, SOURCE).await?.bytes;
    let target = fields::photo(&call, TARGET).await?.bytes;
    let command = CompareCommand {
        source,
        source_faces: FaceChoice::LARGEST,
        target,
        target_faces: FaceChoice::EVERY,
        settings,
    };
    let outcome = call.service().compare(permit, command).await?;
    let compared = outcome.sources.first().ok_or(Fault::NoFaces)?;
    let mut faces: Vec<(usize, &ComparedFace)> = (1..).zip(&compared.targets).collect();
    // The sort is stable: equal ones stay largest first.
    faces.sort_by(|(_, one), (_, other)| other.confidence.get().total_cmp(&one.confidence.get()));
    let (matched, unmatched): (Vec<_>, Vec<_>) =
        faces.into_iter().partition(|(_, face)| face.confidence >= threshold);
    let answer = Answer {
        source_image_face: Source {
            bounds: (&compared.face).into(),
            confidence: Decimal(compared.face.detection_score),
            eye_distance: eye_distance(&compared.face),
        },
        matched_faces: matched.into_iter().map(Target::new).collect(),
        unmatched_faces: unmatched.into_iter().map(Target::new).collect(),
    };
    let reply = Reply::of_faces(answer, compared.targets.len() + 1, outcome.timings);
    Ok(fields::labelled(reply, &call, &settings))
}

impl Target {
    fn new((face_id, compared): (usize, &ComparedFace)) -> Self {
        let face = &compared.face;
        Self {
            features: face.into(),
            quality: quality(face),
            eye_distance: eye_distance(face),
            bounds: face.into(),
            confidence: Decimal(face.detection_score),
            similarity: Decimal(compared.confidence.get()),
            attributes: face.into(),
            face_id,
        }
    }
}

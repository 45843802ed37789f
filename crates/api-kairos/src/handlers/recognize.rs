//! `POST /recognize`: looks for every face of a photo in a gallery.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::{
    Candidate, Candidates, Completeness, FaceChoice, IdentifiedFace, IdentifyCommand, Permit,
};
use vultus_types::Wanted;

use crate::error::Fault;
use crate::fields::{self, IMAGE};
use crate::openapi::{Recognize, RecognizeForm};
use crate::wire::{Bounds, Decimal, Images, eye_distance, liveness, millis, quality};
use crate::{Call, Reply};

/// One face. Without candidates it has neither the list nor the fields of the best of them, but a message.
#[derive(Serialize, ToSchema)]
#[schema(as = RecognizedImage)]
struct Image<'a> {
    transaction: Transaction<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    candidates: Vec<Match<'a>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RecognizedTransaction)]
struct Transaction<'a> {
    status: &'static str,
    #[serde(flatten)]
    bounds: Bounds,
    gallery_name: &'a str,
    face_id: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    confidence: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    subject_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    quality: Option<Decimal>,
    #[serde(rename = "eyeDistance", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    eye_distance: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    liveness: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    message: Option<&'static str>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Candidate)]
struct Match<'a> {
    subject_id: &'a str,
    confidence: Decimal,
    enrollment_timestamp: String,
}

/// Looks for every face of a photo in a gallery.
///
/// A face without a match has neither `candidates` nor the fields of the best of them, but a `message`.
#[utoipa::path(
    post,
    path = "/recognize",
    operation_id = "recognize",
    tag = "faces",
    request_body(content((Recognize = "application/json"), (RecognizeForm = "multipart/form-data"))),
    responses((status = 200, description = "What was found for each face", body = Images<Image>,
        headers(("X-Liveness-Model" = String,
            description = "The models behind `liveness`; only where there is one")),
        example = json!({
            "images": [{
                "transaction": {
                    "status": "success", "width": 175, "topLeftX": 103, "topLeftY": 157, "gallery_name": "MyGallery",
                    "face_id": 1, "confidence": 0.86944, "subject_id": "Elizabeth", "height": 175, "quality": 0.84705,
                    "eyeDistance": 82
                },
                "candidates": [
                    {"subject_id": "Elizabeth", "confidence": 0.86944, "enrollment_timestamp": "1486925605094"}
                ]
            }]
        })))
)]
pub(crate) async fn run(call: Call, permit: Permit) -> Result<Reply, Fault> {
    fields::require(&call.params, &[IMAGE, &["gallery_name"]])?;
    let gallery = fields::name(&call.params, "gallery_name")?;
    let threshold = fields::threshold(&call.params)?;
    let max_results = fields::max_results(&call.params)?;
    let settings = fields::settings(&call.params, Wanted::BOXES)?;
    let photo = fields::photo(&call, IMAGE).await?.bytes;
    let command = IdentifyCommand {
        photo,
        faces: FaceChoice::EVERY,
        gallery: Some(gallery.clone()),
        candidates: Candidates::Subjects,
        threshold,
        max_results,
        completeness: Completeness::AsDecided,
        settings,
    };
    let outcome = call.service().identify(call.caller, permit, command).await?;
    let faces = outcome.faces.iter().zip(1..);
    let images = faces.map(|(face, face_id)| Image::new(face, face_id, &gallery)).collect();
    let reply = Reply::of_faces(Images { images }, outcome.faces.len(), outcome.timings);
    Ok(fields::labelled(reply, &call, &settings))
}

impl<'a> Image<'a> {
    fn new(identified: &'a IdentifiedFace, face_id: usize, gallery_name: &'a str) -> Self {
        let IdentifiedFace { face, candidates } = identified;
        let best = candidates.first();
        let transaction = Transaction {
            status: if best.is_some() { "success" } else { "failure" },
            bounds: face.into(),
            gallery_name,
            face_id,
            confidence: best.map(|best| Decimal(best.confidence.get())),
            subject_id: best.map(|best| best.subject.as_str()),
            quality: quality(face),
            eye_distance: eye_distance(face),
            liveness: liveness(face),
            message: best.is_none().then_some("No match found"),
        };
        Self { transaction, candidates: candidates.iter().map(Match::from).collect() }
    }
}

impl<'a> From<&'a Candidate> for Match<'a> {
    fn from(candidate: &'a Candidate) -> Self {
        Self {
            subject_id: &candidate.subject,
            confidence: Decimal(candidate.confidence.get()),
            enrollment_timestamp: millis(candidate.enrolled_at),
        }
    }
}

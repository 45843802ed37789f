//! `POST /verify`: compares faces of two photos.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::{CompareCommand, CompareOutcome, ComparedFace, Permit, PhotoSettings};
use vultus_types::{Confidence, Wanted};

use crate::error::Fault;
use crate::fields::{self, Threshold};
use crate::openapi::{Verify, VerifyForm};
use crate::wire::{Decimal, FaceBox};
use crate::{Call, Reply};

/// Without a threshold nothing is decided, and the keys of decisions are absent.
#[derive(Serialize, ToSchema)]
#[schema(as = Verification)]
struct Answer {
    results: Vec<Pair>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    verified: Option<bool>,
}

#[derive(Serialize, ToSchema)]
struct Pair {
    bbox1: FaceBox,
    bbox2: FaceBox,
    confidence: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    verified: Option<bool>,
}
/// Whether faces of two photos belong to the same person.
#[utoipa::path(
    post,
    path = "/verify",
    operation_id = "verify",
    tag = "faces",
    request_body(content(
        (Verify = "application/json"),
        (VerifyForm = "multipart/form-data"),
        (Verify = "application/x-www-form-urlencoded")
    )),
    responses((status = 200, description = "The comparisons", body = Answer))
)]
pub(crate) async fn run(call: Call, permit: Permit) -> Result<Reply, Fault> {
    let threshold = match fields::threshold(&call.params)? {
        Threshold::None => None,
        Threshold::At(least) => Some(least),
    };
    let (source_faces, target_faces) =
        (fields::choice_of(&call.params, "bbox1")?, fields::choice_of(&call.params, "bbox2")?);
    let command = CompareCommand {
        source: fields::photo(&call, "photo1").await?.bytes,
        source_faces,
        target: fields::photo(&call, "photo2").await?.bytes,
        target_faces,
        settings: PhotoSettings::new(Wanted::BOXES),
    };
    let outcome = call.service().compare(permit, command).await.map_err(fault)?;
    let faces = outcome.sources.len() + outcome.sources.first().map_or(0, |source| source.targets.len());
    Ok(Reply::of_faces(Answer::new(&outcome, threshold), faces, outcome.timings))
}

fn fault(error: vultus_service::ServiceError) -> Fault {
    match Fault::from(error) {
        Fault::NoFaces(_) => Fault::NoFaces("No faces found on 'photo1' or on 'photo2'"),
        fault => fault,
    }
}

impl Answer {
    /// The photos show the same when each face of the first has a match in the second.
    fn new(outcome: &CompareOutcome, threshold: Option<Confidence>) -> Self {
        let matches = |target: &ComparedFace, least: Confidence| target.confidence >= least;
        let verified = threshold.map(|least| {
            outcome.sources.iter().all(|source| source.targets.iter().any(|target| matches(target, least)))
        });
        let pairs = outcome.sources.iter().flat_map(|source| {
            source.targets.iter().map(move |target| Pair {
                bbox1: (&source.face.bounds).into(),
                bbox2: (&target.face.bounds).into(),
                confidence: Decimal(target.confidence.get()),
                verified: threshold.map(|least| matches(target, least)),
            })
        });
        Self { results: pairs.collect(), verified }
    }
}

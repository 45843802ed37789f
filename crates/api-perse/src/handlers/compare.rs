//! `POST /v0/face/compare`: compares the largest faces of two photos, or that of one with a user's.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::{
    CompareCommand, CompareUserCommand, ConsentDeclaration, ConsentOperation, FaceChoice, Permit,
    PhotoSettings, Service,
};
use vultus_types::{AnalyzedFace, Confidence, StageTimings, Wanted};

use crate::error::Fault;
use crate::fields;
use crate::openapi::{CompareFiles, CompareTexts};
use crate::wire::{CompareThresholds, Decimal, OK, Seconds};
use crate::{Call, Reply};

/// How alike two faces are. Beside the thresholds under the name that clients read, they are there under the name of
/// the documentation.
#[derive(Serialize, ToSchema)]
#[schema(as = FaceComparison)]
struct Answer {
    /// 0 to 1.
    similarity: Decimal,
    /// The lesser of both photos; `null` where no model for it is installed.
    #[schema(required = true)]
    liveness_score: Option<Decimal>,
    default_thresholds: CompareThresholds,
    #[serde(rename = "defaultThresholds")]
    same_thresholds: CompareThresholds,
    time_taken: Seconds,
    status: u16,
}

/// Compares the largest faces of two photos, or that of one photo with a user's.
///
/// Either `image_file1` and `image_file2` are sent, or `user_token` and `image_file`.
#[utoipa::path(
    post,
    path = "/v0/face/compare",
    operation_id = "face_compare",
    tag = "face",
    request_body(content((CompareFiles = "multipart/form-data"), (CompareTexts = "application/json"))),
    responses((status = 200, description = "How alike the faces are", body = Answer,
        headers(("X-Liveness-Model" = String,
            description = "The models behind the score; only where there is one")),
        example = json!({
            "similarity": 0.9312,
            "liveness_score": 0.8841,
            "default_thresholds": {"similarity": 0.71, "liveness": 0.7},
            "defaultThresholds": {"similarity": 0.71, "liveness": 0.7},
            "time_taken": 0.183_245,
            "status": 200
        })))
)]
pub(crate) async fn run(call: Call, permit: Permit) -> Result<Reply, Fault> {
    let consent = fields::consent(&call)?;
    let liveness = call.service().detects_attacks();
    let wanted = Wanted { liveness, ..Wanted::BOXES };
    if fields::has(&call, "user_token") {
        with_user(&call, permit, consent, wanted).await
    } else {
        two_photos(&call, permit, consent, wanted).await
    }
}

async fn with_user(
    call: &Call,
    permit: Permit,
    consent: ConsentDeclaration,
    wanted: Wanted,
) -> Result<Reply, Fault> {
    let token = fields::user_token(call)?;
    let photo = fields::photo(call, "image_file")?;
    let service = call.service();
    service.require_user(call.caller, token).await?;
    let (operation, subject) = (ConsentOperation::CompareWithUser, token.to_string());
    service.record_consent(call.caller, operation, Some(&subject), consent).await?;
    let command = CompareUserCommand { token, photo, wanted };
    let outcome = service.compare_with_user(call.caller, permit, command).await?;
    Ok(reply(service, outcome.confidence, &[&outcome.face], outcome.timings))
}

async fn two_photos(
    call: &Call,
    permit: Permit,
    consent: ConsentDeclaration,
    wanted: Wanted,
) -> Result<Reply, Fault> {
    let command = CompareCommand {
        source: fields::photo(call, "image_file1")?,
        source_faces: FaceChoice::LARGEST,
        target: fields::photo(call, "image_file2")?,
        target_faces: FaceChoice::LARGEST,
        settings: PhotoSettings::new(wanted).of_whole_faces(),
    };
    let service = call.service();
    service.record_consent(call.caller, ConsentOperation::CompareFaces, None, consent).await?;
    let outcome = service.compare(permit, command).await?;
    let source = outcome.sources.first().ok_or(Fault::NoFace)?;
    let target = source.targets.first().ok_or(Fault::NoFace)?;
    if target.face.template.is_none() {
        return Err(Fault::BadQuality);
    }
    Ok(reply(service, target.confidence, &[&source.face, &target.face], outcome.timings))
}

/// The answer about these faces of the request; that which looks least alive tells for all.
fn reply(service: &Service, similarity: Confidence, faces: &[&AnalyzedFace], timings: StageTimings) -> Reply {
    let scores: Option<Vec<f32>> = faces.iter().map(|face| Some(face.liveness?.score)).collect();
    let least = scores.and_then(|scores| scores.into_iter().reduce(f32::min));
    let answer = Answer {
        similarity: Decimal(similarity.get()),
        liveness_score: least.map(Decimal),
        default_thresholds: CompareThresholds::default(),
        same_thresholds: CompareThresholds::default(),
        time_taken: timings.into(),
        status: OK,
    };
    let model = service.liveness_model().filter(|_| least.is_some());
    Reply::of_faces(answer, faces.len(), timings).with_liveness_model(model)
}

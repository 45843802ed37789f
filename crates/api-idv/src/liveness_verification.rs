//! `POST /v0.1/liveness-verification`: is the selfie one of a living person?

use vultus_http::{PhotoSource, Reply};
use vultus_service::{LivenessCommand, Permit};

use crate::Call;
use crate::error::Fault;
use crate::openapi::{Selfie, SelfieFile};
use crate::quirks::{DEFAULT_THRESHOLD, SELFIE};
use crate::wire::{Answer, RequestMarks};

/// Is the selfie one of a living person?
///
/// `response_code` is 1 where the selfie passes and 2 where it does not. `faces_liveness` is the score of the largest
/// face, and 0 where there is none.
#[utoipa::path(
    post,
    path = "/v0.1/liveness-verification",
    operation_id = "liveness_verification",
    tag = "liveness",
    request_body(content((SelfieFile = "multipart/form-data"), (Selfie = "application/json"),
        (Selfie = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "What was found", body = Answer,
        headers(("X-Liveness-Model" = String,
            description = "The models behind the score; only where there is one")),
        example = json!({
            "api_req_uid": "c6bb825f-871c-4323-8c06-8e5fd3517747",
            "processed_at": "2024-04-01 20:05:17",
            "requested_at": "2024-04-01 20:05:17",
            "response_code": 1,
            "response_data": {
                "faces_liveness": 0.9731,
                "faces_predicted": [{
                    "confidence": 0.9885,
                    "delta": {"x": 18.9982, "y": 25.3957},
                    "top_left": {"x": 38.0577, "y": 4.0824}
                }],
                "img": {"height": 71, "width": 95}
            }
        })))
)]
pub(crate) async fn run(call: Call, permit: Permit) -> Result<Reply, Fault> {
    let service = call.service();
    let (uid, requested_at) = (service.request_uuid()?.to_string(), service.now());
    let threshold = call.params.number("threshold")?.map_or(DEFAULT_THRESHOLD, |number| number as f32);
    let photo = match call.params.photo(&[SELFIE])? {
        Some(PhotoSource::Inline { bytes, .. }) => bytes,
        Some(PhotoSource::Remote(_)) => return Err(Fault::NoPhoto),
        None => return Err(Fault::MissingSelfie),
    };
    let command = LivenessCommand { photo, threshold };
    let outcome = service.verify_liveness(permit, call.caller, command).await?;
    let marks = RequestMarks { uid, requested_at, processed_at: service.now() };
    let (faces, timings) = (outcome.analysis.faces.len(), outcome.analysis.timings);
    let model = outcome.largest.and_then(|_| service.liveness_model());
    Ok(Reply::of_faces(Answer::new(marks, &outcome), faces, timings).with_liveness_model(model))
}

/// Is the selfie one of a living person? With the headers of the later version.
#[utoipa::path(
    post,
    path = "/v0.2/liveness-verification",
    operation_id = "liveness_verification_v0_2",
    tag = "liveness",
    request_body(content((SelfieFile = "multipart/form-data"), (Selfie = "application/json"),
        (Selfie = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "What was found", body = Answer,
        headers(
            ("X-Liveness-Model" = String,
                description = "The models behind the score; only where there is one"),
            ("X-Content-Type-Options" = String, description = "`nosniff`"),
            ("X-Frame-Options" = String, description = "`DENY`"),
            ("Strict-Transport-Security" = String, description = "`max-age=86400; includeSubDomains`")
        )))
)]
pub(crate) async fn run_with_headers(call: Call, permit: Permit) -> Result<Reply, Fault> {
    run(call, permit).await
}

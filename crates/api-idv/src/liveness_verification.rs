//! `POST /v0.1/liveness-verification`: is the selfie one of a living person?

use vultus_http::{PhotoSource, Reply};
use vultus_service::{LivenessCommand, Permit};

use crate::Call;
use crate::error::Fault;
use crate::quirks::{DEFAULT_THRESHOLD, SELFIE};
use crate::wire::{Answer, RequestMarks};

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

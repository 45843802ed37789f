//! `POST /v0/voice/compare`: compares the voices of two recordings.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::{CompareVoicesCommand, ConsentOperation, Permit};
use vultus_types::{StageTimings, VoiceTimings};

use crate::error::Fault;
use crate::openapi::Recordings;
use crate::wire::{Decimal, OK, Seconds};
use crate::{Call, Reply, fields};

/// How alike two voices are.
#[derive(Serialize, ToSchema)]
#[schema(as = VoiceComparison)]
struct Answer {
    /// 0 to 1.
    similarity: Decimal,
    time_taken: Seconds,
    status: u16,
}

/// Compares the voices of two recordings.
#[utoipa::path(
    post,
    path = "/v0/voice/compare",
    operation_id = "voice_compare",
    tag = "voice",
    request_body(content((Recordings = "multipart/form-data"))),
    responses((status = 200, description = "How alike the voices are", body = Answer,
        example = json!({"similarity": 0.8475, "time_taken": 0.204_117, "status": 200})))
)]
pub(crate) async fn run(call: Call, permit: Permit) -> Result<Reply, Fault> {
    let consent = fields::consent(&call)?;
    let command = CompareVoicesCommand {
        first: fields::file(&call, "audio_file1")?,
        second: fields::file(&call, "audio_file2")?,
    };
    let service = call.service();
    service.record_consent(call.caller, ConsentOperation::CompareVoices, None, consent).await?;
    let outcome = service.compare_voices(permit, command).await?;
    let timings = stages(outcome.timings);
    let similarity = Decimal(outcome.confidence.get());
    Ok(Reply::new(Answer { similarity, time_taken: timings.into(), status: OK }).with_timings(timings))
}

/// The stages of recordings by the names of those of photos.
fn stages(timings: VoiceTimings) -> StageTimings {
    let VoiceTimings { decode, activity, features, template } = timings;
    StageTimings { decode, template: activity + features + template, ..StageTimings::default() }
}

//! `POST /v0/voice/compare`: compares the voices of two recordings.

use serde::Serialize;
use vultus_service::{CompareVoicesCommand, ConsentOperation, Permit};
use vultus_types::{StageTimings, VoiceTimings};

use crate::error::Fault;
use crate::wire::{Decimal, OK, Seconds};
use crate::{Call, Reply, fields};

#[derive(Serialize)]
struct Answer {
    similarity: Decimal,
    time_taken: Seconds,
    status: u16,
}

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

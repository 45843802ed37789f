//! The result of a medium, written while it is sent: that of a long video never is in memory as a whole.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;
use vultus_http::{Pieces, Reply};
use vultus_service::{ErrorKind, MediaFrame, MediaKind, MediaSummary, Service, ServiceError};
use vultus_types::{MediaId, Timestamp};

use super::error::MediaFault;
use super::quirks;
use super::wire::{Info, Moment, Person};

/// The answer, as far as it is written.
struct Written {
    service: Arc<Service>,
    id: MediaId,
    started_at: Timestamp,
    summary: MediaSummary,
    /// What was read before the answer began, so that a store that does not answer is told properly.
    first: Option<Vec<MediaFrame>>,
    next_chunk: u32,
    frames: u64,
    is_done: bool,
}

/// What a moment shows.
#[derive(Serialize, ToSchema)]
#[schema(as = MediaFrame)]
pub(super) struct Frame<'a> {
    /// Milliseconds from the beginning.
    time: u64,
    people: Vec<Person<'a>>,
}

/// The result of a medium that is done; `started_at` is when the work at it began.
pub(super) async fn result(
    service: Arc<Service>,
    id: MediaId,
    started_at: Timestamp,
    summary: MediaSummary,
) -> Result<Reply, MediaFault> {
    let first = service.media_frames(id, 0).await?.unwrap_or_default();
    let is_image = summary.info.kind == MediaKind::Image;
    if is_image && first.iter().all(|frame| frame.people.is_empty()) {
        return Err(MediaFault::NoFaces);
    }
    let written = Written {
        service,
        id,
        started_at,
        summary,
        first: Some(first),
        next_chunk: 1,
        frames: 0,
        is_done: false,
    };
    Ok(Reply::of_pieces(written))
}

impl Pieces for Written {
    async fn next(&mut self) -> Result<Option<String>, ServiceError> {
        if self.is_done {
            return Ok(None);
        }
        if let Some(first) = self.first.take() {
            return Ok(Some(self.beginning()? + &self.written(&first)?));
        }
        let frames = self.service.media_frames(self.id, self.next_chunk).await?;
        self.next_chunk += 1;
        if let Some(frames) = frames {
            return Ok(Some(self.written(&frames)?));
        }
        self.is_done = true;
        if self.frames != self.summary.frames {
            // It was removed meanwhile: half a result must not look like a whole one.
            return Err(ErrorKind::Internal.into());
        }
        Ok(Some(self.end()))
    }
}

impl Written {
    fn beginning(&self) -> Result<String, serde_json::Error> {
        let info = serde_json::to_string(&Info::new(self.id, &self.summary.info))?;
        Ok(format!(r#"{{"id":"{}","media_info":{info},"frames":["#, self.id))
    }

    fn written(&mut self, frames: &[MediaFrame]) -> Result<String, serde_json::Error> {
        let mut text = String::new();
        for frame in frames {
            let moment =
                Moment { kind: self.summary.info.kind, started_at: self.started_at, time: frame.time };
            let people = frame.people.iter().map(|person| moment.person(person)).collect();
            if self.frames > 0 {
                text.push(',');
            }
            self.frames += 1;
            let frame = Frame { time: frame.time.as_millis() as u64, people };
            text.push_str(&serde_json::to_string(&frame)?);
        }
        Ok(text)
    }

    fn end(&self) -> String {
        let (code, message) = quirks::COMPLETE;
        let length = self.summary.info.length.as_secs();
        format!(r#"],"status_code":{code},"status_message":"{message}","length":{length}}}"#)
    }
}

//! The record of a request: one log line and the counters.
//!
//! The line is an interface. Its fields: `request_id`, `family` (the dialect), `endpoint`, `status`, `outcome`
//! (`ok`, or the kind of error; `cancelled` where the client went away), `account`, `faces`, `total_ms`, and
//! the milliseconds of each stage. It never holds names, addresses, photos or credentials.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::response::Response;
use vultus_service::{OutcomeClass, Service};
use vultus_types::{AccountId, StageTimings};

/// What a dialect tells about a request it answered; it travels in the response's extensions.
#[derive(Clone, Copy, Debug)]
pub struct RequestFacts {
    /// The endpoint's name.
    pub endpoint: &'static str,
    /// `ok` or the kind of error.
    pub outcome: &'static str,
    /// Who called.
    pub account: Option<AccountId>,
    /// Faces that were found.
    pub faces: Option<usize>,
    /// Time spent per stage.
    pub timings: StageTimings,
}

impl RequestFacts {
    /// A request of which nothing more is known.
    pub fn new(endpoint: &'static str, outcome: &'static str) -> Self {
        Self { endpoint, outcome, account: None, faces: None, timings: StageTimings::default() }
    }
}

/// Records a request when it is answered, or when it is dropped because the client went away.
pub(crate) struct Record {
    family: &'static str,
    request_id: String,
    started: Instant,
    is_open: bool,
    /// Where its end is counted, if it is.
    counted: Option<Arc<Service>>,
}

impl Record {
    pub(crate) fn start(family: &'static str, request_id: String, counted: Option<Arc<Service>>) -> Self {
        Self { family, request_id, started: Instant::now(), is_open: true, counted }
    }

    pub(crate) fn finish(mut self, response: &Response) {
        self.is_open = false;
        let facts = response.extensions().get::<RequestFacts>().copied();
        let status = response.status().as_u16();
        self.write(status, facts.unwrap_or_else(|| RequestFacts::new("unknown", "unknown")));
    }

    fn write(&self, status: u16, facts: RequestFacts) {
        let elapsed = self.started.elapsed();
        let RequestFacts { endpoint, outcome, account, faces, timings } = facts;
        tracing::info!(
            target: "vultus::request",
            request_id = self.request_id,
            family = self.family,
            endpoint,
            status,
            outcome,
            account = account.map(tracing::field::display),
            faces,
            total_ms = millis(elapsed),
            decode_ms = millis(timings.decode),
            detect_ms = millis(timings.detect),
            landmarks_ms = millis(timings.landmarks),
            template_ms = millis(timings.template),
            attributes_ms = millis(timings.attributes),
            "request"
        );
        if let (Some(service), Some(class)) = (&self.counted, class(status, outcome)) {
            service.traffic().record(self.family, account, class, elapsed);
        }
        let labels = [("family", self.family), ("endpoint", endpoint), ("outcome", outcome)];
        metrics::counter!("vultus_requests_total", &labels).increment(1);
        metrics::histogram!("vultus_request_duration_seconds", "family" => self.family, "endpoint" => endpoint)
            .record(elapsed);
        for (stage, time) in [
            ("decode", timings.decode),
            ("detect", timings.detect),
            ("landmarks", timings.landmarks),
            ("template", timings.template),
            ("attributes", timings.attributes),
        ] {
            if !time.is_zero() {
                metrics::histogram!("vultus_stage_duration_seconds", "stage" => stage).record(time);
            }
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if self.is_open {
            self.write(0, RequestFacts::new("unknown", "cancelled"));
        }
    }
}

/// How a request ended, for the counts. Some dialects answer errors with the status of success, so that the outcome
/// tells first. What browsers ask before a request is none.
fn class(status: u16, outcome: &str) -> Option<OutcomeClass> {
    match (outcome, status) {
        ("preflight", _) => None,
        ("ok", _) => Some(OutcomeClass::Ok),
        ("overloaded" | "quota_exceeded" | "rate_limited", _) | (_, 429) => Some(OutcomeClass::Refused),
        ("internal" | "timeout" | "other_embedder" | "incomplete_search", _) | (_, 500..) => {
            Some(OutcomeClass::ServerError)
        }
        _ => Some(OutcomeClass::ClientError),
    }
}

/// Milliseconds with microseconds as the fraction.
fn millis(time: Duration) -> f64 {
    time.as_micros() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcome_tells_before_the_status() {
        for (outcome, status, expected) in [
            ("ok", 200, Some(OutcomeClass::Ok)),
            ("preflight", 204, None),
            ("not_found", 200, Some(OutcomeClass::ClientError)),
            ("cancelled", 0, Some(OutcomeClass::ClientError)),
            ("overloaded", 200, Some(OutcomeClass::Refused)),
            ("rate_limited", 200, Some(OutcomeClass::Refused)),
            ("too_many", 429, Some(OutcomeClass::Refused)),
            ("internal", 200, Some(OutcomeClass::ServerError)),
            ("unknown", 503, Some(OutcomeClass::ServerError)),
        ] {
            assert_eq!(class(status, outcome), expected, "{outcome} {status}");
        }
    }
}

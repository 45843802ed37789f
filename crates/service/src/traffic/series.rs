//! Counts as series over time.

use std::collections::BTreeMap;
use std::time::Duration;

use vultus_store::{OutcomeClass, TrafficCount, TrafficStep};
use vultus_types::Timestamp;

use super::{LIVE_STEP_S, Latencies, MICROS};

/// How far back traffic is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Ten minutes of this process, in steps of five seconds.
    TenMinutes,
    /// An hour, in minutes.
    Hour,
    /// A day, in steps of ten minutes.
    Day,
    /// Seven days, in hours.
    Week,
    /// Thirty days, in steps of four hours.
    Month,
}

impl Window {
    /// The length of its steps, in seconds.
    pub const fn step_s(self) -> i64 {
        match self {
            Self::TenMinutes => LIVE_STEP_S,
            Self::Hour => 60,
            Self::Day => 600,
            Self::Week => 3600,
            Self::Month => 4 * 3600,
        }
    }

    /// The stored steps it is made of; none where it is in memory.
    pub(super) const fn stored(self) -> Option<TrafficStep> {
        match self {
            Self::TenMinutes => None,
            Self::Hour | Self::Day => Some(TrafficStep::Minute),
            Self::Week | Self::Month => Some(TrafficStep::Hour),
        }
    }

    /// From the first step's beginning to the end of the step that is under way.
    pub(super) const fn span(self, now: Timestamp) -> (Timestamp, Timestamp) {
        let length = match self {
            Self::TenMinutes => Duration::from_mins(10),
            Self::Hour => Duration::from_hours(1),
            Self::Day => Duration::from_hours(24),
            Self::Week => Duration::from_hours(7 * 24),
            Self::Month => Duration::from_hours(30 * 24),
        };
        let step = self.step_s() * MICROS;
        let to = (now.0.div_euclid(step) + 1) * step;
        (Timestamp(to - length.as_micros() as i64), Timestamp(to))
    }
}

/// The traffic of a window.
#[derive(Clone, Debug, PartialEq)]
pub struct TrafficWindow {
    /// The length of its steps, in seconds.
    pub step_s: i64,
    /// When the first step begins.
    pub from: Timestamp,
    /// When the last step ends.
    pub to: Timestamp,
    /// One series per dialect that had requests, by name.
    pub series: Vec<TrafficSeries>,
}

/// The traffic of a dialect.
#[derive(Clone, Debug, PartialEq)]
pub struct TrafficSeries {
    /// The dialect.
    pub dialect: String,
    /// The steps that had requests, in the order of time.
    pub points: Vec<TrafficPoint>,
}

/// The requests that ended in one step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrafficPoint {
    /// When the step began.
    pub at: Timestamp,
    /// Those with an answer.
    pub ok: u64,
    /// Those with an error of the client's.
    pub client_error: u64,
    /// Those with an error of the server's.
    pub server_error: u64,
    /// Those refused for want of room or quota.
    pub refused: u64,
    /// How long they took, but for those refused, which take no time and would hide the others.
    pub latencies: Latencies,
}

impl TrafficPoint {
    /// All of them.
    pub const fn count(&self) -> u64 {
        self.ok + self.client_error + self.server_error + self.refused
    }

    fn add(&mut self, class: OutcomeClass, bucket: u8, count: u64) {
        match class {
            OutcomeClass::Ok => self.ok += count,
            OutcomeClass::ClientError => self.client_error += count,
            OutcomeClass::ServerError => self.server_error += count,
            OutcomeClass::Refused => self.refused += count,
        }
        if class != OutcomeClass::Refused {
            self.latencies.add(bucket, count);
        }
    }
}

/// Series of counts, which may come in any order.
pub(super) fn of_counts(counts: Vec<TrafficCount>) -> Vec<TrafficSeries> {
    let mut dialects: BTreeMap<String, BTreeMap<Timestamp, TrafficPoint>> = BTreeMap::new();
    for TrafficCount { at, dialect, class, bucket, count } in counts {
        let points = dialects.entry(dialect).or_default();
        let point = points.entry(at).or_insert_with(|| TrafficPoint { at, ..TrafficPoint::default() });
        point.add(class, bucket, count);
    }
    dialects
        .into_iter()
        .map(|(dialect, points)| TrafficSeries { dialect, points: points.into_values().collect() })
        .collect()
}

//! How many requests come, how they end and how long they take.
//!
//! Requests are counted in memory, in two ways: in steps of five seconds that are kept for ten minutes, and in minutes
//! and account-days that wait to be added to the store. What waits is lost when the process is killed: at most
//! [`FLUSH_EVERY`] of it.

mod latency;
mod series;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use vultus_store::{AccountCount, OutcomeClass, TrafficCount, TrafficStep};
use vultus_types::{AccountId, Clock, Timestamp};

pub use latency::Latencies;
pub use series::{TrafficPoint, TrafficSeries, TrafficWindow, Window};

use crate::{Service, ServiceError};

/// How often what was counted is to be added to the store.
pub const FLUSH_EVERY: Duration = Duration::from_secs(10);

/// The length of the steps that are kept in memory, in seconds.
const LIVE_STEP_S: i64 = 5;
/// How many of them: ten minutes.
const LIVE_STEPS: i64 = 120;

/// Counts that may wait for a store that does not answer; others are dropped.
const MOST_WAITING: usize = 100_000;

/// How long minutes are kept.
const KEEP_MINUTES: Duration = Duration::from_hours(48);
/// How long hours are kept.
const KEEP_HOURS: Duration = Duration::from_hours(90 * 24);

const MICROS: i64 = 1_000_000;

/// Counts of this process.
pub struct Traffic {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    live: VecDeque<LiveStep>,
    waiting: Waiting,
    dropped: u64,
    /// The hour in which old counts were last forgotten, counted from 1970.
    pruned_in: i64,
}

/// A step of five seconds.
struct LiveStep {
    /// Its number, counted from 1970.
    number: i64,
    counts: BTreeMap<(&'static str, OutcomeClass, u8), u64>,
}

/// Counts that are not in the store yet.
#[derive(Default)]
struct Waiting {
    /// By minute, dialect, outcome and bucket.
    minutes: HashMap<(i64, &'static str, OutcomeClass, u8), u64>,
    /// By account, day, dialect and outcome.
    accounts: HashMap<(AccountId, i64, &'static str, OutcomeClass), u64>,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.minutes.is_empty() && self.accounts.is_empty()
    }

    fn is_full(&self) -> bool {
        self.minutes.len() + self.accounts.len() >= MOST_WAITING
    }
}

impl Traffic {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// Counts a request that ended now.
    pub fn record(
        &self,
        dialect: &'static str,
        account: Option<AccountId>,
        class: OutcomeClass,
        elapsed: Duration,
    ) {
        let now = self.clock.now();
        let bucket = latency::bucket(elapsed);
        let mut state = self.state.lock();
        *state.live_step(now).counts.entry((dialect, class, bucket)).or_default() += 1;
        if state.waiting.is_full() {
            state.dropped += 1;
            return;
        }
        let minute = now.as_secs().div_euclid(60);
        *state.waiting.minutes.entry((minute, dialect, class, bucket)).or_default() += 1;
        if let Some(account) = account {
            let key = (account, now.day_number(), dialect, class);
            *state.waiting.accounts.entry(key).or_default() += 1;
        }
    }

    /// The last ten minutes of this process, in steps of five seconds.
    fn live(&self, now: Timestamp) -> Vec<TrafficCount> {
        let oldest = step_number(now) - LIVE_STEPS;
        let state = self.state.lock();
        let steps = state.live.iter().filter(|step| step.number > oldest);
        let counts = steps.flat_map(|step| {
            let at = Timestamp(step.number * LIVE_STEP_S * MICROS);
            step.counts.iter().map(move |(&(dialect, class, bucket), &count)| TrafficCount {
                at,
                dialect: dialect.to_owned(),
                class,
                bucket,
                count,
            })
        });
        counts.collect()
    }

    fn take(&self) -> Waiting {
        std::mem::take(&mut self.state.lock().waiting)
    }

    fn put_back(&self, waiting: Waiting) {
        let mut state = self.state.lock();
        for (key, count) in waiting.minutes {
            *state.waiting.minutes.entry(key).or_default() += count;
        }
        for (key, count) in waiting.accounts {
            *state.waiting.accounts.entry(key).or_default() += count;
        }
    }

    /// Whether old counts are to be forgotten now: once an hour.
    fn is_time_to_prune(&self, now: Timestamp) -> bool {
        let hour = now.as_secs().div_euclid(3600);
        let mut state = self.state.lock();
        std::mem::replace(&mut state.pruned_in, hour) != hour
    }
}

impl State {
    fn live_step(&mut self, now: Timestamp) -> &mut LiveStep {
        let number = step_number(now);
        while self.live.front().is_some_and(|step| step.number <= number - LIVE_STEPS) {
            self.live.pop_front();
        }
        // Where the clock went back, the last step goes on.
        if self.live.back().is_none_or(|step| step.number < number) {
            self.live.push_back(LiveStep { number, counts: BTreeMap::new() });
        }
        let last = self.live.len() - 1;
        &mut self.live[last]
    }
}

const fn step_number(now: Timestamp) -> i64 {
    now.as_secs().div_euclid(LIVE_STEP_S)
}

impl Service {
    /// What is counted of requests.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Adds what was counted to the store, to be called every [`FLUSH_EVERY`] and at the end. What the store does not
    /// take waits for the next time.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal).
    pub async fn flush_traffic(&self) -> Result<(), ServiceError> {
        let now = self.clock.now();
        let waiting = self.traffic.take();
        if !waiting.is_empty() {
            let (minutes, accounts) = rows(&waiting);
            if let Err(error) = self.store.add_usage(&minutes, &accounts).await {
                self.traffic.put_back(waiting);
                return Err(error.into());
            }
        }
        if self.traffic.is_time_to_prune(now) {
            for (step, keep) in [(TrafficStep::Minute, KEEP_MINUTES), (TrafficStep::Hour, KEEP_HOURS)] {
                self.store.forget_traffic(step, Timestamp(now.0 - keep.as_micros() as i64)).await?;
            }
        }
        Ok(())
    }

    /// The traffic of a window that ends now: of this process where it is the shortest, else of all processes on the
    /// store.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal).
    pub async fn traffic_of(&self, window: Window) -> Result<TrafficWindow, ServiceError> {
        let now = self.clock.now();
        let (from, to) = window.span(now);
        let counts = match window.stored() {
            None => self.traffic.live(now),
            Some(step) => self.store.traffic(step, from, to, window.step_s()).await?,
        };
        Ok(TrafficWindow { step_s: window.step_s(), from, to, series: series::of_counts(counts) })
    }
}

fn rows(waiting: &Waiting) -> (Vec<TrafficCount>, Vec<AccountCount>) {
    let minutes = waiting.minutes.iter().map(|(&(minute, dialect, class, bucket), &count)| TrafficCount {
        at: Timestamp(minute * 60 * MICROS),
        dialect: dialect.to_owned(),
        class,
        bucket,
        count,
    });
    let accounts = waiting.accounts.iter().map(|(&(account, day, dialect, class), &count)| AccountCount {
        account,
        day,
        dialect: dialect.to_owned(),
        class,
        count,
    });
    (minutes.collect(), accounts.collect())
}

#[cfg(test)]
mod tests;

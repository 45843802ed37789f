//! Time and identifiers from outside, so that tests can set them.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::FaceId;

/// Microseconds since 1970-01-01 00:00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Whole milliseconds since 1970.
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Whole seconds since 1970.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }
}

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The clock of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one implementation of the clock")]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp(since_epoch.map_or(0, |elapsed| elapsed.as_micros() as i64))
    }
}

/// A clock that stands still until it is moved; for tests.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows `start`.
    pub const fn new(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.0))
    }

    /// Moves the clock forward.
    pub fn advance_micros(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Makes face ids: 40 bits of milliseconds since 2024 and 13 bits of salt, ever greater within one process.
/// Two processes that hit the same number are told apart by the store, which refuses the second.
#[derive(Debug, Default)]
pub struct FaceIdSource {
    last: AtomicU64,
}

/// 2024-01-01 00:00:00 UTC in milliseconds: 2^40 ms last until 2058.
const ID_EPOCH_MS: i64 = 1_704_067_200_000;
const SALT_BITS: u32 = 13;

impl FaceIdSource {
    /// The next id, for a face enrolled at `now`; `salt` is random.
    pub fn next(&self, now: Timestamp, salt: u16) -> FaceId {
        let millis = (now.as_millis() - ID_EPOCH_MS).clamp(0, (1 << 40) - 1) as u64;
        let salt = u64::from(salt) & ((1 << SALT_BITS) - 1);
        let proposal = ((millis << SALT_BITS) | salt).max(1);
        let step = |last: u64| Some(proposal.max(last + 1).min(FaceId::LIMIT - 1));
        let last = self.last.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step).unwrap_or_default();
        let number = proposal.max(last + 1).min(FaceId::LIMIT - 1);
        FaceId::new(number).unwrap_or_else(|| unreachable!("{number} lies between 1 and 2^53 - 1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn face_ids_grow_even_when_the_clock_stands_still() {
        let source = FaceIdSource::default();
        let now = Timestamp(1_800_000_000_000_000);
        let ids: Vec<_> = (0..1000).map(|index| source.next(now, 8191 - index)).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn face_ids_exist_before_and_after_their_epoch() {
        let source = FaceIdSource::default();
        assert!(source.next(Timestamp(0), 0).get() > 0);
        assert!(source.next(Timestamp(i64::MAX), u16::MAX).get() < FaceId::LIMIT);
    }
}

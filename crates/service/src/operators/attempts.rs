//! Attempts to sign in that failed, in memory: a start of the process forgets them, and each process counts its own.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use vultus_types::Timestamp;

/// How attempts are slowed down.
#[derive(Clone, Copy)]
struct Rule {
    /// Attempts that may fail before the next must wait.
    free: u32,
    /// The longest wait; the first is a second, and each is twice the one before.
    most: Duration,
}

/// A name that somebody else tries must not be shut out for long.
const PER_NAME: Rule = Rule { free: 5, most: Duration::from_mins(1) };
/// An address may be that of a whole office.
const PER_ADDRESS: Rule = Rule { free: 20, most: Duration::from_mins(15) };

/// Failures are forgotten after this time without another.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(1);

/// Names and addresses that are remembered, of each; the oldest go first.
const MOST_REMEMBERED: usize = 10_000;

/// Counts attempts that failed, by name and by address.
#[derive(Default)]
pub(super) struct Attempts {
    names: Mutex<Table>,
    addresses: Mutex<Table>,
}

#[derive(Default)]
struct Table(HashMap<String, Failures>);

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
}

impl Attempts {
    /// Counts an attempt as failed before it is made, so that many at once are no way around the limit. The error is
    /// the time to wait first; then nothing is counted.
    pub(super) fn begin(&self, name: &str, address: &str, now: Timestamp) -> Result<(), Duration> {
        let (mut names, mut addresses) = (self.names.lock(), self.addresses.lock());
        let wait = names.wait(name, PER_NAME, now).max(addresses.wait(address, PER_ADDRESS, now));
        if !wait.is_zero() {
            return Err(wait);
        }
        names.count(name, now);
        addresses.count(address, now);
        Ok(())
    }

    /// An attempt was none that failed. What the address did before with other names still counts.
    pub(super) fn succeeded(&self, name: &str, address: &str) {
        self.names.lock().0.remove(name);
        if let Some(failures) = self.addresses.lock().0.get_mut(address) {
            failures.count = failures.count.saturating_sub(1);
        }
    }
}

impl Table {
    fn wait(&self, key: &str, rule: Rule, now: Timestamp) -> Duration {
        let Some(failures) = self.0.get(key).filter(|failures| !failures.are_forgotten(now)) else {
            return Duration::ZERO;
        };
        let Some(beyond) = failures.count.checked_sub(rule.free) else { return Duration::ZERO };
        let whole = Duration::from_secs(1_u64 << beyond.min(20)).min(rule.most);
        whole.saturating_sub(since(failures.last, now))
    }

    fn count(&mut self, key: &str, now: Timestamp) {
        if self.0.len() >= MOST_REMEMBERED && !self.0.contains_key(key) {
            self.make_room(now);
        }
        let failures = self.0.entry(key.to_owned()).or_insert(Failures { count: 0, last: now });
        if failures.are_forgotten(now) {
            failures.count = 0;
        }
        *failures = Failures { count: failures.count.saturating_add(1), last: now };
    }

    fn make_room(&mut self, now: Timestamp) {
        self.0.retain(|_, failures| !failures.are_forgotten(now));
        if self.0.len() >= MOST_REMEMBERED {
            let mut moments: Vec<Timestamp> = self.0.values().map(|failures| failures.last).collect();
            let middle = moments.len() / 2;
            let (_, &mut median, _) = moments.select_nth_unstable(middle);
            self.0.retain(|_, failures| failures.last > median);
        }
    }
}

impl Failures {
    fn are_forgotten(&self, now: Timestamp) -> bool {
        since(self.last, now) >= FORGOTTEN_AFTER
    }
}

fn since(then: Timestamp, now: Timestamp) -> Duration {
    Duration::from_micros(now.0.saturating_sub(then.0).max(0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    #[test]
    fn waits_grow_and_end() {
        let attempts = Attempts::default();
        for _ in 0..5 {
            attempts.begin("ann", "a", at(0)).unwrap();
        }
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..8 {
            let wait = attempts.begin("ann", "a", at(now)).unwrap_err();
            waits.push(wait.as_secs());
            now += wait.as_secs() as i64;
            attempts.begin("ann", "a", at(now)).unwrap();
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        attempts.begin("bob", "b", at(now)).unwrap();
        attempts.begin("ann", "a", at(now + 3600)).unwrap();
        attempts.begin("ann", "a", at(now + 3600)).unwrap();
    }

    #[test]
    fn success_forgets_the_name_and_not_what_the_address_did() {
        let attempts = Attempts::default();
        for number in 0..20 {
            attempts.begin(&format!("name {number}"), "a", at(0)).unwrap();
        }
        assert_eq!(attempts.begin("ann", "a", at(0)), Err(Duration::from_secs(1)));
        attempts.begin("ann", "a", at(1)).unwrap();
        attempts.succeeded("ann", "a");
        assert!(attempts.begin("ann", "a", at(1)).is_err());
        attempts.begin("ann", "b", at(1)).unwrap();
    }

    #[test]
    fn memory_is_bounded() {
        let attempts = Attempts::default();
        for number in 0..3 * MOST_REMEMBERED as i64 {
            let key = number.to_string();
            attempts.begin(&key, &key, Timestamp(number)).unwrap();
        }
        assert!(attempts.names.lock().0.len() <= MOST_REMEMBERED);
        assert!(attempts.addresses.lock().0.len() <= MOST_REMEMBERED);
    }
}

//! Connections that outlive the role of their server.
//!
//! When another server takes over the writes, those who are connected to the former one stay so, and it refuses them.
//! A new connection is led to the new server, by its name or by a proxy.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// When a server last told that it takes no writes. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Demotion(Arc<Mutex<Option<Instant>>>);

impl Demotion {
    /// A server has just told.
    pub(super) fn note(&self) {
        *self.0.lock() = Some(Instant::now());
    }

    /// Whether a connection of that age was made since, so that it may be used.
    pub(super) fn is_survived_by(&self, age: Duration) -> bool {
        self.0.lock().is_none_or(|noted| age < noted.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_from_before_a_demotion_are_given_up() {
        let demotion = Demotion::default();
        assert!(demotion.is_survived_by(Duration::from_hours(1)));
        demotion.clone().note();
        assert!(!demotion.is_survived_by(Duration::from_hours(1)));
        std::thread::sleep(Duration::from_millis(2));
        assert!(demotion.is_survived_by(Duration::ZERO));
    }
}

//! Whether requests can be served.

use std::time::Duration;

use parking_lot::Mutex;
use vultus_types::Timestamp;

use crate::{Service, ServiceError};

/// How long the index may be too far behind before requests should go elsewhere: a burst of enrolments is read in less.
pub const LAG_TOLERATED: Duration = Duration::from_secs(10);

/// Why requests cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unready {
    /// The store or every search shard does not answer, or the templates are not this process's.
    #[error(transparent)]
    Refused(#[from] ServiceError),
    /// The index is being built.
    #[error("the search index is not built yet")]
    NotBuilt,
    /// The index has not kept up with the store for longer than [`LAG_TOLERATED`].
    #[error("the search index is {changes} changes behind the database")]
    Behind {
        /// Changes that it has not seen.
        changes: u64,
    },
}

/// Since when the index is further behind than it may be.
#[derive(Debug, Default)]
pub(crate) struct Lag(Mutex<Option<Timestamp>>);

impl Lag {
    /// Whether the index has been more than `most` changes behind at every look for longer than [`LAG_TOLERATED`].
    fn is_too_long(&self, changes: u64, most: u64, now: Timestamp) -> bool {
        let mut since = self.0.lock();
        if changes <= most {
            *since = None;
            return false;
        }
        let since = since.get_or_insert(now);
        now.0.saturating_sub(since.0) > LAG_TOLERATED.as_micros() as i64
    }
}

impl Service {
    /// Whether requests can be served: the store answers, its templates are this process's, the indexes of this
    /// process are built and keep up with the store, and, where shards are searched, one of them answers.
    ///
    /// # Errors
    /// [`Unready`] where they cannot.
    pub async fn check_ready(&self) -> Result<(), Unready> {
        self.feed.check_embedder().await.map_err(ServiceError::from)?;
        let applied = self.feed.applied().ok_or(Unready::NotBuilt)?;
        self.check_search().await?;
        let last = self.store.last_change().await.map_err(ServiceError::from)?;
        let changes = last.saturating_sub(applied);
        if self.lag.is_too_long(changes, self.policy.max_lag_changes, self.clock.now()) {
            Err(Unready::Behind { changes })
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use vultus_types::Wanted;

    use super::*;
    use crate::fakes::{ALICE, Bench, BenchOptions, photo_of};
    use crate::{EnrolCommand, FaceChoice, PhotoSettings, Policy, Presented};

    fn after(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    async fn enrol(service: &Service) {
        let account = service.accounts().list().await.unwrap().remove(0);
        let token = service.accounts().rotate(&account.name).await.unwrap().findface.token;
        let caller = service.authenticate(Presented::findface(&token)).await.unwrap();
        let command = EnrolCommand {
            photo: photo_of(&[ALICE]).unwrap().into(),
            photo_url: None,
            galleries: Vec::new(),
            subject: "Ann".to_owned(),
            faces: FaceChoice::SINGLE,
            keep_photo: false,
            event: None,
            settings: PhotoSettings::new(Wanted::BOXES),
        };
        service.enrol(caller, service.admit().unwrap(), command).await.unwrap();
    }

    #[test]
    fn a_burst_is_no_lag_and_a_lag_ends_with_the_first_look_that_finds_none() {
        let lag = Lag::default();
        assert!(!lag.is_too_long(11, 10, after(0)));
        assert!(!lag.is_too_long(12, 10, after(10)));
        assert!(lag.is_too_long(11, 10, after(11)));
        assert!(!lag.is_too_long(10, 10, after(12)));
        assert!(!lag.is_too_long(11, 10, after(13)), "counted anew");
        assert!(lag.is_too_long(11, 10, after(24)));
    }

    #[tokio::test]
    async fn a_node_that_does_not_keep_up_is_not_ready_until_it_does() {
        let policy = Policy { max_lag_changes: 1, ..Policy::default() };
        let bench = Bench::with(BenchOptions { policy, ..BenchOptions::default() }).await.unwrap();
        let service = &*bench.service;
        service.accounts().create("demo").await.unwrap();
        assert!(matches!(service.check_ready().await, Err(Unready::NotBuilt)));
        service.feed.catch_up().await.unwrap();
        enrol(service).await;
        enrol(service).await;
        service.check_ready().await.unwrap();
        bench.clock.advance_micros(LAG_TOLERATED.as_micros() as i64 + 1);
        let unready = service.check_ready().await.unwrap_err();
        assert_eq!(unready.to_string(), "the search index is 2 changes behind the database");
        service.feed.catch_up().await.unwrap();
        service.check_ready().await.unwrap();
    }
}

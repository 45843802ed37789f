//! Cleaning up after enrolments that never finished and deletions that failed.

use std::time::Duration;

use futures::{StreamExt, stream};
use tokio::time::{Instant, timeout_at};
use vultus_store::BlobError;
use vultus_types::Timestamp;

use crate::{Service, ServiceError};

/// A photo that no face has claimed for this long belongs to an enrolment that never finished: far longer than
/// any request takes.
pub const SWEEP_AFTER: Duration = Duration::from_hours(1);
/// Photos that are deleted side by side: a remote store takes some ten milliseconds for each.
pub(crate) const SIDE_BY_SIDE: usize = 16;
/// Deleted photos that are taken off the pending list together.
const FORGOTTEN_TOGETHER: usize = 256;
/// How long a request deletes photos. What is left of a large gallery is deleted by a later sweep.
const DELETE_WITHIN: Duration = Duration::from_secs(20);
/// How long is waited first for a blob store that is out of reach; each further wait is twice as long …
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// … up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

impl Service {
    /// Deletes photos that nothing refers to, and tells how many; to be called now and then.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal) where the store does not answer.
    pub async fn sweep_blobs(&self) -> Result<usize, ServiceError> {
        let before = Timestamp(self.clock.now().0 - SWEEP_AFTER.as_micros() as i64);
        let keys = self.store.pending_blobs(before).await?;
        Ok(self.delete_until(&keys, None).await)
    }

    /// Deletes photos, takes those that are gone off the pending list and tells how many. What fails, or takes too
    /// long, stays on the list for the next sweep.
    pub(crate) async fn delete_blobs(&self, keys: &[String]) -> usize {
        self.delete_until(keys, Some(Instant::now() + DELETE_WITHIN)).await
    }

    async fn delete_until(&self, keys: &[String], deadline: Option<Instant>) -> usize {
        let deletions = stream::iter(keys.to_vec()).map(|key| {
            let blobs = self.blobs.clone();
            async move { blobs.delete(&key).await.map(|()| key) }
        });
        let mut deletions = deletions.buffer_unordered(SIDE_BY_SIDE);
        let (mut count, mut gone) = (0, Vec::new());
        loop {
            let next = match deadline {
                Some(deadline) => timeout_at(deadline, deletions.next()).await.unwrap_or(None),
                None => deletions.next().await,
            };
            match next {
                Some(Ok(key)) => gone.push(key),
                Some(Err(error)) => {
                    tracing::warn!(%error, "a photo cannot be deleted yet");
                    // The others would fail alike, each after its own wait.
                    if error.is_outage() {
                        break;
                    }
                }
                None => break,
            }
            if gone.len() == FORGOTTEN_TOGETHER {
                count += self.forget(&mut gone).await;
            }
        }
        count + self.forget(&mut gone).await
    }

    /// Takes photos off the pending list.
    async fn forget(&self, gone: &mut Vec<String>) -> usize {
        let gone = std::mem::take(gone);
        if let Err(error) = self.store.forget_blobs(&gone).await {
            tracing::warn!(error = %error, "deleted photos stay on the pending list");
        }
        gone.len()
    }

    /// The bytes of a blob, also where its store is out of reach for a while: it is asked again, ever less often, until
    /// it answers or the future is dropped.
    pub(crate) async fn patient_get(&self, key: &str) -> Result<Option<bytes::Bytes>, BlobError> {
        let mut wait = FIRST_WAIT;
        loop {
            match self.blobs.get(key).await {
                Err(error) if error.is_outage() => tracing::warn!(%error, "a file cannot be read yet"),
                answer => return answer,
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use vultus_store::FaceStore;
    use vultus_store::testing::FlakyBlobs;

    use super::*;
    use crate::fakes::{Bench, BenchOptions, START};

    async fn bench_with_photos(count: usize) -> (Bench, Arc<FlakyBlobs>, Vec<String>) {
        let (flaky, blobs) = FlakyBlobs::store();
        let options = BenchOptions { blobs, ..BenchOptions::default() };
        let bench = Bench::with(options).await.unwrap();
        let keys: Vec<_> = (0..count).map(|number| format!("photos/a/{number:04}")).collect();
        bench.store.expect_blobs(&keys, START).await.unwrap();
        for key in &keys {
            bench.blobs.put(key, bytes::Bytes::from_static(b"photo")).await.unwrap();
        }
        (bench, flaky, keys)
    }

    async fn pending(bench: &Bench) -> usize {
        bench.store.pending_blobs(Timestamp(i64::MAX)).await.unwrap().len()
    }

    #[tokio::test]
    async fn deletions_stop_at_an_outage_and_are_made_up_for_later() {
        let (bench, flaky, keys) = bench_with_photos(600).await;
        flaky.set_down(true);
        assert_eq!(bench.service.delete_blobs(&keys).await, 0);
        assert!(flaky.refusals() < 40, "{} were tried", flaky.refusals());
        assert_eq!(pending(&bench).await, 600);
        flaky.set_down(false);
        assert_eq!(bench.service.sweep_blobs().await.unwrap(), 0, "they are too young for the sweep");
        bench.clock.advance_micros(SWEEP_AFTER.as_micros() as i64 + 1);
        assert_eq!(bench.service.sweep_blobs().await.unwrap(), 600);
        assert_eq!(pending(&bench).await, 0);
        assert_eq!(bench.blobs.get(&keys[599]).await.unwrap(), None);
    }

    #[tokio::test]
    async fn requests_do_not_delete_for_ever() {
        let (bench, flaky, keys) = bench_with_photos(64).await;
        flaky.set_delay(Duration::from_millis(300));
        let deadline = Instant::now() + Duration::from_millis(500);
        let count = bench.service.delete_until(&keys, Some(deadline)).await;
        assert_eq!(count, SIDE_BY_SIDE, "one round fits into the time");
        assert_eq!(pending(&bench).await, keys.len() - count);
    }

    #[tokio::test]
    async fn files_are_waited_for_through_an_outage() {
        let (bench, flaky, keys) = bench_with_photos(1).await;
        flaky.set_down(true);
        let (service, key) = (Arc::clone(&bench.service), keys[0].clone());
        let reading = tokio::spawn(async move { service.patient_get(&key).await });
        while flaky.refusals() == 0 {
            tokio::task::yield_now().await;
        }
        flaky.set_down(false);
        assert_eq!(reading.await.unwrap().unwrap().as_deref(), Some(&b"photo"[..]));
        assert_eq!(bench.service.patient_get("photos/none").await.unwrap(), None);
    }
}

//! Blobs that nobody refers to: found by going through all there are, such as after a backup was restored.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use vultus_store::{BlobError, BlobStore, BlobSummary, Store};
use vultus_types::{Clock, Timestamp};

use crate::ServiceError;
use crate::housekeeping::SIDE_BY_SIDE;

/// Blobs that the database is asked about together; all that is held of a listing.
const ASKED_TOGETHER: usize = 500;

/// How to look for orphaned blobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrphanSweep {
    /// Only blobs that were written longer ago than this are looked at.
    pub older_than: Duration,
    /// Whether they are only counted.
    pub is_dry_run: bool,
}

/// What was found so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OrphanCounts {
    /// All blobs that were seen: the sum of the next four.
    pub seen: u64,
    /// Faces or media refer to them, or they are to be deleted soon anyway.
    pub used: u64,
    /// Too young to be looked at.
    pub young: u64,
    /// Of accounts that this database does not have: not ours to delete.
    pub foreign: u64,
    /// Nobody refers to them.
    pub orphans: u64,
    /// The size of those together.
    pub orphan_bytes: u64,
    /// How many of those were deleted.
    pub deleted: u64,
}

/// Looks for orphaned blobs and deletes them. Needs no models, and may run beside servers.
pub struct Orphans {
    store: Arc<dyn Store>,
    blobs: BlobStore,
    clock: Arc<dyn Clock>,
}

impl Orphans {
    /// The blobs of a database.
    pub fn new(store: Arc<dyn Store>, blobs: BlobStore, clock: Arc<dyn Clock>) -> Self {
        Self { store, blobs, clock }
    }

    /// Goes through all blobs. `progress` is told from time to time what was found.
    ///
    /// A blob is on the pending list before it is written, and leaves the list only with the commit that refers to it.
    /// What is neither, was written by nobody who is still at it.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal) where the database or the blob store fails; what was deleted
    /// until then is gone.
    pub async fn sweep(
        &self,
        how: OrphanSweep,
        mut progress: impl FnMut(OrphanCounts) + Send,
    ) -> Result<OrphanCounts, ServiceError> {
        let age = i64::try_from(how.older_than.as_micros()).unwrap_or(i64::MAX);
        let before = Timestamp(self.clock.now().0.saturating_sub(age));
        let accounts = self.store.accounts().await?;
        let accounts: HashSet<String> = accounts.iter().map(|account| account.id.to_string()).collect();
        let mut counts = OrphanCounts::default();
        for folder in BlobStore::FOLDERS {
            let mut listed = self.blobs.list(folder).try_ready_chunks(ASKED_TOGETHER);
            while let Some(blobs) = listed.next().await {
                // A chunk that ended in an error is looked at when the sweep is run again.
                let blobs = blobs.map_err(|error| error.1)?;
                counts.seen += blobs.len() as u64;
                let candidates = candidates(blobs, before, &accounts, &mut counts);
                let orphans = self.orphans(candidates, &mut counts).await?;
                if !how.is_dry_run {
                    self.delete(orphans, &mut counts).await?;
                }
                progress(counts);
            }
        }
        Ok(counts)
    }

    /// Those that the database knows nothing of.
    async fn orphans(
        &self,
        blobs: Vec<BlobSummary>,
        counts: &mut OrphanCounts,
    ) -> Result<Vec<BlobSummary>, ServiceError> {
        if blobs.is_empty() {
            return Ok(blobs);
        }
        let keys: Vec<String> = blobs.iter().map(|blob| blob.key.clone()).collect();
        let used: HashSet<String> = self.store.blobs_in_use(&keys).await?.into_iter().collect();
        let (used, orphans): (Vec<_>, Vec<_>) = blobs.into_iter().partition(|blob| used.contains(&blob.key));
        counts.used += used.len() as u64;
        counts.orphans += orphans.len() as u64;
        counts.orphan_bytes += orphans.iter().map(|blob| blob.bytes).sum::<u64>();
        Ok(orphans)
    }

    async fn delete(&self, orphans: Vec<BlobSummary>, counts: &mut OrphanCounts) -> Result<(), BlobError> {
        let deletions = stream::iter(orphans).map(|orphan| {
            let blobs = self.blobs.clone();
            async move { blobs.delete(&orphan.key).await }
        });
        let mut deletions = deletions.buffer_unordered(SIDE_BY_SIDE);
        while let Some(deleted) = deletions.next().await {
            deleted?;
            counts.deleted += 1;
        }
        Ok(())
    }
}

/// Those that are old enough and lie where the blobs of one of the accounts do, or are left of a probe.
fn candidates(
    blobs: Vec<BlobSummary>,
    before: Timestamp,
    accounts: &HashSet<String>,
    counts: &mut OrphanCounts,
) -> Vec<BlobSummary> {
    let (old, young): (Vec<_>, Vec<_>) = blobs.into_iter().partition(|blob| blob.written_at < before);
    let (ours, foreign): (Vec<_>, Vec<_>) = old.into_iter().partition(|blob| {
        let mut parts = blob.key.split('/');
        parts.next() == Some(BlobStore::PROBES) || parts.next().is_some_and(|owner| accounts.contains(owner))
    });
    counts.young += young.len() as u64;
    counts.foreign += foreign.len() as u64;
    ours
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use uuid::Uuid;
    use vultus_store::FaceStore;
    use vultus_types::{AccountId, SystemClock};

    use super::*;
    use crate::fakes::{ALICE, Bench, photo_of};
    use crate::{Caller, EnrolCommand, FaceChoice, PhotoSettings, Presented};

    async fn enrolled(bench: &Bench) -> Caller {
        let issued = bench.service.accounts().create("demo").await.unwrap();
        let caller = bench.service.authenticate(Presented::findface(&issued.findface.token)).await.unwrap();
        let command = EnrolCommand {
            photo: photo_of(&[ALICE]).unwrap().into(),
            photo_url: None,
            galleries: Vec::new(),
            subject: "someone".to_owned(),
            faces: FaceChoice::EVERY,
            keep_photo: true,
            event: None,
            settings: PhotoSettings::new(vultus_types::Wanted::TEMPLATE),
        };
        let permit = bench.service.admit().unwrap();
        let outcome = bench.service.enrol(caller, permit, command).await.unwrap();
        let id = outcome.faces[0].id();
        bench.service.thumbnail(caller, id).await.unwrap().unwrap();
        caller
    }

    fn stray(account: AccountId, number: u128) -> String {
        BlobStore::photo_key(account, Uuid::from_u128(number))
    }

    /// The blobs are written at the machine's time: the sweep tells their age by it.
    async fn sweep(bench: &Bench, older_than: Duration, is_dry_run: bool) -> OrphanCounts {
        let orphans = Orphans::new(bench.store.clone(), bench.blobs.clone(), Arc::new(SystemClock));
        let mut told = OrphanCounts::default();
        let how = OrphanSweep { older_than, is_dry_run };
        let counts = orphans.sweep(how, |counts| told = counts).await.unwrap();
        assert_eq!(told, counts, "the end is told too");
        assert_eq!(counts.seen, counts.used + counts.young + counts.foreign + counts.orphans);
        counts
    }

    #[tokio::test]
    async fn orphans_are_deleted_and_all_else_stays() {
        let bench = Bench::new().await.unwrap();
        let account = enrolled(&bench).await.account;
        let foreign = stray(AccountId(Uuid::from_u128(77)), 1);
        let pending = stray(account, 2);
        bench.store.expect_blobs(std::slice::from_ref(&pending), Timestamp(1)).await.unwrap();
        let media = format!("media/{account}/000000000000000000000000");
        let strays = [stray(account, 3), media, "probes/1-2".to_owned()];
        for key in strays.iter().chain([&foreign, &pending]) {
            bench.blobs.put(key, Bytes::from_static(b"stray")).await.unwrap();
        }
        let expected = OrphanCounts {
            seen: 7,
            used: 3,
            foreign: 1,
            orphans: 3,
            orphan_bytes: 15,
            ..OrphanCounts::default()
        };
        assert_eq!(sweep(&bench, Duration::ZERO, true).await, expected);
        assert!(bench.blobs.get(&strays[0]).await.unwrap().is_some(), "a dry run deletes nothing");
        assert_eq!(sweep(&bench, Duration::ZERO, false).await, OrphanCounts { deleted: 3, ..expected });
        for key in &strays {
            assert_eq!(bench.blobs.get(key).await.unwrap(), None, "{key}");
        }
        assert!(bench.blobs.get(&foreign).await.unwrap().is_some());
        let again = sweep(&bench, Duration::ZERO, false).await;
        assert_eq!((again.seen, again.used, again.foreign, again.orphans), (4, 3, 1, 0));
    }

    #[tokio::test]
    async fn young_blobs_are_left_alone() {
        let bench = Bench::new().await.unwrap();
        let account = enrolled(&bench).await.account;
        bench.blobs.put(&stray(account, 3), Bytes::from_static(b"stray")).await.unwrap();
        let counts = sweep(&bench, Duration::from_hours(1), false).await;
        assert_eq!((counts.seen, counts.young, counts.deleted), (3, 3, 0));
    }

    #[tokio::test]
    async fn many_blobs_are_gone_through_in_parts() {
        let bench = Bench::new().await.unwrap();
        let account = enrolled(&bench).await.account;
        for number in 0..1203 {
            bench.blobs.put(&stray(account, number), Bytes::from_static(b"x")).await.unwrap();
        }
        let counts = sweep(&bench, Duration::ZERO, false).await;
        assert_eq!((counts.used, counts.orphans, counts.deleted), (2, 1203, 1203));
    }
}

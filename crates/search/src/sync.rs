//! Keeping an index level with the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;
use vultus_store::{FaceStore, StoreError};
use vultus_types::FaceId;

use crate::VectorIndex;

/// How many rows are read from the store at a time: about a MiB of templates of 128 numbers.
const PAGE: u32 = 1000;

/// How far the building of an index has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuildProgress {
    /// Faces read so far.
    pub done: u64,
    /// Faces in the store when the building began.
    pub total: u64,
}

/// The store could not be read; the index stays as far as it was.
#[derive(Debug, thiserror::Error)]
#[error("the search index cannot follow the store")]
pub struct FeedError(#[from] StoreError);

impl FeedError {
    /// What the store said.
    pub fn store_error(&self) -> &StoreError {
        &self.0
    }
}

/// Feeds an index from a store: everything once, then whatever the change log tells, also of changes that
/// another process made.
///
/// [`catch_up`](Self::catch_up) before a search makes that search see every write that was acknowledged
/// before. Both methods may be called from many tasks at once and dropped at any point: the place in the log
/// moves on only after changes were applied, and applying a change twice does no harm.
pub struct IndexFeed {
    store: Arc<dyn FaceStore>,
    index: Arc<dyn VectorIndex>,
    /// The last change that is in the index, or [`NOT_BUILT`].
    applied: AtomicU64,
    /// Held while the index is changed.
    turn: Mutex<()>,
}

/// No store counts this far.
const NOT_BUILT: u64 = u64::MAX;

impl IndexFeed {
    /// A feed of an index that nothing else changes.
    pub fn new(store: Arc<dyn FaceStore>, index: Arc<dyn VectorIndex>) -> Self {
        Self { store, index, applied: AtomicU64::new(NOT_BUILT), turn: Mutex::new(()) }
    }

    /// Whether the index was built; searches before that find nothing.
    pub fn is_built(&self) -> bool {
        self.applied.load(Ordering::Acquire) != NOT_BUILT
    }

    /// Builds the index from nothing and tells how far it has come after each page.
    pub async fn build(&self, progress: impl FnMut(BuildProgress) + Send) -> Result<(), FeedError> {
        let _turn = self.turn.lock().await;
        self.rebuild(progress).await
    }

    /// Applies what changed since the last call; builds the index where that was not done yet. When nothing
    /// changed it costs one question to the store.
    pub async fn catch_up(&self) -> Result<(), FeedError> {
        let last = self.store.last_change().await?;
        if last == self.applied.load(Ordering::Acquire) {
            return Ok(());
        }
        let _turn = self.turn.lock().await;
        let applied = self.applied.load(Ordering::Acquire);
        if applied == NOT_BUILT {
            return self.rebuild(|_| ()).await;
        }
        // Another task may have gone further than `last` meanwhile; a log that really is shorter than what
        // was applied belongs to another database, for example one restored from a backup.
        if applied > last && self.store.last_change().await? < applied {
            tracing::warn!("the change log went back: the search index is built anew");
            return self.rebuild(|_| ()).await;
        }
        self.apply_until(last).await
    }

    async fn rebuild(&self, mut progress: impl FnMut(BuildProgress) + Send) -> Result<(), FeedError> {
        self.applied.store(NOT_BUILT, Ordering::Release);
        self.index.clear();
        // Changes from here on may or may not be in the pages; they are applied again afterwards.
        let start = self.store.last_change().await?;
        let total = self.store.face_count().await?;
        let (mut done, mut after): (u64, Option<FaceId>) = (0, None);
        loop {
            let page = self.store.index_page(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            done += page.len() as u64;
            for entry in &page {
                self.index.upsert(entry);
            }
            progress(BuildProgress { done, total });
        }
        let last = self.store.last_change().await?;
        self.apply_range(start, last).await?;
        self.applied.store(last, Ordering::Release);
        Ok(())
    }

    async fn apply_until(&self, last: u64) -> Result<(), FeedError> {
        let applied = self.applied.load(Ordering::Acquire);
        if applied < last {
            self.apply_range(applied, last).await?;
            self.applied.store(last, Ordering::Release);
        }
        Ok(())
    }

    /// Looks again at every face with a change after `from`, up to `last` at least.
    async fn apply_range(&self, mut from: u64, last: u64) -> Result<(), FeedError> {
        while from < last {
            let changes = self.store.changes_after(from, PAGE).await?;
            let Some(newest) = changes.last() else { break };
            from = newest.sequence;
            let mut faces: Vec<FaceId> = changes.iter().map(|change| change.face).collect();
            faces.sort_unstable();
            faces.dedup();
            let mut entries = self.store.index_entries(&faces).await?;
            entries.sort_unstable_by_key(|entry| entry.id);
            for face in faces {
                match entries.binary_search_by_key(&face, |entry| entry.id) {
                    Ok(place) => self.index.upsert(&entries[place]),
                    Err(_) => self.index.remove(face),
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

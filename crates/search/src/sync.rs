//! Keeping an index level with the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;
use vultus_store::{Change, IndexEntry, Store, StoreError};
use vultus_types::{FaceId, ModelDigest};

use crate::{PersonIndex, VectorIndex};

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

/// Why an index cannot follow the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    /// The store could not be read; the index stays as far as it was.
    #[error("the search index cannot follow the store")]
    Store(#[from] StoreError),
    /// The store holds templates of other models than the index compares: they were replaced since, by another
    /// process. The index stays as it was, so that searches under way end well; further ones are refused.
    #[error("the store's templates were made by other models than this process compares")]
    OtherEmbedder,
}

/// Feeds an index of faces from a store, or one of persons, or both: everything once, then
/// whatever the change log tells, also of changes that another process made.
///
/// [`catch_up`](Self::catch_up) before a search makes that search see every write that was acknowledged
/// before. Both methods may be called from many tasks at once and dropped at any point: the place in the log
/// moves on only after changes were applied, and applying a change twice does no harm.
///
/// Templates may all be replaced by those of other models while a feed is alive. From then on every call fails
/// with [`FeedError::OtherEmbedder`], so that no search is answered from old templates or from a part of the
/// new ones.
pub struct IndexFeed {
    store: Arc<dyn Store>,
    index: Option<Arc<dyn VectorIndex>>,
    persons: Option<Arc<PersonIndex>>,
    /// The models whose templates the index compares; none where it compares nothing.
    models: Vec<ModelDigest>,
    /// The last change that is in the index, or [`NOT_BUILT`].
    applied: AtomicU64,
    /// Held while the index is changed.
    turn: Mutex<()>,
}

/// No store counts this far.
const NOT_BUILT: u64 = u64::MAX;

impl IndexFeed {
    /// A feed of an index that nothing else changes and that compares templates of these models, in template
    /// order.
    pub fn new(store: Arc<dyn Store>, index: Arc<dyn VectorIndex>, models: Vec<ModelDigest>) -> Self {
        Self::of(store, Some(index), None, models)
    }

    /// A feed of an index of persons alone, where faces are searched elsewhere. It reads only the faces that stand for
    /// persons, so that [`BuildProgress::done`] ends below the total.
    pub fn of_persons(store: Arc<dyn Store>, persons: Arc<PersonIndex>, models: Vec<ModelDigest>) -> Self {
        Self::of(store, None, Some(persons), models)
    }

    fn of(
        store: Arc<dyn Store>,
        index: Option<Arc<dyn VectorIndex>>,
        persons: Option<Arc<PersonIndex>>,
        models: Vec<ModelDigest>,
    ) -> Self {
        let (applied, turn) = (AtomicU64::new(NOT_BUILT), Mutex::new(()));
        Self { store, index, persons, models, applied, turn }
    }

    /// The same feed, which keeps an index of persons level too.
    #[must_use]
    pub fn with_persons(self, persons: Arc<PersonIndex>) -> Self {
        Self { persons: Some(persons), ..self }
    }

    /// The last change that is in the indexes for certain; later ones may be. Nothing before they are built.
    pub fn applied(&self) -> Option<u64> {
        Some(self.applied.load(Ordering::Acquire)).filter(|&applied| applied != NOT_BUILT)
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

    /// Fails where the store's templates are not those that the index compares.
    pub async fn check_embedder(&self) -> Result<(), FeedError> {
        match self.store.embedder().await? {
            Some(bound) if bound.models != self.models && !self.models.is_empty() => {
                Err(FeedError::OtherEmbedder)
            }
            _ => Ok(()),
        }
    }

    async fn rebuild(&self, mut progress: impl FnMut(BuildProgress) + Send) -> Result<(), FeedError> {
        loop {
            self.applied.store(NOT_BUILT, Ordering::Release);
            self.check_embedder().await?;
            self.clear();
            if let Some(last) = self.read_all(&mut progress).await? {
                // Asked again: what was read may have been replaced meanwhile.
                self.check_embedder().await?;
                self.applied.store(last, Ordering::Release);
                return Ok(());
            }
        }
    }

    /// Reads the whole store and tells up to which change; nothing where all templates were replaced meanwhile.
    async fn read_all(
        &self,
        progress: &mut (impl FnMut(BuildProgress) + Send),
    ) -> Result<Option<u64>, FeedError> {
        // Changes from here on may or may not be in the pages; they are applied again afterwards.
        let start = self.store.last_change().await?;
        let total = self.store.face_count().await?;
        let (mut done, mut after): (u64, Option<FaceId>) = (0, None);
        loop {
            let page = match self.index {
                Some(_) => self.store.index_page(after, PAGE).await?,
                None => self.store.exemplar_page(after, PAGE).await?,
            };
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            done += page.len() as u64;
            for entry in &page {
                self.upsert(entry);
            }
            progress(BuildProgress { done, total });
        }
        let last = self.store.last_change().await?;
        Ok(self.apply_range(start, last).await?.then_some(last))
    }

    async fn apply_until(&self, last: u64) -> Result<(), FeedError> {
        let applied = self.applied.load(Ordering::Acquire);
        if applied >= last {
            return Ok(());
        }
        if self.apply_range(applied, last).await? {
            self.applied.store(last, Ordering::Release);
            return Ok(());
        }
        self.rebuild(|_| ()).await
    }

    /// Looks again at every face with a change after `from`, up to `last` at least. False where a change of
    /// everything is among them, or one is missing: then the index must be built anew.
    async fn apply_range(&self, mut from: u64, last: u64) -> Result<bool, FeedError> {
        while from < last {
            let changes = self.store.changes_after(from, PAGE).await?;
            let Some(newest) = changes.last() else { break };
            if has_gap(from, &changes) {
                tracing::warn!("a change is missing from the log: the search index is built anew");
                return Ok(false);
            }
            from = newest.sequence;
            let Some(mut faces) = changes.iter().map(|change| change.face).collect::<Option<Vec<FaceId>>>()
            else {
                tracing::info!("all templates were replaced: the search index is built anew");
                return Ok(false);
            };
            faces.sort_unstable();
            faces.dedup();
            let mut entries = self.store.index_entries(&faces).await?;
            entries.sort_unstable_by_key(|entry| entry.id);
            // Asked after reading and before applying: searches under way see no template of other models.
            self.check_embedder().await?;
            for face in faces {
                match entries.binary_search_by_key(&face, |entry| entry.id) {
                    Ok(place) => self.upsert(&entries[place]),
                    Err(_) => self.remove(face),
                }
            }
        }
        Ok(true)
    }

    fn upsert(&self, entry: &IndexEntry) {
        if let Some(index) = &self.index {
            index.upsert(entry);
        }
        if let Some(persons) = &self.persons {
            persons.upsert(entry);
        }
    }

    fn remove(&self, face: FaceId) {
        if let Some(index) = &self.index {
            index.remove(face);
        }
        if let Some(persons) = &self.persons {
            persons.remove(face);
        }
    }

    fn clear(&self) {
        if let Some(index) = &self.index {
            index.clear();
        }
        if let Some(persons) = &self.persons {
            persons.clear();
        }
    }
}

/// Whether a change after `from` is missing before the last of these: stores number changes without gaps.
pub(crate) fn has_gap(from: u64, changes: &[Change]) -> bool {
    let expected = (from + 1)..;
    changes.iter().zip(expected).any(|(change, expected)| change.sequence != expected)
}

#[cfg(test)]
mod tests;

//! A search shard in memory that can be taken away.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use parking_lot::{Mutex, MutexGuard};
use uuid::Uuid;
use vultus_search::shards::{
    Nearest, NearestQuery, SearchShard, ShardError, ShardFace, ShardMark, ShardProgress,
};
use vultus_store::IndexEntry;
use vultus_types::FaceId;

/// A shard whose faces are gone with the process.
pub struct FakeShard {
    name: String,
    is_out: AtomicBool,
    held: Mutex<Held>,
}

struct Held {
    mark: ShardMark,
    faces: BTreeMap<FaceId, IndexEntry>,
    adopted: Option<(u64, FaceId)>,
}

impl FakeShard {
    /// An empty shard of that name.
    pub fn new(name: &str) -> Self {
        let mark = ShardMark { epoch: 0, progress: ShardProgress::Empty };
        let held = Held { mark, faces: BTreeMap::new(), adopted: None };
        Self { name: name.to_owned(), is_out: AtomicBool::new(false), held: Mutex::new(held) }
    }

    /// Lets it answer no longer, or again.
    pub fn set_out(&self, is_out: bool) {
        self.is_out.store(is_out, Ordering::SeqCst);
    }

    fn held(&self) -> Result<MutexGuard<'_, Held>, ShardError> {
        if self.is_out.load(Ordering::SeqCst) {
            return Err(ShardError::Unreachable("taken away".into()));
        }
        Ok(self.held.lock())
    }

    /// Makes a change where the shard stands there still.
    fn change(&self, seen: ShardMark, change: impl FnOnce(&mut Held)) -> Result<bool, ShardError> {
        let mut held = self.held()?;
        let is_there = held.mark == seen;
        if is_there {
            change(&mut held);
        }
        Ok(is_there)
    }
}

impl Held {
    fn put(&mut self, entries: &[IndexEntry]) {
        self.faces.extend(entries.iter().map(|entry| (entry.id, entry.clone())));
    }
}

#[async_trait]
impl SearchShard for FakeShard {
    fn name(&self) -> &str {
        &self.name
    }

    async fn mark(&self, _: Uuid) -> Result<ShardMark, ShardError> {
        Ok(self.held()?.mark)
    }

    async fn begin_filling(&self, seen: ShardMark, start: u64, epoch: u64) -> Result<bool, ShardError> {
        self.change(seen, |held| {
            held.faces.clear();
            held.mark = ShardMark { epoch, progress: ShardProgress::Filling { start, upto: None } };
        })
    }

    async fn fill(&self, seen: ShardMark, upto: FaceId, entries: &[IndexEntry]) -> Result<bool, ShardError> {
        let ShardProgress::Filling { start, .. } = seen.progress else { return Ok(false) };
        self.change(seen, |held| {
            held.put(entries);
            held.mark.progress = ShardProgress::Filling { start, upto: Some(upto) };
        })
    }

    async fn finish_filling(&self, seen: ShardMark) -> Result<bool, ShardError> {
        let ShardProgress::Filling { start, .. } = seen.progress else { return Ok(false) };
        self.change(seen, |held| held.mark.progress = ShardProgress::Level(start))
    }

    async fn apply(
        &self,
        seen: ShardMark,
        last: u64,
        entries: &[IndexEntry],
        removed: &[FaceId],
    ) -> Result<bool, ShardError> {
        self.change(seen, |held| {
            held.put(entries);
            held.faces.retain(|face, _| !removed.contains(face));
            held.mark.progress = ShardProgress::Level(last);
        })
    }

    async fn raise_epoch(&self, epoch: u64) -> Result<(), ShardError> {
        let mut held = self.held()?;
        held.mark.epoch = held.mark.epoch.max(epoch);
        Ok(())
    }

    async fn adopt(&self, epoch: u64, upto: FaceId, entries: &[IndexEntry]) -> Result<bool, ShardError> {
        let mut held = self.held()?;
        if held.mark.epoch != epoch {
            return Ok(false);
        }
        for entry in entries {
            held.faces.entry(entry.id).or_insert_with(|| entry.clone());
        }
        held.adopted = Some((epoch, upto));
        Ok(true)
    }

    async fn adopted(&self, epoch: u64) -> Result<Option<FaceId>, ShardError> {
        Ok(self.held()?.adopted.filter(|(of, _)| *of == epoch).map(|(_, upto)| upto))
    }

    async fn discard(&self, epoch: u64, faces: &[FaceId]) -> Result<bool, ShardError> {
        let mut held = self.held()?;
        if held.mark.epoch != epoch {
            return Ok(false);
        }
        held.faces.retain(|face, _| !faces.contains(face));
        Ok(true)
    }

    async fn face_ids(&self, after: Option<FaceId>, limit: u32) -> Result<Vec<FaceId>, ShardError> {
        let held = self.held()?;
        let ids = held.faces.keys().filter(|&&face| after.is_none_or(|after| face > after));
        Ok(ids.take(limit as usize).copied().collect())
    }

    async fn face_count(&self) -> Result<u64, ShardError> {
        Ok(self.held()?.faces.len() as u64)
    }

    async fn nearest(&self, query: &NearestQuery) -> Result<Nearest, ShardError> {
        let held = self.held()?;
        let scope = &query.scope;
        let is_meant = |entry: &&IndexEntry| {
            entry.account == scope.account
                && scope.gallery.as_ref().is_none_or(|gallery| entry.galleries.contains(gallery))
                && scope.subject.as_ref().is_none_or(|subject| *subject == entry.subject)
        };
        let product = |entry: &IndexEntry| -> f32 {
            let numbers = entry.template.parts().iter().flat_map(|part| part.vector.iter());
            numbers.zip(&query.direction).map(|(one, other)| one * other).sum()
        };
        let mut found: Vec<_> =
            held.faces.values().filter(is_meant).map(|entry| (product(entry), entry)).collect();
        found.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        let faces = found.into_iter().take(query.limit as usize).map(|(_, entry)| ShardFace {
            id: entry.id,
            subject: entry.subject.clone(),
            enrolled_at: entry.enrolled_at,
            template: entry.template.clone(),
        });
        Ok(Nearest { mark: held.mark, faces: faces.collect() })
    }
}

//! Exact search: every face of the gallery is compared with the probe.
//!
//! Each account is a shard of its own behind its own lock: searches of one account share it, an enrolment
//! waits only for the scans of its own account that run already. The vectors live in one arena per account,
//! once, whatever the number of galleries.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use vultus_store::IndexEntry;
use vultus_types::{AccountId, FaceId, IncomparableTemplate, ScoreRule, Similarity, Template};

use crate::{Hit, IndexStats, VectorIndex};

pub(crate) mod arena;
pub(crate) mod layout;
mod lists;
mod ranking;
mod shard;

use layout::Layout;
use shard::Shard;

/// An index that compares the probe with every face of the gallery, in memory.
pub struct ExactIndex {
    layout: Arc<Layout>,
    shards: RwLock<HashMap<AccountId, Arc<RwLock<Shard>>>>,
    /// Held during each change, so that changes of one face cannot interleave. Searches never take it.
    directory: Mutex<Directory>,
}

/// Where each face lies.
#[derive(Default)]
struct Directory {
    accounts: HashMap<FaceId, AccountId>,
    incomparable: HashSet<FaceId>,
}

impl ExactIndex {
    /// An empty index of templates that `rule` compares.
    pub fn new(rule: ScoreRule) -> Self {
        Self { layout: Arc::new(Layout::new(rule)), shards: RwLock::default(), directory: Mutex::default() }
    }

    fn shard(&self, account: AccountId) -> Option<Arc<RwLock<Shard>>> {
        self.shards.read().get(&account).cloned()
    }

    fn remove_known(&self, directory: &mut Directory, face: FaceId) {
        directory.incomparable.remove(&face);
        let Some(account) = directory.accounts.remove(&face) else { return };
        let Some(shard) = self.shard(account) else { return };
        let is_empty = {
            let mut shard = shard.write();
            shard.remove(face);
            shard.is_empty()
        };
        if is_empty {
            self.shards.write().remove(&account);
        }
    }
}

impl VectorIndex for ExactIndex {
    fn upsert(&self, entry: &IndexEntry) {
        let mut directory = self.directory.lock();
        let Ok(vector) = self.layout.row(&entry.template) else {
            self.remove_known(&mut directory, entry.id);
            directory.incomparable.insert(entry.id);
            return;
        };
        if directory.accounts.get(&entry.id).is_some_and(|&known| known != entry.account) {
            self.remove_known(&mut directory, entry.id);
        }
        directory.incomparable.remove(&entry.id);
        directory.accounts.insert(entry.id, entry.account);
        let shard = self.shard(entry.account).unwrap_or_else(|| {
            let shard = Arc::new(RwLock::new(Shard::new(Arc::clone(&self.layout))));
            self.shards.write().insert(entry.account, Arc::clone(&shard));
            shard
        });
        shard.write().upsert(entry, &vector);
    }

    fn remove(&self, face: FaceId) {
        self.remove_known(&mut self.directory.lock(), face);
    }

    fn clear(&self) {
        let mut directory = self.directory.lock();
        *directory = Directory::default();
        self.shards.write().clear();
    }

    fn search(
        &self,
        account: AccountId,
        gallery: &str,
        probe: &Template,
        min_similarity: Similarity,
        max_results: usize,
    ) -> Result<Vec<Hit>, IncomparableTemplate> {
        let probe = self.layout.row(probe)?;
        let Some(shard) = self.shard(account) else { return Ok(Vec::new()) };
        Ok(shard.read().search(gallery, &probe, min_similarity, max_results))
    }

    fn search_faces(
        &self,
        account: AccountId,
        gallery: Option<&str>,
        probe: &Template,
        min_similarity: Similarity,
        max_results: usize,
    ) -> Result<Vec<Hit>, IncomparableTemplate> {
        let probe = self.layout.row(probe)?;
        let Some(shard) = self.shard(account) else { return Ok(Vec::new()) };
        Ok(shard.read().search_faces(gallery, &probe, min_similarity, max_results))
    }

    fn search_subject(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
        probe: &Template,
    ) -> Result<Option<Hit>, IncomparableTemplate> {
        let probe = self.layout.row(probe)?;
        let Some(shard) = self.shard(account) else { return Ok(None) };
        Ok(shard.read().search_subject(gallery, subject, &probe))
    }

    fn stats(&self) -> IndexStats {
        let (faces, incomparable) = {
            let directory = self.directory.lock();
            (directory.accounts.len(), directory.incomparable.len())
        };
        let shards: Vec<_> = self.shards.read().values().cloned().collect();
        let vector_bytes = shards.iter().map(|shard| shard.read().vector_bytes()).sum();
        IndexStats { faces, incomparable, vector_bytes }
    }
}

#[cfg(test)]
mod tests;

//! A search shard in memory that can be stopped, for tests.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::watch;
use uuid::Uuid;
use vultus_store::IndexEntry;
use vultus_types::{FaceId, IncomparableTemplate, ScoreRule};

use super::{
    Nearest, NearestQuery, SearchShard, ShardError, ShardFace, ShardMark, ShardProgress, ShardScope,
};

/// A search shard in memory. Its search is exact: it looks at every face.
pub struct FakeShard {
    name: String,
    rule: ScoreRule,
    state: Mutex<State>,
    is_down: AtomicBool,
    is_open: watch::Sender<bool>,
    is_ready: watch::Sender<bool>,
    searches: AtomicU64,
    changes: AtomicU64,
    fuse: Mutex<Option<Fuse>>,
    busy: Fuse,
}

/// Lets so many changes of shards happen, and then none any more: as if the process that makes them were killed.
/// Shared by the shards of a test.
#[derive(Clone, Debug)]
pub struct Fuse(Arc<AtomicU64>);

impl Fuse {
    /// Burns after so many changes.
    pub fn after(changes: u64) -> Self {
        Self(Arc::new(AtomicU64::new(changes)))
    }

    /// Whether changes happen still.
    fn holds(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}

struct State {
    store: Option<Uuid>,
    mark: ShardMark,
    faces: BTreeMap<FaceId, IndexEntry>,
    adopted: Option<(u64, FaceId)>,
}

impl Default for State {
    fn default() -> Self {
        let mark = ShardMark { epoch: 0, progress: ShardProgress::Empty };
        Self { store: None, mark, faces: BTreeMap::new(), adopted: None }
    }
}

impl FakeShard {
    /// An empty shard for templates that `rule` compares.
    pub fn new(name: &str, rule: ScoreRule) -> Arc<Self> {
        Arc::new(Self {
            name: name.to_owned(),
            rule,
            state: Mutex::default(),
            is_down: AtomicBool::new(false),
            is_open: watch::Sender::new(true),
            is_ready: watch::Sender::new(true),
            searches: AtomicU64::new(0),
            changes: AtomicU64::new(0),
            fuse: Mutex::new(None),
            busy: Fuse::after(0),
        })
    }

    /// Whether nobody can connect to it.
    pub fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    /// Whether calls wait for ever, until they need not any more.
    pub fn set_silent(&self, is_silent: bool) {
        self.is_open.send_replace(!is_silent);
    }

    /// Whether the end of a filling takes for ever, until it need not any more.
    pub fn set_building(&self, is_building: bool) {
        self.is_ready.send_replace(!is_building);
    }

    /// Whether somebody waits for the end of a filling.
    pub fn is_ending_a_filling(&self) -> bool {
        self.is_ready.receiver_count() > 0
    }

    /// Changes happen only while this fuse holds.
    pub fn set_fuse(&self, fuse: Option<Fuse>) {
        *self.fuse.lock() = fuse;
    }

    /// The next so many changes are to be asked for again.
    pub fn set_busy(&self, changes: u64) {
        self.busy.0.store(changes, Ordering::SeqCst);
    }

    /// Loses everything, as a server whose disk is replaced.
    pub fn wipe(&self) {
        *self.state.lock() = State::default();
    }

    /// How often it was searched, in vain or not.
    pub fn searches(&self) -> u64 {
        self.searches.load(Ordering::SeqCst)
    }

    /// How many changes were made to it.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    /// The faces that it holds, by id.
    pub fn faces(&self) -> Vec<FaceId> {
        self.state.lock().faces.keys().copied().collect()
    }

    /// Where it stands.
    pub fn stands_at(&self) -> ShardMark {
        self.state.lock().mark
    }

    /// Puts it elsewhere without touching its faces.
    pub fn put_at(&self, mark: ShardMark) {
        self.state.lock().mark = mark;
    }

    async fn pass(&self) -> Result<(), ShardError> {
        // The sender lives as long as the shard.
        let _ = self.is_open.subscribe().wait_for(|is_open| *is_open).await;
        // Others get their turn at every call, as they do at a real server.
        tokio::task::yield_now().await;
        if self.is_down.load(Ordering::SeqCst) { Err(switched_off()) } else { Ok(()) }
    }

    /// Changes the state where `is_meant` says that it is the one to be changed.
    async fn change(
        &self,
        is_meant: impl FnOnce(&State) -> bool + Send,
        change: impl FnOnce(&mut State) + Send,
    ) -> Result<bool, ShardError> {
        self.pass().await?;
        if self.fuse.lock().as_ref().is_some_and(|fuse| !fuse.holds()) {
            return Err(switched_off());
        }
        if self.busy.holds() {
            return Err(ShardError::Busy);
        }
        let mut state = self.state.lock();
        let is_meant = is_meant(&state);
        if is_meant {
            change(&mut state);
            self.changes.fetch_add(1, Ordering::SeqCst);
        }
        Ok(is_meant)
    }

    fn put(&self, faces: &mut BTreeMap<FaceId, IndexEntry>, entries: &[IndexEntry]) {
        for entry in entries {
            if self.rule.accepts(&entry.template) {
                faces.insert(entry.id, entry.clone());
            } else {
                faces.remove(&entry.id);
            }
        }
    }
}

fn switched_off() -> ShardError {
    ShardError::Unreachable("switched off".into())
}

#[async_trait]
impl SearchShard for FakeShard {
    fn name(&self) -> &str {
        &self.name
    }

    async fn mark(&self, store: Uuid) -> Result<ShardMark, ShardError> {
        self.pass().await?;
        let mut state = self.state.lock();
        if *state.store.get_or_insert(store) == store { Ok(state.mark) } else { Err(ShardError::Foreign) }
    }

    async fn begin_filling(&self, seen: ShardMark, start: u64, epoch: u64) -> Result<bool, ShardError> {
        self.change(
            |state| state.mark == seen,
            |state| {
                state.faces.clear();
                state.mark = ShardMark { epoch, progress: ShardProgress::Filling { start, upto: None } };
            },
        )
        .await
    }

    async fn fill(&self, seen: ShardMark, upto: FaceId, entries: &[IndexEntry]) -> Result<bool, ShardError> {
        let is_meant =
            |state: &State| state.mark == seen && matches!(seen.progress, ShardProgress::Filling { .. });
        self.change(is_meant, |state| {
            self.put(&mut state.faces, entries);
            if let ShardProgress::Filling { start, .. } = seen.progress {
                state.mark.progress = ShardProgress::Filling { start, upto: Some(upto) };
            }
        })
        .await
    }

    async fn finish_filling(&self, seen: ShardMark) -> Result<bool, ShardError> {
        let ShardProgress::Filling { start, .. } = seen.progress else { return Ok(false) };
        // As in `pass`.
        let _ = self.is_ready.subscribe().wait_for(|is_ready| *is_ready).await;
        let level = ShardProgress::Level(start);
        self.change(|state| state.mark == seen, |state| state.mark.progress = level).await
    }

    async fn apply(
        &self,
        seen: ShardMark,
        last: u64,
        entries: &[IndexEntry],
        removed: &[FaceId],
    ) -> Result<bool, ShardError> {
        let change = |state: &mut State| {
            self.put(&mut state.faces, entries);
            for face in removed {
                state.faces.remove(face);
            }
            state.mark.progress = ShardProgress::Level(last);
        };
        self.change(|state| state.mark == seen, change).await
    }

    async fn raise_epoch(&self, epoch: u64) -> Result<(), ShardError> {
        self.change(|state| state.mark.epoch < epoch, |state| state.mark.epoch = epoch).await.map(drop)
    }

    async fn adopt(&self, epoch: u64, upto: FaceId, entries: &[IndexEntry]) -> Result<bool, ShardError> {
        let change = |state: &mut State| {
            let mut missing = entries.to_vec();
            missing.retain(|entry| !state.faces.contains_key(&entry.id));
            self.put(&mut state.faces, &missing);
            state.adopted = Some((epoch, upto));
        };
        self.change(|state| state.mark.epoch == epoch, change).await
    }

    async fn adopted(&self, epoch: u64) -> Result<Option<FaceId>, ShardError> {
        self.pass().await?;
        Ok(self.state.lock().adopted.filter(|adopted| adopted.0 == epoch).map(|(_, upto)| upto))
    }

    async fn discard(&self, epoch: u64, faces: &[FaceId]) -> Result<bool, ShardError> {
        let change = |state: &mut State| {
            for face in faces {
                state.faces.remove(face);
            }
        };
        self.change(|state| state.mark.epoch == epoch, change).await
    }

    async fn face_ids(&self, after: Option<FaceId>, limit: u32) -> Result<Vec<FaceId>, ShardError> {
        self.pass().await?;
        let state = self.state.lock();
        let later = state.faces.keys().filter(|&&face| after.is_none_or(|after| face > after));
        Ok(later.take(limit as usize).copied().collect())
    }

    async fn face_count(&self) -> Result<u64, ShardError> {
        self.pass().await?;
        Ok(self.state.lock().faces.len() as u64)
    }

    async fn nearest(&self, query: &NearestQuery) -> Result<Nearest, ShardError> {
        self.searches.fetch_add(1, Ordering::SeqCst);
        self.pass().await?;
        let state = self.state.lock();
        let inside = state.faces.values().filter(|entry| is_inside(entry, &query.scope));
        let score = |entry: &IndexEntry| self.rule.similarity(&query.probe, &entry.template);
        let scored = inside.map(|entry| Ok((score(entry)?.0, entry))).collect::<Result<Vec<_>, _>>();
        let mut scored = scored.map_err(|error: IncomparableTemplate| ShardError::Failed(Box::new(error)))?;
        scored.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.id.cmp(&other.1.id)));
        let faces = scored.into_iter().take(query.limit as usize).map(|(_, entry)| found(entry)).collect();
        Ok(Nearest { mark: state.mark, faces })
    }
}

fn is_inside(entry: &IndexEntry, scope: &ShardScope) -> bool {
    let in_gallery = scope.gallery.as_ref().is_none_or(|gallery| entry.galleries.contains(gallery));
    let of_subject = scope.subject.as_ref().is_none_or(|subject| *subject == entry.subject);
    entry.account == scope.account && in_gallery && of_subject
}

fn found(entry: &IndexEntry) -> ShardFace {
    ShardFace {
        id: entry.id,
        subject: entry.subject.clone(),
        enrolled_at: entry.enrolled_at,
        template: entry.template.clone(),
    }
}

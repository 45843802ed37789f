//! What a search needs of one of the servers that hold faces.

use async_trait::async_trait;
use uuid::Uuid;
use vultus_store::IndexEntry;
use vultus_types::{AccountId, FaceId, Template, Timestamp};

/// Why a shard did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShardError {
    /// It does not answer.
    #[error("the search shard does not answer")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It holds the faces of another store.
    #[error("the search shard belongs to another store")]
    Foreign,
    /// What it holds cannot be read.
    #[error("the search shard holds damaged data: {0}")]
    Damaged(&'static str),
    /// It answers, and refuses.
    #[error("the search shard failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It is at something that takes longer, such as making an index, and nothing happened: to be asked again.
    #[error("the search shard is being prepared by another call")]
    Busy,
}

/// How far a shard is level with the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardProgress {
    /// It holds nothing of these models.
    Empty,
    /// It is being filled from the store: every face up to `upto` that is its own is in it. Changes after `start` are
    /// to be looked at when all faces are.
    Filling {
        /// The last change before the filling began.
        start: u64,
        /// The last face that was looked at.
        upto: Option<FaceId>,
    },
    /// Every change up to this one is in it.
    Level(u64),
}

/// Where a shard stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardMark {
    /// The epoch of the [`Topology`](vultus_store::Topology) by which it was last changed. Whoever knows an older
    /// topology must read it again.
    pub epoch: u64,
    /// How far it is level with the store.
    pub progress: ShardProgress,
}

/// Among which faces is searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardScope {
    /// The account.
    pub account: AccountId,
    /// One of its galleries, or all faces of the account.
    pub gallery: Option<String>,
    /// One subject of the gallery, or all.
    pub subject: Option<String>,
}

/// A search of one shard.
#[derive(Clone, Debug, PartialEq)]
pub struct NearestQuery {
    /// Among which faces.
    pub scope: ShardScope,
    /// Which faces are alike to, as the shard's models compare.
    pub probe: Template,
    /// How many faces at most; at least 1.
    pub limit: u32,
}

/// A face that a shard found.
#[derive(Clone, Debug, PartialEq)]
pub struct ShardFace {
    /// The face.
    pub id: FaceId,
    /// The name it was enrolled under.
    pub subject: String,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// Its template, to be scored exactly.
    pub template: Template,
}

/// What a shard found, and where it stood at that moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Nearest {
    /// Where it stood.
    pub mark: ShardMark,
    /// The faces, those most alike to the probe first. Fewer than the limit only where the scope has no more.
    pub faces: Vec<ShardFace>,
}

/// A server that holds a share of the faces, with templates of the models that this process compares; faces with other
/// templates are passed over wherever they are given. All methods may be called from many nodes at once.
#[async_trait]
pub trait SearchShard: Send + Sync {
    /// Its name in the topology.
    fn name(&self) -> &str;

    /// Where it stands. Makes what it needs (tables, indexes) where it was never used, and claims it for the store of
    /// this number (see [`Topology`](vultus_store::Topology)).
    ///
    /// # Errors
    /// [`ShardError::Foreign`] where it was claimed for another store.
    async fn mark(&self, store: Uuid) -> Result<ShardMark, ShardError>;

    /// Empties it and begins to fill it: from then on it is [`ShardProgress::Filling`] with nothing looked at, in this
    /// epoch, also where it was in a later one: the store was put back to an earlier state then. False, and nothing
    /// happens, where it does not stand at `seen` any more.
    async fn begin_filling(&self, seen: ShardMark, start: u64, epoch: u64) -> Result<bool, ShardError>;

    /// Adds or replaces these faces, notes that all faces up to `upto` were looked at. False, and nothing happens,
    /// where it does not stand at `seen` any more: another node fills it too, and was faster.
    async fn fill(&self, seen: ShardMark, upto: FaceId, entries: &[IndexEntry]) -> Result<bool, ShardError>;

    /// Ends the filling: it is [`ShardProgress::Level`] with the change `start` of the filling. May take long, and goes
    /// on where the caller waits no longer. False, and nothing happens, where it does not stand at `seen` any more, or
    /// where another call ends the filling.
    async fn finish_filling(&self, seen: ShardMark) -> Result<bool, ShardError>;

    /// Adds or replaces faces, removes others, and notes that it is level with the change `last`, in one transaction.
    /// False, and nothing happens, where it does not stand at `seen` any more.
    async fn apply(
        &self,
        seen: ShardMark,
        last: u64,
        entries: &[IndexEntry],
        removed: &[FaceId],
    ) -> Result<bool, ShardError>;

    /// Notes that it is changed by a newer topology from now on; nothing happens where it knows that one or a newer.
    async fn raise_epoch(&self, epoch: u64) -> Result<(), ShardError>;

    /// Adds faces that this shard is to hold from the next topology on, and notes for this epoch that all faces up to
    /// `upto` were looked at; those it has already stay as they are, because the log made them newer. False, and
    /// nothing happens, where its epoch is another.
    async fn adopt(&self, epoch: u64, upto: FaceId, entries: &[IndexEntry]) -> Result<bool, ShardError>;

    /// The last face that was looked at by [`Self::adopt`] in this epoch; nothing before the first.
    async fn adopted(&self, epoch: u64) -> Result<Option<FaceId>, ShardError>;

    /// Removes faces that another shard holds now, or that no longer exist. False, and nothing happens, where its
    /// epoch is another.
    async fn discard(&self, epoch: u64, faces: &[FaceId]) -> Result<bool, ShardError>;

    /// Ids of the first `limit` faces after `after`, in order.
    async fn face_ids(&self, after: Option<FaceId>, limit: u32) -> Result<Vec<FaceId>, ShardError>;

    /// How many faces it holds.
    async fn face_count(&self) -> Result<u64, ShardError>;

    /// The faces of the scope with the greatest similarity to the probe, by [`ScoreRule::similarity`] but for rounding;
    /// nearly all of them where the scope is large (approximate search), every one where it is small or names a subject.
    ///
    /// [`ScoreRule::similarity`]: vultus_types::ScoreRule::similarity
    async fn nearest(&self, query: &NearestQuery) -> Result<Nearest, ShardError>;
}

//! The search over all shards, as a service sees it.

use std::sync::Arc;
use std::time::Duration;

use vultus_store::{Store, Topology};
use vultus_types::{AccountId, ScoreRule, Similarity, Template};

use super::{SearchShard, ShardedError};
use crate::{Hit, LiveServers};

/// How shards are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardSettings {
    /// How long a search waits for a shard.
    pub deadline: Duration,
}

impl Default for ShardSettings {
    fn default() -> Self {
        Self { deadline: Duration::from_secs(2) }
    }
}

/// What a search finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// Subjects, each once with its best face; a face without a name stands for itself.
    Subjects,
    /// Faces, whoever they belong to.
    Faces,
}

/// Among which faces is searched, and for what.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchRequest {
    /// The account.
    pub account: AccountId,
    /// One of its galleries, or all faces of the account.
    pub gallery: Option<String>,
    /// What is found.
    pub grouping: Grouping,
    /// How alike it is at least.
    pub min_similarity: Similarity,
    /// How many hits at most. Each shard looks at no more than 10,000 faces.
    pub max_results: usize,
}

/// What was found, and by how many of the shards.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Best first; equal ones by face id, oldest first.
    pub hits: Vec<Hit>,
    /// How many shards answered. Where none did, nothing was searched.
    pub servers: LiveServers,
}

/// What a shard is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardRole {
    /// It holds faces that are searched.
    Searched,
    /// It is to hold faces, and being prepared.
    Planned,
    /// It is configured and holds no faces.
    Unused,
}

/// How a shard does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardState {
    /// It holds all its faces.
    Level {
        /// Changes in the store's log that it does not know of yet.
        lag: u64,
        /// How many faces it holds.
        faces: u64,
    },
    /// It is being filled, and not searched before it is full.
    Filling {
        /// How many faces it holds by now.
        faces: u64,
    },
    /// It holds nothing.
    Empty,
    /// It does not answer.
    Out,
    /// It holds the faces of another store.
    Foreign,
    /// The topology names it and the configuration does not.
    NotConfigured,
}

/// A shard and how it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardStatus {
    /// Its name.
    pub name: String,
    /// What it is there for.
    pub role: ShardRole,
    /// How it does.
    pub state: ShardState,
}

/// What is done to spread the faces anew, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RebalanceStep {
    /// A new shard gets its share; counted in faces of the store.
    Fill,
    /// A shard that stays gets those that others give up; counted in faces of the store.
    Adopt,
    /// A shard looks at what changed meanwhile; counted in changes.
    CatchUp,
    /// A shard loses the faces that others hold now; counted in faces of the shard.
    CleanUp,
}

/// How far the spreading of faces has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebalanceProgress {
    /// The present step.
    pub step: RebalanceStep,
    /// The shard it is done to.
    pub shard: String,
    /// What is done of it by this call; `total` at the end of the step.
    pub done: u64,
    /// About how much there is to do.
    pub total: u64,
}

/// What came of spreading the faces anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebalanceEnd {
    /// Over which shards they are spread now.
    pub topology: Topology,
    /// Faces that this call put on shards that hold them now.
    pub moved: u64,
    /// Faces that it took off shards that hold them no longer.
    pub discarded: u64,
    /// Shards that are searched no longer and that could not be told so. They hold what they held.
    pub unreachable: Vec<String>,
}

/// A search over all shards of the store's topology. All methods may be called from many tasks at once and dropped at
/// any point.
pub struct ShardedSearch {
    store: Arc<dyn Store>,
    rule: ScoreRule,
    shards: Vec<Arc<dyn SearchShard>>,
    settings: ShardSettings,
}

impl ShardedSearch {
    /// A search of these shards, the configured ones, for templates that `rule` compares. Which of them hold faces says
    /// the topology in the store.
    pub fn new(
        store: Arc<dyn Store>,
        rule: ScoreRule,
        shards: Vec<Arc<dyn SearchShard>>,
        settings: ShardSettings,
    ) -> Self {
        Self { store, rule, shards, settings }
    }

    /// The faces or subjects most alike to `probe`, over all shards that answer in time. Sees every write that was
    /// acknowledged before.
    pub async fn search(&self, request: &SearchRequest, probe: &Template) -> Result<Found, ShardedError> {
        todo!()
    }

    /// The face of that subject in the gallery most alike to `probe`; `None` where the shards that answer know no such
    /// gallery or subject.
    pub async fn search_subject(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
        probe: &Template,
    ) -> Result<(Option<Hit>, LiveServers), ShardedError> {
        todo!()
    }

    /// Brings all shards that answer level with the store: notes the first topology where there is none, fills empty
    /// shards, applies the change log. To be called by each node again and again, after some time or when something
    /// changed. Returns after some seconds also where shards are being filled still; the next call goes on.
    pub async fn follow(&self) -> Result<(), ShardedError> {
        todo!()
    }

    /// How each shard does that the topology or the configuration names, by name.
    pub async fn status(&self) -> Result<Vec<ShardStatus>, ShardedError> {
        todo!()
    }

    /// How many shards answered when they were last asked. Asks none.
    pub async fn servers(&self) -> Result<LiveServers, ShardedError> {
        todo!()
    }

    /// Spreads the faces over these shards, or over all that are configured where none are named, while searches and
    /// writes go on. May be interrupted at any point and called again with the same names; with the names of the
    /// shards that are searched now it takes back what was begun.
    pub async fn rebalance(
        &self,
        to: &[String],
        progress: &mut (dyn FnMut(RebalanceProgress) + Send),
    ) -> Result<RebalanceEnd, ShardedError> {
        todo!()
    }
}

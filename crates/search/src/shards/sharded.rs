//! The search over all shards, as a service sees it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::RwLock;
use uuid::Uuid;
use vultus_store::{ShardNames, Store, StoreError, Topology};
use vultus_types::{AccountId, ScoreRule, Similarity};

use super::member::Member;
use super::placement::Placement;
use super::{SearchShard, ShardedError};
use crate::{Hit, LiveServers};

/// How many faces or changes are looked at in one step: about a MiB of templates of 128 numbers.
const PAGE: u32 = 1000;

/// After this time [`ShardedSearch::follow`] leaves shards that are being filled to its next call, so that the others
/// are looked after meanwhile.
const AT_A_TIME: Duration = Duration::from_secs(5);

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
    /// The index of a new shard is made, by this process or another one; not counted.
    Index,
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
    pub(super) store: Arc<dyn Store>,
    pub(super) rule: ScoreRule,
    pub(super) settings: ShardSettings,
    pub(super) page: u32,
    pub(super) at_a_time: Duration,
    /// The configured shards.
    pub(super) members: Vec<Member>,
    /// The topology as last read.
    placement: RwLock<Option<Arc<Placement>>>,
    /// The topology for which it was told which shards are of no use.
    told: AtomicU64,
    /// The number that the store gets where it has none.
    number: Uuid,
}

impl ShardedSearch {
    /// A search of these shards, the configured ones, for templates that `rule` compares. Which of them hold faces says
    /// the topology in the store. Where there is none yet, `number`, a random one, tells the store from all others from
    /// then on (see [`Topology::store`]).
    pub fn new(
        store: Arc<dyn Store>,
        rule: ScoreRule,
        shards: Vec<Arc<dyn SearchShard>>,
        settings: ShardSettings,
        number: Uuid,
    ) -> Self {
        let members = shards.into_iter().map(Member::new).collect();
        let (placement, told) = (RwLock::default(), AtomicU64::default());
        let (page, at_a_time) = (PAGE, AT_A_TIME);
        Self { store, rule, settings, page, at_a_time, members, placement, told, number }
    }

    /// How many shards answered when they were last asked. Asks none.
    pub async fn servers(&self) -> Result<LiveServers, ShardedError> {
        let placement = self.placement().await?;
        let names = &placement.topology.shards;
        let is_available = |name: &&String| self.member(name).is_some_and(Member::is_available);
        Ok(LiveServers { available: names.iter().filter(is_available).count(), total: names.len() })
    }

    pub(super) fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name() == name)
    }

    /// The names of the configured shards, sorted.
    pub(super) fn configured(&self) -> ShardNames {
        let names: BTreeSet<_> = self.members.iter().map(|member| member.name().to_owned()).collect();
        names.into_iter().collect()
    }

    /// The topology as last read, which may be an old one: shards tell.
    pub(super) async fn placement(&self) -> Result<Arc<Placement>, ShardedError> {
        let known = self.placement.read().clone();
        match known {
            Some(placement) => Ok(placement),
            None => self.reload().await,
        }
    }

    /// The topology in the store. Where there is none yet, all configured shards are noted.
    pub(super) async fn reload(&self) -> Result<Arc<Placement>, ShardedError> {
        let topology = loop {
            if let Some(topology) = self.store.topology().await? {
                break topology;
            }
            self.note_first_topology().await?;
        };
        let mut known = self.placement.write();
        if let Some(placement) = known.as_ref().filter(|placement| placement.topology == topology) {
            return Ok(Arc::clone(placement));
        }
        let placement = Arc::new(Placement::new(topology));
        *known = Some(Arc::clone(&placement));
        Ok(placement)
    }

    async fn note_first_topology(&self) -> Result<(), ShardedError> {
        let shards = self.configured();
        if shards.is_empty() {
            return Err(ShardedError::NotConfigured(shards));
        }
        let first = Topology { store: self.number, epoch: 1, shards, plan: None };
        match self.store.set_topology(&first).await {
            // Another node was faster.
            Ok(()) | Err(StoreError::Conflict(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Tells once for each topology which shards it lacks and which hold nothing.
    pub(super) fn tell_misfits(&self, placement: &Placement) {
        if self.told.swap(placement.epoch(), Ordering::Relaxed) == placement.epoch() {
            return;
        }
        for name in placement.names() {
            if self.member(name).is_none() {
                tracing::warn!(shard = name, "faces are on a search shard that is not configured");
            }
        }
        for member in &self.members {
            if placement.role(member.name()) == ShardRole::Unused {
                let shard = member.name();
                tracing::warn!(shard, "a search shard holds no faces until `vultus shards rebalance` is run");
            }
        }
    }

    /// Fails where the store's templates are not those that the shards are searched for. Asked after faces are read
    /// and before they are put on a shard.
    pub(super) async fn check_embedder(&self) -> Result<(), ShardedError> {
        let models = || self.rule.parts.iter().map(|part| part.model);
        match self.store.embedder().await? {
            Some(bound) if !bound.models.iter().copied().eq(models()) && !self.rule.parts.is_empty() => {
                Err(ShardedError::OtherEmbedder)
            }
            _ => Ok(()),
        }
    }
}

//! Over which search shards the faces are spread.

use async_trait::async_trait;
use uuid::Uuid;

use crate::StoreError;

/// Over which search shards the faces are spread. Every node reads it from the store, so that all agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topology {
    /// The store, by a random number that was drawn when the first topology was noted: shards know by it whose they
    /// are.
    pub store: Uuid,
    /// Counts the changes of the topology, from 1.
    pub epoch: u64,
    /// The shards that are searched.
    pub shards: ShardNames,
    /// The shards that are to be searched next. While there is a plan, each face is kept level on the shard that holds
    /// it and on the one that is to hold it.
    pub plan: Option<ShardPlan>,
}

/// Names of shards, sorted, each once; at least one.
pub type ShardNames = Vec<String>;

/// A topology that is being prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardPlan {
    /// The shards that are to be searched.
    pub shards: ShardNames,
    /// The last change of the log before the plan was made.
    pub since: u64,
}

/// Keeps the topology.
#[async_trait]
pub trait TopologyStore: Send + Sync {
    /// The topology; nothing where searches were never spread.
    async fn topology(&self) -> Result<Option<Topology>, StoreError>;

    /// Replaces the topology by that of the next epoch, or notes the first one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the present epoch (0 where there is no topology) is not the one before it.
    async fn set_topology(&self, topology: &Topology) -> Result<(), StoreError>;
}

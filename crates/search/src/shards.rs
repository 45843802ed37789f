//! Search spread over several servers, each of which holds a share of the faces.
//!
//! A shard is a cache, as the index in memory is: the store is the truth, the change log tells what to look at again,
//! and a shard that is lost is filled anew. So no write ever waits for a shard, and a shard that was away catches up
//! with the log when it is back. Which shard holds a face follows from the
//! [`Topology`](vultus_store::Topology) alone.

mod error;
mod follow;
mod level;
mod member;
mod placement;
mod query;
mod ranking;
mod rebalance;
mod rendezvous;
mod shard;
mod sharded;
mod status;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use error::ShardedError;
pub use rendezvous::Rendezvous;
pub use shard::{
    Nearest, NearestQuery, SearchShard, ShardError, ShardFace, ShardMark, ShardProgress, ShardScope,
};
pub use sharded::{
    Found, Grouping, RebalanceEnd, RebalanceProgress, RebalanceStep, SearchRequest, ShardRole, ShardSettings,
    ShardState, ShardStatus, ShardedSearch,
};

#[cfg(test)]
mod tests;

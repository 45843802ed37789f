//! Why a search over shards was not made.

use vultus_store::{ShardNames, StoreError};
use vultus_types::IncomparableTemplate;

use super::ShardError;

/// Why a search over shards, or a change of them, was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShardedError {
    /// The store could not be read or written.
    #[error("the search shards cannot follow the store")]
    Store(#[from] StoreError),
    /// The probe was made by other models than the shards hold templates of.
    #[error(transparent)]
    Incomparable(#[from] IncomparableTemplate),
    /// The store holds templates of other models than this process compares.
    #[error("the store's templates were made by other models than this process compares")]
    OtherEmbedder,
    /// The topology changed again and again while the shards were searched.
    #[error("the search shards are being changed")]
    Unsettled,
    /// The faces are being spread over these shards already.
    #[error("the faces are being spread over other search shards already: {}", .0.join(", "))]
    OtherPlan(ShardNames),
    /// Shards that are to hold faces and that the configuration does not name.
    #[error("search shards that are not configured: {}", .0.join(", "))]
    NotConfigured(Vec<String>),
    /// A shard that is needed did not do what it was asked; only where faces are spread anew.
    #[error("search shard {name}")]
    Shard {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        source: ShardError,
    },
}

/// What went wrong with one shard: the others may go on without it only where it was its own fault.
pub(super) enum Trouble {
    Shard(ShardError),
    Everywhere(ShardedError),
}

impl Trouble {
    /// The error, where the shard is needed.
    pub(super) fn of_shard(self, name: &str) -> ShardedError {
        match self {
            Self::Shard(source) => ShardedError::Shard { name: name.to_owned(), source },
            Self::Everywhere(error) => error,
        }
    }
}

impl From<ShardError> for Trouble {
    fn from(error: ShardError) -> Self {
        Self::Shard(error)
    }
}

impl From<ShardedError> for Trouble {
    fn from(error: ShardedError) -> Self {
        Self::Everywhere(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Everywhere(error.into())
    }
}

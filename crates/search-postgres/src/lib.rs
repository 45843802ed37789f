//! A search shard in a PostgreSQL database, with the vectors in pgvector.
//!
//! Everything lies in the schema `search` of that database, which may be the store's own or one on another server:
//!
//! - `shard`: whose the shard is: the store's number, the shard's name, and the version of this layout;
//! - `states`: for each set of embedding models, how far its faces are level with the store;
//! - `counts`: how many faces each account and each gallery has there;
//! - `entries_…`: the faces with templates of these models, one table for each set of models.
//!
//! Whoever writes locks the row of `states` first, so that writers take turns and all of it changes at once. The index
//! of the vectors is made when a filling ends, which is many times faster than to let it grow with each face.

mod entries;
mod error;
mod examine;
mod keys;
mod nearest;
mod options;
mod schema;
mod shard;
mod state;

pub use error::PostgresShardError;
pub use examine::pgvector_version;
pub use options::PgvectorOptions;
pub use shard::PostgresShard;

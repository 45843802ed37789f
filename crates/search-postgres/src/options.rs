//! What may be chosen of an index of vectors.

use std::time::Duration;

/// How vectors are indexed and searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PgvectorOptions {
    /// HNSW `m`: neighbours of a vector on each layer, 2 to 100. 16 is pgvector's default.
    pub neighbours: u32,
    /// HNSW `ef_construction`: candidates for neighbours while the index is built, at least twice `neighbours`, at most
    /// 1000. 64 is pgvector's default.
    pub build_candidates: u32,
    /// Memory that building an index may take on the server, in MiB; what does not fit is built on the disk, which
    /// takes many times as long. A vector of 256 numbers takes about 1 KiB.
    pub build_memory_mib: u32,
    /// Scopes of up to that many faces are searched exactly: every face is compared. With 5,000 that takes as long as
    /// following the index, or less (`benches/modes.rs`: a thousand comparisons take 1 to 1.5 ms, the candidates of a
    /// search for 200 faces 16 ms in a table of 100,000).
    pub exact_limit: u64,
    /// How long a search may take, and how long a call waits for a connection.
    pub deadline: Duration,
}

impl Default for PgvectorOptions {
    fn default() -> Self {
        Self {
            neighbours: 16,
            build_candidates: 64,
            build_memory_mib: 512,
            exact_limit: 5_000,
            deadline: Duration::from_secs(2),
        }
    }
}

//! What one face takes, as it was measured.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// Constants of this build and of the machine that they were measured on; `docs/capacity/measured.json`, compiled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The machine.
    pub machine: String,
    /// Memory of a face in a server's index, in bytes, vectors and names and lists together.
    pub index_bytes: f64,
    /// Comparing a probe with one face of that index by one thread, in nanoseconds.
    pub comparison_ns: f64,
    /// Memory of a server with the default pack and no faces, in bytes; `docs/operating.md`.
    pub server_bytes: f64,
    /// What is added for each thread that analyses photos.
    pub thread_bytes: f64,
    /// The stored template of the default pack, in bytes.
    pub template_bytes: f64,
    /// A face in the tables of PostgreSQL, indexes and change log included, in bytes.
    pub postgres_bytes: f64,
    /// The same in a file of SQLite.
    pub sqlite_bytes: f64,
    /// Faces that a starting server reads of PostgreSQL per second.
    pub read_per_s: f64,
    /// A face in the table of a search shard, without the index of vectors, in bytes.
    pub shard_row_bytes: f64,
    /// A face in the index of vectors of a search shard, in bytes.
    pub shard_index_bytes: f64,
    /// Faces of the shard of which the next two were measured.
    pub shard_faces: f64,
    /// A search of that shard by one core, in milliseconds.
    pub shard_search_ms: f64,
    /// Faces that are put into a new shard per second, with its index.
    pub shard_fill_per_s: f64,
    /// Candidates that a shard is asked for.
    pub candidates: f64,
    /// What a shard answers of each, in bytes.
    pub candidate_bytes: f64,
    /// A small picture of a face, in bytes.
    pub thumbnail_bytes: f64,
    /// Finding the face in a photo and making its template, by one core, in milliseconds.
    pub analysis_ms: f64,
}

static PUBLISHED: LazyLock<Measured> = LazyLock::new(|| {
    let text = include_str!("../../../../docs/capacity/measured.json");
    serde_json::from_str(text).unwrap_or_else(|error| unreachable!("a test reads the file: {error}"))
});

impl Measured {
    /// The published constants.
    pub fn published() -> &'static Self {
        &PUBLISHED
    }

    /// What a search of a shard with so many faces takes, in seconds. A graph of neighbours is walked in steps whose
    /// number grows with the logarithm of the faces.
    pub fn shard_search_s(&self, faces: f64) -> f64 {
        self.shard_search_ms * 1e-3 * faces.max(2.0).ln() / self.shard_faces.ln()
    }
}

#[cfg(test)]
mod tests {
    use vultus_types::{CohortSpread, ModelDigest, Template, TemplatePart};

    use super::*;

    #[test]
    fn template_has_the_size_of_the_default_packs() {
        let part = TemplatePart {
            model: ModelDigest([1; 32]),
            vector: vec![0.1; 128],
            cohort: Some(CohortSpread { mean: 0.1, deviation: 0.1 }),
        };
        let bytes = Template::new(vec![part.clone(), part]).unwrap().to_bytes().len();
        assert_eq!(Measured::published().template_bytes.to_bits(), (bytes as f64).to_bits());
    }
}

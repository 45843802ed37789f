//! What every index can do.

use vultus_store::IndexEntry;
use vultus_types::{AccountId, FaceId, IncomparableTemplate, Similarity, Template, Timestamp};

/// A face that a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The face.
    pub face: FaceId,
    /// The name it was enrolled under.
    pub subject: String,
    /// How alike it is to the probe.
    pub similarity: Similarity,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
}

/// What an index holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IndexStats {
    /// Faces that can be found.
    pub faces: usize,
    /// Faces that were kept out because their template was made by other models than the pack's. They can be
    /// found again when their photos are processed by the present pack.
    pub incomparable: usize,
    /// Bytes that the vectors take.
    pub vector_bytes: usize,
}

/// How many of the servers that hold faces answer searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveServers {
    /// Those that answer.
    pub available: usize,
    /// All of them.
    pub total: usize,
}

impl LiveServers {
    /// An index that holds every face itself.
    pub const ONE: Self = Self { available: 1, total: 1 };

    /// Whether searches see every face.
    pub const fn is_complete(self) -> bool {
        self.available == self.total
    }
}

/// An index of enrolled faces. All methods may be called from many threads at once; each takes as long as a
/// computation takes, none waits for input or output.
pub trait VectorIndex: Send + Sync {
    /// Adds a face, or replaces it where the id is known.
    fn upsert(&self, entry: &IndexEntry);

    /// Takes a face out; nothing happens where it is not there.
    fn remove(&self, face: FaceId);

    /// Takes every face out.
    fn clear(&self);

    /// The faces of the gallery most alike to `probe`, at least `min_similarity`, at most `max_results`: one
    /// per subject, the best; a face without a name stands for itself. Best first; equal ones by face id,
    /// oldest first. Empty where there is no such gallery.
    ///
    /// # Errors
    /// [`IncomparableTemplate`] where the probe was made by other models than the index compares.
    fn search(
        &self,
        account: AccountId,
        gallery: &str,
        probe: &Template,
        min_similarity: Similarity,
        max_results: usize,
    ) -> Result<Vec<Hit>, IncomparableTemplate>;

    /// The faces of the account, or of one of its galleries, most alike to `probe`, at least `min_similarity`, at
    /// most `max_results`. Best first; equal ones by face id, oldest first. Empty where there is no such
    /// gallery.
    ///
    /// # Errors
    /// [`IncomparableTemplate`] where the probe was made by other models than the index compares.
    fn search_faces(
        &self,
        account: AccountId,
        gallery: Option<&str>,
        probe: &Template,
        min_similarity: Similarity,
        max_results: usize,
    ) -> Result<Vec<Hit>, IncomparableTemplate>;

    /// The face of that subject in the gallery most alike to `probe`; `None` where the index knows no such
    /// gallery or subject.
    ///
    /// # Errors
    /// [`IncomparableTemplate`] where the probe was made by other models than the index compares.
    fn search_subject(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
        probe: &Template,
    ) -> Result<Option<Hit>, IncomparableTemplate>;

    /// What it holds.
    fn stats(&self) -> IndexStats;
}

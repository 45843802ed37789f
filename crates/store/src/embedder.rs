//! Whose templates a store holds, and their replacement by those of another embedder.
//!
//! Templates of different models are never compared, so a store is bound to the models that made its
//! templates. Replacing them takes a run of [`EmbedderStore::begin_reembedding`],
//! [`EmbedderStore::faces_to_reembed`] and [`EmbedderStore::stage_templates`], which may be interrupted at any
//! point and goes on where it stopped; nothing that is searched changes until
//! [`EmbedderStore::finish_reembedding`] replaces everything in one transaction.

use async_trait::async_trait;
use vultus_types::{FaceId, ModelDigest, Template, Timestamp};

use crate::{FaceRecord, Removal, StoreError};

/// The models that made a store's templates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbedderBinding {
    /// The digests of the models of a template's parts, in template order; at least one.
    pub models: Vec<ModelDigest>,
    /// The name of the pack they belong to, for people; nothing where it is not known.
    pub pack: Option<String>,
}

impl EmbedderBinding {
    /// Whether these models made `template`.
    pub fn made(&self, template: &Template) -> bool {
        template.parts().iter().map(|part| part.model).eq(self.models.iter().copied())
    }
}

/// How far a replacement has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReembedState {
    /// Faces in the store.
    pub faces: u64,
    /// Faces with a staged result.
    pub staged: u64,
}

/// Why no new template could be made of a face.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TemplateMiss {
    /// Its photo was not kept, or is gone.
    NoPhoto,
    /// Its photo cannot be read.
    Unreadable,
    /// No usable face is found in its photo where the face was enrolled.
    NoFace,
}

/// What takes the place of a face's template.
#[derive(Clone, Debug, PartialEq)]
pub enum StagedOutcome {
    /// A new template.
    Template(Template),
    /// The present one, which the new models made already.
    Unchanged,
    /// Nothing.
    Missing(TemplateMiss),
}

/// A result that waits for the replacement.
#[derive(Clone, Debug, PartialEq)]
pub struct StagedTemplate {
    /// The face.
    pub face: FaceId,
    /// What takes the place of its template.
    pub outcome: StagedOutcome,
}

/// What becomes of faces without a new template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissPolicy {
    /// Nothing is replaced while there is one.
    Refuse,
    /// They are removed.
    Drop,
    /// They keep their old templates, and so are found by nobody.
    Keep,
}

/// How the attempt to finish ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReembedEnd {
    /// Faces have nothing staged yet, those enrolled meanwhile among them: nothing was replaced.
    Unfinished {
        /// How many.
        faces: u64,
    },
    /// Faces without a new template stand in the way: nothing was replaced.
    Missing {
        /// How many.
        faces: u64,
    },
    /// Every template was replaced and the store is bound to the new models.
    Finished {
        /// Templates that changed.
        replaced: u64,
        /// Faces that were removed for want of a template.
        removal: Removal,
    },
}

/// Whose templates the store holds.
#[async_trait]
pub trait EmbedderStore: Send + Sync {
    /// The models that made the store's templates. Where they were never noted, those that made most of the
    /// stored templates; nothing where there are none either. Cheap: asked by every change of an index.
    async fn embedder(&self) -> Result<Option<EmbedderBinding>, StoreError>;

    /// Binds the store to `wanted` where it holds no face, and tells to whom it is bound then. A store that
    /// holds faces stays bound to the models that made them (see [`Self::embedder`]), which are noted.
    async fn bind_embedder(&self, wanted: &EmbedderBinding) -> Result<EmbedderBinding, StoreError>;

    /// Begins the replacement of all templates by those of `target`, or goes on with it. What was staged for
    /// another target is forgotten, as are staged misses: their photos may have come back.
    async fn begin_reembedding(&self, target: &EmbedderBinding) -> Result<ReembedState, StoreError>;

    /// The first `limit` faces with ids greater than `after` that have nothing staged, by id.
    async fn faces_to_reembed(
        &self,
        after: Option<FaceId>,
        limit: u32,
    ) -> Result<Vec<FaceRecord>, StoreError>;

    /// Stages results, in place of earlier ones. Those of faces that no longer exist are passed over.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where no replacement by the models `target` is under way: another has begun,
    /// or this one is finished; [`StoreError::OtherEmbedder`] where other models made one of the templates.
    async fn stage_templates(
        &self,
        target: &[ModelDigest],
        staged: &[StagedTemplate],
    ) -> Result<(), StoreError>;

    /// The faces with a staged miss, by id.
    async fn template_misses(&self) -> Result<Vec<(FaceId, TemplateMiss)>, StoreError>;

    /// Replaces all templates in one transaction, if each face has something staged and `misses` allows it:
    /// binds the store to the target, forgets what is staged, and notes a change of everything.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] as of [`Self::stage_templates`].
    async fn finish_reembedding(
        &self,
        target: &[ModelDigest],
        misses: MissPolicy,
        now: Timestamp,
    ) -> Result<ReembedEnd, StoreError>;
}

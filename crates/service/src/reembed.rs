//! Recomputing every template from its photo, for another embedder.
//!
//! Results are staged beside the templates that searches use, and put into their place in one transaction at
//! the end. A run that is interrupted at any point goes on where it stopped.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use vultus_store::{
    FaceRecord, MissPolicy, ReembedEnd, ReembedState, StagedOutcome, StagedTemplate, TemplateMiss,
};
use vultus_types::{AnalyzedFace, BoundingBox, FaceId, ModelDigest, Wanted};

use crate::{Capability, ErrorKind, PhotoSettings, Service, ServiceError};

/// Faces whose results are staged in one transaction: what is lost when a run is interrupted.
const PAGE: u32 = 64;

/// The least overlap, as intersection over union, of a stored face and the face found again in its photo.
/// Detectors draw their boxes differently, and the boxes of two persons hardly overlap.
const LEAST_OVERLAP: f32 = 0.25;

/// The recomputation of every template by this service's models.
#[derive(Clone, Debug)]
pub struct ReembedCommand {
    /// The pack's name, for people.
    pub pack: String,
    /// What becomes of faces that no new template can be made of.
    pub misses: MissPolicy,
    /// How many photos are worked on at one time.
    pub parallel: usize,
}

/// What a recomputation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReembedOutcome {
    /// Results that an interrupted run had left.
    pub resumed: u64,
    /// Faces that this run looked at.
    pub processed: u64,
    /// The faces of which no new template could be made, by id.
    pub misses: Vec<(FaceId, TemplateMiss)>,
    /// What became of the data; nothing where misses stood in the way, so that nothing changed.
    pub replacement: Option<Replacement>,
}

/// What became of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// Templates that changed.
    pub replaced: u64,
    /// Faces that were removed for want of a template.
    pub removed: u64,
}

impl Service {
    /// Recomputes every template with this service's models and binds the data to them. Until the end, other
    /// processes search and enrol with the old templates; at the end, those that run other models are refused.
    /// `progress` is told how many faces are done, and of how many.
    ///
    /// # Errors
    /// [`ErrorKind::ModelUnavailable`] where the pack makes no templates, [`ErrorKind::Internal`] where the
    /// store or a model fails or another run has taken over.
    pub async fn reembed(
        &self,
        command: ReembedCommand,
        progress: impl Fn(u64, u64) + Send,
    ) -> Result<ReembedOutcome, ServiceError> {
        let target = self.binding(&command.pack).ok_or(ErrorKind::ModelUnavailable(Capability::Template))?;
        let state = self.store.begin_reembedding(&target).await?;
        let mut processed = 0;
        loop {
            self.stage_all(&target.models, &command, state, &mut processed, &progress).await?;
            // Asked before the end, which forgets them.
            let misses = self.store.template_misses().await?;
            let now = self.clock.now();
            let replacement = match self.store.finish_reembedding(&target.models, command.misses, now).await?
            {
                ReembedEnd::Unfinished { .. } => continue,
                ReembedEnd::Missing { .. } => None,
                ReembedEnd::Finished { replaced, removal } => {
                    let removed = removal.faces.len() as u64;
                    self.delete_blobs(&removal.orphaned_blobs).await;
                    Some(Replacement { replaced, removed })
                }
            };
            return Ok(ReembedOutcome { resumed: state.staged, processed, misses, replacement });
        }
    }

    /// Stages a result for each face that has none.
    async fn stage_all(
        &self,
        target: &[ModelDigest],
        command: &ReembedCommand,
        state: ReembedState,
        processed: &mut u64,
        progress: &(impl Fn(u64, u64) + Send),
    ) -> Result<(), ServiceError> {
        let mut after = None;
        loop {
            let done = state.staged + *processed;
            progress(done, state.faces.max(done));
            let page = self.store.faces_to_reembed(after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            let count = page.len() as u64;
            let staged = self.recompute(page, command.parallel).await?;
            self.store.stage_templates(target, &staged).await?;
            *processed += count;
        }
    }

    /// The results of some faces, those of one photo together.
    async fn recompute(
        &self,
        faces: Vec<FaceRecord>,
        parallel: usize,
    ) -> Result<Vec<StagedTemplate>, ServiceError> {
        let rule = self.analyzer.score_rule();
        let mut staged = Vec::new();
        let mut by_photo: BTreeMap<String, Vec<FaceRecord>> = BTreeMap::new();
        for face in faces {
            let result = |outcome| StagedTemplate { face: face.id, outcome };
            match &face.photo_key {
                _ if rule.accepts(&face.template) => staged.push(result(StagedOutcome::Unchanged)),
                None => staged.push(result(StagedOutcome::Missing(TemplateMiss::NoPhoto))),
                Some(key) => by_photo.entry(key.clone()).or_default().push(face),
            }
        }
        let photos = futures::stream::iter(by_photo)
            .map(|(key, faces)| async move { self.recompute_photo(&key, &faces).await })
            .buffer_unordered(parallel.max(1));
        let results: Vec<Vec<StagedTemplate>> = photos.try_collect().await?;
        staged.extend(results.into_iter().flatten());
        Ok(staged)
    }

    /// The results of faces of one photo.
    async fn recompute_photo(
        &self,
        key: &str,
        faces: &[FaceRecord],
    ) -> Result<Vec<StagedTemplate>, ServiceError> {
        let all = |miss| {
            let outcome = StagedOutcome::Missing(miss);
            faces.iter().map(|face| StagedTemplate { face: face.id, outcome: outcome.clone() }).collect()
        };
        let Some(photo) = self.blobs.get(key).await? else { return Ok(all(TemplateMiss::NoPhoto)) };
        let found = match self.find_faces(photo).await {
            Ok(found) => found,
            Err(error) if is_of_the_photo(error.kind()) => return Ok(all(TemplateMiss::Unreadable)),
            Err(error) => return Err(error),
        };
        let stored: Vec<BoundingBox> = faces.iter().map(|face| face.bounds).collect();
        let bounds: Vec<BoundingBox> = found.iter().map(|face| face.bounds).collect();
        let matched = match_boxes(&stored, &bounds);
        let outcome = |place: Option<usize>| {
            let template = place.and_then(|place| found.get(place)?.template.clone());
            template.map_or(StagedOutcome::Missing(TemplateMiss::NoFace), StagedOutcome::Template)
        };
        let results = faces.iter().zip(matched);
        Ok(results.map(|(face, place)| StagedTemplate { face: face.id, outcome: outcome(place) }).collect())
    }

    async fn find_faces(&self, photo: Bytes) -> Result<Vec<AnalyzedFace>, ServiceError> {
        let options = self.options(PhotoSettings::new(Wanted::TEMPLATE))?;
        Ok(self.analyze(self.admit()?, photo, options).await?.faces)
    }
}

/// Whether an error says something about the photo and not about this machine.
const fn is_of_the_photo(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::UnsupportedMedia | ErrorKind::TooLarge)
}

/// For each stored box the place of the found box that it is, no found box twice: pairs are made in the order
/// of their overlap.
fn match_boxes(stored: &[BoundingBox], found: &[BoundingBox]) -> Vec<Option<usize>> {
    let mut pairs = Vec::new();
    for (place, one) in stored.iter().enumerate() {
        for (other_place, other) in found.iter().enumerate() {
            let overlap = one.iou(other);
            if overlap >= LEAST_OVERLAP {
                pairs.push((overlap, place, other_place));
            }
        }
    }
    pairs.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut matched = vec![None; stored.len()];
    let mut is_taken = vec![false; found.len()];
    for (_, place, other_place) in pairs {
        if matched[place].is_none() && !is_taken[other_place] {
            matched[place] = Some(other_place);
            is_taken[other_place] = true;
        }
    }
    matched
}

#[cfg(test)]
mod tests;

//! Exact scores of what shards found, and the best of all of them.

use std::collections::HashSet;

use vultus_types::{FaceId, IncomparableTemplate, ScoreRule, Similarity, Template};

use super::{Grouping, SearchRequest, ShardFace};
use crate::Hit;
use crate::exact::layout::Layout;

/// A shard is asked for at least this many faces: some may be of a subject that others of its faces stand for.
const LEAST_LIMIT: u32 = 200;

/// And for this many times as many as are wanted.
const SPARE: usize = 4;

/// No shard is asked for more.
const GREATEST_LIMIT: u32 = 10_000;

/// The probe, ready to be compared.
pub(super) struct Probe {
    layout: Layout,
    row: Vec<f32>,
    pub(super) template: Template,
}

impl Probe {
    pub(super) fn new(rule: &ScoreRule, template: &Template) -> Result<Self, IncomparableTemplate> {
        let layout = Layout::new(rule.clone());
        let row = layout.row(template)?;
        Ok(Self { layout, row, template: template.clone() })
    }

    /// The faces with their exact scores, in the order given; without those of other models.
    pub(super) fn score(&self, faces: Vec<ShardFace>) -> Vec<Hit> {
        let score = |face: ShardFace| {
            let row = self.layout.row(&face.template).ok()?;
            let similarity = Similarity(self.layout.score(&self.row, &row));
            Some(Hit { face: face.id, subject: face.subject, similarity, enrolled_at: face.enrolled_at })
        };
        faces.into_iter().filter_map(score).collect()
    }
}

/// How many faces a shard is asked for at first.
pub(super) fn first_limit(max_results: usize) -> u32 {
    let wanted = u32::try_from(max_results.saturating_mul(SPARE)).unwrap_or(u32::MAX);
    wanted.clamp(LEAST_LIMIT, GREATEST_LIMIT)
}

/// How many faces a shard is asked for again after it gave `hits` for as many as `limit`; nothing where that will do:
/// it had no more, or its last are not alike enough any more, or there are enough of them.
pub(super) fn next_limit(request: &SearchRequest, limit: u32, found: usize, hits: &[Hit]) -> Option<u32> {
    let is_full = found >= limit as usize && limit < GREATEST_LIMIT;
    let goes_on = hits.last().is_none_or(|last| last.similarity >= request.min_similarity);
    let alike = hits.iter().filter(|hit| hit.similarity >= request.min_similarity);
    let lacks = || count_groups(alike, request.grouping) < request.max_results;
    (is_full && goes_on && lacks()).then(|| limit.saturating_mul(4).min(GREATEST_LIMIT))
}

/// The best of all hits, as [`VectorIndex::search`](crate::VectorIndex::search) orders them. A face that two shards
/// hold counts once.
pub(super) fn best(mut hits: Vec<Hit>, request: &SearchRequest) -> Vec<Hit> {
    hits.retain(|hit| hit.similarity >= request.min_similarity);
    hits.sort_unstable_by(|one, other| {
        other.similarity.0.total_cmp(&one.similarity.0).then(one.face.cmp(&other.face))
    });
    let mut faces: HashSet<FaceId> = HashSet::new();
    hits.retain(|hit| faces.insert(hit.face));
    if request.grouping == Grouping::Subjects {
        let mut subjects: HashSet<String> = HashSet::new();
        hits.retain(|hit| hit.subject.is_empty() || subjects.insert(hit.subject.clone()));
    }
    hits.truncate(request.max_results);
    hits
}

fn count_groups<'a>(hits: impl Iterator<Item = &'a Hit>, grouping: Grouping) -> usize {
    let mut subjects = HashSet::new();
    let is_new = |hit: &&'a Hit| match grouping {
        Grouping::Faces => true,
        Grouping::Subjects => hit.subject.is_empty() || subjects.insert(hit.subject.as_str()),
    };
    hits.filter(is_new).count()
}

//! Templates as rows of numbers, laid out for the scan.

use std::ops::Range;

use simsimd::SpatialSimilarity;
use vultus_types::{IDENTICAL_COSINE, IncomparableTemplate, ScoreRule, Similarity, Template};

/// A row holds the parts' vectors one after the other, then a factor for each part and the bias of
/// [`Scoring`](vultus_types::Scoring): a scan computes the full score of every face from one run of memory.
pub(crate) struct Layout {
    rule: ScoreRule,
    vectors: Vec<Range<usize>>,
    factors: Range<usize>,
}

impl Layout {
    /// The layout of templates that `rule` compares.
    pub(crate) fn new(rule: ScoreRule) -> Self {
        let mut end = 0;
        let mut vectors = Vec::with_capacity(rule.parts.len());
        for part in &rule.parts {
            vectors.push(end..end + part.dimension);
            end += part.dimension;
        }
        let factors = end..end + rule.parts.len();
        Self { rule, vectors, factors }
    }

    /// How many numbers a row has.
    pub(crate) fn width(&self) -> usize {
        self.factors.end + 1
    }

    /// The row of a template.
    pub(crate) fn row(&self, template: &Template) -> Result<Vec<f32>, IncomparableTemplate> {
        let scoring = self.rule.scoring(template)?;
        let mut row = Vec::with_capacity(self.width());
        for part in template.parts() {
            row.extend_from_slice(&part.vector);
        }
        row.extend_from_slice(&scoring.factors);
        row.push(scoring.bias);
        Ok(row)
    }

    /// The score of two rows, as [`ScoreRule::similarity`].
    pub(crate) fn score(&self, one: &[f32], other: &[f32]) -> f32 {
        let mut score = -(one[self.factors.end] + other[self.factors.end]);
        let mut is_identical = !self.vectors.is_empty();
        let factors = one[self.factors.clone()].iter().zip(&other[self.factors.clone()]);
        for (vector, (this, that)) in self.vectors.iter().zip(factors) {
            let cosine = dot(&one[vector.clone()], &other[vector.clone()]);
            is_identical &= cosine >= IDENTICAL_COSINE;
            score += cosine * (this + that);
        }
        if is_identical { Similarity::IDENTICAL.0 } else { score }
    }
}

/// The dot product of two vectors of one length.
fn dot(one: &[f32], other: &[f32]) -> f32 {
    f32::dot(one, other).map_or(f32::NEG_INFINITY, |product| product as f32)
}

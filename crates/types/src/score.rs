//! Scores of comparisons.

use crate::{ModelDigest, Template, TemplatePart};

/// How alike two templates are on the scale of the models that made them; greater is closer. For one part that
/// is not normalised it is the cosine of the two vectors. Means something only together with the pack's
/// calibration table.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Similarity(pub f32);

impl Similarity {
    /// Of two templates made from an identical input, greater than every other.
    pub const IDENTICAL: Self = Self(f32::INFINITY);
}

/// A similarity on the calibrated scale that is the same for every pack: 0 to 1, fixed by false match rates
/// (0.60 means at most one false match in a thousand comparisons, 0.75 one in ten thousand).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Confidence(f32);

impl Confidence {
    /// A confidence, limited to 0..=1; not-a-number becomes 0.
    pub fn new(value: f32) -> Self {
        Self(if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) })
    }

    /// The number, in 0..=1.
    pub const fn get(self) -> f32 {
        self.0
    }
}

/// One part of a [`ScoreRule`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartRule {
    /// What made the part: see [`TemplatePart::model`](crate::TemplatePart::model).
    pub model: ModelDigest,
    /// How many numbers its vectors have.
    pub dimension: usize,
    /// What the part's score is multiplied with before the parts are added.
    pub weight: f32,
    /// Whether the part's cosine is normalised by both templates' [`CohortSpread`](crate::CohortSpread).
    pub is_normalised: bool,
}

/// How a template enters its scores: the score of two is the sum over the parts of
/// `cosine × (one.factor + other.factor)`, less both biases.
#[derive(Clone, Debug, PartialEq)]
pub struct Scoring {
    /// One for each part.
    pub factors: Vec<f32>,
    /// Taken off every score of this template.
    pub bias: f32,
}

/// From this cosine on two vectors count as made from an identical input: the cosine of a vector with itself is
/// 1, less what rounding loses (under 1e-6 for vectors of some hundred numbers).
pub const IDENTICAL_COSINE: f32 = 0.99999;

/// How a pack compares its templates: the parts in their order, and the weight of each.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreRule {
    /// The parts in template order.
    pub parts: Vec<PartRule>,
}

/// The templates were made by other models than the pack compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template was made by other models than the installed pack's")]
pub struct IncomparableTemplate;

impl ScoreRule {
    /// A rule of one part with weight 1.
    pub fn single(model: ModelDigest, dimension: usize) -> Self {
        Self { parts: vec![PartRule { model, dimension, weight: 1.0, is_normalised: false }] }
    }

    /// Whether `template` was made by the models of this rule.
    pub fn accepts(&self, template: &Template) -> bool {
        let parts = template.parts();
        let fits = |(rule, part): (&PartRule, &TemplatePart)| {
            rule.model == part.model
                && rule.dimension == part.vector.len()
                && (part.cohort.is_some() || !rule.is_normalised)
        };
        parts.len() == self.parts.len() && self.parts.iter().zip(parts).all(fits)
    }

    /// How many numbers all parts have together.
    pub fn dimension(&self) -> usize {
        self.parts.iter().map(|part| part.dimension).sum()
    }

    /// How `template` enters its scores. A part that is normalised counts with the mean of how many deviations
    /// its cosine lies above either template's best cohort scores (adaptive symmetric score normalisation), any
    /// other part with its cosine.
    pub fn scoring(&self, template: &Template) -> Result<Scoring, IncomparableTemplate> {
        if !self.accepts(template) {
            return Err(IncomparableTemplate);
        }
        let mut scoring = Scoring { factors: Vec::with_capacity(self.parts.len()), bias: 0.0 };
        for (rule, part) in self.parts.iter().zip(template.parts()) {
            let half = 0.5 * rule.weight;
            let spread = part.cohort.filter(|_| rule.is_normalised);
            scoring.factors.push(spread.map_or(half, |spread| half / spread.deviation));
            scoring.bias += spread.map_or(0.0, |spread| half * spread.mean / spread.deviation);
        }
        Ok(scoring)
    }

    /// The weighted sum of the parts' scores; [`Similarity::IDENTICAL`] where
    /// every part's vectors are the same.
    pub fn similarity(&self, one: &Template, other: &Template) -> Result<Similarity, IncomparableTemplate> {
        let (left, right) = (self.scoring(one)?, self.scoring(other)?);
        let (mut score, mut is_identical) = (-(left.bias + right.bias), !self.parts.is_empty());
        for (part, (this, that)) in one.parts().iter().zip(other.parts()).enumerate() {
            let cosine: f32 = this.vector.iter().zip(&that.vector).map(|(a, b)| a * b).sum();
            is_identical &= cosine >= IDENTICAL_COSINE;
            score += cosine * (left.factors[part] + right.factors[part]);
        }
        Ok(if is_identical { Similarity::IDENTICAL } else { Similarity(score) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CohortSpread;

    fn template(model: u8, vector: &[f32]) -> Template {
        let part = TemplatePart { model: ModelDigest([model; 32]), vector: vector.to_vec(), cohort: None };
        Template::new(vec![part]).unwrap()
    }

    #[test]
    fn single_part_scores_the_cosine() {
        let rule = ScoreRule::single(ModelDigest([1; 32]), 2);
        let score = rule.similarity(&template(1, &[1.0, 0.0]), &template(1, &[0.6, 0.8])).unwrap();
        assert!((score.0 - 0.6).abs() < 1e-6);
    }

    #[test]
    fn templates_of_another_model_are_refused() {
        let rule = ScoreRule::single(ModelDigest([1; 32]), 2);
        let result = rule.similarity(&template(1, &[1.0, 0.0]), &template(2, &[1.0, 0.0]));
        assert_eq!(result, Err(IncomparableTemplate));
    }

    #[test]
    fn templates_of_one_input_are_identical() {
        let rule = ScoreRule::single(ModelDigest([1; 32]), 2);
        let one = template(1, &[0.6, 0.8]);
        assert_eq!(rule.similarity(&one, &one), Ok(Similarity::IDENTICAL));
    }

    #[test]
    fn normalised_parts_score_in_deviations_above_the_cohort() {
        let part = |model, weight, is_normalised| PartRule {
            model: ModelDigest([model; 32]),
            dimension: 2,
            weight,
            is_normalised,
        };
        let rule = ScoreRule { parts: vec![part(1, 2.0, true), part(2, 0.5, false)] };
        let with = |vector: [f32; 2], mean, deviation| {
            let cohort = Some(CohortSpread { mean, deviation });
            let part = |model, cohort| TemplatePart {
                model: ModelDigest([model; 32]),
                vector: vector.to_vec(),
                cohort,
            };
            Template::new(vec![part(1, cohort), part(2, None)]).unwrap()
        };
        let score = rule.similarity(&with([1.0, 0.0], 0.2, 0.1), &with([0.6, 0.8], 0.5, 0.2)).unwrap();
        // (0.6 − 0.2) / 0.1 = 4 and (0.6 − 0.5) / 0.2 = 0.5: 2 × their mean, and half the plain cosine.
        assert!((score.0 - (2.0 * 2.25 + 0.5 * 0.6)).abs() < 1e-5, "{}", score.0);
        let bare = Template::new(
            template(1, &[1.0, 0.0])
                .parts()
                .iter()
                .cloned()
                .chain(template(2, &[1.0, 0.0]).parts().iter().cloned())
                .collect(),
        )
        .unwrap();
        assert!(!rule.accepts(&bare), "a part without its spread cannot be normalised");
    }
}

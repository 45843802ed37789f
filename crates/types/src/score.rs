//! Scores of comparisons.

use crate::{ModelDigest, Template};

/// How alike two templates are on the scale of the models that made them; greater is closer. For one part it
/// is the cosine of the two vectors. Means something only together with the pack's calibration table.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Similarity(pub f32);

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
    /// The model whose vectors are compared.
    pub model: ModelDigest,
    /// How many numbers its vectors have.
    pub dimension: usize,
    /// The share of this part's score in the whole.
    pub weight: f32,
}

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
        Self { parts: vec![PartRule { model, dimension, weight: 1.0 }] }
    }

    /// Whether `template` was made by the models of this rule.
    pub fn accepts(&self, template: &Template) -> bool {
        let parts = template.parts();
        let fits = |(rule, part): (&PartRule, &crate::TemplatePart)| {
            rule.model == part.model && rule.dimension == part.vector.len()
        };
        parts.len() == self.parts.len() && self.parts.iter().zip(parts).all(fits)
    }

    /// How many numbers all parts have together.
    pub fn dimension(&self) -> usize {
        self.parts.iter().map(|part| part.dimension).sum()
    }

    /// The weighted sum of the parts' dot products.
    pub fn similarity(&self, one: &Template, other: &Template) -> Result<Similarity, IncomparableTemplate> {
        if !self.accepts(one) || !self.accepts(other) {
            return Err(IncomparableTemplate);
        }
        let pairs = one.parts().iter().zip(other.parts());
        let score = self.parts.iter().zip(pairs).map(|(rule, (left, right))| {
            let dot: f32 = left.vector.iter().zip(&right.vector).map(|(a, b)| a * b).sum();
            rule.weight * dot
        });
        Ok(Similarity(score.sum()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TemplatePart;

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
}

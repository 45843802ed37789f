//! Linear heads: small classifiers and regressions of the project's own on the features of installed models.
//!
//! A head is data: a JSON file that says which feature models it was trained on, what with, and how well it did.
//! Its numbers mean nothing on the features of any other model, so it refuses other models' digests.

mod file;
mod train;

pub use file::{HeadFile, HeadTraining};
pub use train::{
    CrossValidation, Example, TrainError, TrainOptions, area_under_curve, cross_validate,
    cross_validate_regression, train, train_regression,
};

use serde::{Deserialize, Serialize};
use vultus_types::ModelDigest;

/// Why a head cannot be read or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// The text is not a head file, or the head is of another form or purpose than wanted.
    #[error("not a head file: {0}")]
    Format(String),
    /// The file is of a format that this version does not read.
    #[error("head file format {0} is not supported")]
    UnsupportedFormat(u32),
    /// Fewer than two classes, or not one bias for each class but the first.
    #[error("a head of {classes} classes cannot have {biases} biases")]
    Classes {
        /// How many classes are named.
        classes: usize,
        /// How many biases are given.
        biases: usize,
    },
    /// The number of weights does not fit the feature models.
    #[error("expected {expected} weights, found {actual}")]
    Weights {
        /// The number that would fit.
        expected: usize,
        /// The number found.
        actual: usize,
    },
    /// A weight or bias is infinite or not a number.
    #[error("a weight of the head is not a finite number")]
    NotFinite,
    /// The features come from another model than the head was trained on.
    #[error("head was trained on the features of model {expected}, not of {actual}")]
    OtherFeatureModel {
        /// The model of the training.
        expected: ModelDigest,
        /// The model at hand.
        actual: ModelDigest,
    },
    /// There is no model that gives the features which the head reads.
    #[error("head reads the features of {0}, which is not installed")]
    NoFeatureModel(String),
    /// A feature vector has another length than the head reads.
    #[error("expected {expected} features, got {actual}")]
    Features {
        /// The length the head reads.
        expected: usize,
        /// The length given.
        actual: usize,
    },
}

/// A model whose features a head reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureSource {
    /// The model's name in packs.
    pub name: String,
    /// The SHA-256 digest of its file.
    #[serde(with = "file::digest")]
    pub sha256: ModelDigest,
    /// How many numbers it says of a face.
    pub dimension: usize,
}

/// Rows of weights on the features of some models, which are read one behind the other.
#[derive(Clone, Debug, PartialEq)]
struct LinearMap {
    sources: Vec<FeatureSource>,
    dimension: usize,
    /// `biases.len() × dimension` numbers, row by row.
    weights: Vec<f32>,
    biases: Vec<f32>,
}

impl LinearMap {
    fn new(sources: Vec<FeatureSource>, weights: Vec<f32>, biases: Vec<f32>) -> Result<Self, HeadError> {
        let dimension = sources.iter().map(|source| source.dimension).fold(0, usize::saturating_add);
        let expected = dimension.saturating_mul(biases.len());
        if expected == 0 || expected != weights.len() {
            return Err(HeadError::Weights { expected, actual: weights.len() });
        }
        if !weights.iter().chain(&biases).all(|number| number.is_finite()) {
            return Err(HeadError::NotFinite);
        }
        Ok(Self { sources, dimension, weights, biases })
    }

    fn apply(&self, features: &[f32]) -> Result<impl Iterator<Item = f32>, HeadError> {
        if features.len() != self.dimension {
            return Err(HeadError::Features { expected: self.dimension, actual: features.len() });
        }
        let rows = self.weights.chunks_exact(self.dimension).zip(&self.biases);
        Ok(rows.map(|(row, bias)| bias + dot(row, features)))
    }
}

/// A multinomial logistic regression: one row of weights for each class but the first, whose logit is 0.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearHead {
    classes: Vec<String>,
    map: LinearMap,
}

impl LinearHead {
    /// A head for the features of `sources`, one behind the other; `weights` holds one row of as many numbers for
    /// each class but the first.
    ///
    /// # Errors
    /// [`HeadError`] where the counts do not fit each other or a number is not finite.
    pub fn new(
        sources: Vec<FeatureSource>,
        classes: Vec<String>,
        weights: Vec<f32>,
        biases: Vec<f32>,
    ) -> Result<Self, HeadError> {
        if classes.len() < 2 || biases.len() + 1 != classes.len() {
            return Err(HeadError::Classes { classes: classes.len(), biases: biases.len() });
        }
        Ok(Self { classes, map: LinearMap::new(sources, weights, biases)? })
    }

    /// The models whose features it reads, in their order.
    pub fn sources(&self) -> &[FeatureSource] {
        &self.map.sources
    }

    /// The names of the classes, in the order of [`Self::probabilities`].
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The probability of each class for one feature vector; they sum to 1.
    ///
    /// # Errors
    /// [`HeadError::Features`] where the vector has another length.
    pub fn probabilities(&self, features: &[f32]) -> Result<Vec<f32>, HeadError> {
        Ok(softmax(std::iter::once(0.0).chain(self.map.apply(features)?).collect()))
    }
}

/// A linear regression: one row of weights.
#[derive(Clone, Debug, PartialEq)]
pub struct RegressionHead(LinearMap);

impl RegressionHead {
    /// A head for the features of `sources`, one behind the other.
    ///
    /// # Errors
    /// [`HeadError`] where the counts do not fit each other or a number is not finite.
    pub fn new(sources: Vec<FeatureSource>, weights: Vec<f32>, bias: f32) -> Result<Self, HeadError> {
        LinearMap::new(sources, weights, vec![bias]).map(Self)
    }

    /// The models whose features it reads, in their order.
    pub fn sources(&self) -> &[FeatureSource] {
        &self.0.sources
    }

    /// What the head says of one feature vector, in the unit of its training.
    ///
    /// # Errors
    /// [`HeadError::Features`] where the vector has another length.
    pub fn value(&self, features: &[f32]) -> Result<f32, HeadError> {
        Ok(self.0.apply(features)?.sum())
    }
}

/// A head of either form.
#[derive(Clone, Debug, PartialEq)]
pub enum Head {
    /// Tells classes.
    Classes(LinearHead),
    /// Tells a number.
    Number(RegressionHead),
}

fn dot(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

/// Softmax that cannot overflow.
fn softmax(mut logits: Vec<f32>) -> Vec<f32> {
    let greatest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for logit in &mut logits {
        *logit = (*logit - greatest).exp();
    }
    let sum: f32 = logits.iter().sum();
    for logit in &mut logits {
        *logit /= sum;
    }
    logits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(dimension: usize) -> FeatureSource {
        FeatureSource { name: "features".to_owned(), sha256: ModelDigest([7; 32]), dimension }
    }

    fn head() -> LinearHead {
        let classes = vec!["none".to_owned(), "glasses".to_owned()];
        LinearHead::new(vec![source(1), source(1)], classes, vec![1.0, -2.0], vec![0.5]).unwrap()
    }

    #[test]
    fn probabilities_follow_the_logistic_function() {
        let probabilities = head().probabilities(&[1.0, 0.25]).unwrap();
        let expected = 1.0 / (1.0 + (-1.0f32).exp());
        assert!((probabilities[1] - expected).abs() < 1e-6);
        assert!((probabilities[0] + probabilities[1] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn huge_features_give_finite_probabilities() {
        let probabilities = head().probabilities(&[1e30, 0.0]).unwrap();
        assert_eq!(probabilities, [0.0, 1.0]);
    }

    #[test]
    fn regression_is_the_sum_of_weighted_features_and_bias() {
        let head = RegressionHead::new(vec![source(3)], vec![1.0, -2.0, 0.5], 30.0).unwrap();
        assert_eq!(head.value(&[2.0, 1.0, 4.0]), Ok(32.0));
        assert_eq!(head.value(&[2.0]), Err(HeadError::Features { expected: 3, actual: 1 }));
    }

    #[test]
    fn features_of_another_length_are_refused() {
        assert_eq!(head().probabilities(&[1.0]), Err(HeadError::Features { expected: 2, actual: 1 }));
    }

    #[test]
    fn counts_that_do_not_fit_are_refused() {
        let classes = |count: usize| (0..count).map(|index| index.to_string()).collect::<Vec<_>>();
        let refused = |count: usize, dimension: usize, weights: Vec<f32>, biases: Vec<f32>| {
            LinearHead::new(vec![source(dimension)], classes(count), weights, biases).is_err()
        };
        assert!(refused(1, 1, vec![1.0], vec![]));
        assert!(refused(3, 2, vec![1.0; 3], vec![0.0; 2]));
        assert!(refused(2, 0, vec![], vec![0.0]));
        assert!(refused(2, 1, vec![f32::NAN], vec![0.0]));
        assert!(RegressionHead::new(vec![source(2)], vec![1.0], 0.0).is_err());
        assert!(RegressionHead::new(Vec::new(), Vec::new(), 0.0).is_err());
    }
}

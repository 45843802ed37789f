//! Linear heads: small classifiers of the project's own on the features of an installed model.
//!
//! A head is data: a JSON file that says which feature model it was trained on, what with, and how well it did.
//! Its numbers mean nothing on the features of any other model, so it refuses another model's digest.

mod file;
mod train;

pub use file::{HeadError, HeadFile, HeadTraining};
pub use train::{
    CrossValidation, Example, TrainError, TrainOptions, area_under_curve, cross_validate, train,
};

use vultus_types::ModelDigest;

/// A multinomial logistic regression: one row of weights for each class but the first, whose logit is 0.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearHead {
    feature_model: ModelDigest,
    classes: Vec<String>,
    dimension: usize,
    /// `(classes − 1) × dimension` numbers, row by row.
    weights: Vec<f32>,
    biases: Vec<f32>,
}

impl LinearHead {
    /// A head for the features of `feature_model`; `weights` holds one row of `dimension` numbers for each
    /// class but the first.
    ///
    /// # Errors
    /// [`HeadError`] where the counts do not fit each other or a number is not finite.
    pub fn new(
        feature_model: ModelDigest,
        classes: Vec<String>,
        weights: Vec<f32>,
        biases: Vec<f32>,
    ) -> Result<Self, HeadError> {
        let rows = classes.len().saturating_sub(1);
        if rows == 0 || biases.len() != rows {
            return Err(HeadError::Classes { classes: classes.len(), biases: biases.len() });
        }
        let dimension = weights.len() / rows;
        if dimension == 0 || dimension * rows != weights.len() {
            return Err(HeadError::Weights { expected: rows * dimension.max(1), actual: weights.len() });
        }
        if !weights.iter().chain(&biases).all(|number| number.is_finite()) {
            return Err(HeadError::NotFinite);
        }
        Ok(Self { feature_model, classes, dimension, weights, biases })
    }

    /// The head in a head file.
    ///
    /// # Errors
    /// [`HeadError`].
    pub fn from_json(json: &str) -> Result<Self, HeadError> {
        HeadFile::parse(json)?.head()
    }

    /// The model whose features it reads.
    pub const fn feature_model(&self) -> ModelDigest {
        self.feature_model
    }

    /// The names of the classes, in the order of [`Self::probabilities`].
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// How many numbers a feature vector has.
    pub const fn dimension(&self) -> usize {
        self.dimension
    }

    /// Checks that the head was trained on the features of `model`.
    ///
    /// # Errors
    /// [`HeadError::OtherFeatureModel`].
    pub fn require_feature_model(&self, model: ModelDigest) -> Result<(), HeadError> {
        if self.feature_model == model {
            return Ok(());
        }
        Err(HeadError::OtherFeatureModel { expected: self.feature_model, actual: model })
    }

    /// The probability of each class for one feature vector; they sum to 1.
    ///
    /// # Errors
    /// [`HeadError::Features`] where the vector has another length.
    pub fn probabilities(&self, features: &[f32]) -> Result<Vec<f32>, HeadError> {
        if features.len() != self.dimension {
            return Err(HeadError::Features { expected: self.dimension, actual: features.len() });
        }
        let rows = self.weights.chunks_exact(self.dimension).zip(&self.biases);
        let logits = rows.map(|(row, bias)| bias + dot(row, features));
        Ok(softmax(std::iter::once(0.0).chain(logits).collect()))
    }
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

    fn head() -> LinearHead {
        let classes = vec!["none".to_owned(), "glasses".to_owned()];
        LinearHead::new(ModelDigest([7; 32]), classes, vec![1.0, -2.0], vec![0.5]).unwrap()
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
    fn features_of_another_length_are_refused() {
        assert_eq!(head().probabilities(&[1.0]), Err(HeadError::Features { expected: 2, actual: 1 }));
    }

    #[test]
    fn another_feature_model_is_refused() {
        assert_eq!(head().require_feature_model(ModelDigest([7; 32])), Ok(()));
        let error = head().require_feature_model(ModelDigest([8; 32])).unwrap_err();
        assert!(matches!(error, HeadError::OtherFeatureModel { .. }));
    }

    #[test]
    fn counts_that_do_not_fit_are_refused() {
        let classes = |count: usize| (0..count).map(|index| index.to_string()).collect::<Vec<_>>();
        let model = ModelDigest([7; 32]);
        assert!(LinearHead::new(model, classes(1), vec![1.0], vec![]).is_err());
        assert!(LinearHead::new(model, classes(3), vec![1.0; 3], vec![0.0; 2]).is_err());
        assert!(LinearHead::new(model, classes(2), vec![], vec![0.0]).is_err());
        assert!(LinearHead::new(model, classes(2), vec![f32::NAN], vec![0.0]).is_err());
    }
}

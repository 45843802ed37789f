//! The file form of a head.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use vultus_types::ModelDigest;

use super::LinearHead;

/// The only file format there is so far.
const FORMAT: u32 = 1;
/// No head file is larger: 64 rows of 4096 numbers in base64.
const MAX_BYTES: usize = 2 << 20;

/// Why a head cannot be read or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// The text is not a head file.
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
    /// The number of weights is no multiple of the rows.
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
    /// A feature vector has another length than the head reads.
    #[error("expected {expected} features, got {actual}")]
    Features {
        /// The length the head reads.
        expected: usize,
        /// The length given.
        actual: usize,
    },
}

/// Where a head comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadTraining {
    /// The name of the training data.
    pub data: String,
    /// The licence of the training data and its labels.
    pub licence: String,
    /// The command that made the head.
    pub command: String,
    /// How many examples of each class it saw.
    pub examples: BTreeMap<String, usize>,
    /// The strength of the L2 penalty.
    pub l2: f64,
}

/// A head as it is written to disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadFile {
    /// The version of this layout.
    format: u32,
    /// What the head tells.
    pub name: String,
    /// The name of the model whose features it reads, for people.
    pub feature_model_name: String,
    /// The SHA-256 digest of that model's file.
    pub feature_model_sha256: String,
    /// The classes in order; the first one's logit is 0.
    pub classes: Vec<String>,
    /// One number for each class but the first.
    pub biases: Vec<f32>,
    /// Rows of weights, `f32` little endian in base64, one row for each class but the first.
    weights: String,
    /// Where it comes from.
    pub training: HeadTraining,
    /// What was measured, by name: accuracies and areas under curves in 0..=1.
    pub measured: BTreeMap<String, f64>,
}

impl HeadFile {
    /// The file form of `head`.
    pub fn new(
        name: &str,
        feature_model_name: &str,
        head: &LinearHead,
        training: HeadTraining,
        measured: BTreeMap<String, f64>,
    ) -> Self {
        let bytes: Vec<u8> = head.weights.iter().flat_map(|weight| weight.to_le_bytes()).collect();
        Self {
            format: FORMAT,
            name: name.to_owned(),
            feature_model_name: feature_model_name.to_owned(),
            feature_model_sha256: head.feature_model.to_string(),
            classes: head.classes.clone(),
            biases: head.biases.clone(),
            weights: STANDARD.encode(bytes),
            training,
            measured,
        }
    }

    /// Reads a head file.
    ///
    /// # Errors
    /// [`HeadError::Format`], [`HeadError::UnsupportedFormat`].
    pub fn parse(json: &str) -> Result<Self, HeadError> {
        if json.len() > MAX_BYTES {
            return Err(HeadError::Format(format!("more than {MAX_BYTES} bytes")));
        }
        let file: Self = serde_json::from_str(json).map_err(|error| HeadError::Format(error.to_string()))?;
        if file.format != FORMAT {
            return Err(HeadError::UnsupportedFormat(file.format));
        }
        Ok(file)
    }

    /// The text that [`Self::parse`] reads, with a final line feed.
    ///
    /// # Errors
    /// [`HeadError::Format`] where a measured figure is not finite.
    pub fn to_json(&self) -> Result<String, HeadError> {
        if !self.measured.values().all(|figure| figure.is_finite()) {
            return Err(HeadError::NotFinite);
        }
        let json =
            serde_json::to_string_pretty(self).map_err(|error| HeadError::Format(error.to_string()))?;
        Ok(json + "\n")
    }

    /// The head itself.
    ///
    /// # Errors
    /// [`HeadError`] where the file contradicts itself.
    pub fn head(&self) -> Result<LinearHead, HeadError> {
        let model = self.feature_model_sha256.parse::<ModelDigest>();
        let model = model.map_err(|error| HeadError::Format(error.to_string()))?;
        let bytes = STANDARD.decode(&self.weights).map_err(|error| HeadError::Format(error.to_string()))?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(HeadError::Format("the weights end within a number".to_owned()));
        }
        let weights = numbers.iter().map(|number| f32::from_le_bytes(*number)).collect();
        LinearHead::new(model, self.classes.clone(), weights, self.biases.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> HeadFile {
        let classes = vec!["none".to_owned(), "glasses".to_owned()];
        let head = LinearHead::new(ModelDigest([7; 32]), classes, vec![1.0, -2.0, 0.125], vec![0.5]).unwrap();
        let training = HeadTraining {
            data: "made up".to_owned(),
            licence: "CC0".to_owned(),
            command: "none".to_owned(),
            examples: BTreeMap::from([("none".to_owned(), 3), ("glasses".to_owned(), 2)]),
            l2: 0.01,
        };
        HeadFile::new("glasses", "features", &head, training, BTreeMap::from([("accuracy".to_owned(), 0.9)]))
    }

    #[test]
    fn head_survives_its_file() {
        let read = HeadFile::parse(&file().to_json().unwrap()).unwrap();
        assert_eq!(read, file());
        assert_eq!(read.head().unwrap().weights, [1.0, -2.0, 0.125]);
    }

    #[test]
    fn other_formats_are_refused() {
        let json = file().to_json().unwrap().replace("\"format\": 1", "\"format\": 2");
        assert_eq!(HeadFile::parse(&json), Err(HeadError::UnsupportedFormat(2)));
        assert!(matches!(HeadFile::parse("{}"), Err(HeadError::Format(_))));
        assert!(matches!(HeadFile::parse(&"x".repeat(MAX_BYTES + 1)), Err(HeadError::Format(_))));
    }

    #[test]
    fn damaged_weights_are_refused() {
        for damage in ["AAA", "####", "AAAAAAA="] {
            let broken = HeadFile { weights: damage.to_owned(), ..file() };
            assert!(matches!(broken.head(), Err(HeadError::Format(_))), "{damage}");
        }
        let empty = HeadFile { weights: String::new(), ..file() };
        assert!(matches!(empty.head(), Err(HeadError::Weights { .. })));
    }

    #[test]
    fn figures_that_are_no_numbers_are_not_written() {
        let broken = HeadFile { measured: BTreeMap::from([("auc".to_owned(), f64::NAN)]), ..file() };
        assert_eq!(broken.to_json(), Err(HeadError::NotFinite));
    }
}

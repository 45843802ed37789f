//! The file form of a head.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{FeatureSource, Head, HeadError, LinearHead, LinearMap, RegressionHead};

/// The only file format there is: heads of several feature models.
const FORMAT: u32 = 2;
/// No head file is larger: 64 rows of 4096 numbers in base64.
const MAX_BYTES: usize = 2 << 20;

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
    /// How many examples it saw, by their labels.
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
    /// The models whose features it reads, one behind the other.
    pub features: Vec<FeatureSource>,
    /// The classes in order, the first one's logit is 0; none for a head that tells a number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// One number for each class but the first, or one for a head that tells a number.
    pub biases: Vec<f32>,
    /// Rows of weights, `f32` little endian in base64, one row for each bias.
    weights: String,
    /// Where it comes from.
    pub training: HeadTraining,
    /// What was measured, by the set and the group it was measured on: accuracies and areas under curves in
    /// 0..=1, errors in the head's unit.
    pub measured: BTreeMap<String, f64>,
}

impl HeadFile {
    /// The file form of `head`.
    pub fn new(name: &str, head: &Head, training: HeadTraining, measured: BTreeMap<String, f64>) -> Self {
        let (classes, map) = match head {
            Head::Classes(head) => (head.classes.clone(), &head.map),
            Head::Number(head) => (Vec::new(), &head.0),
        };
        let bytes: Vec<u8> = map.weights.iter().flat_map(|weight| weight.to_le_bytes()).collect();
        Self {
            format: FORMAT,
            name: name.to_owned(),
            features: map.sources.clone(),
            classes,
            biases: map.biases.clone(),
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
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        if json.len() > MAX_BYTES {
            return Err(HeadError::Format(format!("more than {MAX_BYTES} bytes")));
        }
        let malformed = |error: serde_json::Error| HeadError::Format(error.to_string());
        let version: Version = serde_json::from_str(json).map_err(malformed)?;
        if version.format != FORMAT {
            return Err(HeadError::UnsupportedFormat(version.format));
        }
        serde_json::from_str(json).map_err(malformed)
    }

    /// The text that [`Self::parse`] reads, with a final line feed.
    ///
    /// # Errors
    /// [`HeadError::NotFinite`] where a measured figure is not finite.
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
    pub fn head(&self) -> Result<Head, HeadError> {
        let bytes = STANDARD.decode(&self.weights).map_err(|error| HeadError::Format(error.to_string()))?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(HeadError::Format("the weights end within a number".to_owned()));
        }
        let weights: Vec<f32> = numbers.iter().map(|number| f32::from_le_bytes(*number)).collect();
        let (sources, biases) = (self.features.clone(), self.biases.clone());
        if !self.classes.is_empty() {
            return LinearHead::new(sources, self.classes.clone(), weights, biases).map(Head::Classes);
        }
        if biases.len() != 1 {
            return Err(HeadError::Classes { classes: 0, biases: biases.len() });
        }
        LinearMap::new(sources, weights, biases).map(|map| Head::Number(RegressionHead(map)))
    }
}

/// A digest as hexadecimal text.
pub(super) mod digest {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use vultus_types::ModelDigest;

    pub(in super::super) fn serialize<S: Serializer>(digest: &ModelDigest, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(digest)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<ModelDigest, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use vultus_types::ModelDigest;

    use super::*;

    fn sources() -> Vec<FeatureSource> {
        let source = |name: &str, digest: u8, dimension| FeatureSource {
            name: name.to_owned(),
            sha256: ModelDigest([digest; 32]),
            dimension,
        };
        vec![source("one", 7, 1), source("other", 8, 2)]
    }

    fn written(name: &str, head: &Head) -> HeadFile {
        let training = HeadTraining {
            data: "made up".to_owned(),
            licence: "CC0".to_owned(),
            command: "none".to_owned(),
            examples: BTreeMap::from([("none".to_owned(), 3), ("glasses".to_owned(), 2)]),
            l2: 0.01,
        };
        HeadFile::new(name, head, training, BTreeMap::from([("accuracy".to_owned(), 0.9)]))
    }

    fn file() -> HeadFile {
        let classes = vec!["none".to_owned(), "glasses".to_owned()];
        let head = LinearHead::new(sources(), classes, vec![1.0, -2.0, 0.125], vec![0.5]).unwrap();
        written("glasses", &Head::Classes(head))
    }

    #[test]
    fn heads_of_both_forms_survive_their_files() {
        let years = Head::Number(RegressionHead::new(sources(), vec![1.0, -2.0, 0.125], 30.0).unwrap());
        for file in [file(), written("age", &years)] {
            let read = HeadFile::parse(&file.to_json().unwrap()).unwrap();
            assert_eq!(read, file);
            assert_eq!(read.features, sources());
        }
        assert_eq!(written("age", &years).head(), Ok(years));
        let Head::Classes(glasses) = file().head().unwrap() else { panic!("no classes") };
        assert_eq!(glasses.map.weights, [1.0, -2.0, 0.125]);
    }

    #[test]
    fn other_formats_are_refused() {
        let json = file().to_json().unwrap().replace("\"format\": 2", "\"format\": 1");
        assert_eq!(HeadFile::parse(&json), Err(HeadError::UnsupportedFormat(1)));
        assert!(matches!(HeadFile::parse("{}"), Err(HeadError::Format(_))));
        assert!(matches!(HeadFile::parse("{\"format\": 2}"), Err(HeadError::Format(_))));
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
        let two_numbers = HeadFile { classes: Vec::new(), biases: vec![0.0; 2], ..file() };
        assert!(matches!(two_numbers.head(), Err(HeadError::Classes { .. })));
    }

    #[test]
    fn figures_that_are_no_numbers_are_not_written() {
        let broken = HeadFile { measured: BTreeMap::from([("auc".to_owned(), f64::NAN)]), ..file() };
        assert_eq!(broken.to_json(), Err(HeadError::NotFinite));
    }
}

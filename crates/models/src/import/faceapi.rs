//! The models of face-api: a weight manifest and a file of weights, whose layers are put in order here.
//!
//! The graphs take RGB 0–255 as N, C, H, W with normalisation inside. Batch normalisation and scale layers
//! are folded into the convolutions before them.

mod age_gender;
mod dense;
mod net;
mod recognition;
mod ssd;

use serde::Deserialize;

use super::ImportError;
use super::weights::{WeightEntry, read_weights};
use net::Net;

/// A model of face-api.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaceApiModel {
    /// dlib's ResNet with 29 layers: `input` [1, 3, 150, 150] → `embedding` [1, 128], not normalised.
    Recognition,
    /// `input` [1, 3, 112, 112] → `age` [1, 1] in years, `gender` [1, 2], the probabilities of male and
    /// female.
    AgeGender,
    /// `input` [1, 3, 112, 112] → `probs` [1, 7], the probabilities of neutral, happy, sad, angry, fearful,
    /// disgusted and surprised.
    Expression,
    /// `input` [1, 3, 112, 112] → `landmarks` [1, 136], x and y of 68 points as shares of the input's side.
    Landmarks68,
    /// `input` [1, 3, 512, 512] → `encodings` [1, 5118, 4], y, x, height and width of boxes against the
    /// anchors, and `scores` [1, 5118] as probabilities. The anchors are not part of the graph: OpenVINO
    /// refuses constant outputs, and they follow from the grids' sizes.
    SsdMobilenetV1,
}

impl FaceApiModel {
    /// The weight manifest's file name in the package.
    pub fn manifest_file(self) -> &'static str {
        match self {
            Self::Recognition => "face_recognition_model-weights_manifest.json",
            Self::AgeGender => "age_gender_model-weights_manifest.json",
            Self::Expression => "face_expression_model-weights_manifest.json",
            Self::Landmarks68 => "face_landmark_68_model-weights_manifest.json",
            Self::SsdMobilenetV1 => "ssd_mobilenetv1_model-weights_manifest.json",
        }
    }

    /// The weights' file name in the package.
    pub fn weights_file(self) -> &'static str {
        match self {
            Self::Recognition => "face_recognition_model.bin",
            Self::AgeGender => "age_gender_model.bin",
            Self::Expression => "face_expression_model.bin",
            Self::Landmarks68 => "face_landmark_68_model.bin",
            Self::SsdMobilenetV1 => "ssd_mobilenetv1_model.bin",
        }
    }
}

/// Tensors that share files.
#[derive(Debug, Deserialize)]
struct WeightGroup {
    weights: Vec<WeightEntry>,
}

/// Turns a model of face-api into ONNX: `manifest` is the JSON file, `weights` the bytes that it describes.
pub fn import(model: FaceApiModel, manifest: &[u8], weights: &[u8]) -> Result<Vec<u8>, ImportError> {
    let groups: Vec<WeightGroup> = serde_json::from_slice(manifest).map_err(|error| {
        ImportError::Malformed { file: model.manifest_file().to_owned(), detail: error.to_string() }
    })?;
    let entries: Vec<WeightEntry> = groups.into_iter().flat_map(|group| group.weights).collect();
    let file = model.weights_file();
    let net = Net::new(file, read_weights(file, &entries, weights)?);
    match model {
        FaceApiModel::Recognition => recognition::build(net),
        FaceApiModel::AgeGender => age_gender::build(net),
        FaceApiModel::Expression => dense::build_expression(net),
        FaceApiModel::Landmarks68 => dense::build_landmarks(net),
        FaceApiModel::SsdMobilenetV1 => ssd::build(net),
    }
}

#[cfg(test)]
mod tests;

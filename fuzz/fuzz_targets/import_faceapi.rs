//! Weight manifests: the first byte chooses the model, two bytes tell how long the manifest is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vultus_models::import::faceapi::{FaceApiModel, import};

const MODELS: [FaceApiModel; 5] = [
    FaceApiModel::Recognition,
    FaceApiModel::AgeGender,
    FaceApiModel::Expression,
    FaceApiModel::Landmarks68,
    FaceApiModel::SsdMobilenetV1,
];

fuzz_target!(|bytes: &[u8]| {
    let Some(([choice, low, high], rest)) = bytes.split_first_chunk::<3>() else { return };
    let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
    let (manifest, weights) = rest.split_at(length);
    let _ = import(MODELS[usize::from(*choice) % MODELS.len()], manifest, weights);
});

//! TensorFlow.js graph models: the first two bytes tell how long the JSON is, the rest are weights.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vultus_models::import::tfjs;

fuzz_target!(|bytes: &[u8]| {
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else { return };
    let length = usize::from(u16::from_le_bytes(*length)).min(rest.len());
    let (json, weights) = rest.split_at(length);
    let _ = tfjs::import("fuzz", json, &[weights]);
});

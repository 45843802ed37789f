//! PyTorch checkpoints: nothing in them is executed, whatever they say.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vultus_models::import::torch;

fuzz_target!(|bytes: &[u8]| {
    let _ = torch::read_checkpoint("fuzz", bytes);
    let _ = torch::import_voice_encoder(bytes);
});

//! Headers of images: any bytes give a header within the formats' limits or a typed error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vultus_media::probe;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(header) = probe(bytes) {
        assert!(header.width > 0 && header.height > 0);
    }
});

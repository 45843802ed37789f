//! Whole images under tight limits: any bytes give a photo of at most so many pixels or a typed error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vultus_media::{DecodeLimits, decode};

const MAX_PIXELS: u64 = 1 << 16;

fuzz_target!(|bytes: &[u8]| {
    let limits = DecodeLimits { max_pixels: MAX_PIXELS, ..DecodeLimits::default() };
    if let Ok(photo) = decode(bytes, &limits) {
        let pixels = u64::from(photo.width()) * u64::from(photo.height());
        assert!(pixels <= MAX_PIXELS);
        assert_eq!(photo.data().len() as u64, 3 * pixels);
    }
});

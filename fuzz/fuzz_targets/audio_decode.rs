//! Whole recordings under tight limits: any bytes give so many samples at most, all of them numbers, or a typed error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vultus_media::{AudioLimits, decode_audio};

const MAX_SECONDS: f64 = 5.0;

fuzz_target!(|bytes: &[u8]| {
    let limits = AudioLimits { max_bytes: 1 << 20, max_seconds: MAX_SECONDS };
    if let Ok(clip) = decode_audio(bytes, &limits) {
        assert!(f64::from(clip.seconds()) <= MAX_SECONDS * 1.01);
        assert!(clip.samples.iter().all(|sample| sample.is_finite()));
        assert!((0.0..=1.0).contains(&clip.full_scale_share));
    }
});

//! Photos as text: base64 of any flavour, data URIs, addresses.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vultus_http::PhotoSource;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = PhotoSource::from_text(text);
    }
});

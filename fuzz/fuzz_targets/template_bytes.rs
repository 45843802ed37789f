//! Stored templates: any bytes are a template or a typed error, and a template survives its stored form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vultus_types::Template;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(template) = Template::from_bytes(bytes) {
        assert_eq!(template.to_bytes(), bytes);
    }
});

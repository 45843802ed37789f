//! Pack descriptions brought by operators.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use vultus_models::Pack;
use vultus_models::pack::PACK_FILE;

/// A directory of this process's own, without any model file.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("vultus-fuzz-pack-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
    folder
});

fuzz_target!(|bytes: &[u8]| {
    std::fs::write(FOLDER.join(PACK_FILE), bytes).expect("the temporary folder is writable");
    let _ = Pack::describe(&FOLDER);
});

//! The reports that are published with this software: `docs/accuracy/*.json`, compiled in.

use std::sync::LazyLock;

use crate::report::Report;

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        [$(include_str!(concat!("../../../docs/accuracy/", $name, ".json"))),+]
    };
}

/// The texts of the files.
const FILES: [&str; 37] = files![
    "default-attributes-attr48",
    "default-attributes-eyes",
    "default-attributes-fairface",
    "default-attributes-fer",
    "default-attributes-glasses",
    "default-attributes-utkface",
    "default-cluster-lfw",
    "default-detect-facecount",
    "default-identify-lfw",
    "default-pad-both",
    "default-pad-jtboing",
    "default-pad-nuaa",
    "default-quality-fairface",
    "default-verify-fairface",
    "default-verify-lfw-all",
    "default-verify-lfw",
    "default-video-clips",
    "default-voice-librispeech-short",
    "default-voice-librispeech",
    "default-voice-ravdess",
    "recommended-attributes-attr48",
    "recommended-attributes-eyes",
    "recommended-attributes-fairface",
    "recommended-attributes-fer",
    "recommended-attributes-glasses",
    "recommended-attributes-utkface",
    "recommended-cluster-lfw",
    "recommended-detect-facecount",
    "recommended-identify-lfw",
    "recommended-pad-both",
    "recommended-pad-jtboing",
    "recommended-pad-nuaa",
    "recommended-quality-fairface",
    "recommended-verify-fairface",
    "recommended-verify-lfw-all",
    "recommended-verify-lfw",
    "recommended-video-clips",
];

static REPORTS: LazyLock<Vec<Report>> =
    LazyLock::new(|| FILES.iter().filter_map(|text| Report::parse(text).ok()).collect());

/// The published reports, by the names of their files; read when they are first asked for.
pub fn published() -> &'static [Report] {
    &REPORTS
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::report::read_folder;

    #[test]
    fn every_published_report_is_compiled_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/accuracy");
        let read = read_folder(&folder).unwrap();
        assert!(
            published() == read,
            "{} are listed above, {} are in the folder",
            published().len(),
            read.len()
        );
    }
}

//! The configuration file. An unknown key stops the start.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

use super::blobs::BlobsSection;
use super::database::DatabaseSection;
use super::search::SearchSection;

const DEFAULT_CONFIG_FILE: &str = "vultus.toml";

/// The file's form: every key may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FileConfig {
    pub(super) data_dir: Option<PathBuf>,
    pub(super) log: Option<String>,
    pub(super) database: DatabaseSection,
    pub(super) blobs: BlobsSection,
    pub(super) cameras: CamerasSection,
    pub(super) console: ConsoleSection,
    pub(super) media: MediaSection,
    pub(super) search: SearchSection,
    pub(super) models: ModelsSection,
    pub(super) inference: InferenceSection,
    pub(super) server: ServerSection,
    pub(super) privacy: PrivacySection,
    pub(super) persons: PersonsSection,
    pub(super) dialects: DialectsSection,
}

impl FileConfig {
    /// Reads the file of that name, or the usual one where there is one.
    pub(super) fn read(path: Option<&Path>) -> anyhow::Result<Self> {
        let (path, is_required) = path.map_or((Path::new(DEFAULT_CONFIG_FILE), false), |path| (path, true));
        let text = match fs_err::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_required => {
                return Ok(Self::default());
            }
            Err(error) => return Err(error.into()),
        };
        toml::from_str(&text).with_context(|| format!("in {}", path.display()))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ModelsSection {
    pub(super) dir: Option<PathBuf>,
    pub(super) pack: Option<String>,
    pub(super) accept_licences: Vec<String>,
    pub(super) mirror: Option<String>,
    pub(super) ort_lib: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct InferenceSection {
    pub(super) threads: Option<usize>,
    pub(super) queue: Option<usize>,
    pub(super) openvino: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ServerSection {
    pub(super) listen: Option<SocketAddr>,
    pub(super) allow_fetch: Vec<String>,
    pub(super) shutdown_grace_s: Option<u64>,
    pub(super) drain_s: Option<u64>,
    pub(super) max_lag_changes: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CamerasSection {
    pub(super) enabled: Option<bool>,
    pub(super) files: Option<PathBuf>,
    pub(super) frames_per_second: Option<u32>,
    pub(super) ffmpeg: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ConsoleSection {
    pub(super) enabled: Option<bool>,
    pub(super) allow_http: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct MediaSection {
    pub(super) enabled: Option<bool>,
    pub(super) jobs: Option<usize>,
    pub(super) most_waiting: Option<u32>,
    pub(super) frames_per_second: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PrivacySection {
    pub(super) demographics: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PersonsSection {
    pub(super) identify: Option<PersonsKey>,
    pub(super) threshold: Option<f32>,
    pub(super) friend_days: Option<u32>,
    pub(super) friend_within_days: Option<u32>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PersonsKey {
    Off,
    PerCamera,
    Global,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DialectsSection {
    pub(super) kairos: DialectSection,
    pub(super) findface: DialectSection,
    pub(super) perse: PerseSection,
    pub(super) idv: DialectSection,
    pub(super) machinesense: DialectSection,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DialectSection {
    pub(super) enabled: Option<bool>,
    pub(super) prefix: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PerseSection {
    pub(super) enabled: Option<bool>,
    pub(super) prefix: Option<String>,
    pub(super) require_consent: Option<bool>,
    pub(super) max_photo_bytes: Option<usize>,
}

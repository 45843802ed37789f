//! The form of `pack.toml`.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use vultus_types::ModelDigest;

use super::{ModelKind, PACK_FILE, Pack, PackError, PackModel, Task};

/// The largest `pack.toml` that is read, in bytes.
const MAX_DESCRIPTION: u64 = 1 << 20;
/// The most models in one pack.
const MAX_MODELS: usize = 256;

/// `pack.toml` as written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PackFile {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) licence: String,
    pub(crate) commercial: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) extends: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) manifest: Option<String>,
    pub(crate) models: Vec<ModelEntry>,
}

/// One model as written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelEntry {
    pub(crate) name: String,
    pub(crate) task: Task,
    pub(crate) kind: String,
    pub(crate) file: String,
    pub(crate) sha256: String,
    pub(crate) licence: String,
    pub(crate) source: String,
    pub(crate) version: String,
    pub(crate) input: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) weak: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) calibration: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) golden: Option<String>,
    #[serde(default, skip_serializing_if = "toml::Table::is_empty")]
    pub(crate) params: toml::Table,
}

/// Reads the description of the pack in `dir`, which must be a canonical path.
pub(super) fn read(dir: &Path) -> Result<Pack, PackError> {
    let path = dir.join(PACK_FILE);
    let malformed = |reason: String| PackError::Malformed { path: path.clone(), reason };
    let size = fs_err::metadata(&path)?.len();
    if size > MAX_DESCRIPTION {
        return Err(malformed(format!("{size} bytes are too many")));
    }
    let file: PackFile =
        toml::from_str(&fs_err::read_to_string(&path)?).map_err(|error| malformed(error.to_string()))?;
    if let Some(name) = [Some(&file.name), file.extends.as_ref()].into_iter().flatten().find(|n| !is_name(n))
    {
        return Err(malformed(format!("{name:?} is not a pack name: use a-z, 0-9, '-' and '_'")));
    }
    if file.models.is_empty() || file.models.len() > MAX_MODELS {
        return Err(malformed(format!(
            "a pack has 1 to {MAX_MODELS} models, this one {}",
            file.models.len()
        )));
    }
    let models =
        file.models.into_iter().map(|entry| read_model(dir, &path, entry)).collect::<Result<Vec<_>, _>>()?;
    let mut names = HashSet::new();
    if let Some(twin) = models.iter().find(|model| !names.insert(&model.name)) {
        return Err(malformed(format!("two models have the name {}", twin.name)));
    }
    let restricted =
        if file.commercial { Vec::new() } else { vec![(file.name.clone(), file.licence.clone())] };
    Ok(Pack {
        name: file.name,
        version: file.version,
        licence: file.licence,
        commercial: file.commercial,
        dir: dir.to_owned(),
        extends: file.extends,
        models,
        inherited: Vec::new(),
        manifest: file.manifest,
        restricted,
    })
}

fn read_model(dir: &Path, path: &Path, entry: ModelEntry) -> Result<PackModel, PackError> {
    let name = entry.name.clone();
    let refuse = |reason: String| PackError::Model { path: path.to_owned(), model: name.clone(), reason };
    if !is_name(&entry.name) {
        return Err(refuse("a model's name is made of a-z, 0-9, '-' and '_'".to_owned()));
    }
    let kind = ModelKind::from_parts(&entry.kind, entry.params).map_err(&refuse)?;
    if !kind.serves(entry.task) {
        return Err(refuse(format!("the kind {} cannot serve the task {}", kind.name(), entry.task)));
    }
    let digest = entry.sha256.parse::<ModelDigest>().map_err(|error| refuse(error.to_string()))?;
    let inside = |file: &str| locate(dir, file).map_err(&refuse);
    let model_path = inside(&entry.file)?;
    let bytes = fs_err::metadata(&model_path)?.len();
    Ok(PackModel {
        name: entry.name,
        task: entry.task,
        kind,
        path: model_path,
        digest,
        bytes,
        licence: entry.licence,
        source: entry.source,
        version: entry.version,
        input: entry.input,
        weak: entry.weak,
        calibration: entry.calibration.as_deref().map(inside).transpose()?,
        golden: entry.golden.as_deref().map(inside).transpose()?,
    })
}

/// The file of that name in `dir`, which must not lead out of it, not through a link either.
fn locate(dir: &Path, file: &str) -> Result<PathBuf, String> {
    if !is_plain_path(file) {
        return Err(format!("{file:?} is not a path inside the pack"));
    }
    let path = dir.join(file);
    match fs_err::canonicalize(&path) {
        Ok(real) if real.starts_with(dir) && real.is_file() => Ok(path),
        Ok(_) => Err(format!("{file:?} is not a file inside the pack")),
        Err(error) => Err(error.to_string()),
    }
}

/// Whether `path` is relative and goes down only.
pub(crate) fn is_plain_path(path: &str) -> bool {
    let down = |part: Component<'_>| matches!(part, Component::Normal(_));
    !path.is_empty() && !path.contains(['\\', '\0']) && Path::new(path).components().all(down)
}

/// Whether `text` can name a pack or model: short, and safe as a file name.
pub(crate) fn is_name(text: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    (1..=64).contains(&text.len()) && text.bytes().all(allowed) && text != "runtime"
}

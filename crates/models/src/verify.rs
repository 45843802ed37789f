//! Checking what is installed, and listing it.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::golden::{Golden, GoldenError, check_golden};
use crate::install::{LoadModel, LoadRequest};
use crate::manifest::{Manifest, ManifestError, Source};
use crate::pack::{PACK_FILE, Pack, PackError, PackModel, Task, digest_file, is_name};
use crate::progress::{Progress, Step};
use crate::runtime::Runtime;

/// What a check of an install root found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerifyReport {
    /// The runtime's files; empty where none is installed.
    pub runtime: Vec<FileReport>,
    /// The installed packs.
    pub packs: Vec<PackReport>,
}

/// What a check of one pack found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PackReport {
    /// The pack.
    pub pack: String,
    /// Why the pack's description cannot be used.
    pub problem: Option<String>,
    /// Its models.
    pub models: Vec<FileReport>,
}

/// What a check of one file found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileReport {
    /// The model, or the library's file name.
    pub name: String,
    /// What is wrong, or nothing.
    pub problem: Option<String>,
    /// The greatest deviation from the golden vector in units of the allowed one (1 is the limit). None where
    /// there is no golden vector.
    pub deviation: Option<f64>,
}

impl VerifyReport {
    /// Whether nothing is wrong.
    pub fn is_intact(&self) -> bool {
        let models = self.packs.iter().flat_map(|pack| &pack.models);
        models.chain(&self.runtime).all(|file| file.problem.is_none())
            && self.packs.iter().all(|pack| pack.problem.is_none())
    }
}

/// Checks every file of everything that is installed in `root`, and runs every golden vector.
///
/// # Errors
/// The error of reading the root. What is wrong with a pack is part of the report.
pub fn verify(root: &Path, load: &LoadModel<'_>, progress: &dyn Progress) -> std::io::Result<VerifyReport> {
    let runtime = check_runtime(root);
    let library = crate::runtime_library(root);
    let packs = installed_dirs(root)?;
    let packs = packs.iter().map(|(name, dir)| {
        progress.begin(&Step::Inspecting { pack: name.clone() }, None);
        let pack = Pack::describe(dir);
        progress.end();
        let models = match &pack {
            Ok(pack) => {
                pack.models.iter().map(|m| check_model(m, library.as_deref(), load, progress)).collect()
            }
            Err(_) => Vec::new(),
        };
        PackReport { pack: name.clone(), problem: pack.err().map(|error| error.to_string()), models }
    });
    Ok(VerifyReport { runtime, packs: packs.collect() })
}

fn check_runtime(root: &Path) -> Vec<FileReport> {
    let report = |name: &str, problem: Option<PackError>| FileReport {
        name: name.to_owned(),
        problem: problem.map(|error| error.to_string()),
        deviation: None,
    };
    match Runtime::installed(root) {
        Ok(runtime) => runtime.check_files().map(|(name, result)| report(name, result.err())).collect(),
        Err(PackError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => vec![report("runtime", Some(error))],
    }
}

fn check_model(
    model: &PackModel,
    library: Option<&Path>,
    load: &LoadModel<'_>,
    progress: &dyn Progress,
) -> FileReport {
    progress.begin(&Step::Checking { model: model.name.clone() }, None);
    let result = try_model(model, library, load);
    progress.end();
    let (problem, deviation) = match result {
        Ok(deviation) => (None, deviation),
        Err(problem) => (Some(problem), None),
    };
    FileReport { name: model.name.clone(), problem, deviation }
}

fn try_model(model: &PackModel, library: Option<&Path>, load: &LoadModel<'_>) -> Result<Option<f64>, String> {
    let text = |error: std::io::Error| error.to_string();
    let actual = digest_file(&model.path).map_err(text)?;
    if actual != model.digest {
        let (path, expected) = (model.path.clone(), model.digest);
        return Err(PackError::Digest { path, expected, actual }.to_string());
    }
    let request = LoadRequest { library, name: &model.name, path: &model.path, digest: actual };
    let loaded = load(&request).map_err(|error| error.to_string())?;
    let Some(golden) = &model.golden else { return Ok(None) };
    let golden = fs_err::read(golden).map_err(text)?;
    let wrong = |error: GoldenError| error.to_string();
    let deviation = check_golden(loaded.as_ref(), &Golden::parse(&golden).map_err(wrong)?).map_err(wrong)?;
    Ok(Some(deviation.0))
}

/// One model in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListRow {
    /// The pack.
    pub pack: String,
    /// The model.
    pub name: String,
    /// What it is used for.
    pub task: Task,
    /// Its adapter.
    pub kind: String,
    /// Where it comes from.
    pub source: String,
    /// The version of the source.
    pub version: String,
    /// Its licence.
    pub licence: String,
    /// Who made the weights, where a manifest tells.
    pub provenance: Option<String>,
    /// Whether the pack must be accepted by its name before it is used: a licence forbids commercial use.
    pub needs_acceptance: bool,
    /// The SHA-256 digest of its ONNX file, where installed.
    pub digest: Option<String>,
    /// The input in words.
    pub input: String,
    /// The size of its ONNX file in bytes, where installed.
    pub bytes: Option<u64>,
    /// Whether its answers are known to be poor.
    pub weak: bool,
    /// Whether it is installed.
    pub installed: bool,
}

/// Why models cannot be listed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// The root cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// An installed pack cannot be read.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A manifest cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

/// The models of the packs installed in `root`, and those that Vultus can install.
///
/// # Errors
/// [`ListError`].
pub fn list(root: &Path) -> Result<Vec<ListRow>, ListError> {
    let mut rows = Vec::new();
    let installed = installed_dirs(root)?;
    for (_, dir) in &installed {
        let pack = Pack::describe(dir)?;
        let manifest = Manifest::named(&pack.name)?;
        rows.extend(pack.models.iter().map(|model| installed_row(&pack, model, manifest.as_ref())));
    }
    for name in Manifest::NAMES {
        if let Some(manifest) = Manifest::named(name)? {
            let rest: Vec<ListRow> = available_rows(&manifest)
                .filter(|row| !rows.iter().any(|have| have.pack == row.pack && have.name == row.name))
                .collect();
            rows.extend(rest);
        }
    }
    Ok(rows)
}

fn installed_row(pack: &Pack, model: &PackModel, manifest: Option<&Manifest>) -> ListRow {
    let entry = manifest.and_then(|manifest| manifest.models.iter().find(|entry| entry.name == model.name));
    ListRow {
        provenance: entry.map(|entry| entry.provenance.clone()),
        pack: pack.name.clone(),
        name: model.name.clone(),
        task: model.task,
        kind: model.kind.name().to_owned(),
        source: model.source.clone(),
        version: model.version.clone(),
        licence: model.licence.clone(),
        needs_acceptance: !pack.commercial,
        digest: Some(model.digest.to_string()),
        input: model.input.clone(),
        bytes: Some(model.bytes),
        weak: model.weak,
        installed: true,
    }
}

fn available_rows(manifest: &Manifest) -> impl Iterator<Item = ListRow> {
    manifest.models.iter().map(|model| {
        let source = manifest.source(&model.source);
        ListRow {
            provenance: Some(model.provenance.clone()),
            pack: manifest.name.clone(),
            name: model.name.clone(),
            task: model.task,
            kind: model.kind.clone(),
            source: source.map(Source::describe).unwrap_or_default(),
            version: source.map(|source| source.version.clone()).unwrap_or_default(),
            licence: model.licence.clone(),
            needs_acceptance: !manifest.commercial,
            digest: None,
            input: model.input.clone(),
            bytes: None,
            weak: model.weak,
            installed: false,
        }
    })
}

/// The packs in `root`, by name.
fn installed_dirs(root: &Path) -> std::io::Result<Vec<(String, PathBuf)>> {
    let entries = match fs_err::read_dir(root) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut dirs = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).filter(|name| is_name(name));
        if let Some(name) = name.filter(|_| path.join(PACK_FILE).is_file()) {
            dirs.push((name.to_owned(), path.clone()));
        }
    }
    dirs.sort();
    Ok(dirs)
}

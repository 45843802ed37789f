//! Installing the runtime's shared libraries.

use std::path::{Path, PathBuf};

use super::{InstallError, InstallOptions, archive, packages, place};
use crate::manifest::{Manifest, Origin, RuntimeEntry, Source, current_target};
use crate::pack::digest_file;
use crate::progress::Step;
use crate::runtime::{CURRENT, RUNTIME_DIR, RUNTIME_FILE, Runtime, RuntimeFile};

/// Installs the runtime that the manifest names for this platform, unless it is installed and intact. Returns
/// the shared library of the installed runtime.
pub(super) fn ensure(
    root: &Path,
    manifest: &Manifest,
    options: &InstallOptions<'_>,
) -> Result<Option<PathBuf>, InstallError> {
    let entry = manifest.runtime(&current_target());
    let Some((entry, source)) = entry.and_then(|entry| Some((entry, manifest.source(&entry.source)?))) else {
        return Ok(crate::runtime_library(root));
    };
    if let Ok(runtime) = Runtime::installed(root)
        && source.pin.is_some_and(|pin| runtime.package == pin.digest.to_string())
        && runtime.check_files().all(|(_, result)| result.is_ok())
    {
        return Ok(Some(runtime.library()));
    }
    let package = packages::acquire(root, source, options)?;
    options.progress.begin(&Step::Unpacking { package: source.describe() }, None);
    let stage = place::fresh(root, RUNTIME_DIR)?;
    unpack(&package, source, entry, &stage)?;
    let store = root.join(RUNTIME_DIR);
    fs_err::create_dir_all(&store)?;
    place::publish(&stage, &store, &directory_name(source), &store.join(CURRENT), |_| true)?;
    options.progress.end();
    Ok(Some(Runtime::installed(root)?.library()))
}

fn unpack(package: &Path, source: &Source, entry: &RuntimeEntry, stage: &Path) -> Result<(), InstallError> {
    let names: Vec<&str> = entry.files.iter().chain([&entry.library]).map(String::as_str).collect();
    archive::unpack_entries(package, &names, stage)
        .map_err(|error| InstallError::archive(source.describe(), error))?;
    let file_name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let mut files = Vec::new();
    for name in names {
        let file = file_name(name);
        let sha256 = digest_file(&stage.join(&file))?.to_string();
        files.push(RuntimeFile { file, sha256 });
    }
    let runtime = Runtime {
        name: package_name(source).to_owned(),
        version: source.version.clone(),
        licence: source.licence.clone(),
        package: source.pin.map(|pin| pin.digest.to_string()).unwrap_or_default(),
        library: file_name(&entry.library),
        files,
        dir: PathBuf::new(),
    };
    let text = toml::to_string(&runtime).map_err(std::io::Error::other)?;
    fs_err::write(stage.join(RUNTIME_FILE), text)?;
    Ok(())
}

fn directory_name(source: &Source) -> String {
    format!("{}-{}", package_name(source), source.version)
}

fn package_name(source: &Source) -> &str {
    match &source.origin {
        Origin::Npm { package } | Origin::Pip { package, .. } => {
            package.rsplit('/').next().unwrap_or(package)
        }
        Origin::Repository { .. } | Origin::Operator { .. } => &source.id,
    }
}

//! Finding the pinned packages: in a directory the operator names, among those of an interrupted install, or
//! through the package clients.

use std::path::{Path, PathBuf};

use super::{InstallError, InstallOptions, place};
use crate::manifest::{Origin, Source};
use crate::pack::digest_file;
use crate::progress::Step;

/// The most entries of a directory that are looked at.
const MAX_ENTRIES: usize = 10_000;

/// Where verified packages of an unfinished install are kept.
pub(super) fn kept(root: &Path) -> PathBuf {
    root.join(place::STAGING).join("packages")
}

/// The file of a package, verified. Only for the holder of the lock.
pub(super) fn acquire(
    root: &Path,
    source: &Source,
    options: &InstallOptions<'_>,
) -> Result<PathBuf, InstallError> {
    if let Some(dir) = options.from_dir {
        return find(dir, source);
    }
    let kept = kept(root);
    let file = kept.join(source.digest.to_string());
    if file.is_file() && verify(&file, source).is_ok() {
        return Ok(file);
    }
    let work = place::fresh(root, "download")?;
    let progress = options.progress;
    progress.begin(&Step::Downloading { package: source.describe() }, Some(source.bytes));
    let downloaded = options.client.download(source, &work, &|bytes| progress.advance(bytes))?;
    verify(&downloaded, source)?;
    progress.advance(source.bytes);
    fs_err::create_dir_all(&kept)?;
    fs_err::rename(&downloaded, &file)?;
    place::remove(&work)?;
    progress.end();
    Ok(file)
}

/// The package in `dir`, whatever the file's name.
fn find(dir: &Path, source: &Source) -> Result<PathBuf, InstallError> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(dir)?.take(MAX_ENTRIES) {
        let path = entry?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    for file in &files {
        if fs_err::metadata(file)?.len() == source.bytes && digest_file(file)? == source.digest {
            return Ok(file.clone());
        }
    }
    if let Some(file) = files.into_iter().find(|file| looks_like(file, source)) {
        verify(&file, source)?;
    }
    Err(InstallError::PackageMissing {
        package: source.describe(),
        bytes: source.bytes,
        digest: source.digest,
        dir: dir.to_owned(),
    })
}

/// Whether a file has the name that the source's client would give it.
fn looks_like(file: &Path, source: &Source) -> bool {
    let Some(name) = file.file_name().and_then(|name| name.to_str()) else { return false };
    let plain = |text: &str| text.trim_start_matches('@').replace(['/', '_'], "-").to_lowercase();
    match &source.origin {
        Origin::Npm { package } => plain(name) == format!("{}-{}.tgz", plain(package), source.version),
        Origin::Pip { package, args } => {
            let platform = args.iter().skip_while(|arg| *arg != "--platform").nth(1);
            plain(name).starts_with(&format!("{}-{}-", plain(package), source.version))
                && platform.is_none_or(|platform| name.contains(platform))
        }
        Origin::Repository { path, .. } => {
            Path::new(path).file_name().is_some_and(|expected| expected == name)
        }
    }
}

fn verify(file: &Path, source: &Source) -> Result<(), InstallError> {
    let actual = fs_err::metadata(file)?.len();
    if actual != source.bytes {
        return Err(InstallError::Size { file: file.to_owned(), expected: source.bytes, actual });
    }
    let actual = digest_file(file)?;
    if actual != source.digest {
        return Err(InstallError::Digest { file: file.to_owned(), expected: source.digest, actual });
    }
    Ok(())
}

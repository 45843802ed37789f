//! Finding the pinned packages: in a directory the operator names, among those of an interrupted install, or
//! through the package clients.

use std::path::{Path, PathBuf};

use super::{InstallError, InstallOptions, place};
use crate::manifest::{Origin, Pin, Source};
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
    let pin = match (&source.origin, source.pin) {
        (Origin::Operator { file }, _) => {
            return Err(InstallError::NotBrought { file: file.clone(), dir: None });
        }
        (_, pin) => pin.ok_or_else(|| InstallError::unpinned(source))?,
    };
    let kept = kept(root);
    let file = kept.join(pin.digest.to_string());
    if file.is_file() && verify(&file, pin).is_ok() {
        return Ok(file);
    }
    options.progress.begin(&Step::Downloading { package: source.describe() }, Some(pin.bytes));
    if matches!(source.origin, Origin::Repository { .. }) {
        resume(&kept, source, pin, options)?;
    } else {
        download(&place::fresh(root, "download")?, &kept, source, pin, options)?;
    }
    options.progress.end();
    Ok(file)
}

/// Goes on with what an interrupted download of a file left. Where that turns out to be damaged, starts over.
fn resume(kept: &Path, source: &Source, pin: Pin, options: &InstallOptions<'_>) -> Result<(), InstallError> {
    let work = kept.join(format!("{}.part", pin.digest));
    let has_beginning = work.is_dir();
    fs_err::create_dir_all(&work)?;
    let result = match download(&work, kept, source, pin, options) {
        Err(InstallError::Digest { .. }) if has_beginning => {
            place::remove(&work)?;
            fs_err::create_dir_all(&work)?;
            download(&work, kept, source, pin, options)
        }
        result => result,
    };
    result.inspect_err(|error| {
        // What is wrong as a whole is no beginning of anything.
        if matches!(error, InstallError::Digest { .. } | InstallError::Size { .. }) {
            let _ = place::remove(&work);
        }
    })
}

/// Downloads a package in the directory `work` and puts it among the kept ones.
fn download(
    work: &Path,
    kept: &Path,
    source: &Source,
    pin: Pin,
    options: &InstallOptions<'_>,
) -> Result<(), InstallError> {
    let progress = options.progress;
    let downloaded = options.client.download(source, work, &|bytes| progress.advance(bytes))?;
    verify(&downloaded, pin)?;
    progress.advance(pin.bytes);
    fs_err::create_dir_all(kept)?;
    fs_err::rename(&downloaded, kept.join(pin.digest.to_string()))?;
    place::remove(work)?;
    Ok(())
}

/// The package in `dir`: a pinned one whatever the file's name, one that the operator brings by its name.
pub(super) fn find(dir: &Path, source: &Source) -> Result<PathBuf, InstallError> {
    if let Origin::Operator { file } = &source.origin {
        let path = dir.join(file);
        let missing = || InstallError::NotBrought { file: file.clone(), dir: Some(dir.to_owned()) };
        return if path.is_file() { Ok(path) } else { Err(missing()) };
    }
    let pin = source.pin.ok_or_else(|| InstallError::unpinned(source))?;
    let mut files = Vec::new();
    for entry in fs_err::read_dir(dir)?.take(MAX_ENTRIES) {
        let path = entry?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    for file in &files {
        if fs_err::metadata(file)?.len() == pin.bytes && digest_file(file)? == pin.digest {
            return Ok(file.clone());
        }
    }
    if let Some(file) = files.into_iter().find(|file| looks_like(file, source)) {
        verify(&file, pin)?;
    }
    let (bytes, digest) = (pin.bytes, pin.digest);
    Err(InstallError::PackageMissing { package: source.describe(), bytes, digest, dir: dir.to_owned() })
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
        Origin::Operator { file } => file == name,
    }
}

fn verify(file: &Path, pin: Pin) -> Result<(), InstallError> {
    let actual = fs_err::metadata(file)?.len();
    if actual != pin.bytes {
        return Err(InstallError::Size { file: file.to_owned(), expected: pin.bytes, actual });
    }
    let actual = digest_file(file)?;
    if actual != pin.digest {
        return Err(InstallError::Digest { file: file.to_owned(), expected: pin.digest, actual });
    }
    Ok(())
}

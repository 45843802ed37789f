//! The installed shared libraries of the inference runtime.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vultus_types::ModelDigest;

use crate::pack::{PackError, digest_file, is_plain_path};

/// The directory of runtimes in the install root.
pub(crate) const RUNTIME_DIR: &str = "runtime";
/// The link in it that leads to the runtime in use.
pub(crate) const CURRENT: &str = "current";
/// The file that describes a runtime.
pub(crate) const RUNTIME_FILE: &str = "runtime.toml";
/// The largest description that is read, in bytes.
const MAX_DESCRIPTION: u64 = 1 << 20;

/// An installed runtime.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runtime {
    /// The package it was taken from.
    pub name: String,
    /// The package's version.
    pub version: String,
    /// The package's licence.
    pub licence: String,
    /// Digest of the package.
    pub(crate) package: String,
    /// The name of the file to load.
    pub(crate) library: String,
    /// All files.
    pub(crate) files: Vec<RuntimeFile>,
    /// The runtime's directory.
    #[serde(skip)]
    pub dir: PathBuf,
}

/// One file of a runtime.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuntimeFile {
    pub(crate) file: String,
    pub(crate) sha256: String,
}

/// The installed runtime's shared library, where there is one. Its digest is not checked.
pub fn runtime_library(root: &Path) -> Option<PathBuf> {
    let runtime = Runtime::installed(root).ok()?;
    let library = runtime.library();
    library.is_file().then_some(library)
}

impl Runtime {
    /// The installed runtime.
    ///
    /// # Errors
    /// [`PackError`] where there is none or its description is malformed.
    pub fn installed(root: &Path) -> Result<Self, PackError> {
        let dir = fs_err::canonicalize(root.join(RUNTIME_DIR).join(CURRENT))?;
        let path = dir.join(RUNTIME_FILE);
        let malformed = |reason: String| PackError::Malformed { path: path.clone(), reason };
        if fs_err::metadata(&path)?.len() > MAX_DESCRIPTION {
            return Err(malformed("too large".to_owned()));
        }
        let text = fs_err::read_to_string(&path)?;
        let mut runtime: Self = toml::from_str(&text).map_err(|error| malformed(error.to_string()))?;
        let names = runtime.files.iter().map(|file| &file.file).chain([&runtime.library]);
        if let Some(name) = names.into_iter().find(|name| !is_file_name(name)) {
            return Err(malformed(format!("{name:?} is not a file name")));
        }
        runtime.dir = dir;
        Ok(runtime)
    }

    /// The shared library to load.
    pub fn library(&self) -> PathBuf {
        self.dir.join(&self.library)
    }

    /// The files, with whether each is present and has its digest.
    pub(crate) fn check_files(&self) -> impl Iterator<Item = (&str, Result<(), PackError>)> {
        self.files.iter().map(|file| (file.file.as_str(), self.check_file(file)))
    }

    fn check_file(&self, file: &RuntimeFile) -> Result<(), PackError> {
        let path = self.dir.join(&file.file);
        let expected: ModelDigest = file.sha256.parse().map_err(|_| PackError::Malformed {
            path: self.dir.join(RUNTIME_FILE),
            reason: format!("{}: not a SHA-256 digest", file.file),
        })?;
        let actual = digest_file(&path)?;
        if actual == expected { Ok(()) } else { Err(PackError::Digest { path, expected, actual }) }
    }
}

fn is_file_name(name: &str) -> bool {
    is_plain_path(name) && Path::new(name).components().count() == 1
}

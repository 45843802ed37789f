//! Why an install fails.

use std::io;
use std::path::{Path, PathBuf};

use vultus_inference::InferenceError;
use vultus_types::ModelDigest;

use super::archive::ArchiveError;
use crate::golden::GoldenError;
use crate::import::ImportError;
use crate::manifest::{ManifestError, Source};
use crate::pack::PackError;

/// Why a pack could not be installed. Nothing that was installed before has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// The program that downloads a package is not there.
    #[error(
        "{client} is needed to download {package}: {reason}; install it, or name a directory with the packages"
    )]
    ClientMissing {
        /// The program.
        client: &'static str,
        /// The package.
        package: String,
        /// What the system says.
        reason: String,
    },
    /// The registry or host cannot be reached.
    #[error("{client} cannot connect to download {package}: {message}")]
    Offline {
        /// The program.
        client: &'static str,
        /// The package.
        package: String,
        /// The end of what the program says.
        message: String,
    },
    /// The download fails for another reason.
    #[error("{client} could not download {package}: {message}")]
    ClientFailed {
        /// The program.
        client: &'static str,
        /// The package.
        package: String,
        /// The end of what the program says.
        message: String,
    },
    /// The directory of packages lacks one.
    #[error("{package} ({bytes} bytes, SHA-256 {digest}) is not in {}", dir.display())]
    PackageMissing {
        /// The package.
        package: String,
        /// Its size.
        bytes: u64,
        /// Its digest.
        digest: ModelDigest,
        /// The directory.
        dir: PathBuf,
    },
    /// A file that the operator must bring is not there.
    #[error("{file} is not downloaded: bring it and name its directory with --from{}", place(dir.as_deref()))]
    NotBrought {
        /// The file's name.
        file: String,
        /// The directory that was named.
        dir: Option<PathBuf>,
    },
    /// A model has other outputs than its description says: it is another model.
    #[error(
        "model {model}: expected outputs of {expected:?} numbers, found {actual:?}; it is not the model described"
    )]
    Outputs {
        /// The model.
        model: String,
        /// The sizes of the outputs that it should have, sorted.
        expected: Vec<usize>,
        /// The sizes of its outputs, sorted.
        actual: Vec<usize>,
    },
    /// A package has another size than the pinned one.
    #[error("{}: expected {expected} bytes, found {actual}", file.display())]
    Size {
        /// The package's file.
        file: PathBuf,
        /// The pinned size.
        expected: u64,
        /// The size of the file.
        actual: u64,
    },
    /// A package has another content than the pinned one.
    #[error("{}: expected SHA-256 {expected}, found {actual}", file.display())]
    Digest {
        /// The package's file.
        file: PathBuf,
        /// The pinned digest.
        expected: ModelDigest,
        /// The digest of the file.
        actual: ModelDigest,
    },
    /// A package cannot be read.
    #[error("{package}: {error}")]
    Archive {
        /// The package.
        package: String,
        /// Why.
        error: ArchiveError,
    },
    /// A model cannot be imported.
    #[error("model {model}: {error}")]
    Import {
        /// The model.
        model: String,
        /// Why.
        error: Box<ImportError>,
    },
    /// An imported model is not the one that the manifest pins: templates made by one are useless to the other.
    #[error("model {model}: expected an imported model with SHA-256 {expected}, got {actual}")]
    Imported {
        /// The model.
        model: String,
        /// The pinned digest.
        expected: ModelDigest,
        /// The digest of the imported file.
        actual: ModelDigest,
    },
    /// The runtime cannot load an imported model.
    #[error("model {model}: {error}")]
    Load {
        /// The model.
        model: String,
        /// Why.
        error: InferenceError,
    },
    /// An imported model gives other answers than it must.
    #[error("model {model}: {error}")]
    Golden {
        /// The model.
        model: String,
        /// How it differs.
        error: GoldenError,
    },
    /// The manifest cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The pack that was written cannot be read back.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// Something that Vultus did not install is where the pack belongs.
    #[error("{} is in the way: move it elsewhere", .0.display())]
    InTheWay(PathBuf),
    /// The disk is full.
    #[error("the disk is full: {0}")]
    DiskFull(io::Error),
    /// A file cannot be read or written.
    #[error(transparent)]
    Io(io::Error),
}

fn place(dir: Option<&Path>) -> String {
    dir.map(|dir| format!(" (it is not in {})", dir.display())).unwrap_or_default()
}

impl From<io::Error> for InstallError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::StorageFull { Self::DiskFull(error) } else { Self::Io(error) }
    }
}

impl InstallError {
    /// A package that should have a digest and has none, which the reading of manifests rules out.
    pub(super) fn unpinned(source: &Source) -> Self {
        Self::Io(io::Error::new(io::ErrorKind::InvalidData, format!("{} has no digest", source.describe())))
    }

    /// A failure to read a package, or to write what came out of it.
    pub(super) fn archive(package: String, error: ArchiveError) -> Self {
        match error {
            ArchiveError::Io(error) => error.into(),
            error => Self::Archive { package, error },
        }
    }
}

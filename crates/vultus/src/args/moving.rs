//! Arguments of `export` and `import`.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The archive to write; it must not exist yet. FILE.partial, which an interrupted export left, is gone on with.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Encrypt the archive under the passphrase in this file. Only then the key of the credentials is in it.
    #[arg(long, env = "VULTUS_PASSPHRASE_FILE", value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Leave out photos and media, which stay where they are.
    #[arg(long)]
    pub(crate) no_photos: bool,
    /// Print as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The archive.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The passphrase of an encrypted archive is in this file.
    #[arg(long, env = "VULTUS_PASSPHRASE_FILE", value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Print as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

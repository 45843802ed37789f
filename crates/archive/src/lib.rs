//! Everything that a server keeps, in one file: written from one store, read into another of any kind.
//!
//! An archive is a header and blocks. Each block is compressed where that helps, and sealed by its place in the
//! archive: with a checksum, or, under a passphrase, with authenticated encryption. Nothing can be changed, left out,
//! moved or cut off unnoticed. The first block says what follows; then come the rows, table by table, in pages; then
//! photos and media; the last block counts what there was and has the digest of each table.
//!
//! The file is read and written from its beginning to its end, a block in memory at a time. An export that was
//! interrupted goes on with what it left, as far as that is what would be written now; photos that are in it are not
//! fetched again where no row has changed. An import that was interrupted goes on where it stopped when it is run again with the same archive: the
//! store notes in the transaction of each block how far it has come. At the end the store is read back and compared with
//! the digests.

mod error;
mod export;
mod frame;
mod import;
mod message;
mod output;
mod rows;
mod seal;

pub use error::ArchiveError;
pub use export::{ExportSettings, Exported, Protection, export};
pub use import::Importer;
pub use output::ArchiveFile;
pub use seal::SALT_BYTES;

/// How far an export or import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is done now.
    pub stage: Stage,
    /// How much of it is done.
    pub done: u64,
    /// How much there is to do.
    pub total: u64,
    /// Whether the last of it was done before an interruption already.
    pub is_kept: bool,
}

/// What an export or import does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Rows are written or read.
    Rows,
    /// Photos and media are.
    Blobs,
    /// The rows that were stored are compared with those of the archive.
    Comparing,
}

/// How much of an archive was written by an export that was interrupted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Bytes of the file.
    pub bytes: u64,
    /// Rows.
    pub rows: u64,
    /// Photos and media, which were not fetched again.
    pub blobs: u64,
}

/// Why nothing was kept of what an interrupted export had written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discarded {
    /// It was of another version, or with other settings: with or without photos, encrypted or not.
    Other,
    /// Its beginning cannot be read.
    Unreadable,
    /// It is encrypted, and the store has changed: under one key nothing is written over something else.
    Changed,
}

/// What an archive holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows of each table, parents before children.
    pub tables: Vec<(&'static str, u64)>,
    /// Photos and media.
    pub blobs: u64,
    /// Their size.
    pub blob_bytes: u64,
    /// Photos and media that rows refer to and that were not there when the archive was written.
    pub missing_blobs: u64,
}

impl Summary {
    /// Rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|(_, rows)| rows).sum()
    }
}

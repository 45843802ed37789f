//! Why an archive was not written or read.

use std::io;

use vultus_store::{BlobError, StoreError};

/// Why an archive was not written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// It begins like something else.
    #[error("this is no archive of Vultus")]
    NoArchive,
    /// It has a form, or holds something, that this version does not know.
    #[error(
        "the archive was written by a later version of Vultus: import it with that version or a later one"
    )]
    LaterVersion,
    /// It can be read with a passphrase only.
    #[error("the archive is encrypted: its passphrase is needed")]
    PassphraseNeeded,
    /// It was encrypted under another passphrase.
    #[error("the passphrase is not that of the archive")]
    WrongPassphrase,
    /// It has no end.
    #[error("the archive ends too early: it was cut, or is damaged, in block {0}")]
    Truncated(u64),
    /// A block is not as it was written.
    #[error("the archive is damaged in block {0}")]
    Damaged(u64),
    /// A table came out of the store other than it went in.
    #[error("the table {0} does not hold what the archive does: the database was changed meanwhile")]
    Mismatch(&'static str),
    /// Only an empty store can be filled.
    #[error("the database is not empty, there are rows in {0}: import into a new one")]
    NotEmpty(&'static str),
    /// Another archive is half imported.
    #[error(
        "another archive is half imported into this database: import that one again, or use a new database"
    )]
    OtherArchive,
    /// A row is larger than an archive takes.
    #[error("a row of {0} is too large")]
    TooLarge(&'static str),
    /// The parameters of the encryption are out of their bounds, or there is no memory for them.
    #[error("the key cannot be derived from the passphrase")]
    Key,
    /// The file cannot be read or written.
    #[error("the archive cannot be read or written")]
    File(#[from] io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A photo cannot be read or kept.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

//! Photos and other large objects, beside the database.

mod fault;
mod s3;

use std::fmt;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use uuid::Uuid;
use vultus_types::{AccountId, MediaId, Timestamp};

pub use self::fault::BlobFault;
pub use self::s3::{S3Credentials, S3Settings};

/// Why a blob could not be kept or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// The key is empty, or has a part that is empty, `.` or `..`.
    #[error("not a blob key")]
    Key,
    /// The folder cannot be created or opened.
    #[error("the folder of the blob store cannot be used")]
    Folder(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The settings of a remote store cannot be used.
    #[error("{0}")]
    Settings(String),
    /// The object store failed: a full disk, a refused permission, a network that is down.
    #[error("the blob store failed: {0}")]
    Backend(BlobFault),
}

impl BlobError {
    /// Whether a remote store does not serve at all, so that the next blob is of no use either, but all may be well
    /// later.
    pub const fn is_outage(&self) -> bool {
        matches!(self, Self::Backend(fault) if fault.is_outage())
    }
}

impl From<object_store::Error> for BlobError {
    fn from(error: object_store::Error) -> Self {
        Self::Backend(BlobFault::of(&error))
    }
}

/// What a listing tells of a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobSummary {
    /// Its key.
    pub key: String,
    /// Its size.
    pub bytes: u64,
    /// When it was written, by the clock of the blob store.
    pub written_at: Timestamp,
}

/// Blobs under keys, in any object store.
///
/// A blob is written whole or not at all, and [`put`](Self::put) returns when it is durable: in a local
/// folder the file and its folder are synced to the disk, a remote store acknowledges only what it keeps.
/// Nothing here knows which blobs are in use; that is the database's matter, which notes each key before the
/// blob is written ([`FaceStore::expect_blobs`](crate::FaceStore::expect_blobs)).
#[derive(Clone)]
pub struct BlobStore {
    objects: Arc<dyn ObjectStore>,
    /// The folder, where the blobs are local files.
    folder: Option<PathBuf>,
}

/// Where the blobs are, without what is needed to come at them.
impl fmt::Debug for BlobStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobStore({})", self.objects)
    }
}

impl BlobStore {
    /// The folders of [`photo_key`](Self::photo_key), [`media_key`](Self::media_key) and [`probe`](Self::probe).
    pub const FOLDERS: [&str; 3] = ["photos", "media", Self::PROBES];
    /// The folder of what [`probe`](Self::probe) writes.
    pub const PROBES: &str = "probes";

    /// Blobs in a folder, which is created where there is none.
    ///
    /// # Errors
    /// [`BlobError::Folder`] where the folder cannot be created or opened.
    pub fn local(folder: &FilePath) -> Result<Self, BlobError> {
        fs_err::create_dir_all(folder).map_err(|error| BlobError::Folder(Box::new(error)))?;
        let files =
            LocalFileSystem::new_with_prefix(folder).map_err(|error| BlobError::Folder(Box::new(error)))?;
        Ok(Self { objects: Arc::new(files.with_fsync(true)), folder: Some(folder.to_owned()) })
    }

    /// Blobs in memory, gone when the last clone is dropped; for tests.
    pub fn in_memory() -> Self {
        Self::new(Arc::new(InMemory::new()))
    }

    /// Blobs in any object store.
    pub fn new(objects: Arc<dyn ObjectStore>) -> Self {
        Self { objects, folder: None }
    }

    /// The key of a photo: `photos/<account>/<first two digits of the id>/<id>`. No folder grows without
    /// bound, and one account's photos lie together.
    pub fn photo_key(account: AccountId, id: Uuid) -> String {
        let id = id.simple().to_string();
        format!("photos/{account}/{}/{id}", &id[..2])
    }

    /// The key of a medium's file: `media/<account>/<id>`.
    pub fn media_key(account: AccountId, id: MediaId) -> String {
        format!("media/{account}/{id}")
    }

    /// Keeps `bytes` under `key`, in place of what was there.
    ///
    /// A future that is dropped leaves the old blob, the new one or, if there was none, nothing.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), BlobError> {
        let payload = PutPayload::from_bytes(bytes);
        self.objects.put(&path(key)?, payload).await?;
        Ok(())
    }

    /// What is kept under `key`.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, BlobError> {
        let found = match self.objects.get(&path(key)?).await {
            Ok(found) => found,
            Err(error) if fault::is_absence(&error) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(Some(found.bytes().await?))
    }

    /// Deletes what is kept under `key`; well where there is nothing.
    ///
    /// A local folder may also hold the beginning of a blob whose writer was killed, under the key and `#1`;
    /// it goes too, so that no part of a photo outlives its deletion.
    pub async fn delete(&self, key: &str) -> Result<(), BlobError> {
        let path = path(key)?;
        match self.objects.delete(&path).await {
            Ok(()) => {}
            Err(error) if fault::is_absence(&error) => {}
            Err(error) => return Err(error.into()),
        }
        self.delete_beginning(&path).map_err(|error| BlobError::Folder(Box::new(error)))
    }

    /// Every blob of a folder, as it is read from the store: a page at a time from a remote one. A blob that comes
    /// or goes meanwhile may be missed or told.
    pub fn list(&self, folder: &str) -> BoxStream<'static, Result<BlobSummary, BlobError>> {
        let summary = |meta: object_store::ObjectMeta| BlobSummary {
            key: meta.location.to_string(),
            bytes: meta.size,
            written_at: Timestamp(meta.last_modified.timestamp_micros()),
        };
        let listed = self.objects.list(Some(&Path::from(folder)));
        listed.map(move |meta| Ok(summary(meta?))).boxed()
    }

    /// Writes a blob of its own, reads it and deletes it, whose name should be new.
    ///
    /// # Errors
    /// [`BlobError`] of the step that failed; [`BlobFault::Mismatch`] where something else came back.
    pub async fn probe(&self, name: &str) -> Result<(), BlobError> {
        let (key, written) = (format!("{}/{name}", Self::PROBES), Bytes::copy_from_slice(name.as_bytes()));
        self.put(&key, written.clone()).await?;
        let read = self.get(&key).await?;
        self.delete(&key).await?;
        let left = self.get(&key).await?;
        if read != Some(written) || left.is_some() {
            return Err(BlobError::Backend(BlobFault::Mismatch));
        }
        Ok(())
    }

    fn delete_beginning(&self, path: &Path) -> std::io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        match fs_err::remove_file(folder.join(format!("{path}#1"))) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn path(key: &str) -> Result<Path, BlobError> {
    let is_part = |part: &str| !matches!(part, "" | "." | "..");
    if !key.split('/').all(is_part) {
        return Err(BlobError::Key);
    }
    Path::parse(key).map_err(|_| BlobError::Key)
}

#[cfg(test)]
mod tests;

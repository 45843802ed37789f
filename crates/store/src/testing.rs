//! An object store in memory that can be switched off, for the tests of other crates.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use object_store::client::{HttpError, HttpErrorKind};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

use crate::BlobStore;

/// The switches of a store that is out of reach, or slow, when a test says so.
#[derive(Debug, Default)]
pub struct FlakyBlobs {
    is_down: AtomicBool,
    operations: AtomicUsize,
    refusals: AtomicUsize,
    delay_ms: AtomicU64,
}

impl FlakyBlobs {
    /// A new empty store and its switches.
    pub fn store() -> (Arc<Self>, BlobStore) {
        let switches = Arc::new(Self::default());
        let objects = Flaky { switches: Arc::clone(&switches), inner: Arc::new(InMemory::new()) };
        (switches, BlobStore::new(Arc::new(objects)))
    }

    /// Whether nobody can connect to the store.
    pub fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    /// How long each operation on one blob takes.
    pub fn set_delay(&self, delay: Duration) {
        self.delay_ms.store(delay.as_millis() as u64, Ordering::SeqCst);
    }

    /// How many operations on one blob there were so far, those that failed too.
    pub fn operations(&self) -> usize {
        self.operations.load(Ordering::SeqCst)
    }

    /// How many operations failed so far.
    pub fn refusals(&self) -> usize {
        self.refusals.load(Ordering::SeqCst)
    }

    async fn pass(&self) -> Result<()> {
        self.operations.fetch_add(1, Ordering::SeqCst);
        let delay = self.delay_ms.load(Ordering::SeqCst);
        if delay > 0 {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
        if !self.is_down.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.refusals.fetch_add(1, Ordering::SeqCst);
        let error = HttpError::new(HttpErrorKind::Connect, io::Error::other("switched off"));
        Err(object_store::Error::Generic { store: "flaky", source: Box::new(error) })
    }
}

#[derive(Debug)]
struct Flaky {
    switches: Arc<FlakyBlobs>,
    inner: Arc<InMemory>,
}

impl fmt::Display for Flaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Flaky")
    }
}

#[async_trait]
impl ObjectStore for Flaky {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.switches.pass().await?;
        self.inner.put_opts(path, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.switches.pass().await?;
        self.inner.put_multipart_opts(path, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        self.switches.pass().await?;
        self.inner.get_opts(path, options).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let (switches, inner) = (Arc::clone(&self.switches), Arc::clone(&self.inner));
        let gate = async move {
            match switches.pass().await {
                Ok(()) => inner.delete_stream(paths),
                Err(error) => futures::stream::once(async { Err(error) }).boxed(),
            }
        };
        gate.into_stream().flatten().boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let (switches, listed) = (Arc::clone(&self.switches), self.inner.list(prefix));
        let gate = async move {
            match switches.pass().await {
                Ok(()) => listed,
                Err(error) => futures::stream::once(async { Err(error) }).boxed(),
            }
        };
        gate.into_stream().flatten().boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.switches.pass().await?;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.switches.pass().await?;
        self.inner.copy_opts(from, to, options).await
    }
}

//! The store in one SQLite file.
//!
//! Write-ahead log with `synchronous=FULL`: a write that was acknowledged survives the death of the process
//! and of the machine. Several processes may open one file; they take turns at writing. Within one process,
//! one connection writes and a few read.
//!
//! A future that is dropped before it finished rolls its transaction back, unless the commit was under way:
//! then the change happened either whole or not at all.

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqlitePool, Transaction};
use vultus_store::StoreError;

mod driver;
mod error;
mod examine;
#[path = "repositories/mod.rs"]
mod repositories;

use crate::migrations::migrations;
use error::{failed, unavailable};

pub use examine::Examination;

/// How long a write waits for another process's write to finish.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a call waits for a connection of the pool; longer than a write of another process may take.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// Reading connections; each is a thread, and SQLite reads at memory speed.
const READERS: u32 = 4;

/// Two processes that create the same file at the same moment may run into each other.
const MIGRATION_ATTEMPTS: u32 = 10;

static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    migrations! {
        "sqlite":
        "0001_accounts_and_faces",
        "0002_embedder",
        "0003_history",
        "0004_listings",
        "0005_consents",
        "0006_quotas",
        "0007_watches",
        "0008_media",
        "0009_operators",
        "0010_catalogue",
        "0011_exemplars",
        "0012_imports",
        "0013_topology",
        "0014_server_key",
        "0015_request_limits",
    }
});

/// A store in one SQLite file, or in memory. Clones share the connections.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    reader: SqlitePool,
    /// An idle connection to a store in memory, which lives as long as one connection to it does: a read that
    /// is interrupted may close the connection it ran on.
    _keeper: Option<SqlitePool>,
}

impl SqliteStore {
    /// Opens the file, creates it where there is none (its folder must exist), and brings it up to the
    /// present schema. A new file can be read by its owner only.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the file cannot be opened or written, [`StoreError::Driver`] where it
    /// is no database of Vultus or belongs to a later version.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        create_private(path).map_err(unavailable)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        let writer = pool(1).connect_with(options.clone()).await.map_err(failed)?;
        migrate(&writer).await?;
        let reader = pool(READERS).connect_with(options.pragma("query_only", "ON")).await.map_err(failed)?;
        Ok(Self { writer, reader, _keeper: None })
    }

    /// An empty store in memory, gone when the last clone is dropped; for tests.
    pub async fn in_memory() -> Result<Self, StoreError> {
        // A name of its own in the process's shared memory, so that a second connection finds the same store.
        let options: SqliteConnectOptions = "sqlite::memory:".parse().map_err(failed)?;
        let options = options.foreign_keys(true);
        let lasting = || pool(1).min_connections(1).idle_timeout(None).max_lifetime(None);
        let keeper = lasting().connect_with(options.clone()).await.map_err(failed)?;
        let writer = lasting().connect_with(options).await.map_err(failed)?;
        migrate(&writer).await?;
        Ok(Self { reader: writer.clone(), writer, _keeper: Some(keeper) })
    }

    /// Waits for running calls, folds the write-ahead log into the file, and closes it. Later calls fail.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// Starts a write. The lock is taken at once, so that what is read inside cannot change before the
    /// commit.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(failed)
    }

    /// Where a single statement writes.
    const fn writer(&self) -> &SqlitePool {
        &self.writer
    }

    /// Starts several reads of one moment.
    async fn begin_read(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.reader.begin().await.map_err(failed)
    }

    /// Starts reading everything as of one moment. The write-ahead log grows until it ends.
    async fn begin_snapshot(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.begin_read().await
    }

    /// Changes have their numbers from the start: writes take turns.
    #[expect(clippy::unused_async, reason = "other databases have to ask")]
    async fn number_changes(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Nobody tells of changes.
    async fn wait_for_change(&self, at_most: Duration) {
        tokio::time::sleep(at_most).await;
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT)
}

async fn migrate(writer: &SqlitePool) -> Result<(), StoreError> {
    let mut attempt = 1;
    loop {
        match MIGRATIONS.run(writer).await {
            Ok(()) => return Ok(()),
            Err(MigrateError::Execute(_) | MigrateError::ExecuteMigration(..))
                if attempt < MIGRATION_ATTEMPTS =>
            {
                tokio::time::sleep(Duration::from_millis(50)).await;
                attempt += 1;
            }
            Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => {
                return Err(failed(error));
            }
            Err(error) => return Err(StoreError::Driver(Box::new(error))),
        }
    }
}

/// Creates the file for its owner only; SQLite gives its side files the same permissions.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = fs_err::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use fs_err::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path).map(drop)
}

#[cfg(test)]
mod tests;

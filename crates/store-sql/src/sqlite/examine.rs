//! Looking at a database file without changing it.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use vultus_store::StoreError;

use super::error::failed;
use super::repositories::level;
use super::{BUSY_TIMEOUT, MIGRATIONS, SqliteStore};
use crate::migrations;

/// What an examination of a database file found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    /// What SQLite found wrong with the file, in its own words; empty where nothing is.
    pub faults: Vec<String>,
    /// The last migration that was applied; 0 for a file that holds nothing yet.
    pub level: i64,
    /// The last migration that this version knows.
    pub known_level: i64,
}

impl SqliteStore {
    /// Checks the file's integrity, but for whether indexes agree with their tables, and tells how far its schema
    /// has come. Nothing is migrated, and no file is created. Reads the whole file.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the file does not exist or cannot be opened, [`StoreError::Driver`] where
    /// it is no database.
    pub async fn examine(path: &Path) -> Result<Examination, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("query_only", "ON");
        let mut connection = options.connect().await.map_err(failed)?;
        let found = examine(&mut connection).await.map_err(failed);
        connection.close().await.map_err(failed)?;
        found
    }
}

async fn examine(connection: &mut SqliteConnection) -> Result<Examination, sqlx::Error> {
    let lines: Vec<String> = sqlx::query_scalar("PRAGMA quick_check").fetch_all(&mut *connection).await?;
    let is_noted: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations')")
            .fetch_one(&mut *connection)
            .await?;
    Ok(Examination {
        faults: lines.into_iter().filter(|line| line != "ok").collect(),
        level: level(connection, is_noted).await?,
        known_level: migrations::last(&MIGRATIONS),
    })
}

//! The database that the configuration names.

use std::sync::Arc;

use anyhow::Context;
use vultus_store::Store;
use vultus_store::archive::ArchiveStore;
use vultus_store_sql::{PostgresStore, SqliteStore};

use crate::config::{Config, DatabasePlace};

/// An open database.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    /// A file of this machine.
    Sqlite(Arc<SqliteStore>),
    /// A server that other nodes may use too.
    Postgres(Arc<PostgresStore>),
}

impl Database {
    /// Opens it and brings it to the present schema.
    pub(crate) async fn open(config: &Config) -> anyhow::Result<Self> {
        match &config.database.place {
            DatabasePlace::File(path) => {
                let store = SqliteStore::open(path).await;
                let store =
                    store.with_context(|| format!("the store {} cannot be opened", path.display()))?;
                Ok(Self::Sqlite(Arc::new(store)))
            }
            DatabasePlace::Server { url, connections } => {
                Ok(Self::Postgres(Arc::new(PostgresStore::connect(url, *connections).await?)))
            }
        }
    }

    /// Its repositories.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(store) => store.clone(),
            Self::Postgres(store) => store.clone(),
        }
    }

    /// All of it at once.
    pub(crate) fn archive(&self) -> Arc<dyn ArchiveStore> {
        match self {
            Self::Sqlite(store) => store.clone(),
            Self::Postgres(store) => store.clone(),
        }
    }

    /// Whether other nodes may write to it.
    pub(crate) const fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Waits for running calls and closes it.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Postgres(store) => store.close().await,
        }
    }
}

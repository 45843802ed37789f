//! The store in a PostgreSQL database that any number of nodes share.
//!
//! Writes are transactions at the level SERIALIZABLE: what one reads cannot change before it ends. Where the database
//! refuses one because of another, and where a connection is lost before the commit, the call is made again
//! ([`retry`]); a caller sees an error only after that. A connection that is lost during the commit is an error at
//! once, because the write may have happened. The count of requests is a statement of its own, which a lost connection
//! may make twice: then a request counts as two.
//!
//! A future that is dropped before it finished rolls its transaction back, unless the commit was under way: then the
//! change happened either whole or not at all.

use std::str::FromStr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, PgPool, Postgres, Transaction};
use vultus_store::StoreError;

mod demotion;
mod driver;
mod error;
mod listener;
#[path = "repositories/mod.rs"]
#[expect(clippy::duplicate_mod, reason = "the same statements are compiled for each driver")]
mod repositories;
mod retry;

use crate::Examination;
use crate::migrations::{self, migrations};
use demotion::Demotion;
use error::failed;
use listener::Listener;

/// How URLs of PostgreSQL databases begin.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// How long a call waits for a connection, while the pool is in use or no server answers.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(15);

/// What every connection asks of its server: that no statement runs for ever, and that a node that vanished in the
/// middle of a write does not hold its locks for ever.
const SESSION: &str = "SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '30s';
     SET lock_timeout = '10s'; SET application_name = 'vultus'";

/// The lock under which changes get their numbers: `vultus` in ASCII.
const NUMBERING: i64 = 0x7675_6c74_7573;

/// The channel on which nodes tell each other that there are changes.
const CHANNEL: &str = "vultus_changes";

static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    migrations! {
        "postgres":
        "0001_schema",
        "0002_imports",
        "0003_topology",
        "0004_server_key",
        "0005_request_limits",
    }
});

/// Why a store in PostgreSQL was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// The text is no URL of a PostgreSQL database. What it says is not repeated: it may hold a password.
    #[error("the database URL cannot be read; it looks like postgres://user:password@host:5432/name")]
    Url,
    /// The server cannot be reached, or does not let us in.
    #[error("PostgreSQL cannot be reached")]
    Unreachable(#[source] StoreError),
    /// The database was not brought to the present schema.
    #[error("the schema in PostgreSQL cannot be brought up to date")]
    Schema(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A store in a PostgreSQL database. Clones share the connections.
#[derive(Clone, Debug)]
pub struct PostgresStore(Connected);

/// The connections, without second attempts.
#[derive(Clone, Debug)]
pub(crate) struct Connected {
    reader: PgPool,
    listener: Arc<Listener>,
    demotion: Demotion,
}

impl PostgresStore {
    /// Connects to a database, with at most that many connections at a time, and brings it up to the present schema.
    /// Several nodes may do so at once: they take turns.
    ///
    /// # Errors
    /// [`PostgresError`].
    pub async fn connect(url: &str, connections: u32) -> Result<Self, PostgresError> {
        let options = options(url)?;
        let demotion = Demotion::default();
        let noted = demotion.clone();
        let pool = PgPoolOptions::new()
            // One more for the listener.
            .max_connections(connections.max(1).saturating_add(1))
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // A connection that was lost meanwhile costs a second attempt, not a question before each call.
            .test_before_acquire(false)
            .after_connect(|connection, _| {
                Box::pin(async move { connection.execute(SESSION).await.map(drop) })
            })
            .before_acquire(move |_, meta| {
                let is_of_use = noted.is_survived_by(meta.age);
                Box::pin(async move { Ok(is_of_use) })
            })
            .connect_with(options)
            .await
            .map_err(|error| PostgresError::Unreachable(failed(error)))?;
        MIGRATIONS.run(&pool).await.map_err(|error| PostgresError::Schema(Box::new(error)))?;
        let listener = Arc::new(Listener::start(pool.clone()));
        Ok(Self(Connected { reader: pool, listener, demotion }))
    }

    /// Tells how far the schema has come. Nothing is migrated. The server looks after the wholeness of its files.
    ///
    /// # Errors
    /// [`PostgresError::Url`] and [`PostgresError::Unreachable`].
    pub async fn examine(url: &str) -> Result<Examination, PostgresError> {
        let unreachable = |error| PostgresError::Unreachable(failed(error));
        let mut connection = options(url)?.connect().await.map_err(unreachable)?;
        let found = examine(&mut connection).await.map_err(unreachable);
        connection.close().await.map_err(unreachable)?;
        found
    }

    /// Waits for running calls and closes the connections. Later calls fail.
    pub async fn close(&self) {
        self.0.listener.stop();
        self.0.reader.close().await;
    }
}

fn options(url: &str) -> Result<PgConnectOptions, PostgresError> {
    if !SCHEMES.iter().any(|scheme| url.starts_with(scheme)) {
        return Err(PostgresError::Url);
    }
    PgConnectOptions::from_str(url).map_err(|_| PostgresError::Url)
}

async fn examine(connection: &mut PgConnection) -> Result<Examination, sqlx::Error> {
    let is_noted: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    Ok(Examination {
        faults: Vec::new(),
        level: repositories::level(connection, is_noted).await?,
        known_level: migrations::last(&MIGRATIONS),
    })
}

impl Connected {
    /// Starts a write. Where what is read inside changes before the commit, the commit fails.
    async fn begin(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        self.reader.begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE").await.map_err(failed)
    }

    /// Where a single statement writes at the level READ COMMITTED: those that meet at one row wait for each other,
    /// and none is refused.
    const fn writer(&self) -> &PgPool {
        &self.reader
    }

    /// Starts several reads of one moment.
    async fn begin_read(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        self.reader.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await.map_err(failed)
    }

    /// Starts reading everything as of one moment, however long that takes.
    async fn begin_snapshot(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        let mut transaction = self.begin_read().await?;
        let patience = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
        transaction.execute(patience).await.map_err(failed)?;
        Ok(transaction)
    }

    /// Gives numbers to the changes that have none, and tells the other nodes.
    async fn number_changes(&self) -> Result<(), StoreError> {
        let is_new: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM changes WHERE sequence IS NULL)")
            .fetch_one(&self.reader)
            .await
            .map_err(failed)?;
        if !is_new {
            return Ok(());
        }
        // Each statement sees what was committed when it begins; the lock is held to the end.
        let mut transaction =
            self.reader.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await.map_err(failed)?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(NUMBERING)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        let numbered = sqlx::query(
            "UPDATE changes c SET sequence = n.sequence FROM (
                 SELECT u.id, l.last + row_number() OVER (ORDER BY u.id) AS sequence
                 FROM changes u, (SELECT coalesce(max(sequence), 0) AS last FROM changes) l
                 WHERE u.sequence IS NULL) n
             WHERE c.id = n.id",
        )
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        if numbered.rows_affected() > 0 {
            sqlx::query("SELECT pg_notify($1, '')")
                .bind(CHANNEL)
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }

    /// Waits until another node told of changes, at most that long.
    async fn wait_for_change(&self, at_most: Duration) {
        self.listener.wait(at_most).await;
    }
}

#[cfg(test)]
mod tests;

//! The tables of a shard, made where they are not there.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use uuid::Uuid;
use vultus_search::shards::ShardError;
use vultus_types::ScoreRule;

use crate::error::{Fault, PostgresShardError, is_refusal, is_shortage};
use crate::options::PgvectorOptions;

/// The lock under which the tables are made: `shard` in ASCII.
const CREATION: i64 = 0x73_6861_7264;

/// The version of the layout of all tables.
const LAYOUT: i64 = 1;

/// The layout of the tables of faces: with another one they have other names, and are filled anew.
const ENTRIES: &[u8] = b"search entries 2";

/// The first version of pgvector whose index goes on looking where a filter left too few.
const OLDEST_PGVECTOR: [u32; 2] = [0, 8];

/// What is made for all sets of models. Ids of accounts and the store's number are their 16 bytes.
const COMMON_TABLES: &str = "
    CREATE SCHEMA IF NOT EXISTS search;
    CREATE TABLE IF NOT EXISTS search.shard (
        id BIGINT PRIMARY KEY CHECK (id = 1),
        store BYTEA NOT NULL,
        name TEXT NOT NULL,
        layout BIGINT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS search.states (
        models BYTEA PRIMARY KEY,
        epoch BIGINT NOT NULL DEFAULT 0,
        faces BIGINT NOT NULL DEFAULT 0,
        -- While it is being filled: the last change before that, and the last face that was looked at.
        fill_start BIGINT,
        fill_upto BIGINT,
        -- The last change that is in it, once it was filled.
        applied BIGINT,
        -- In which epoch faces were taken over from other shards, and the last that was looked at.
        adopt_epoch BIGINT,
        adopt_upto BIGINT
    );
    CREATE TABLE IF NOT EXISTS search.counts (
        models BYTEA NOT NULL,
        key BIGINT NOT NULL,
        faces BIGINT NOT NULL,
        PRIMARY KEY (models, key)
    )";

/// A set of embedding models, and where its faces are.
pub(crate) struct Models {
    /// How their templates are compared.
    pub(crate) rule: ScoreRule,
    /// SHA-256 of the layout of their table, and of what its rows are made with: models and weights in template order.
    pub(crate) digest: [u8; 32],
    /// The table of the faces, with its schema.
    pub(crate) table: String,
}

impl Models {
    pub(crate) fn new(rule: ScoreRule) -> Self {
        let mut hash = Sha256::new();
        hash.update(ENTRIES);
        for part in &rule.parts {
            hash.update(part.model.0);
            hash.update(part.weight.to_le_bytes());
            hash.update([u8::from(part.is_normalised)]);
        }
        let digest = hash.finalize().into();
        Self { rule, digest, table: table(&digest) }
    }

    /// Makes the index of vectors and that of keys; their names are the table's, extended.
    fn index_statements(&self, options: &PgvectorOptions) -> [String; 2] {
        let (table, name) = (&self.table, self.table.replace("search.", ""));
        let PgvectorOptions { neighbours, build_candidates, .. } = options;
        [
            format!("CREATE INDEX {name}_keys ON {table} USING gin (keys) WITH (fastupdate = off)"),
            format!(
                "CREATE INDEX {name}_vector ON {table} USING hnsw (vector halfvec_ip_ops)
                 WITH (m = {neighbours}, ef_construction = {build_candidates})"
            ),
        ]
    }
}

/// The table of the models of that digest.
fn table(digest: &[u8]) -> String {
    let mut table = "search.entries_".to_owned();
    for byte in &digest[..digest.len().min(8)] {
        // Writing to a string does not fail.
        let _ = write!(table, "{byte:02x}");
    }
    table
}

/// Makes all tables that are not there, and claims them for the shard of that name of that store.
pub(crate) async fn create(
    connection: &mut PgConnection,
    models: &Models,
    store: Uuid,
    name: &str,
) -> Result<(), Fault> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(CREATION).execute(&mut *connection).await?;
    install_pgvector(connection).await?;
    connection.execute(COMMON_TABLES).await?;
    sqlx::query(
        "INSERT INTO search.shard (id, store, name, layout) VALUES (1, $1, $2, $3) ON CONFLICT (id) DO NOTHING",
    )
    .bind(store.as_bytes().as_slice())
    .bind(name)
    .bind(LAYOUT)
    .execute(&mut *connection)
    .await?;
    check_owner(connection, store, name).await?;
    sqlx::query("INSERT INTO search.states (models) VALUES ($1) ON CONFLICT (models) DO NOTHING")
        .bind(models.digest.as_slice())
        .execute(&mut *connection)
        .await?;
    create_entries(connection, models).await
}

/// Makes the table of the faces where it is not there.
async fn create_entries(connection: &mut PgConnection, models: &Models) -> Result<(), Fault> {
    let (table, dimension) = (&models.table, models.rule.dimension());
    let is_there: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
        .bind(table)
        .fetch_one(&mut *connection)
        .await?;
    if is_there {
        return Ok(());
    }
    // Templates and vectors have no patterns that could be compressed; vectors are read by every search.
    let statements = format!(
        "CREATE TABLE {table} (
             face_id BIGINT PRIMARY KEY,
             account_id BYTEA NOT NULL,
             subject BYTEA NOT NULL,
             enrolled_at BIGINT NOT NULL,
             keys BIGINT[] NOT NULL,
             template BYTEA NOT NULL,
             -- The factors of the parts and the bias of `Scoring`.
             scoring REAL[] NOT NULL,
             vector halfvec({dimension}) NOT NULL
         );
         ALTER TABLE {table} ALTER COLUMN template SET STORAGE EXTERNAL;
         ALTER TABLE {table} ALTER COLUMN vector SET STORAGE MAIN"
    );
    connection.execute(AssertSqlSafe(statements)).await?;
    Ok(())
}

/// Fails where the tables are not those of this shard. Nothing happens where they are nobody's.
pub(crate) async fn check_owner(connection: &mut PgConnection, store: Uuid, name: &str) -> Result<(), Fault> {
    let row = sqlx::query("SELECT store, name, layout FROM search.shard").fetch_optional(connection).await?;
    let Some(row) = row else { return Ok(()) };
    let (owner, found, layout): (Vec<u8>, String, i64) =
        (row.try_get("store")?, row.try_get("name")?, row.try_get("layout")?);
    if owner != store.as_bytes() {
        return Err(Fault::Shard(ShardError::Foreign));
    }
    if found != name {
        return Err(PostgresShardError::OtherShard(found).into());
    }
    if layout == LAYOUT { Ok(()) } else { Err(PostgresShardError::OtherLayout.into()) }
}

/// The version of pgvector in the database, or, where it is not installed there, of the one that would be; and whether
/// it is installed. Fails where there is none, or it is too old.
pub(crate) async fn pgvector(connection: &mut PgConnection) -> Result<(String, bool), Fault> {
    let installed: Option<String> =
        sqlx::query_scalar("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
            .fetch_optional(&mut *connection)
            .await?;
    let is_installed = installed.is_some();
    let version = match installed {
        Some(version) => version,
        None => {
            sqlx::query_scalar("SELECT default_version FROM pg_available_extensions WHERE name = 'vector'")
                .fetch_optional(&mut *connection)
                .await?
                .ok_or(PostgresShardError::NoPgvector)?
        }
    };
    if is_new_enough(&version) {
        Ok((version, is_installed))
    } else {
        Err(PostgresShardError::OldPgvector(version).into())
    }
}

/// Installs pgvector in the database where it is not, and fails where it is too old.
async fn install_pgvector(connection: &mut PgConnection) -> Result<(), Fault> {
    let (_, is_installed) = pgvector(connection).await?;
    if is_installed {
        return Ok(());
    }
    match connection.execute("CREATE EXTENSION IF NOT EXISTS vector").await {
        Ok(_) => Ok(()),
        Err(error) if is_refusal(&error) => Err(PostgresShardError::NotAllowed(error).into()),
        Err(error) => Err(error.into()),
    }
}

/// Whether a version like `0.8.1` is not older than [`OLDEST_PGVECTOR`].
fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    [numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)] >= OLDEST_PGVECTOR
}

/// Takes all faces of the models out, and the indexes that are made when they are all there.
pub(crate) async fn clear(connection: &mut PgConnection, models: &Models) -> Result<(), Fault> {
    let table = &models.table;
    let statements = format!("DROP INDEX IF EXISTS {table}_keys, {table}_vector; TRUNCATE {table}");
    connection.execute(AssertSqlSafe(statements)).await?;
    for statement in [
        "DELETE FROM search.counts WHERE models = $1",
        "UPDATE search.states SET faces = 0, adopt_epoch = NULL, adopt_upto = NULL WHERE models = $1",
    ] {
        sqlx::query(statement).bind(models.digest.as_slice()).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Whether this transaction is the one that makes the indexes now.
pub(crate) async fn take_turn(connection: &mut PgConnection, models: &Models) -> Result<bool, Fault> {
    let (first, _) = models.digest.split_first_chunk().unwrap_or((&[0; 8], &[]));
    let turn = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock($1)").bind(i64::from_be_bytes(*first));
    Ok(turn.fetch_one(connection).await?)
}

/// Makes the indexes of a table that was filled, where they are not there. Takes a minute for some hundred thousand
/// faces, while nobody can change the table.
pub(crate) async fn build_indexes(
    connection: &mut PgConnection,
    models: &Models,
    options: &PgvectorOptions,
) -> Result<(), Fault> {
    let table = &models.table;
    let are_there: bool =
        sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL AND to_regclass($2) IS NOT NULL")
            .bind(format!("{table}_keys"))
            .bind(format!("{table}_vector"))
            .fetch_one(&mut *connection)
            .await?;
    if are_there {
        return Ok(());
    }
    let memory = options.build_memory_mib;
    let settings = format!("SET LOCAL statement_timeout = 0; SET LOCAL maintenance_work_mem = '{memory}MB'");
    connection.execute(AssertSqlSafe(settings)).await?;
    for statement in models.index_statements(options) {
        build(connection, &statement).await?;
    }
    connection.execute(AssertSqlSafe(format!("ANALYZE {table}"))).await?;
    Ok(())
}

/// Makes an index with several processes, or with one where the memory that they share is too small (in a container
/// it is often 64 MiB).
async fn build(connection: &mut PgConnection, statement: &str) -> Result<(), Fault> {
    let mut attempt = connection.begin().await?;
    match attempt.execute(AssertSqlSafe(statement)).await {
        Ok(_) => attempt.commit().await?,
        Err(error) if is_shortage(&error) => {
            attempt.rollback().await?;
            connection.execute("SET LOCAL max_parallel_maintenance_workers = 0").await?;
            connection.execute(AssertSqlSafe(statement)).await?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Removes what other models have left.
pub(crate) async fn drop_others(connection: &mut PgConnection, models: &Models) -> Result<(), Fault> {
    let others: Vec<Vec<u8>> = sqlx::query_scalar("SELECT models FROM search.states WHERE models <> $1")
        .bind(models.digest.as_slice())
        .fetch_all(&mut *connection)
        .await?;
    for digest in others {
        let statement = format!("DROP TABLE IF EXISTS {}", table(&digest));
        connection.execute(AssertSqlSafe(statement)).await?;
        for statement in
            ["DELETE FROM search.states WHERE models = $1", "DELETE FROM search.counts WHERE models = $1"]
        {
            sqlx::query(statement).bind(&digest).execute(&mut *connection).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use vultus_types::{ModelDigest, PartRule};

    use super::*;

    #[test]
    fn rows_made_with_other_weights_are_in_another_table() {
        let rule = ScoreRule::single(ModelDigest([1; 32]), 2);
        let with = |change: fn(&mut PartRule)| {
            let mut rule = rule.clone();
            change(&mut rule.parts[0]);
            Models::new(rule).table
        };
        let tables = [with(|_| {}), with(|part| part.weight = 0.9), with(|part| part.is_normalised = true)];
        assert!(tables[0] != tables[1] && tables[1] != tables[2] && tables[0] != tables[2], "{tables:?}");
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for version in ["0.8.0", "0.8", "0.10.1", "1.0", "2"] {
            assert!(is_new_enough(version), "{version}");
        }
        for version in ["0.7.4", "0.7", "0", "", "unknown"] {
            assert!(!is_new_enough(version), "{version}");
        }
    }
}

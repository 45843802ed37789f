//! Everything at once: read as of one moment, and filled from an archive.

use std::ops::Range;

use async_trait::async_trait;
use sqlx::{QueryBuilder, Row as _, Transaction};
use uuid::Uuid;
use vultus_store::StoreError;
use vultus_store::archive::{
    ArchiveId, ArchiveStore, COUNTERS, Column, ColumnKind, ImportStart, Row, Snapshot, TABLES, Table, Value,
};

use super::super::driver::{
    Backend, Connection, DbRow, Driver, KEEPS_NUL, OVERRIDING, commit, failed, has_unnumbered_changes,
    last_number, raise_number,
};
use super::rows::Damaged;

const IMPORTS: Damaged = Damaged("imports");

/// Values that one statement binds at most. SQLite takes 32766, PostgreSQL 65535.
const MOST_BINDINGS: usize = 30_000;

/// How often a moment is looked for at which every change has its number: other nodes write all the time.
const SNAPSHOT_ATTEMPTS: u32 = 1000;

/// Keys of blobs that are read at a time.
const KEYS_PER_PAGE: i64 = 1000;

/// A transaction that sees one moment.
struct Moment(Transaction<'static, Driver>);

#[async_trait]
impl Snapshot for Moment {
    async fn count(&mut self, table: &Table) -> Result<u64, StoreError> {
        let mut query = QueryBuilder::<Driver>::new("SELECT count(*) FROM ");
        query.push(table.name);
        let count: i64 = query.build_query_scalar().fetch_one(&mut *self.0).await.map_err(failed)?;
        Ok(count as u64)
    }

    async fn page(&mut self, table: &Table, after: Option<&Row>) -> Result<Vec<Row>, StoreError> {
        let mut query = QueryBuilder::<Driver>::new("SELECT ");
        query.push(names(&table.columns)).push(" FROM ").push(table.name);
        if let Some(after) = after {
            query.push(" WHERE (").push(names(table.key())).push(") > ");
            push_row(&mut query, table.name, table.key(), after)?;
        }
        query.push(" ORDER BY ").push(names(table.key())).push(" LIMIT ").push(table.rows_per_page);
        let rows = query.build().fetch_all(&mut *self.0).await.map_err(failed)?;
        rows.iter().map(|row| read_row(table, row)).collect()
    }

    async fn blob_count(&mut self) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM (
                 SELECT photo_key FROM faces WHERE photo_key IS NOT NULL
                 UNION SELECT thumbnail_key FROM faces WHERE thumbnail_key IS NOT NULL
                 UNION SELECT source_key FROM media WHERE source_key IS NOT NULL) AS keys",
        )
        .fetch_one(&mut *self.0)
        .await
        .map_err(failed)?;
        Ok(count as u64)
    }

    async fn blob_keys(&mut self, after: Option<&str>) -> Result<Vec<String>, StoreError> {
        // Each part ends by itself, so that its index is read as far as is needed.
        sqlx::query_scalar(
            "SELECT * FROM (SELECT photo_key AS key FROM faces WHERE photo_key > $1
                            ORDER BY photo_key LIMIT $2) AS photos
             UNION
             SELECT * FROM (SELECT thumbnail_key AS key FROM faces WHERE thumbnail_key > $1
                            ORDER BY thumbnail_key LIMIT $2) AS thumbnails
             UNION
             SELECT * FROM (SELECT source_key AS key FROM media WHERE source_key > $1
                            ORDER BY source_key LIMIT $2) AS sources
             ORDER BY key LIMIT $2",
        )
        .bind(after.unwrap_or_default())
        .bind(KEYS_PER_PAGE)
        .fetch_all(&mut *self.0)
        .await
        .map_err(failed)
    }

    async fn counters(&mut self) -> Result<Vec<(&'static str, i64)>, StoreError> {
        let mut counters = Vec::new();
        for table in COUNTERS {
            counters.push((table, last_number(&mut self.0, table).await?));
        }
        Ok(counters)
    }
}

#[async_trait]
impl ArchiveStore for Backend {
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        for _ in 0..SNAPSHOT_ATTEMPTS {
            self.number_changes().await?;
            let mut transaction = self.begin_snapshot().await?;
            if !has_unnumbered_changes(&mut transaction).await? {
                return Ok(Box::new(Moment(transaction)));
            }
        }
        Err(StoreError::Stale)
    }

    async fn import_under_way(&self) -> Result<Option<ArchiveId>, StoreError> {
        let mut connection = self.reader.acquire().await.map_err(failed)?;
        Ok(under_way(&mut connection).await?.map(|(archive, _)| archive))
    }

    async fn begin_import(&self, archive: ArchiveId) -> Result<ImportStart, StoreError> {
        let mut transaction = self.begin().await?;
        if let Some((found, next)) = under_way(&mut transaction).await? {
            let is_same = found == archive;
            return Ok(if is_same { ImportStart::At(next) } else { ImportStart::OtherArchive });
        }
        for table in &TABLES {
            if has_rows(&mut transaction, table).await? {
                return Ok(ImportStart::NotEmpty(table.name));
            }
        }
        // The credentials that come were made with the key of another server.
        sqlx::query("DELETE FROM server_key").execute(&mut *transaction).await.map_err(failed)?;
        sqlx::query("INSERT INTO imports (id, archive, next_block) VALUES (1, $1, 0)")
            .bind(stored(&archive))
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        commit(transaction).await?;
        Ok(ImportStart::At(0))
    }

    async fn import_rows(
        &self,
        archive: ArchiveId,
        blocks: &Range<u64>,
        table: &Table,
        rows: &[Row],
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        advance(&mut transaction, archive, blocks).await?;
        for rows in rows.chunks((MOST_BINDINGS / table.columns.len()).max(1)) {
            insert(&mut transaction, table, rows).await?;
        }
        commit(transaction).await
    }

    async fn note_import(&self, archive: ArchiveId, blocks: &Range<u64>) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        advance(&mut transaction, archive, blocks).await?;
        commit(transaction).await
    }

    async fn finish_import(&self, archive: ArchiveId, counters: &[(String, i64)]) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        for (name, last) in counters {
            if let Some(table) = COUNTERS.into_iter().find(|table| table == name) {
                raise_number(&mut transaction, table, *last).await?;
            }
        }
        let ended = sqlx::query("DELETE FROM imports WHERE archive = $1")
            .bind(stored(&archive))
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        if ended.rows_affected() == 0 {
            return Err(StoreError::Conflict("another import"));
        }
        commit(transaction).await
    }
}

async fn under_way(connection: &mut Connection) -> Result<Option<(ArchiveId, u64)>, StoreError> {
    let row = sqlx::query("SELECT archive, next_block FROM imports")
        .fetch_optional(connection)
        .await
        .map_err(failed)?;
    let Some(row) = row else { return Ok(None) };
    let damaged = |_| IMPORTS.row(&1);
    let archive: Vec<u8> = row.try_get("archive").map_err(damaged)?;
    let next: i64 = row.try_get("next_block").map_err(damaged)?;
    let archive = Uuid::from_slice(&archive).map_err(|_| IMPORTS.row(&1))?;
    Ok(Some((ArchiveId(archive), next as u64)))
}

fn stored(archive: &ArchiveId) -> &[u8] {
    archive.0.as_bytes()
}

async fn has_rows(connection: &mut Connection, table: &Table) -> Result<bool, StoreError> {
    let mut query = QueryBuilder::<Driver>::new("SELECT EXISTS (SELECT 1 FROM ");
    query.push(table.name).push(")");
    query.build_query_scalar().fetch_one(connection).await.map_err(failed)
}

/// Notes that these blocks are in the database.
async fn advance(
    connection: &mut Connection,
    archive: ArchiveId,
    blocks: &Range<u64>,
) -> Result<(), StoreError> {
    let noted = sqlx::query("UPDATE imports SET next_block = $1 WHERE archive = $2 AND next_block = $3")
        .bind(blocks.end as i64)
        .bind(stored(&archive))
        .bind(blocks.start as i64)
        .execute(connection)
        .await
        .map_err(failed)?;
    if noted.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict("another import")) }
}

async fn insert(connection: &mut Connection, table: &Table, rows: &[Row]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Driver>::new("INSERT INTO ");
    query.push(table.name).push(" (").push(names(&table.columns)).push(")");
    query.push(OVERRIDING).push(" VALUES ");
    for (place, row) in rows.iter().enumerate() {
        query.push(if place == 0 { "" } else { ", " });
        push_row(&mut query, table.name, &table.columns, row)?;
    }
    query.build().execute(connection).await.map_err(failed)?;
    Ok(())
}

/// The names of columns, in a list. Some are words of SQL: they are quoted.
fn names(columns: &[Column]) -> String {
    let quoted: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
    quoted.join(", ")
}

/// The values of these columns, which are the first of the row, in brackets.
fn push_row(
    query: &mut QueryBuilder<Driver>,
    table: &'static str,
    columns: &[Column],
    row: &Row,
) -> Result<(), StoreError> {
    if row.len() < columns.len() {
        return Err(Damaged(table).row(&"unknown"));
    }
    query.push("(");
    for (place, (column, value)) in columns.iter().zip(row).enumerate() {
        query.push(if place == 0 { "" } else { ", " });
        push_value(query, table, column.kind, value)?;
    }
    query.push(")");
    Ok(())
}

/// Binds a value. Nothing is bound with the type of its column.
fn push_value(
    query: &mut QueryBuilder<Driver>,
    table: &'static str,
    kind: ColumnKind,
    value: &Value,
) -> Result<(), StoreError> {
    match (kind, value) {
        (ColumnKind::Integer, Value::Integer(number)) => query.push_bind(*number),
        (ColumnKind::Integer, Value::Null) => query.push_bind(None::<i64>),
        (ColumnKind::Real, Value::Real(number)) => query.push_bind(*number),
        (ColumnKind::Real, Value::Null) => query.push_bind(None::<f64>),
        (ColumnKind::Text, Value::Text(text)) if !KEEPS_NUL && text.contains('\0') => {
            return Err(StoreError::Unrepresentable(table));
        }
        (ColumnKind::Text, Value::Text(text)) => query.push_bind(text.clone()),
        (ColumnKind::Text, Value::Null) => query.push_bind(None::<String>),
        (ColumnKind::Bytes, Value::Bytes(bytes)) => query.push_bind(bytes.clone()),
        (ColumnKind::Bytes, Value::Null) => query.push_bind(None::<Vec<u8>>),
        (ColumnKind::Boolean, Value::Boolean(is_so)) => query.push_bind(*is_so),
        (ColumnKind::Boolean, Value::Null) => query.push_bind(None::<bool>),
        _ => return Err(Damaged(table).row(&"unknown")),
    };
    Ok(())
}

fn read_row(table: &Table, row: &DbRow) -> Result<Row, StoreError> {
    let read = |(place, column): (usize, &Column)| {
        let value = match column.kind {
            ColumnKind::Integer => {
                row.try_get::<Option<i64>, _>(place).map(|found| found.map(Value::Integer))
            }
            ColumnKind::Real => row.try_get::<Option<f64>, _>(place).map(|found| found.map(Value::Real)),
            ColumnKind::Text => row.try_get::<Option<String>, _>(place).map(|found| found.map(Value::Text)),
            ColumnKind::Bytes => {
                row.try_get::<Option<Vec<u8>>, _>(place).map(|found| found.map(Value::Bytes))
            }
            ColumnKind::Boolean => {
                row.try_get::<Option<bool>, _>(place).map(|found| found.map(Value::Boolean))
            }
        };
        value.map(|value| value.unwrap_or(Value::Null)).map_err(|_| Damaged(table.name).row(&"unknown"))
    };
    table.columns.iter().enumerate().map(read).collect()
}

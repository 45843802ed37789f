//! How far the faces of one set of models are level with the store.

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use vultus_search::shards::{ShardError, ShardMark, ShardProgress};
use vultus_types::FaceId;

use crate::error::Fault;

/// The columns that [`read`] wants, of the row `s` of `search.states`.
macro_rules! mark_columns {
    () => {
        "s.epoch, s.fill_start, s.fill_upto, s.applied"
    };
}
pub(crate) use mark_columns;

macro_rules! locking {
    ($how:literal) => {
        concat!("SELECT ", mark_columns!(), " FROM search.states s WHERE s.models = $1 FOR UPDATE", $how)
    };
}

/// The mark that a row tells.
pub(crate) fn read(row: &PgRow) -> Result<ShardMark, Fault> {
    let epoch: i64 = row.try_get("epoch")?;
    let (start, applied): (Option<i64>, Option<i64>) = (row.try_get("fill_start")?, row.try_get("applied")?);
    let progress = match (applied, start) {
        (Some(applied), _) => ShardProgress::Level(applied as u64),
        (None, Some(start)) => {
            ShardProgress::Filling { start: start as u64, upto: optional_face(row, "fill_upto")? }
        }
        (None, None) => ShardProgress::Empty,
    };
    Ok(ShardMark { epoch: epoch as u64, progress })
}

/// Where the models stand, kept so until the transaction ends; nothing where they are not there.
pub(crate) async fn lock(connection: &mut PgConnection, models: &[u8]) -> Result<Option<ShardMark>, Fault> {
    let row = sqlx::query(locking!("")).bind(models).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// As [`lock`], but fails at once where another transaction keeps them.
pub(crate) async fn lock_or_leave(
    connection: &mut PgConnection,
    models: &[u8],
) -> Result<Option<ShardMark>, Fault> {
    let row = sqlx::query(locking!(" NOWAIT")).bind(models).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// Notes the epoch and how far the models are level.
pub(crate) async fn note(connection: &mut PgConnection, models: &[u8], mark: ShardMark) -> Result<(), Fault> {
    let (start, upto, applied) = match mark.progress {
        ShardProgress::Empty => (None, None, None),
        ShardProgress::Filling { start, upto } => (Some(start as i64), upto.map(stored), None),
        ShardProgress::Level(applied) => (None, None, Some(applied as i64)),
    };
    sqlx::query(
        "UPDATE search.states SET epoch = $2, fill_start = $3, fill_upto = $4, applied = $5 WHERE models = $1",
    )
    .bind(models)
    .bind(mark.epoch as i64)
    .bind(start)
    .bind(upto)
    .bind(applied)
    .execute(connection)
    .await?;
    Ok(())
}

/// The stored form of a face id.
pub(crate) const fn stored(id: FaceId) -> i64 {
    id.get() as i64
}

/// A column of face ids.
pub(crate) fn face(row: &PgRow, column: &str) -> Result<FaceId, Fault> {
    optional_face(row, column)?.ok_or(Fault::Shard(ShardError::Damaged("a face id")))
}

/// A column of face ids that may be empty.
pub(crate) fn optional_face(row: &PgRow, column: &str) -> Result<Option<FaceId>, Fault> {
    let number: Option<i64> = row.try_get(column)?;
    let read = |number: i64| u64::try_from(number).ok().and_then(FaceId::new);
    match number {
        Some(number) => read(number).map(Some).ok_or(Fault::Shard(ShardError::Damaged("a face id"))),
        None => Ok(None),
    }
}

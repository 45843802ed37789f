//! Blobs that wait to be claimed or deleted.

use vultus_store::StoreError;
use vultus_types::Timestamp;

use super::super::driver::{Connection, Pool, failed, texts};
use super::rows::string_list;

/// Puts blobs on the list, or sets the time of those that are on it.
pub(crate) async fn note(
    connection: &mut Connection,
    keys: &[String],
    now: Timestamp,
) -> Result<(), StoreError> {
    // `WHERE true` tells the parser that ON CONFLICT is no join condition.
    sqlx::query(concat!(
        "INSERT INTO pending_blobs (key, noted_at) SELECT value, $1 FROM ",
        texts!("$2"),
        " AS l WHERE TRUE
         ON CONFLICT (key) DO UPDATE SET noted_at = excluded.noted_at"
    ))
    .bind(now.0)
    .bind(string_list(keys))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Takes blobs off the list.
pub(crate) async fn forget(connection: &mut Connection, keys: &[String]) -> Result<(), StoreError> {
    sqlx::query(concat!("DELETE FROM pending_blobs WHERE key IN ", texts!("$1")))
        .bind(string_list(keys))
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

/// The blobs noted before that time that no face or medium has claimed.
pub(crate) async fn list(reader: &Pool, before: Timestamp) -> Result<Vec<String>, StoreError> {
    sqlx::query_scalar(
        "SELECT key FROM pending_blobs p
         WHERE noted_at < $1 AND NOT EXISTS (SELECT 1 FROM faces f WHERE f.photo_key = p.key)
             AND NOT EXISTS (SELECT 1 FROM faces f WHERE f.thumbnail_key = p.key)
             AND NOT EXISTS (SELECT 1 FROM media m WHERE m.source_key = p.key)
         ORDER BY noted_at, key",
    )
    .bind(before.0)
    .fetch_all(reader)
    .await
    .map_err(failed)
}

/// Those of these blobs that a row refers to or that are on the list.
pub(crate) async fn in_use(reader: &Pool, keys: &[String]) -> Result<Vec<String>, StoreError> {
    sqlx::query_scalar(concat!(
        "SELECT asked.value FROM ",
        texts!("$1"),
        " AS asked
             WHERE EXISTS (SELECT 1 FROM pending_blobs p WHERE p.key = asked.value)
                 OR EXISTS (SELECT 1 FROM faces f WHERE f.photo_key = asked.value)
                 OR EXISTS (SELECT 1 FROM faces f WHERE f.thumbnail_key = asked.value)
                 OR EXISTS (SELECT 1 FROM media m WHERE m.source_key = asked.value)"
    ))
    .bind(string_list(keys))
    .fetch_all(reader)
    .await
    .map_err(failed)
}

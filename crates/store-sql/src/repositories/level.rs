//! How far the schema has come.

use super::super::driver::Connection;

/// The last migration that was applied, where there is the table in which they are noted; else 0.
pub(crate) async fn level(connection: &mut Connection, is_noted: bool) -> Result<i64, sqlx::Error> {
    if !is_noted {
        return Ok(0);
    }
    let last: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
        .fetch_one(connection)
        .await?;
    Ok(last.unwrap_or(0))
}

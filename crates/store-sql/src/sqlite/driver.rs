//! The driver's types, and what SQLite spells in its own way.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, SqlitePool, Transaction};
use vultus_store::StoreError;

pub(crate) use super::SqliteStore as Backend;
pub(crate) use super::error::failed;
pub(crate) use super::repositories::insert_failed;

pub(crate) type Driver = Sqlite;
pub(crate) type Connection = SqliteConnection;
pub(crate) type Pool = SqlitePool;
pub(crate) type DbRow = SqliteRow;

/// The numbers of a JSON list that is bound, as rows of a column `value`.
macro_rules! ids {
    ($parameter:literal) => {
        concat!("(SELECT value FROM json_each(", $parameter, "))")
    };
}
pub(crate) use ids;

/// The texts of a JSON list that is bound, as rows of a column `value`.
macro_rules! texts {
    ($parameter:literal) => {
        concat!("(SELECT value FROM json_each(", $parameter, "))")
    };
}
pub(crate) use texts;

/// The values of a column of text in a JSON list, `[]` where there are none.
macro_rules! name_list {
    ($column:literal) => {
        concat!("json_group_array(", $column, ")")
    };
}
pub(crate) use name_list;

/// A join that is read in the order of what stands to its left.
pub(crate) const JOIN_IN_ORDER: &str = "CROSS JOIN";

/// The bytes that the column `value` tells in hexadecimal digits.
pub(crate) const BYTES_OF_VALUE: &str = "unhex(value)";

/// What keeps claimants from waiting for each other: here they take turns.
macro_rules! skip_locked {
    () => {
        ""
    };
}
pub(crate) use skip_locked;

/// What an insert says that sets numbers which are given otherwise.
pub(crate) const OVERRIDING: &str = "";

/// Whether texts may hold NUL characters.
pub(crate) const KEEPS_NUL: bool = true;

/// Whether a change has no number yet: never here.
pub(crate) async fn has_unnumbered_changes(_: &mut SqliteConnection) -> Result<bool, StoreError> {
    Ok(false)
}

/// The last number that a table gave.
pub(crate) async fn last_number(
    connection: &mut SqliteConnection,
    table: &'static str,
) -> Result<i64, StoreError> {
    let statement = if table == "galleries" {
        "SELECT coalesce(max(id), 0) FROM galleries WHERE $1 <> ''"
    } else {
        "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = $1"
    };
    sqlx::query_scalar(statement).bind(table).fetch_one(connection).await.map_err(failed)
}

/// Lets a table give greater numbers only. Galleries are numbered anew from the greatest that is there.
pub(crate) async fn raise_number(
    connection: &mut SqliteConnection,
    table: &'static str,
    last: i64,
) -> Result<(), StoreError> {
    if table == "galleries" {
        return Ok(());
    }
    for statement in [
        "INSERT INTO sqlite_sequence (name, seq)
         SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = $1)",
        "UPDATE sqlite_sequence SET seq = max(seq, $2) WHERE name = $1",
    ] {
        sqlx::query(statement).bind(table).bind(last).execute(&mut *connection).await.map_err(failed)?;
    }
    Ok(())
}

/// As `ids!`, in a statement under construction.
pub(crate) fn push_ids(query: &mut QueryBuilder<Sqlite>, list: String) {
    query.push("(SELECT value FROM json_each(").push_bind(list).push("))");
}

/// As `texts!`, in a statement under construction.
pub(crate) fn push_texts(query: &mut QueryBuilder<Sqlite>, list: String) {
    push_ids(query, list);
}

/// Makes a write durable.
pub(crate) async fn commit(transaction: Transaction<'_, Sqlite>) -> Result<(), StoreError> {
    transaction.commit().await.map_err(failed)
}

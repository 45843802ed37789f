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

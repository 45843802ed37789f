//! The driver's types, and what PostgreSQL spells in its own way.

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Postgres, QueryBuilder, Transaction};
use vultus_store::StoreError;

pub(crate) use super::Connected as Backend;
use super::error::commit_failed;
pub(crate) use super::error::failed;
pub(crate) use super::repositories::insert_failed;

pub(crate) type Driver = Postgres;
pub(crate) type Connection = PgConnection;
pub(crate) type Pool = PgPool;
pub(crate) type DbRow = PgRow;

/// The numbers of a JSON list that is bound, as rows of a column `value`.
macro_rules! ids {
    ($parameter:literal) => {
        concat!(
            "(SELECT value::bigint AS value FROM jsonb_array_elements_text(",
            $parameter,
            "::jsonb) AS list(value))"
        )
    };
}
pub(crate) use ids;

/// The texts of a JSON list that is bound, as rows of a column `value`.
macro_rules! texts {
    ($parameter:literal) => {
        concat!("(SELECT value FROM jsonb_array_elements_text(", $parameter, "::jsonb) AS list(value))")
    };
}
pub(crate) use texts;

/// The values of a column of text in a JSON list, `[]` where there are none.
macro_rules! name_list {
    ($column:literal) => {
        concat!("coalesce(json_agg(", $column, "), '[]'::json)::text")
    };
}
pub(crate) use name_list;

/// A join; which order is best for it the planner knows.
pub(crate) const JOIN_IN_ORDER: &str = "JOIN";

/// The bytes that the column `value` tells in hexadecimal digits.
pub(crate) const BYTES_OF_VALUE: &str = "decode(value, 'hex')";

/// What keeps claimants from waiting for each other: each passes over the rows that others are about to take.
macro_rules! skip_locked {
    () => {
        " FOR UPDATE SKIP LOCKED"
    };
}
pub(crate) use skip_locked;

/// What an insert says that sets numbers which are given otherwise.
pub(crate) const OVERRIDING: &str = " OVERRIDING SYSTEM VALUE";

/// Whether texts may hold NUL characters.
pub(crate) const KEEPS_NUL: bool = false;

/// Whether a change has no number yet.
pub(crate) async fn has_unnumbered_changes(connection: &mut PgConnection) -> Result<bool, StoreError> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM changes WHERE sequence IS NULL)")
        .fetch_one(connection)
        .await
        .map_err(failed)
}

/// The last number that a table gave. Changes are numbered from the greatest that is there.
pub(crate) async fn last_number(
    connection: &mut PgConnection,
    table: &'static str,
) -> Result<i64, StoreError> {
    let statement = match table {
        "audit" => "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM audit_id_seq",
        "consents" => "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM consents_id_seq",
        "galleries" => "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM galleries_id_seq",
        _ => "SELECT coalesce(max(sequence), 0) FROM changes",
    };
    sqlx::query_scalar(statement).fetch_one(connection).await.map_err(failed)
}

/// Lets a table give greater numbers only: greater than `last`, and than those that are there.
pub(crate) async fn raise_number(
    connection: &mut PgConnection,
    table: &'static str,
    last: i64,
) -> Result<(), StoreError> {
    let statement = match table {
        "audit" => "SELECT setval('audit_id_seq', greatest($1, last_value)) FROM audit_id_seq",
        "consents" => "SELECT setval('consents_id_seq', greatest($1, last_value)) FROM consents_id_seq",
        "galleries" => {
            "SELECT setval('galleries_id_seq', greatest($1, last_value, (SELECT max(id) FROM galleries)))
             FROM galleries_id_seq"
        }
        _ => return Ok(()),
    };
    if last > 0 {
        sqlx::query(statement).bind(last).execute(connection).await.map_err(failed)?;
    }
    Ok(())
}

/// As `ids!`, in a statement under construction.
pub(crate) fn push_ids(query: &mut QueryBuilder<Postgres>, list: String) {
    query.push("(SELECT value::bigint AS value FROM jsonb_array_elements_text(").push_bind(list);
    query.push("::jsonb) AS list(value))");
}

/// As `texts!`, in a statement under construction.
pub(crate) fn push_texts(query: &mut QueryBuilder<Postgres>, list: String) {
    query.push("(SELECT value FROM jsonb_array_elements_text(").push_bind(list);
    query.push("::jsonb) AS list(value))");
}

/// Makes a write durable.
pub(crate) async fn commit(transaction: Transaction<'_, Postgres>) -> Result<(), StoreError> {
    transaction.commit().await.map_err(commit_failed)
}

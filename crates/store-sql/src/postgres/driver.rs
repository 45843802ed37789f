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

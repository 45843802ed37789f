//! The repositories in SQL, for any of the drivers: this folder is compiled once for each.
//!
//! Parameters are written `$1`, `$2`, …; whole numbers are bound and read as `i64`; lists are bound as JSON text and
//! unfolded by `ids!` and `texts!`.

use sqlx::error::{DatabaseError, ErrorKind};
use vultus_store::StoreError;

use super::driver::failed;

mod accounts;
mod archive;
mod audit;
mod cameras;
mod catalogue;
mod consents;
mod embedder;
mod faces;
mod history;
mod level;
mod listing;
mod media;
mod operators;
mod pending;
mod removal;
mod rows;
mod topology;
mod usage;
mod watches;

pub(crate) use level::level;

/// The failure of an insert: a taken key is a conflict about `what`, a missing account is not found.
pub(crate) fn insert_failed(what: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |error| match error.as_database_error().map(DatabaseError::kind) {
        Some(ErrorKind::UniqueViolation) => StoreError::Conflict(what),
        Some(ErrorKind::ForeignKeyViolation) => StoreError::NotFound("account"),
        _ => failed(error),
    }
}

//! The store in an SQL database: one SQLite file, or a PostgreSQL server that many nodes share.
//!
//! The statements are written once, in `repositories`, in the SQL that both databases understand, and compiled
//! for each driver. What differs lies beside them: `sqlite` and `postgres` open their databases, bring them to the
//! present schema, and have a `driver` module that names the types of the driver and spells what the two dialects
//! spell differently.

mod migrations;
mod postgres;
mod sqlite;

pub use postgres::{PostgresError, PostgresStore};
pub use sqlite::{Examination, SqliteStore};

//! What goes wrong with a shard in PostgreSQL.

use sqlx::error::DatabaseError;
use vultus_search::shards::ShardError;
use vultus_types::IncomparableTemplate;

/// Why a shard in PostgreSQL cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresShardError {
    /// The text is no URL of a PostgreSQL database. What it says is not repeated: it may hold a password.
    #[error(
        "the URL of a search shard cannot be read; it looks like postgres://user:password@host:5432/name"
    )]
    Url,
    /// pgvector indexes vectors of 1 to [`Self::MOST_NUMBERS`] numbers.
    #[error("templates of {0} numbers cannot be indexed by pgvector, which takes 1 to 4000")]
    Dimension(usize),
    /// The probe was made by other models than the shard holds templates of.
    #[error(transparent)]
    Incomparable(#[from] IncomparableTemplate),
    /// The server does not have pgvector.
    #[error("pgvector is not installed on the PostgreSQL server of the search shard")]
    NoPgvector,
    /// The version of pgvector in the database is too old: searches within a gallery need those of 0.8 and later.
    #[error(
        "the search shard needs pgvector 0.8 or later and found {0}: update it and run `ALTER EXTENSION vector UPDATE`"
    )]
    OldPgvector(String),
    /// The database's user may not install pgvector in the database.
    #[error(
        "pgvector cannot be installed in the search shard's database: an administrator has to run `CREATE EXTENSION vector` there"
    )]
    NotAllowed(#[source] sqlx::Error),
    /// The database holds a shard of another name.
    #[error(
        "the database holds the search shard `{0}` of this store: give it that name, or remove its schema `search`"
    )]
    OtherShard(String),
    /// The database was laid out by another version of Vultus.
    #[error(
        "the schema `search` was made by another version of Vultus: remove it, and the shard is filled anew"
    )]
    OtherLayout,
}

impl PostgresShardError {
    /// How many numbers a vector may have that pgvector indexes with 16 bits each (`halfvec`), according to its manual.
    pub const MOST_NUMBERS: usize = 4000;
}

/// SQLSTATE codes, PostgreSQL's appendix A.
mod state {
    pub(super) const UNDEFINED_TABLE: &str = "42P01";
    pub(super) const INVALID_SCHEMA_NAME: &str = "3F000";
    pub(super) const INSUFFICIENT_PRIVILEGE: &str = "42501";
    pub(super) const LOCK_NOT_AVAILABLE: &str = "55P03";
    pub(super) const TOO_MANY_CONNECTIONS: &str = "53300";
    /// Class: insufficient resources.
    pub(super) const RESOURCES: &str = "53";
    /// Connection exceptions, and a server that shuts down, crashed or starts.
    pub(super) const UNREACHABLE: [&str; 4] = ["08", "57P01", "57P02", "57P03"];
}

/// What stops a call.
pub(crate) enum Fault {
    /// The driver's error.
    Driver(sqlx::Error),
    /// What the caller is told.
    Shard(ShardError),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Driver(error)
    }
}

impl From<PostgresShardError> for Fault {
    fn from(error: PostgresShardError) -> Self {
        Self::Shard(ShardError::Failed(Box::new(error)))
    }
}

impl Fault {
    /// Whether the tables are not there: the shard was never used, or they were taken away.
    pub(crate) fn is_absence(&self) -> bool {
        let Self::Driver(error) = self else { return false };
        [state::UNDEFINED_TABLE, state::INVALID_SCHEMA_NAME].iter().any(|absent| has_state(error, absent))
    }

    /// Whether another transaction keeps what is to be changed.
    pub(crate) fn is_turn_of_another(&self) -> bool {
        matches!(self, Self::Driver(error) if has_state(error, state::LOCK_NOT_AVAILABLE))
    }
}

impl From<Fault> for ShardError {
    fn from(fault: Fault) -> Self {
        let error = match fault {
            Fault::Shard(error) => return error,
            Fault::Driver(error) => error,
        };
        let is_unreachable = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            error => {
                has_state(error, state::TOO_MANY_CONNECTIONS)
                    || state::UNREACHABLE.iter().any(|class| has_state(error, class))
            }
        };
        match error {
            error if is_unreachable => Self::Unreachable(Box::new(error)),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Damaged("a row"),
            error if has_state(&error, state::LOCK_NOT_AVAILABLE) => Self::Busy,
            error => Self::Failed(Box::new(error)),
        }
    }
}

/// Whether the server could not spare memory or space.
pub(crate) fn is_shortage(error: &sqlx::Error) -> bool {
    has_state(error, state::RESOURCES)
}

/// Whether the database's user may not do that.
pub(crate) fn is_refusal(error: &sqlx::Error) -> bool {
    has_state(error, state::INSUFFICIENT_PRIVILEGE)
}

/// Whether the database told a state that begins so.
fn has_state(error: &sqlx::Error, start: &str) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| code.starts_with(start))
}

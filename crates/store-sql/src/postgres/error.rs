//! From the driver's errors to the store's, and which of them a second attempt may mend.

use std::error::Error;

use sqlx::error::DatabaseError;
use vultus_store::StoreError;

/// SQLSTATE codes, PostgreSQL's appendix A.
mod state {
    pub(super) const SERIALIZATION_FAILURE: &str = "40001";
    pub(super) const DEADLOCK_DETECTED: &str = "40P01";
    pub(super) const READ_ONLY_TRANSACTION: &str = "25006";
    /// Classes: connection exception, insufficient resources, operator intervention, system error.
    pub(super) const UNAVAILABLE: [&str; 4] = ["08", "53", "57", "58"];
    pub(super) const QUERY_CANCELED: &str = "57014";
    /// What a text with a NUL character is refused with, as it is and within JSON.
    pub(super) const NUL: [&str; 2] = ["22021", "22P05"];
}

/// The connection was lost while a write was made durable: whether it was is not known.
#[derive(Debug, thiserror::Error)]
#[error("the connection was lost before the database told whether the write is durable")]
struct OutcomeUnknown(#[source] sqlx::Error);

/// What a second attempt needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mend {
    /// Another transaction came in between: nothing but a new turn.
    Turn,
    /// The connection or the server went away: a server that takes over.
    Server,
    /// The server is no longer the one that takes writes: connections to the one that does.
    Primary,
}

/// Any failure that is not expected of the statement itself.
pub(crate) fn failed(error: sqlx::Error) -> StoreError {
    if let sqlx::Error::Database(error) = &error
        && state_of(error.as_ref()).is_some_and(|state| state::NUL.contains(&state.as_str()))
    {
        return StoreError::Unrepresentable("a statement");
    }
    let is_unavailable = match &error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
            true
        }
        sqlx::Error::Database(error) => state_of(error.as_ref()).is_some_and(|state| {
            state::UNAVAILABLE.iter().any(|class| state.starts_with(class))
                || [state::READ_ONLY_TRANSACTION, state::SERIALIZATION_FAILURE, state::DEADLOCK_DETECTED]
                    .contains(&state.as_str())
        }),
        _ => false,
    };
    if is_unavailable { unavailable(error) } else { StoreError::Driver(Box::new(error)) }
}

/// The failure of a commit. Where the database answered, nothing was written.
pub(crate) fn commit_failed(error: sqlx::Error) -> StoreError {
    if matches!(error, sqlx::Error::Database(_)) { failed(error) } else { unavailable(OutcomeUnknown(error)) }
}

/// The server does not let us.
pub(crate) fn unavailable(error: impl Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

/// Whether the call that failed changed nothing and may do better if it is made again.
pub(crate) fn mend(error: &StoreError) -> Option<Mend> {
    let StoreError::Unavailable(source) = error else { return None };
    match source.downcast_ref::<sqlx::Error>()? {
        sqlx::Error::Io(_) => Some(Mend::Server),
        sqlx::Error::Database(error) => {
            let state = state_of(error.as_ref())?;
            match state.as_str() {
                state::SERIALIZATION_FAILURE | state::DEADLOCK_DETECTED => Some(Mend::Turn),
                state::READ_ONLY_TRANSACTION => Some(Mend::Primary),
                state::QUERY_CANCELED => None,
                state if state.starts_with("08") || state.starts_with("57") => Some(Mend::Server),
                _ => None,
            }
        }
        _ => None,
    }
}

fn state_of(error: &dyn DatabaseError) -> Option<String> {
    error.code().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost() -> sqlx::Error {
        sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into())
    }

    #[test]
    fn lost_connection_is_mended_but_for_a_commit() {
        assert_eq!(mend(&failed(lost())), Some(Mend::Server));
        let unknown = commit_failed(lost());
        assert!(matches!(unknown, StoreError::Unavailable(_)));
        assert_eq!(mend(&unknown), None, "made twice, a write might happen twice");
    }

    #[test]
    fn full_pool_and_wrong_statements_are_not_tried_again() {
        assert!(matches!(failed(sqlx::Error::PoolTimedOut), StoreError::Unavailable(_)));
        assert_eq!(mend(&failed(sqlx::Error::PoolTimedOut)), None);
        let wrong = failed(sqlx::Error::ColumnNotFound("x".into()));
        assert!(matches!(wrong, StoreError::Driver(_)));
        assert_eq!(mend(&wrong), None);
    }
}

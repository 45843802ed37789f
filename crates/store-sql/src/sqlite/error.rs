//! From the driver's errors to the store's.

use std::error::Error;

use sqlx::error::DatabaseError;
use vultus_store::StoreError;

/// SQLite's primary result codes: the lowest byte of what it reports.
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const READONLY: i32 = 8;
    pub(super) const IOERR: i32 = 10;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANTOPEN: i32 = 14;
}

/// Any failure that is not expected of the statement itself.
pub(crate) fn failed(error: sqlx::Error) -> StoreError {
    let is_unavailable = match &error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
        sqlx::Error::Database(error) => matches!(
            primary_code(error.as_ref()),
            Some(code::BUSY | code::LOCKED | code::READONLY | code::IOERR | code::FULL | code::CANTOPEN)
        ),
        _ => false,
    };
    if is_unavailable { unavailable(error) } else { StoreError::Driver(Box::new(error)) }
}

/// The disk does not let us.
pub(crate) fn unavailable(error: impl Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

fn primary_code(error: &dyn DatabaseError) -> Option<i32> {
    let code: i32 = error.code()?.parse().ok()?;
    Some(code & 0xff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_pool_is_unavailable_and_an_unknown_column_is_not() {
        assert!(matches!(failed(sqlx::Error::PoolClosed), StoreError::Unavailable(_)));
        assert!(matches!(failed(sqlx::Error::ColumnNotFound("x".into())), StoreError::Driver(_)));
    }
}

//! Errors of the use cases around operators.

use std::time::Duration;

use vultus_inference::PoolError;
use vultus_store::StoreError;

use crate::EntropyError;

/// Why an operator could not do something, or something could not be done with one.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// There is no such operator.
    #[error("no such operator")]
    NotFound,
    /// The name is taken.
    #[error("the name is taken")]
    AlreadyExists,
    /// Nobody could manage operators any more.
    #[error("the last administrator must stay one")]
    LastAdministrator,
    /// The name has other characters than allowed, too many or none.
    #[error("names have 1 to 64 letters, digits, hyphens, underscores or full stops")]
    UnfitName,
    /// The new password is too short, too long, the present one, or the operator's name.
    #[error("the new password must have 12 to 256 bytes and be another one")]
    UnfitPassword,
    /// Name and password do not belong together, or the operator is disabled.
    #[error("name or password is wrong")]
    WrongPassword,
    /// There is no session, or it has ended.
    #[error("signed out")]
    SignedOut,
    /// Too many attempts failed; the next may be made after this time.
    #[error("too many attempts failed")]
    TooManyAttempts(Duration),
    /// Too many passwords wait to be checked.
    #[error("too many sign-ins at once")]
    Busy,
    /// Something broke; the source says what.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl OperatorError {
    /// A short name for the audit log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::AlreadyExists => "already_exists",
            Self::LastAdministrator => "last_administrator",
            Self::UnfitName => "invalid_name",
            Self::UnfitPassword => "invalid_password",
            Self::WrongPassword => "wrong_password",
            Self::SignedOut => "signed_out",
            Self::TooManyAttempts(_) => "too_many_attempts",
            Self::Busy => "busy",
            Self::Internal(_) => "internal",
        }
    }
}

impl From<StoreError> for OperatorError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(_) => Self::NotFound,
            StoreError::Conflict("last administrator") => Self::LastAdministrator,
            StoreError::Conflict(_) => Self::AlreadyExists,
            error => Self::Internal(error.into()),
        }
    }
}

impl From<EntropyError> for OperatorError {
    fn from(error: EntropyError) -> Self {
        Self::Internal(error.into())
    }
}

impl From<PoolError> for OperatorError {
    fn from(error: PoolError) -> Self {
        Self::Internal(error.into())
    }
}

//! Texts that are stored.

use crate::{ErrorKind, ServiceError};

/// Refuses a text with a NUL character in it: not every database can keep one, and what one takes all must.
pub(crate) fn check_text(field: &'static str, text: &str) -> Result<(), ServiceError> {
    if text.contains('\0') { Err(ErrorKind::InvalidInput(field).into()) } else { Ok(()) }
}

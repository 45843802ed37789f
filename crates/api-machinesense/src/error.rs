//! Errors: the only place with codes, statuses and texts.
//!
//! | code | meaning |
//! |---|---|
//! | 10 | the body is neither JSON nor a form that can be read |
//! | 11 | `api_key` is missing |
//! | 12 | `api_key` is wrong, or its account disabled |
//! | 13 | the body is too large (status 413) |
//! | 14 | there is no such call (status 404) |
//! | 20 | `image` is missing |
//! | 21 | `image` is not base64 |
//! | 22 | `image` is no image that can be read |
//! | 23 | `image` has too many pixels |
//! | 30 | the image shows no face |
//! | 31 | the age cannot be told |
//! | 32 | the gender cannot be told surely enough |
//! | 33 | the expression cannot be told |
//! | 40 | no model for this is installed, or the operator has switched it off |
//! | 50 | the server is busy: try again (status 429, with `Retry-After`) |
//! | 51 | internal error |
//! | 52 | the account has made too many requests this minute (status 429, with `Retry-After`) |

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use vultus_http::{BadField, BodyError, DialectFault, ExtractError, PhotoError, log_failure};
use vultus_service::{ErrorKind, ServiceError};

use crate::wire::Envelope;

/// When to try again, where the description of the dialect shows it.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Everything that can go wrong, as a client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    InvalidBody,
    MissingKey,
    WrongKey,
    BodyTooLarge,
    UnknownCall,
    MissingImage,
    NotBase64,
    InvalidImage,
    ImageTooLarge,
    NoFace,
    UnknownAge,
    UnknownGender,
    UnknownExpression,
    NotInstalled,
    Overloaded { retry_after: Duration },
    Internal,
    RateLimited { retry_after: Duration },
}

impl Fault {
    /// Code, name in logs, text.
    pub(crate) const fn describe(self) -> (u8, &'static str, &'static str) {
        match self {
            Self::InvalidBody => (10, "invalid_body", "the request body cannot be read"),
            Self::MissingKey => (11, "unauthenticated", "api_key is missing"),
            Self::WrongKey => (12, "unauthenticated", "api_key is wrong"),
            Self::BodyTooLarge => (13, "body_too_large", "the request body is too large"),
            Self::UnknownCall => (14, "unknown_endpoint", "there is no such call"),
            Self::MissingImage => (20, "missing_parameter", "image is missing"),
            Self::NotBase64 => (21, "invalid_image", "image is not base64"),
            Self::InvalidImage => (22, "invalid_image", "image is no image that can be read"),
            Self::ImageTooLarge => (23, "image_too_large", "image has too many pixels"),
            Self::NoFace => (30, "no_face", "the image shows no face"),
            Self::UnknownAge => (31, "unknown_age", "the age cannot be told"),
            Self::UnknownGender => (32, "unknown_gender", "the gender cannot be told surely enough"),
            Self::UnknownExpression => (33, "unknown_expression", "the expression cannot be told"),
            Self::NotInstalled => (40, "model_unavailable", "this is not available on this server"),
            Self::Overloaded { .. } => (50, "overloaded", "the server is busy, try again"),
            Self::Internal => (51, "internal", "internal error"),
            Self::RateLimited { .. } => (52, "rate_limited", "too many requests this minute"),
        }
    }

    /// 200 for every call, as documented; see [`crate::quirks`] for what never became one.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::UnknownCall => StatusCode::NOT_FOUND,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Overloaded { .. } | Self::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::OK,
        }
    }
}

impl DialectFault for Fault {
    const UNREADABLE_PATH: Self = Self::UnknownCall;

    fn outcome(&self) -> &'static str {
        self.describe().1
    }

    fn answer(&self) -> Response {
        let (code, _, message) = self.describe();
        (self.status(), Json(Envelope::err(code, message))).into_response()
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Overloaded { retry_after } | Self::RateLimited { retry_after } => Some(*retry_after),
            _ => None,
        }
    }
}

impl From<ServiceError> for Fault {
    fn from(error: ServiceError) -> Self {
        match error.kind() {
            ErrorKind::Unauthenticated => Self::WrongKey,
            ErrorKind::UnsupportedMedia => Self::InvalidImage,
            ErrorKind::TooLarge => Self::ImageTooLarge,
            ErrorKind::NoFace => Self::NoFace,
            ErrorKind::ModelUnavailable(_) => Self::NotInstalled,
            ErrorKind::RateLimited { retry_after } => Self::RateLimited { retry_after },
            ErrorKind::Overloaded { retry_after } => Self::Overloaded { retry_after },
            ErrorKind::NotFound(_)
            | ErrorKind::AlreadyExists(_)
            | ErrorKind::InvalidInput(_)
            | ErrorKind::MultipleFaces
            | ErrorKind::UnusableFace
            | ErrorKind::IncompatibleTemplate
            | ErrorKind::UnusableAudio(_)
            | ErrorKind::OtherEmbedder
            | ErrorKind::IncompleteSearch
            | ErrorKind::QuotaExceeded
            | ErrorKind::Timeout
            | ErrorKind::Internal => {
                log_failure(&error);
                Self::Internal
            }
        }
    }
}

impl From<BodyError> for Fault {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::BodyTooLarge,
            BodyError::Timeout | BodyError::Broken => Self::InvalidBody,
        }
    }
}

impl From<ExtractError> for Fault {
    fn from(_: ExtractError) -> Self {
        Self::InvalidBody
    }
}

/// The one field that is read as text is the key.
impl From<BadField> for Fault {
    fn from(_: BadField) -> Self {
        Self::WrongKey
    }
}

impl From<PhotoError> for Fault {
    fn from(error: PhotoError) -> Self {
        match error {
            PhotoError::Base64 | PhotoError::NeitherPhotoNorAddress | PhotoError::Fetch(_) => Self::NotBase64,
            PhotoError::TooLong => Self::InvalidBody,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_table() {
        let faults = [
            Fault::InvalidBody,
            Fault::MissingKey,
            Fault::WrongKey,
            Fault::BodyTooLarge,
            Fault::UnknownCall,
            Fault::MissingImage,
            Fault::NotBase64,
            Fault::InvalidImage,
            Fault::ImageTooLarge,
            Fault::NoFace,
            Fault::UnknownAge,
            Fault::UnknownGender,
            Fault::UnknownExpression,
            Fault::NotInstalled,
            Fault::Overloaded { retry_after: Duration::from_secs(1) },
            Fault::Internal,
            Fault::RateLimited { retry_after: Duration::from_secs(1) },
        ];
        let codes: Vec<_> = faults.iter().map(|fault| fault.describe().0).collect();
        let table = include_str!("error.rs").lines().filter_map(|line| line.strip_prefix("//! | "));
        let table: Vec<u8> = table.filter_map(|row| row.split_once(' ')?.0.parse().ok()).collect();
        assert_eq!(codes, table);
    }
}

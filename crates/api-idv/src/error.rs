//! Errors: the only place with statuses and texts.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use vultus_http::{BadField, BodyError, DialectFault, ExtractError, PhotoError, log_failure};
use vultus_service::{ErrorKind, ServiceError};

/// When to try again, where the description of the dialect shows it.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Everything that can go wrong, as a client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Authentication,
    LimitReached,
    MissingSelfie,
    NoPhoto,
    InvalidImage,
    ImageTooLarge,
    InvalidThreshold,
    InvalidBody,
    BodyTooLarge,
    UnknownEndpoint,
    UnknownMethod,
    NotInstalled,
    RateLimited { retry_after: Duration },
    Overloaded { retry_after: Duration },
    Internal,
}

/// An error.
#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
pub(crate) struct Body {
    pub(crate) message: &'static str,
}

impl Fault {
    /// Status, name in logs, text.
    pub(crate) const fn describe(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Authentication => {
                (StatusCode::UNAUTHORIZED, "unauthenticated", "app_id or app_key is missing or wrong")
            }
            Self::LimitReached => {
                (StatusCode::FORBIDDEN, "quota_exceeded", "the limit of this month is reached")
            }
            Self::MissingSelfie => (StatusCode::BAD_REQUEST, "missing_parameter", "selfie is missing"),
            Self::NoPhoto => {
                (StatusCode::BAD_REQUEST, "invalid_image", "selfie is neither a file nor a data URI")
            }
            Self::InvalidImage => {
                (StatusCode::BAD_REQUEST, "invalid_image", "selfie is no image that can be read")
            }
            Self::ImageTooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "image_too_large", "selfie has too many pixels")
            }
            Self::InvalidThreshold => {
                (StatusCode::BAD_REQUEST, "invalid_parameter", "threshold is no number between 0 and 1")
            }
            Self::InvalidBody => (StatusCode::BAD_REQUEST, "invalid_body", "the request body cannot be read"),
            Self::BodyTooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "the request body is too large")
            }
            Self::UnknownEndpoint => (StatusCode::NOT_FOUND, "unknown_endpoint", "there is no such endpoint"),
            Self::UnknownMethod => {
                (StatusCode::METHOD_NOT_ALLOWED, "unknown_endpoint", "the method is not allowed here")
            }
            Self::NotInstalled => {
                (StatusCode::NOT_IMPLEMENTED, "model_unavailable", "no model for liveness is installed")
            }
            Self::RateLimited { .. } => {
                (StatusCode::TOO_MANY_REQUESTS, "rate_limited", "the limit of this minute is reached")
            }
            Self::Overloaded { .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, "overloaded", "the server is busy, try again")
            }
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "internal error"),
        }
    }
}

impl DialectFault for Fault {
    const UNREADABLE_PATH: Self = Self::UnknownEndpoint;

    fn outcome(&self) -> &'static str {
        self.describe().1
    }

    fn answer(&self) -> Response {
        let (status, _, message) = self.describe();
        (status, Json(Body { message })).into_response()
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::Overloaded { retry_after } => Some(*retry_after),
            _ => None,
        }
    }
}

impl From<ServiceError> for Fault {
    fn from(error: ServiceError) -> Self {
        match error.kind() {
            ErrorKind::Unauthenticated => Self::Authentication,
            ErrorKind::QuotaExceeded => Self::LimitReached,
            ErrorKind::UnsupportedMedia => Self::InvalidImage,
            ErrorKind::TooLarge => Self::ImageTooLarge,
            ErrorKind::InvalidInput(_) => Self::InvalidThreshold,
            ErrorKind::ModelUnavailable(_) => Self::NotInstalled,
            ErrorKind::RateLimited { retry_after } => Self::RateLimited { retry_after },
            ErrorKind::Overloaded { retry_after } => Self::Overloaded { retry_after },
            ErrorKind::NotFound(_)
            | ErrorKind::AlreadyExists(_)
            | ErrorKind::NoFace
            | ErrorKind::MultipleFaces
            | ErrorKind::UnusableFace
            | ErrorKind::IncompatibleTemplate
            | ErrorKind::UnusableAudio(_)
            | ErrorKind::OtherEmbedder
            | ErrorKind::IncompleteSearch
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

/// The one field that is read as a number is the threshold.
impl From<BadField> for Fault {
    fn from(_: BadField) -> Self {
        Self::InvalidThreshold
    }
}

impl From<PhotoError> for Fault {
    fn from(error: PhotoError) -> Self {
        match error {
            PhotoError::Base64 => Self::InvalidImage,
            PhotoError::NeitherPhotoNorAddress | PhotoError::Fetch(_) => Self::NoPhoto,
            PhotoError::TooLong => Self::InvalidBody,
        }
    }
}

//! Errors as the console sees them.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use vultus_http::{BodyError, RequestFacts, log_failure};
use vultus_service::{ErrorKind, OperatorError, ServiceError, What};

/// The body of every error.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// What kind of error it is, for programs.
    pub(crate) code: &'static str,
    /// The same for people.
    pub(crate) message: String,
    /// The field of the request that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<&'static str>,
}

/// An error and its status.
#[derive(Debug)]
pub struct AdminError {
    status: StatusCode,
    body: ErrorBody,
    retry_after: Option<Duration>,
}

impl AdminError {
    /// An error with a code of its own.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, body: ErrorBody { code, message: message.into(), field: None }, retry_after: None }
    }

    /// 401: there is no session.
    pub fn signed_out() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "signed_out", "Sign in first.")
    }

    /// 403: the role does not allow it.
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Your role does not allow this.")
    }

    /// 403: the request may have been forged by another page.
    pub fn csrf() -> Self {
        Self::new(StatusCode::FORBIDDEN, "csrf", "The request did not come from the console.")
    }

    /// 403: a one-time password is still in place.
    pub fn password_change_required() -> Self {
        Self::new(StatusCode::FORBIDDEN, "password_change_required", "Choose a password of your own first.")
    }

    /// 404.
    pub fn not_found(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", sentence(message))
    }

    /// 405.
    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "The endpoint has no such method.")
    }

    /// 409.
    pub fn conflict(message: &str) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", sentence(message))
    }

    /// 422: a field of the request, or the whole of it, is not as it must be.
    pub fn invalid(field: impl Into<Option<&'static str>>, message: &str) -> Self {
        let mut error = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", sentence(message));
        error.body.field = field.into();
        error
    }

    /// 429: there is no room.
    pub fn busy(retry_after: Duration) -> Self {
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", "The server is busy. Try again soon.");
        Self { retry_after: Some(retry_after), ..error }
    }

    /// 500.
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something broke. The log says what.")
    }

    /// The error's code.
    pub const fn code(&self) -> &'static str {
        self.body.code
    }

    fn unprocessable(code: &'static str, message: &str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, sentence(message))
    }
}

impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        let facts = RequestFacts::new("unknown", self.body.code);
        let mut response = (self.status, Json(self.body)).into_response();
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response.extensions_mut().insert(facts);
        response
    }
}

impl From<ServiceError> for AdminError {
    fn from(error: ServiceError) -> Self {
        let text = error.to_string();
        match error.kind() {
            ErrorKind::NotFound(
                What::Account | What::Gallery | What::Subject | What::Face | What::Person | What::Camera,
            ) => Self::not_found(&text),
            ErrorKind::AlreadyExists(_) => Self::conflict(&text),
            ErrorKind::InvalidInput(field) => Self::invalid(field, &text),
            ErrorKind::UnsupportedMedia => Self::unprocessable("unreadable_image", &text),
            ErrorKind::UnusableAudio(_) => Self::unprocessable("unusable_audio", &text),
            ErrorKind::NoFace => Self::unprocessable("no_face", &text),
            ErrorKind::MultipleFaces => Self::unprocessable("several_faces", &text),
            ErrorKind::UnusableFace => Self::unprocessable("unusable_face", &text),
            ErrorKind::ModelUnavailable(_) => Self::unprocessable("no_model", &text),
            ErrorKind::TooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", sentence(&text)),
            ErrorKind::QuotaExceeded => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "quota_exceeded", sentence(&text))
            }
            ErrorKind::Overloaded { retry_after } => Self::busy(retry_after),
            ErrorKind::IncompatibleTemplate
            | ErrorKind::OtherEmbedder
            | ErrorKind::IncompleteSearch
            | ErrorKind::Timeout => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", sentence(&text))
            }
            // Nothing in this API presents credentials of accounts.
            ErrorKind::Unauthenticated | ErrorKind::RateLimited { .. } | ErrorKind::Internal => {
                log_failure(&error);
                Self::internal()
            }
        }
    }
}

impl From<OperatorError> for AdminError {
    fn from(error: OperatorError) -> Self {
        let text = error.to_string();
        match error {
            OperatorError::NotFound => Self::not_found(&text),
            OperatorError::AlreadyExists | OperatorError::LastAdministrator => Self::conflict(&text),
            OperatorError::UnfitName => Self::invalid("name", &text),
            OperatorError::UnfitPassword => Self::invalid("new", &text),
            OperatorError::WrongPassword => {
                Self::new(StatusCode::UNAUTHORIZED, "sign_in_failed", sentence(&text))
            }
            OperatorError::SignedOut => Self::signed_out(),
            OperatorError::TooManyAttempts(wait) => Self {
                retry_after: Some(wait),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", sentence(&text))
            },
            OperatorError::Busy => Self::busy(Duration::from_secs(1)),
            OperatorError::Internal(source) => {
                tracing::error!(error = %source, "request failed");
                Self::internal()
            }
        }
    }
}

impl From<BodyError> for AdminError {
    fn from(error: BodyError) -> Self {
        let status = match error {
            BodyError::TooLarge => {
                return Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", sentence(&error.to_string()));
            }
            BodyError::Timeout => StatusCode::REQUEST_TIMEOUT,
            BodyError::Broken => StatusCode::BAD_REQUEST,
        };
        Self::new(status, "incomplete", sentence(&error.to_string()))
    }
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut symbols = text.chars();
    let first = symbols.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(symbols).chain(['.']).collect()
}

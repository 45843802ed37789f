//! Errors: the only place with codes, statuses and texts.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use vultus_http::{BadField, BodyError, DialectFault, ExtractError, PhotoError, log_failure};
use vultus_service::{AudioFault, ErrorKind, ServiceError, What};

/// When to try again, where the description of the dialect shows it.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Everything that can go wrong, as a client sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    Unauthorized,
    ContentType,
    InvalidFileType,
    MissingKey(&'static str),
    InvalidKey(String),
    EmptyFile(&'static str),
    FileTooLarge,
    ConsentNotGiven,
    MalformedBody,
    NoFace,
    BadQuality,
    Underexposed,
    Overexposed,
    UnknownUser,
    NoBiometricData,
    Audio(AudioFault),
    UnknownPath,
    UnknownMethod,
    RateLimited { retry_after: Duration },
    Overloaded { retry_after: Duration },
    Unavailable,
    SearchIncomplete,
    Internal,
}

/// `{"message":…,"code":…,"status":…}`.
#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
pub(crate) struct Body<'a> {
    pub(crate) message: &'a str,
    pub(crate) code: &'static str,
    /// The status of the answer.
    pub(crate) status: u16,
}

impl Fault {
    /// Status, code, name in logs, text.
    pub(crate) const fn describe(&self) -> (u16, &'static str, &'static str, &'static str) {
        match self {
            Self::Unauthorized => {
                (401, "unauthorized", "unauthenticated", "Session token is missing or invalid.")
            }
            Self::ContentType => (
                415,
                "content_type_header_missing",
                "invalid_content_type",
                "The content type is missing or not valid.",
            ),
            Self::InvalidFileType => {
                (415, "invalid_file_type", "unsupported_media", "The file is of no type that can be read.")
            }
            Self::MissingKey(_) => {
                (400, "form_key_missing", "missing_parameter", "A required form key is missing: ")
            }
            Self::InvalidKey(_) => {
                (400, "form_key_invalid", "invalid_parameter", "A form key has a value that cannot be read: ")
            }
            Self::EmptyFile(_) => (400, "empty_file", "empty_file", "A file is empty: "),
            Self::FileTooLarge => (400, "file_too_large", "too_large", "The file is too large."),
            Self::ConsentNotGiven => (
                400,
                "consent_not_given",
                "consent_not_given",
                "The end user's consent was declared as not given.",
            ),
            Self::MalformedBody => (400, "form_key_missing", "invalid_body", "The form cannot be read."),
            Self::NoFace => (422, "no_face_detected", "no_face", "Face was not found on sent image."),
            Self::BadQuality => {
                (422, "bad_image_quality", "unusable_face", "The face cannot be used for comparisons.")
            }
            Self::Underexposed => (422, "image_underexposed", "underexposed", "The face is underexposed."),
            Self::Overexposed => (422, "image_overexposed", "overexposed", "The face is overexposed."),
            Self::UnknownUser => {
                (422, "user_token_not_found", "user_not_found", "The user token was not found.")
            }
            Self::NoBiometricData => (
                422,
                "no_face_biometric_data",
                "incompatible_template",
                "The enrolled user has no face that can be compared.",
            ),
            Self::Audio(fault) => describe_audio(*fault),
            Self::UnknownPath => (404, "not_found", "unknown_endpoint", "There is no such path."),
            Self::UnknownMethod => {
                (405, "method_not_allowed", "unknown_endpoint", "The method is not allowed here.")
            }
            Self::RateLimited { .. } => (429, "too_many_requests", "rate_limited", "Too many requests."),
            Self::Overloaded { .. } => (503, "unexpected_error", "overloaded", "The server is busy."),
            Self::Unavailable => {
                (503, "unexpected_error", "unavailable", "No model for this is installed on the server.")
            }
            Self::SearchIncomplete => (
                503,
                "unexpected_error",
                "incomplete_search",
                "Some of the servers that hold faces do not answer.",
            ),
            Self::Internal => (500, "unexpected_error", "internal", "Unexpected error."),
        }
    }

    /// The text, with the form key that is meant behind it.
    pub(crate) fn message(&self, text: &str) -> String {
        match self {
            Self::MissingKey(key) | Self::EmptyFile(key) => format!("{text}{key}."),
            Self::InvalidKey(key) => format!("{text}{key}."),
            _ => text.to_owned(),
        }
    }
}

/// Status, code, name in logs, text of a recording that cannot be used. The documentation has no 422 for voices.
const fn describe_audio(fault: AudioFault) -> (u16, &'static str, &'static str, &'static str) {
    let outcome = ErrorKind::UnusableAudio(fault).name();
    match fault {
        AudioFault::Empty => (400, "empty_file", outcome, "A file is empty."),
        AudioFault::Unsupported => {
            (415, "invalid_file_type", outcome, "The file is of no type that can be read.")
        }
        AudioFault::Damaged => (415, "invalid_file_type", outcome, "The recording is damaged or incomplete."),
        AudioFault::TooLarge => (400, "file_too_large", outcome, "The file is too large."),
        AudioFault::TooLong => (400, "file_too_large", outcome, "The recording is too long."),
        AudioFault::Silent => (400, "no_voice_detected", outcome, "Nothing can be heard in a recording."),
        AudioFault::Clipped => (400, "bad_audio_quality", outcome, "A recording is too loud and cut off."),
        AudioFault::TooLittleSpeech => {
            (400, "not_enough_speech", outcome, "A recording holds too little speech.")
        }
    }
}

impl DialectFault for Fault {
    const UNREADABLE_PATH: Self = Self::UnknownPath;

    fn outcome(&self) -> &'static str {
        self.describe().2
    }

    fn answer(&self) -> Response {
        let (status, code, _, text) = self.describe();
        let mut response = Json(Body { message: &self.message(text), code, status }).into_response();
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if matches!(self, Self::Unauthorized) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
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
            ErrorKind::NotFound(What::Subject | What::Gallery | What::Face) => Self::UnknownUser,
            ErrorKind::InvalidInput(field) => Self::InvalidKey(field.to_owned()),
            ErrorKind::UnsupportedMedia => Self::InvalidFileType,
            ErrorKind::TooLarge => Self::FileTooLarge,
            ErrorKind::NoFace => Self::NoFace,
            ErrorKind::UnusableFace => Self::BadQuality,
            ErrorKind::UnusableAudio(fault) => Self::Audio(fault),
            ErrorKind::IncompatibleTemplate => Self::NoBiometricData,
            ErrorKind::Unauthenticated => Self::Unauthorized,
            ErrorKind::RateLimited { retry_after } => Self::RateLimited { retry_after },
            ErrorKind::Overloaded { retry_after } => Self::Overloaded { retry_after },
            ErrorKind::ModelUnavailable(_) => Self::Unavailable,
            ErrorKind::IncompleteSearch => Self::SearchIncomplete,
            ErrorKind::NotFound(What::Account | What::Person | What::Camera)
            | ErrorKind::AlreadyExists(_)
            | ErrorKind::MultipleFaces
            | ErrorKind::QuotaExceeded
            | ErrorKind::OtherEmbedder
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
            BodyError::TooLarge => Self::FileTooLarge,
            BodyError::Timeout | BodyError::Broken => Self::MalformedBody,
        }
    }
}

impl From<ExtractError> for Fault {
    fn from(_: ExtractError) -> Self {
        Self::MalformedBody
    }
}

impl From<BadField> for Fault {
    fn from(BadField(name): BadField) -> Self {
        Self::InvalidKey(name)
    }
}

impl From<PhotoError> for Fault {
    fn from(_: PhotoError) -> Self {
        Self::InvalidFileType
    }
}

#[cfg(test)]
mod tests {
    use vultus_service::Capability;

    use super::*;

    #[test]
    fn every_code_has_its_status() {
        for (fault, status, code) in [
            (Fault::Unauthorized, 401, "unauthorized"),
            (Fault::ContentType, 415, "content_type_header_missing"),
            (Fault::InvalidFileType, 415, "invalid_file_type"),
            (Fault::MissingKey("image_file"), 400, "form_key_missing"),
            (Fault::InvalidKey("x".to_owned()), 400, "form_key_invalid"),
            (Fault::EmptyFile("image_file"), 400, "empty_file"),
            (Fault::FileTooLarge, 400, "file_too_large"),
            (Fault::ConsentNotGiven, 400, "consent_not_given"),
            (Fault::NoFace, 422, "no_face_detected"),
            (Fault::BadQuality, 422, "bad_image_quality"),
            (Fault::Underexposed, 422, "image_underexposed"),
            (Fault::Overexposed, 422, "image_overexposed"),
            (Fault::UnknownUser, 422, "user_token_not_found"),
            (Fault::NoBiometricData, 422, "no_face_biometric_data"),
            (Fault::Internal, 500, "unexpected_error"),
        ] {
            let (actual_status, actual_code, ..) = fault.describe();
            assert_eq!((actual_status, actual_code), (status, code), "{fault:?}");
            assert_eq!(fault.respond("x", None).status().as_u16(), status);
        }
    }

    #[test]
    fn every_fault_of_the_service_has_its_code() {
        let retry_after = Duration::from_secs(1);
        for (kind, code) in [
            (ErrorKind::NotFound(What::Subject), "user_token_not_found"),
            (ErrorKind::NotFound(What::Gallery), "user_token_not_found"),
            (ErrorKind::InvalidInput("x"), "form_key_invalid"),
            (ErrorKind::UnsupportedMedia, "invalid_file_type"),
            (ErrorKind::TooLarge, "file_too_large"),
            (ErrorKind::NoFace, "no_face_detected"),
            (ErrorKind::UnusableFace, "bad_image_quality"),
            (ErrorKind::IncompatibleTemplate, "no_face_biometric_data"),
            (ErrorKind::Unauthenticated, "unauthorized"),
            (ErrorKind::RateLimited { retry_after }, "too_many_requests"),
            (ErrorKind::Overloaded { retry_after }, "unexpected_error"),
            (ErrorKind::ModelUnavailable(Capability::Template), "unexpected_error"),
            (ErrorKind::OtherEmbedder, "unexpected_error"),
            (ErrorKind::Internal, "unexpected_error"),
        ] {
            assert_eq!(Fault::from(ServiceError::from(kind)).describe().1, code, "{kind:?}");
        }
    }
}

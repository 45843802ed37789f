//! Errors: the only place with codes, statuses and texts.

use std::time::Duration;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use vultus_http::{BadField, BodyError, DialectFault, ExtractError, PhotoError, log_failure};
use vultus_service::{Capability, ErrorKind, ServiceError, What};

use crate::quirks::{AUTHENTICATION_FAILED, AUTHENTICATION_FAILED_TYPE};

/// When to try again, where the description of the dialect shows it.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The text of the one code for clients that are to come again later.
const TOO_MANY: &str = "you've exceeded the number of request you can send";

/// Everything that can go wrong, as a client sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    Authentication,
    InvalidCharacters,
    MissingParameters(Vec<&'static str>),
    InvalidParameter,
    TooLong,
    QueueFull { retry_after: Duration },
    RateLimited { retry_after: Duration },
    Unavailable,
    SearchIncomplete,
    UnknownEndpoint,
    InvalidImage,
    BodyTooLarge,
    InvalidUrl,
    NoFaces,
    SubjectNotFound,
    FaceNotFound,
    GalleryNotFound,
    CorruptFace,
    TooManyFaces,
    NotInstalled,
    NoMatch,
}

/// `{"Errors":[{"ErrCode":…,"Message":…}]}`, keys in the order the original sends them.
#[derive(Serialize, ToSchema)]
#[schema(as = Errors)]
pub(crate) struct Envelope {
    #[serde(rename = "Errors")]
    errors: [Entry; 1],
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = ErrorEntry)]
struct Entry {
    err_code: u16,
    message: String,
}

impl Fault {
    /// Status, code, name in logs, text. Authentication failures have no envelope; their code is the
    /// documented one.
    pub(crate) fn describe(&self) -> (u16, u16, &'static str, &'static str) {
        match self {
            Self::Authentication => (403, 3003, "unauthenticated", AUTHENTICATION_FAILED),
            Self::InvalidCharacters => {
                (200, 1000, "invalid_characters", "invalid characters found in parameters")
            }
            Self::MissingParameters(_) => {
                (200, 1002, "missing_parameter", "one or more required parameters are missing")
            }
            Self::InvalidParameter => (200, 1003, "invalid_parameter", "an invalid parameter was sent"),
            Self::TooLong => (200, 1004, "too_long", "remote url or file name is too long"),
            Self::QueueFull { .. } => (429, 3000, "overloaded", TOO_MANY),
            Self::RateLimited { .. } => (429, 3000, "rate_limited", TOO_MANY),
            Self::Unavailable => (502, 3001, "internal", "API temporarily unavailable"),
            Self::SearchIncomplete => (503, 3001, "incomplete_search", "API temporarily unavailable"),
            Self::UnknownEndpoint => (404, 3002, "unknown_endpoint", "an invalid endpoint was used"),
            Self::InvalidImage => {
                (200, 5000, "invalid_image", "an invalid image was sent must be jpg or png format")
            }
            Self::BodyTooLarge => {
                (413, 5000, "body_too_large", "an invalid image was sent must be jpg or png format")
            }
            Self::InvalidUrl => (200, 5001, "invalid_url", "invalid url was sent"),
            Self::NoFaces => (200, 5002, "no_face", "no faces found in the image"),
            Self::SubjectNotFound => (200, 5003, "subject_not_found", "subject ID was not found"),
            Self::FaceNotFound => (200, 5003, "face_not_found", "subject id with face id was not found"),
            Self::GalleryNotFound => (200, 5004, "gallery_not_found", "gallery name not found"),
            Self::CorruptFace => {
                (200, 5005, "corrupt_face", "face that was detected is corrupt and cannot be processed")
            }
            Self::TooManyFaces => (200, 5010, "multiple_faces", "too many faces in image"),
            Self::NotInstalled => (200, 5011, "not_installed", "enterprise only feature"),
            Self::NoMatch => (200, 5012, "no_match", "no match found"),
        }
    }

    /// Code and text, for answers of another shape.
    pub(crate) fn told(&self) -> (u16, String) {
        let (_, code, _, text) = self.describe();
        (code, self.message(text))
    }

    /// The body of the answer.
    pub(crate) fn envelope(&self, err_code: u16, text: &str) -> Envelope {
        Envelope { errors: [Entry { err_code, message: self.message(text) }] }
    }

    /// The text, with the names of missing parameters before it.
    fn message(&self, text: &str) -> String {
        match self {
            Self::MissingParameters(names) => format!("{} {text}", names.join(", ")),
            _ => text.to_owned(),
        }
    }
}

impl DialectFault for Fault {
    const UNREADABLE_PATH: Self = Self::UnknownEndpoint;

    fn outcome(&self) -> &'static str {
        self.describe().2
    }

    fn answer(&self) -> Response {
        let (status, err_code, _, text) = self.describe();
        let mut response = match self {
            Self::Authentication => {
                ([(header::CONTENT_TYPE, AUTHENTICATION_FAILED_TYPE)], text).into_response()
            }
            _ => Json(self.envelope(err_code, text)).into_response(),
        };
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
        response
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::QueueFull { retry_after } | Self::RateLimited { retry_after } => Some(*retry_after),
            _ => None,
        }
    }
}

impl From<ServiceError> for Fault {
    fn from(error: ServiceError) -> Self {
        match error.kind() {
            ErrorKind::NotFound(What::Gallery) => Self::GalleryNotFound,
            ErrorKind::NotFound(What::Subject) => Self::SubjectNotFound,
            ErrorKind::NotFound(What::Face) => Self::FaceNotFound,
            ErrorKind::InvalidInput(_) => Self::InvalidParameter,
            ErrorKind::UnsupportedMedia | ErrorKind::TooLarge => Self::InvalidImage,
            ErrorKind::NoFace => Self::NoFaces,
            ErrorKind::MultipleFaces => Self::TooManyFaces,
            ErrorKind::UnusableFace => Self::CorruptFace,
            ErrorKind::IncompatibleTemplate => Self::NoMatch,
            ErrorKind::Unauthenticated => Self::Authentication,
            ErrorKind::RateLimited { retry_after } => Self::RateLimited { retry_after },
            ErrorKind::Overloaded { retry_after } => Self::QueueFull { retry_after },
            ErrorKind::ModelUnavailable(Capability::Liveness) => Self::NotInstalled,
            ErrorKind::IncompleteSearch => Self::SearchIncomplete,
            ErrorKind::NotFound(What::Account | What::Person | What::Camera)
            | ErrorKind::AlreadyExists(_)
            | ErrorKind::ModelUnavailable(
                Capability::Template | Capability::Demographics | Capability::Expression | Capability::Voice,
            )
            | ErrorKind::UnusableAudio(_)
            | ErrorKind::QuotaExceeded
            | ErrorKind::OtherEmbedder
            | ErrorKind::Timeout
            | ErrorKind::Internal => {
                log_failure(&error);
                Self::Unavailable
            }
        }
    }
}

impl From<BodyError> for Fault {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::BodyTooLarge,
            BodyError::Timeout | BodyError::Broken => Self::InvalidParameter,
        }
    }
}

impl From<ExtractError> for Fault {
    fn from(_: ExtractError) -> Self {
        Self::InvalidParameter
    }
}

impl From<BadField> for Fault {
    fn from(_: BadField) -> Self {
        Self::InvalidParameter
    }
}

impl From<PhotoError> for Fault {
    fn from(error: PhotoError) -> Self {
        match error {
            PhotoError::Base64 => Self::InvalidImage,
            PhotoError::TooLong => Self::TooLong,
            PhotoError::NeitherPhotoNorAddress | PhotoError::Fetch(_) => Self::InvalidUrl,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_documentation_has_its_status() {
        let documented = [
            (Fault::InvalidCharacters, 200, 1000),
            (Fault::MissingParameters(vec!["image"]), 200, 1002),
            (Fault::InvalidParameter, 200, 1003),
            (Fault::TooLong, 200, 1004),
            (Fault::QueueFull { retry_after: Duration::from_secs(1) }, 429, 3000),
            (Fault::RateLimited { retry_after: Duration::from_secs(1) }, 429, 3000),
            (Fault::Unavailable, 502, 3001),
            (Fault::SearchIncomplete, 503, 3001),
            (Fault::UnknownEndpoint, 404, 3002),
            (Fault::Authentication, 403, 3003),
            (Fault::InvalidImage, 200, 5000),
            (Fault::InvalidUrl, 200, 5001),
            (Fault::NoFaces, 200, 5002),
            (Fault::SubjectNotFound, 200, 5003),
            (Fault::GalleryNotFound, 200, 5004),
            (Fault::CorruptFace, 200, 5005),
            (Fault::TooManyFaces, 200, 5010),
            (Fault::NotInstalled, 200, 5011),
            (Fault::NoMatch, 200, 5012),
        ];
        for (fault, status, code) in documented {
            let (actual_status, actual_code, ..) = fault.describe();
            assert_eq!((actual_status, actual_code), (status, code), "{fault:?}");
            assert_eq!(fault.respond("x", None).status().as_u16(), status);
        }
    }
}

//! Errors: the only place with codes, statuses and texts.

use std::borrow::Cow;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use vultus_http::{BadField, BodyError, DialectFault, ExtractError, FetchError, PhotoError, log_failure};
use vultus_service::{ErrorKind, ServiceError, What};
use vultus_types::BoundingBox;

use crate::wire::{self, FaceBox};

/// When to try again, where the description of the dialect shows it.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Everything that can go wrong, as a client sees it.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    AuthFailed,
    BadParam { param: String, value: Option<String>, reason: String },
    MalformedJson,
    MalformedBody,
    BodyTooLarge,
    BadImage,
    NoFaces(&'static str),
    TooManyFaces(Vec<BoundingBox>),
    Extraction,
    NotFound(&'static str),
    UnknownPath,
    UnknownMethod,
    RateLimited { retry_after: Duration },
    Overloaded { retry_after: Duration },
    Unavailable(&'static str),
    Internal,
}

/// `{"code":…,"reason":…}`, and what a wrong parameter adds.
#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
pub(crate) struct Body<'a> {
    code: &'static str,
    reason: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    param: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    value: Option<&'a str>,
}

/// The one answer with faces; its code is a number, as documented.
#[derive(Serialize, ToSchema)]
#[schema(as = TooManyFaces)]
pub(crate) struct TooMany {
    code: u16,
    faces: Vec<FaceBox>,
    reason: String,
}

/// The body of an error.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Told<'a> {
    Usual(Body<'a>),
    TooMany(TooMany),
}

/// Values longer than this, in characters, are cut where an answer repeats them.
const MOST_VALUE_CHARS: usize = 100;

impl Fault {
    /// A parameter that is needed and not there.
    pub(crate) fn missing(param: &str) -> Self {
        Self::BadParam {
            param: param.to_owned(),
            value: None,
            reason: format!("parameter '{param}' is required"),
        }
    }

    /// A parameter with a value that cannot be used.
    pub(crate) fn bad(param: &str, value: Option<String>, reason: impl Into<String>) -> Self {
        let value = value.map(|value| value.chars().take(MOST_VALUE_CHARS).collect());
        Self::BadParam { param: param.to_owned(), value, reason: reason.into() }
    }

    /// The body of the answer.
    pub(crate) fn body(&self) -> Told<'_> {
        let (status, code, _, text) = self.describe();
        let reason: Cow<'_, str> =
            if code == "NOT_FOUND" { format!("No such {text}").into() } else { text.into() };
        let (param, value) = match self {
            Self::TooManyFaces(boxes) => {
                return Told::TooMany(TooMany {
                    code: status,
                    faces: boxes.iter().map(FaceBox::from).collect(),
                    reason: format!("Too many faces: {}", boxes.len()),
                });
            }
            Self::BadParam { param, value, .. } => (Some(param.as_str()), value.as_deref()),
            _ => (None, None),
        };
        Told::Usual(Body { code, reason, param, value })
    }

    /// Status, code, name in logs, text.
    pub(crate) fn describe(&self) -> (u16, &'static str, &'static str, &str) {
        match self {
            Self::AuthFailed => (401, "AUTH_FAILED", "unauthenticated", "Authentication failed"),
            Self::BadParam { reason, .. } => (400, "BAD_PARAM", "invalid_parameter", reason),
            Self::MalformedJson => {
                (400, "MALFORMED_JSON", "invalid_json", "The request body is no valid JSON")
            }
            Self::MalformedBody => (400, "BAD_PARAM", "invalid_body", "The request body cannot be read"),
            Self::BodyTooLarge => (413, "TOO_LARGE", "body_too_large", "The request body is too large"),
            Self::BadImage => (400, "BAD_IMAGE", "invalid_image", "The photo is no image that can be read"),
            Self::NoFaces(reason) => (400, "NO_FACES", "no_face", reason),
            Self::TooManyFaces(_) => (400, "", "multiple_faces", ""),
            Self::Extraction => {
                (400, "EXTRACTION_ERROR", "unusable_face", "The face cannot be used for comparisons")
            }
            Self::NotFound(what) => (404, "NOT_FOUND", "not_found", what),
            Self::UnknownPath => (404, "NOT_FOUND", "unknown_endpoint", "path"),
            Self::UnknownMethod => {
                (405, "METHOD_NOT_ALLOWED", "unknown_endpoint", "The method is not allowed here")
            }
            Self::RateLimited { .. } => (429, "TOO_MANY_REQUESTS", "rate_limited", "Too many requests"),
            Self::Overloaded { .. } => (503, "SERVICE_UNAVAILABLE", "overloaded", "The server is busy"),
            Self::Unavailable(reason) => (503, "SERVICE_UNAVAILABLE", "unavailable", reason),
            Self::Internal => (500, "INTERNAL_ERROR", "internal", "Internal error"),
        }
    }
}

impl DialectFault for Fault {
    const UNREADABLE_PATH: Self = Self::UnknownPath;

    fn outcome(&self) -> &'static str {
        self.describe().2
    }

    fn answer(&self) -> Response {
        let (status, ..) = self.describe();
        let mut response = wire::json(self.body());
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if matches!(self, Self::AuthFailed) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Token"));
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
            ErrorKind::NotFound(What::Gallery) => Self::NotFound("gallery"),
            ErrorKind::NotFound(What::Subject) => Self::NotFound("meta"),
            ErrorKind::NotFound(What::Face) => Self::NotFound("face"),
            ErrorKind::NotFound(What::Person) => Self::NotFound("person"),
            ErrorKind::NotFound(What::Camera) => Self::NotFound("camera"),
            ErrorKind::InvalidInput(field) => Self::bad(field, None, "The value is out of its range"),
            ErrorKind::UnsupportedMedia | ErrorKind::TooLarge => Self::BadImage,
            ErrorKind::NoFace => Self::NoFaces("No faces found on 'photo'"),
            ErrorKind::MultipleFaces => Self::TooManyFaces(error.boxes().to_vec()),
            ErrorKind::UnusableFace | ErrorKind::IncompatibleTemplate => Self::Extraction,
            ErrorKind::Unauthenticated => Self::AuthFailed,
            ErrorKind::RateLimited { retry_after } => Self::RateLimited { retry_after },
            ErrorKind::Overloaded { retry_after } => Self::Overloaded { retry_after },
            ErrorKind::ModelUnavailable(_) => Self::Unavailable("No model for this is installed"),
            ErrorKind::IncompleteSearch => Self::Unavailable("Some of the search servers do not answer"),
            ErrorKind::NotFound(What::Account)
            | ErrorKind::AlreadyExists(_)
            | ErrorKind::UnusableAudio(_)
            | ErrorKind::OtherEmbedder
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
            BodyError::Timeout | BodyError::Broken => Self::MalformedBody,
        }
    }
}

impl From<ExtractError> for Fault {
    fn from(error: ExtractError) -> Self {
        match error {
            ExtractError::Json(_) => Self::MalformedJson,
            ExtractError::Multipart | ExtractError::TooManyFields => Self::MalformedBody,
        }
    }
}

impl From<BadField> for Fault {
    fn from(BadField(name): BadField) -> Self {
        Self::bad(&name, None, "The value cannot be read")
    }
}

/// What is wrong with the photo in this parameter.
pub(crate) fn photo_fault(param: &str, error: PhotoError) -> Fault {
    let reason = match error {
        PhotoError::Base64 | PhotoError::Fetch(FetchError::TooLarge) => return Fault::BadImage,
        PhotoError::NeitherPhotoNorAddress => "The value is neither a photo nor an address of one",
        PhotoError::TooLong => "The address or file name is too long",
        PhotoError::Fetch(_) => "The photo cannot be fetched from its address",
    };
    Fault::bad(param, None, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_values_are_cut() {
        let Fault::BadParam { value, .. } = Fault::bad("n", Some("é".repeat(1000)), "x") else { panic!() };
        assert_eq!(value.unwrap().chars().count(), MOST_VALUE_CHARS);
    }

    #[test]
    fn every_fault_of_the_service_has_its_status() {
        let status =
            |kind: ErrorKind| Fault::from(ServiceError::from(kind)).respond("x", None).status().as_u16();
        let retry_after = Duration::from_secs(1);
        for (kind, expected) in [
            (ErrorKind::NotFound(What::Gallery), 404),
            (ErrorKind::NotFound(What::Subject), 404),
            (ErrorKind::NotFound(What::Face), 404),
            (ErrorKind::NotFound(What::Person), 404),
            (ErrorKind::NotFound(What::Camera), 404),
            (ErrorKind::InvalidInput("x"), 400),
            (ErrorKind::UnsupportedMedia, 400),
            (ErrorKind::TooLarge, 400),
            (ErrorKind::NoFace, 400),
            (ErrorKind::MultipleFaces, 400),
            (ErrorKind::UnusableFace, 400),
            (ErrorKind::Unauthenticated, 401),
            (ErrorKind::RateLimited { retry_after }, 429),
            (ErrorKind::Overloaded { retry_after }, 503),
            (ErrorKind::IncompleteSearch, 503),
            (ErrorKind::ModelUnavailable(vultus_service::Capability::Template), 503),
            (ErrorKind::OtherEmbedder, 500),
            (ErrorKind::Internal, 500),
        ] {
            assert_eq!(status(kind), expected, "{kind:?}");
        }
    }
}

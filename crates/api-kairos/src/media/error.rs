//! Errors of v2: flat, and with status 200 where v1 has it too.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use vultus_http::{BadField, BodyError, DialectFault, ExtractError, PhotoError, RequestFacts};
use vultus_service::{Caller, ErrorKind, MediaFailure, ServiceError};

use super::quirks;
use super::wire::State;
use crate::error::Fault;

/// Everything that can go wrong, as a client sees it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum MediaFault {
    /// As in v1, but flat.
    Kairos(Fault),
    MissingSource,
    Unreadable,
    TooLong,
    NoFaces,
    NoVideoReader,
    NotFound(String),
    Failed(String),
    NotRemoved,
}

#[derive(Serialize)]
struct Flat {
    code: u16,
    message: String,
}

impl MediaFault {
    /// The answer for a medium that cannot be analysed.
    pub(super) fn of_failure(id: String, failure: MediaFailure) -> Self {
        match failure {
            MediaFailure::Unreadable | MediaFailure::NoPictures => Self::Unreadable,
            MediaFailure::TooLarge => Self::TooLong,
            MediaFailure::NoVideoReader => Self::NoVideoReader,
            MediaFailure::BrokeOff | MediaFailure::Internal => Self::Failed(id),
        }
    }

    /// Code, name in logs and text of those that are flat and v2's own.
    const fn describe(&self) -> Option<(u16, &'static str, &'static str)> {
        Some(match self {
            Self::MissingSource => (1002, "missing_parameter", "Required source parameter missing."),
            Self::Unreadable => (5000, "invalid_media", "The media is no image or video that can be read."),
            Self::TooLong => (5000, "media_too_large", "The media is too large or too long."),
            Self::NoFaces => (5002, "no_face", "No faces found in the image."),
            Self::NoVideoReader => {
                (5011, "not_installed", "This server cannot read videos: ffmpeg is not installed.")
            }
            Self::NotRemoved => (5003, "media_not_found", "Unable to delete media."),
            Self::Kairos(_) | Self::NotFound(_) | Self::Failed(_) => return None,
        })
    }
}

impl DialectFault for MediaFault {
    const UNREADABLE_PATH: Self = Self::Kairos(Fault::UnknownEndpoint);

    fn respond(&self, endpoint: &'static str, caller: Option<Caller>) -> Response {
        let (outcome, mut response) = match self {
            Self::Kairos(fault) => return respond_flat(fault, endpoint, caller),
            Self::NotFound(id) => {
                ("media_not_found", Json(State::of(id.clone(), quirks::NOT_FOUND)).into_response())
            }
            Self::Failed(id) => ("internal", Json(State::of(id.clone(), quirks::FAILED)).into_response()),
            _ => {
                let (code, outcome, text) = self.describe().unwrap_or((3001, "internal", ""));
                (outcome, Json(Flat { code, message: text.to_owned() }).into_response())
            }
        };
        let mut facts = RequestFacts::new(endpoint, outcome);
        facts.account = caller.map(|caller| caller.account);
        response.extensions_mut().insert(facts);
        response
    }
}

/// A fault of v1 in v2's shape. Authentication failures are text in both.
fn respond_flat(fault: &Fault, endpoint: &'static str, caller: Option<Caller>) -> Response {
    let response = fault.respond(endpoint, caller);
    if matches!(fault, Fault::Authentication) {
        return response;
    }
    let (code, message) = fault.told();
    let (mut parts, _) = response.into_parts();
    let mut flat = Json(Flat { code, message }).into_response();
    *flat.status_mut() = parts.status;
    *flat.extensions_mut() = std::mem::take(&mut parts.extensions);
    let retry_after: Option<HeaderValue> = parts.headers.remove(header::RETRY_AFTER);
    if let Some(value) = retry_after.filter(|_| parts.status != StatusCode::OK) {
        flat.headers_mut().insert(header::RETRY_AFTER, value);
    }
    flat
}

impl From<Fault> for MediaFault {
    fn from(fault: Fault) -> Self {
        Self::Kairos(fault)
    }
}

impl From<ServiceError> for MediaFault {
    fn from(error: ServiceError) -> Self {
        match error.kind() {
            ErrorKind::UnsupportedMedia => Self::Unreadable,
            _ => Self::Kairos(error.into()),
        }
    }
}

impl From<BodyError> for MediaFault {
    fn from(error: BodyError) -> Self {
        Self::Kairos(error.into())
    }
}

impl From<ExtractError> for MediaFault {
    fn from(error: ExtractError) -> Self {
        Self::Kairos(error.into())
    }
}

impl From<BadField> for MediaFault {
    fn from(error: BadField) -> Self {
        Self::Kairos(error.into())
    }
}

impl From<PhotoError> for MediaFault {
    fn from(error: PhotoError) -> Self {
        match error {
            PhotoError::Base64 => Self::Unreadable,
            error => Self::Kairos(error.into()),
        }
    }
}

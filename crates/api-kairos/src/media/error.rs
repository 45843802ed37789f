//! Errors of v2: flat, and with status 200 where v1 has it too.

use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use vultus_http::{BadField, BodyError, DialectFault, ExtractError, PhotoError};
use vultus_service::{ErrorKind, MediaFailure, ServiceError};

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

/// An error.
#[derive(Serialize, ToSchema)]
#[schema(as = MediaError)]
pub(super) struct Flat {
    pub(super) code: u16,
    pub(super) message: String,
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
    pub(super) const fn describe(&self) -> Option<(u16, &'static str, &'static str)> {
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

    fn outcome(&self) -> &'static str {
        match self {
            Self::Kairos(fault) => fault.outcome(),
            Self::NotFound(_) => "media_not_found",
            Self::Failed(_) => "internal",
            _ => self.describe().map_or("internal", |(_, outcome, _)| outcome),
        }
    }

    fn answer(&self) -> Response {
        match self {
            Self::Kairos(fault) => flat(fault),
            Self::NotFound(id) => Json(State::of(id.clone(), quirks::NOT_FOUND)).into_response(),
            Self::Failed(id) => Json(State::of(id.clone(), quirks::FAILED)).into_response(),
            _ => {
                let (code, _, text) = self.describe().unwrap_or((3001, "internal", ""));
                Json(Flat { code, message: text.to_owned() }).into_response()
            }
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Kairos(fault) => fault.retry_after(),
            _ => None,
        }
    }
}

/// A fault of v1 in v2's shape. Authentication failures are text in both.
fn flat(fault: &Fault) -> Response {
    let mut response = fault.answer();
    if !matches!(fault, Fault::Authentication) {
        let (code, message) = fault.told();
        let flat = Json(Flat { code, message }).into_response();
        response = (response.status(), flat).into_response();
    }
    response
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

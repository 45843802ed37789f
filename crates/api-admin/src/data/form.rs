//! Bodies with files.

use axum::extract::Request;
use bytes::Bytes;
use vultus_http::{BadField, ExtractError, Field, MAX_BODY_BYTES, Params, read_body, read_params};

use crate::AdminError;

/// The largest image or video, in bytes, as in Kairos v2. It is held in memory until it is stored.
const MOST_MEDIA_BYTES: usize = 64_000_000;

/// A body with files.
pub(super) struct Form(Params);

impl Form {
    /// Reads a body with photos. A place in the queue is to be taken before.
    pub(super) async fn of_photos(request: Request) -> Result<Self, AdminError> {
        Self::read(request, MAX_BODY_BYTES).await
    }

    /// Reads a body with an image or a video. A place is to be taken before.
    pub(super) async fn of_media(request: Request) -> Result<Self, AdminError> {
        Self::read(request, MOST_MEDIA_BYTES).await
    }

    async fn read(request: Request, most_bytes: usize) -> Result<Self, AdminError> {
        let (parts, body) = request.into_parts();
        let body = read_body(&parts.headers, body, most_bytes).await?;
        Ok(Self(read_params(&parts.uri, &parts.headers, body).await?))
    }

    /// A file.
    pub(super) fn file(&self, name: &'static str) -> Result<Bytes, AdminError> {
        match self.0.get(name) {
            Some(Field::Part(part)) => Ok(part.bytes.clone()),
            _ => Err(AdminError::invalid(name, "a file is missing")),
        }
    }

    /// Text; empty where there is none.
    pub(super) fn text(&self, name: &'static str) -> Result<String, AdminError> {
        Ok(self.0.text(name).map_err(|_| unusable(name))?.unwrap_or_default())
    }

    /// A yes or no.
    pub(super) fn flag(&self, name: &'static str) -> Result<Option<bool>, AdminError> {
        self.0.flag(name).map_err(|_: BadField| unusable(name))
    }

    /// A whole number.
    pub(super) fn number(&self, name: &'static str) -> Result<Option<usize>, AdminError> {
        match self.text(name)?.trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| unusable(name)),
        }
    }
}

fn unusable(name: &'static str) -> AdminError {
    AdminError::invalid(name, "a field has an unusable value")
}

impl From<ExtractError> for AdminError {
    fn from(error: ExtractError) -> Self {
        Self::invalid(None, &error.to_string())
    }
}

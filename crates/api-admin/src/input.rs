//! What requests bring along: JSON bodies, queries, parts of paths.

use std::time::Duration;

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use vultus_http::read_body_within;

use crate::{Admin, AdminError};

/// The largest JSON body, in bytes.
const MOST_BODY_BYTES: usize = 64 * 1024;

/// The time to send it.
const BODY_TIME: Duration = Duration::from_secs(10);

/// A body of JSON.
pub(crate) struct Input<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Admin> for Input<T> {
    type Rejection = AdminError;

    async fn from_request(request: Request, _: &Admin) -> Result<Self, AdminError> {
        let (parts, body) = request.into_parts();
        let body = read_body_within(&parts.headers, body, MOST_BODY_BYTES, BODY_TIME).await?;
        let value = serde_json::from_slice(&body);
        value.map(Self).map_err(|error| AdminError::invalid(None, &unquoted(&error)))
    }
}

/// What is wrong, without the values that were sent, which may be secret.
fn unquoted(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.starts_with("missing field") {
        return text.split(" at line").next().unwrap_or_default().to_owned();
    }
    let known = [
        ("unknown field", "the body has a field that is not known"),
        ("duplicate field", "the body has a field twice"),
        ("unknown variant", "a field has none of the values that are allowed"),
    ];
    let found = known.iter().find(|(start, _)| text.starts_with(start));
    found.map_or("the body is not the JSON that is expected", |(_, words)| words).to_owned()
}

/// The query, or the parts of the path, with this API's errors.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Admin> for Asked<T> {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, admin: &Admin) -> Result<Self, AdminError> {
        match Query::<T>::from_request_parts(parts, admin).await {
            Ok(Query(query)) => Ok(Self(query)),
            Err(_) => Err(AdminError::invalid(None, "the query is not as it must be")),
        }
    }
}

/// A part of the path, or several as a tuple.
pub(crate) struct Named<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Admin> for Named<T> {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, admin: &Admin) -> Result<Self, AdminError> {
        match Path::<T>::from_request_parts(parts, admin).await {
            Ok(Path(path)) => Ok(Self(path)),
            Err(_) => Err(AdminError::not_found("there is nothing at this path")),
        }
    }
}

/// A field that may be `null`, told apart from one that is not there; to be used with `default`.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

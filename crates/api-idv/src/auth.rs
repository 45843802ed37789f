//! Credentials: those of Kairos, in the headers `app_id` and `app_key`.

use axum::http::HeaderMap;
use vultus_http::first_header;
use vultus_service::{Caller, Presented, Service};

use crate::error::Fault;
use crate::quirks::{APP_ID_HEADERS, APP_KEY_HEADERS};

/// Tells who calls.
pub(crate) async fn authenticate(service: &Service, headers: &HeaderMap) -> Result<Caller, Fault> {
    let app_id = app_id(headers).ok_or(Fault::Authentication)?;
    let app_key = first_header(headers, APP_KEY_HEADERS).ok_or(Fault::Authentication)?;
    Ok(service.authenticate(Presented::kairos(app_id, app_key)).await?)
}

/// The public half of the credentials.
pub(crate) fn app_id(headers: &HeaderMap) -> Option<&str> {
    first_header(headers, APP_ID_HEADERS)
}

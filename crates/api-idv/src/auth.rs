//! Credentials: those of Kairos, in the headers `app_id` and `app_key`.

use axum::http::HeaderMap;
use vultus_http::first_header;
use vultus_service::Presented;

use crate::error::Fault;
use crate::quirks::{APP_ID_HEADERS, APP_KEY_HEADERS};

/// The credentials that the headers present.
pub(crate) fn credentials(headers: &HeaderMap) -> Result<Presented<'_>, Fault> {
    let app_id = app_id(headers).ok_or(Fault::Authentication)?;
    let app_key = first_header(headers, APP_KEY_HEADERS).ok_or(Fault::Authentication)?;
    Ok(Presented::kairos(app_id, app_key))
}

/// The public half of the credentials.
pub(crate) fn app_id(headers: &HeaderMap) -> Option<&str> {
    first_header(headers, APP_ID_HEADERS)
}

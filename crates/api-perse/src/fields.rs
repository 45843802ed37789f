//! The fields of requests, checked.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use vultus_http::{Field, PhotoSource};
use vultus_service::{ConsentDeclaration, UserToken};

use crate::Call;
use crate::error::Fault;
use crate::quirks::CONSENT;

/// Types of bodies that have fields.
const FORM_TYPES: [&str; 3] =
    ["multipart/form-data", "application/json", "application/x-www-form-urlencoded"];

/// The photo in a field: a file, or its base64 text.
pub(crate) fn photo(call: &Call, key: &'static str) -> Result<Bytes, Fault> {
    present(call, key)?;
    let bytes = match call.params.photo(&[key])? {
        Some(PhotoSource::Inline { bytes, .. }) => bytes,
        // Nothing is fetched for this dialect.
        Some(PhotoSource::Remote(_)) => return Err(Fault::InvalidFileType),
        None => return Err(Fault::EmptyFile(key)),
    };
    if bytes.is_empty() {
        return Err(Fault::EmptyFile(key));
    }
    if bytes.len() > call.state.most_photo_bytes {
        return Err(Fault::FileTooLarge);
    }
    Ok(bytes)
}

/// Whether a field is there, with or without anything in it.
pub(crate) fn has(call: &Call, key: &str) -> bool {
    call.params.get(key).is_some()
}

/// What the request says of the person's consent; refused where that is not enough.
pub(crate) fn consent(call: &Call) -> Result<ConsentDeclaration, Fault> {
    let declaration =
        ConsentDeclaration { declared: call.params.flag(CONSENT)?, is_required: call.state.requires_consent };
    match declaration.check() {
        Ok(()) => Ok(declaration),
        Err(_) if declaration.declared.is_none() => Err(missing(&call.headers, CONSENT)),
        Err(_) => Err(Fault::ConsentNotGiven),
    }
}

/// `user_token` of the form. Text that is no token is nobody's.
pub(crate) fn user_token(call: &Call) -> Result<UserToken, Fault> {
    const KEY: &str = "user_token";
    present(call, KEY)?;
    let text = call.params.text(KEY)?.unwrap_or_default();
    UserToken::parse(&text).ok_or(Fault::UnknownUser)
}

/// Refuses a request without the field.
fn present(call: &Call, key: &'static str) -> Result<(), Fault> {
    if has(call, key) { Ok(()) } else { Err(missing(&call.headers, key)) }
}

/// A missing field is the content type's fault where that is none of a form.
fn missing(headers: &HeaderMap, key: &'static str) -> Fault {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let is_form = FORM_TYPES.iter().any(|form| essence.eq_ignore_ascii_case(form));
    if is_form { Fault::MissingKey(key) } else { Fault::ContentType }
}

/// The bytes of a field that holds a file.
pub(crate) fn file(call: &Call, key: &'static str) -> Result<Bytes, Fault> {
    present(call, key)?;
    match call.params.get(key) {
        Some(Field::Part(part)) if !part.bytes.is_empty() => Ok(part.bytes.clone()),
        Some(Field::Part(_)) => Err(Fault::EmptyFile(key)),
        _ => Err(Fault::InvalidFileType),
    }
}

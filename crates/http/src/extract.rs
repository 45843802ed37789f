//! Request bodies to fields. The content type is not trusted: one client sends JSON as `text/plain`, another
//! a multipart body as `application/json`. The body itself tells what it is.

use std::convert::Infallible;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Uri};
use bytes::Bytes;
use futures::stream;
use serde_json::Value;

use crate::json::{self, JsonError};
use crate::params::{Field, Params, Part};

/// Fields of a form, a query or a multipart body beyond this number are refused.
const MOST_FIELDS: usize = 256;

/// The longest boundary that is taken from a body; the standard's own limit is 70.
const MOST_BOUNDARY_BYTES: usize = 200;

/// Why a body has no fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtractError {
    /// It starts like JSON but is none, or exceeds the limits.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// It starts like a multipart body but is none.
    #[error("the multipart body is malformed")]
    Multipart,
    /// Too many fields.
    #[error("the request has too many fields")]
    TooManyFields,
}

/// The fields of the query and of the body; the body's count where both have a name.
///
/// # Errors
/// [`ExtractError`].
pub async fn read_params(uri: &Uri, headers: &HeaderMap, body: Bytes) -> Result<Params, ExtractError> {
    let mut params = Params::default();
    add_form(&mut params, uri.query().unwrap_or_default().as_bytes())?;
    let start = body.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(body.len());
    let body = body.slice(start..);
    let body = body.strip_prefix(b"\xef\xbb\xbf").map_or(body.clone(), |rest| body.slice_ref(rest));
    if body.is_empty() {
        return Ok(params);
    }
    if body.starts_with(b"{") {
        for (name, value) in json::parse_object(&body)? {
            params.push(name, Field::Value(value));
        }
    } else if let Some(boundary) = boundary(headers, &body) {
        add_parts(&mut params, boundary, body).await?;
    } else if body.starts_with(b"[") {
        return Err(JsonError.into());
    } else {
        add_form(&mut params, &body)?;
    }
    Ok(params)
}

/// The boundary that the body starts with, or else the one the header names.
fn boundary(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    if let Some(rest) = body.strip_prefix(b"--") {
        let line = rest.split(|&byte| byte == b'\n').next()?;
        let line = std::str::from_utf8(line).ok()?.trim_end();
        return (!line.is_empty() && line.len() <= MOST_BOUNDARY_BYTES).then(|| line.to_owned());
    }
    let content_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    multer::parse_boundary(content_type).ok()
}

async fn add_parts(params: &mut Params, boundary: String, body: Bytes) -> Result<(), ExtractError> {
    let body = stream::iter([Ok::<_, Infallible>(body)]);
    let mut parts = multer::Multipart::new(body, boundary);
    while let Some(part) = parts.next_field().await.map_err(|_| ExtractError::Multipart)? {
        let Some(name) = part.name().map(str::to_owned) else { continue };
        let file_name = part.file_name().filter(|name| !name.is_empty()).map(str::to_owned);
        let bytes = part.bytes().await.map_err(|_| ExtractError::Multipart)?;
        add(params, name, Field::Part(Part { bytes, file_name }))?;
    }
    Ok(())
}

fn add_form(params: &mut Params, form: &[u8]) -> Result<(), ExtractError> {
    for (name, value) in url::form_urlencoded::parse(form) {
        add(params, name.into_owned(), Field::Value(Value::String(value.into_owned())))?;
    }
    Ok(())
}

fn add(params: &mut Params, name: String, field: Field) -> Result<(), ExtractError> {
    if params.len() >= MOST_FIELDS {
        return Err(ExtractError::TooManyFields);
    }
    params.push(name, field);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    const PARTS: &str = "--b\r\nContent-Disposition: form-data; name=\"gallery_name\"\r\n\r\nG\r\n\
        --b\r\nContent-Disposition: form-data; name=\"image\"\r\nContent-Type: image/jpeg\r\n\r\nJPEG\r\n\
        --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\nFILE\r\n--b--\r\n";

    async fn read(content_type: &'static str, body: &str) -> Result<Params, ExtractError> {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        read_params(&Uri::from_static("/x?q=1"), &headers, Bytes::copy_from_slice(body.as_bytes())).await
    }

    fn text(params: &Params, name: &str) -> String {
        params.text(name).unwrap().unwrap_or_default()
    }

    #[tokio::test]
    async fn json_is_recognised_whatever_the_content_type() {
        for content_type in [
            "application/json",
            "application/x-www-form-urlencoded",
            "text/plain",
            "multipart/form-data",
            "",
            "x",
        ] {
            let params = read(content_type, "\n {\"gallery_name\":\"G\",\"n\":5}").await.unwrap();
            assert_eq!(text(&params, "gallery_name"), "G", "{content_type}");
            assert_eq!(text(&params, "n"), "5");
            assert_eq!(text(&params, "q"), "1");
        }
    }

    #[tokio::test]
    async fn multipart_is_recognised_whatever_the_content_type() {
        for content_type in ["application/json", "multipart/form-data; boundary=b", "multipart/form-data"] {
            let params = read(content_type, PARTS).await.unwrap();
            assert_eq!(text(&params, "gallery_name"), "G", "{content_type}");
            let Some(Field::Part(part)) = params.get("image") else { panic!("no part") };
            assert_eq!((part.bytes.as_ref(), &part.file_name), (b"JPEG".as_slice(), &None));
            let Some(Field::Part(part)) = params.get("file") else { panic!("no part") };
            assert_eq!(part.file_name.as_deref(), Some("a.jpg"));
        }
    }

    #[tokio::test]
    async fn multipart_with_a_preamble_uses_the_boundary_of_the_header() {
        let body = format!("preamble\r\n{PARTS}");
        let params = read("multipart/form-data; boundary=b", &body).await.unwrap();
        assert_eq!(text(&params, "gallery_name"), "G");
    }

    #[tokio::test]
    async fn form_is_read_and_wins_over_the_query() {
        let params = read("application/json", "gallery_name=My+Gallery&q=2").await.unwrap();
        assert_eq!(text(&params, "gallery_name"), "My Gallery");
        assert_eq!(text(&params, "q"), "2");
    }

    #[tokio::test]
    async fn empty_body_has_the_fields_of_the_query() {
        for content_type in ["application/json", "multipart/form-data; boundary=b"] {
            assert_eq!(read(content_type, "").await.unwrap().len(), 1);
        }
    }

    #[tokio::test]
    async fn malformed_bodies_are_errors() {
        for body in ["{", "{\"a\":}", "[1]", "[\"a\"]"] {
            assert_eq!(read("", body).await, Err(ExtractError::Json(JsonError)), "{body}");
        }
        for body in ["--b", "--b\r\n", "--b\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\nJPE"] {
            assert_eq!(read("", body).await, Err(ExtractError::Multipart), "{body}");
        }
        assert_eq!(read("", &"a=1&".repeat(300)).await, Err(ExtractError::TooManyFields));
    }

    proptest! {
        #[test]
        fn any_body_is_read_or_an_error(
            start in prop_oneof![Just(""), Just("{"), Just("--b\r\n"), Just("--")],
            rest in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let body = [start.as_bytes(), &rest].concat();
            let (uri, headers) = (Uri::from_static("/"), HeaderMap::new());
            let _ = futures::executor::block_on(read_params(&uri, &headers, body.into()));
        }
    }
}

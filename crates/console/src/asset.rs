//! The embedded files, as they are answered.

use std::borrow::Cow;
use std::io::{self, Read};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;
use rust_embed::RustEmbed;

/// Files whose names have the digest of their content.
const HASHED: &str = "assets/";

/// Such a file never changes.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Any other is asked for again, and sent again where it changed.
pub(crate) const REVALIDATED: HeaderValue = HeaderValue::from_static("no-cache");

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/web"]
struct Files;

/// An embedded file.
pub(crate) struct Asset {
    bytes: Cow<'static, [u8]>,
    is_compressed: bool,
    content_type: HeaderValue,
    is_hashed: bool,
    tag: String,
}

impl Asset {
    /// The file of that path below the embedded folder; there are no others, whatever the path has in it.
    pub(crate) fn find(path: &str) -> Option<Self> {
        let content_type = HeaderValue::from_static(content_type(path)?);
        let (file, is_compressed) = match Files::get(&format!("{path}.gz")) {
            Some(file) => (file, true),
            None => (Files::get(path)?, false),
        };
        let tag = format!("W/\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
        Some(Self { bytes: file.data, is_compressed, content_type, is_hashed: path.starts_with(HASHED), tag })
    }

    /// The file as the request wants it: nothing where the client has it, compressed where it can be read so.
    pub(crate) fn respond(self, request: &HeaderMap) -> Response {
        let is_known = texts(request, &header::IF_NONE_MATCH).any(|tag| tag == self.tag || tag == "*");
        let mut response = if is_known {
            StatusCode::NOT_MODIFIED.into_response()
        } else if self.is_compressed && !texts(request, &header::ACCEPT_ENCODING).any(is_gzip) {
            match inflated(&self.bytes) {
                Ok(bytes) => Body::from(bytes).into_response(),
                Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            }
        } else {
            let mut response = Body::from(self.bytes).into_response();
            if self.is_compressed {
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            response
        };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.content_type);
        headers.insert(header::CACHE_CONTROL, if self.is_hashed { IMMUTABLE } else { REVALIDATED });
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(tag) = HeaderValue::from_str(&self.tag) {
            headers.insert(header::ETAG, tag);
        }
        response
    }
}

/// The items of a header that is a list.
fn texts<'a>(headers: &'a HeaderMap, name: &'a header::HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

/// Whether an accepted coding is gzip, and not with the weight of zero.
fn is_gzip(coding: &str) -> bool {
    let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
    let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
    matches!(name.trim(), "gzip" | "*") && weight != Some(0.0)
}

fn inflated(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut text)?;
    Ok(text)
}

/// The type of a file, by its ending; `None` for files that are no part of a page.
fn content_type(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit_once('.')?;
    Some(match ending {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "jpg" => "image/jpeg",
        "js" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

//! What the tests of all dialects share: a router without a socket, its answers, and bodies as clients send them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tower::ServiceExt as _;
use vultus_service::Service;

use crate::{AddressPolicy, AppConfig, Dialect, FetchLimits, Fetcher, app};

/// A router that speaks these dialects.
pub fn app_of(service: &Arc<Service>, dialects: Vec<Dialect>) -> Router {
    app(AppConfig {
        dialects,
        service: Arc::clone(service),
        is_draining: Arc::new(AtomicBool::new(false)),
        render_metrics: Arc::new(|| "metrics".to_owned()),
    })
}

/// A fetcher that may connect to these private networks.
///
/// # Panics
/// Where one is no network, or the fetcher cannot be had.
pub fn fetcher_of(allowed: &[&str]) -> Fetcher {
    let parse = |text: &&str| text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    let policy = AddressPolicy::new(allowed.iter().map(parse).collect());
    Fetcher::new(policy, FetchLimits::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub bytes: Bytes,
    /// The body as text; what is no text in it is replaced.
    pub text: String,
}

impl Answer {
    /// What a router answers to a request.
    ///
    /// # Panics
    /// Where the body breaks off.
    pub async fn of(app: &Router, request: Request<Body>) -> Self {
        let Ok(response) = app.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await;
        let bytes = bytes.unwrap_or_else(|error| panic!("the answer broke off: {error}"));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Self { status: parts.status, headers: parts.headers, bytes, text }
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// Where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// A header; empty where it is not there or no text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Status, content type and body, JSON in lines, for snapshots.
    pub fn show(&self) -> String {
        let json = serde_json::from_str::<Value>(&self.text);
        let body = json.map_or_else(|_| self.text.clone(), |json| format!("{json:#}"));
        format!("{}\n{}\n\n{body}", self.status.as_u16(), self.header("content-type"))
    }
}

/// Bytes as clients send them in JSON.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// What stands between the parts of [`multipart`] bodies.
pub const BOUNDARY: &str = "----b";

/// What stands behind the name of a part with a photo.
pub const FILE: &str = "; filename=\"photo.png\"\r\nContent-Type: image/png";

/// A multipart body: each part with its name, its headers' extra text and its bytes.
pub fn multipart(parts: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, extra, bytes) in parts {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{extra}\r\n\r\n");
        body.extend([head.as_bytes(), bytes, b"\r\n"].concat());
    }
    body.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

//! Cross-origin requests. Browser clients call the dialects from any origin; credentials travel in headers of
//! their own, never in cookies, so that allowing every origin gives no page anything it does not hold itself.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN,
};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};

/// What a dialect tells browsers; the values are those of the service it imitates.
#[derive(Clone, Copy, Debug)]
pub struct Cors {
    /// Methods, with commas.
    pub methods: &'static str,
    /// Request headers, with commas.
    pub headers: &'static str,
}

impl Cors {
    /// Browsers keep other origins away.
    pub const NONE: Self = Self { methods: "", headers: "" };

    const fn is_open(&self) -> bool {
        !self.methods.is_empty()
    }

    /// Adds the headers to an answer, if any.
    pub fn apply(&self, headers: &mut HeaderMap) {
        if !self.is_open() {
            return;
        }
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(self.methods));
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(self.headers));
    }

    /// The answer to a preflight request, which carries no credentials; `None` for other requests, and where other
    /// origins are kept away.
    pub fn preflight<B>(&self, request: &Request<B>) -> Option<Response> {
        (self.is_open() && request.method() == Method::OPTIONS)
            .then(|| StatusCode::NO_CONTENT.into_response())
    }
}

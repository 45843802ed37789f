//! The dialect of Perse by `CyberLabs`: sessions, faces found and compared, users enrolled by their faces, voices
//! compared, below `/v0`. Nothing but translation happens here: requests to commands, outcomes to answers.

mod auth;
mod error;
mod fields;
mod handlers;
mod openapi;
mod quirks;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::{MethodFilter, post};
use vultus_http::{Dialect, DialectFault, Endpoints, Reply, endpoint, queued_endpoint};
use vultus_service::{Presented, Service};

pub use crate::openapi::document;

use crate::auth::Credentials;
use crate::error::Fault;
use crate::handlers::{compare, detect, enrollment, login, voice};

/// The largest photo unless the operator says otherwise, in bytes: 1 MB, as the original took them.
pub const MOST_PHOTO_BYTES: usize = 1 << 20;

/// What the dialect's endpoints need.
#[derive(Clone)]
pub struct Perse {
    /// The use cases.
    pub service: Arc<Service>,
    /// Whether every call that processes a person must declare their consent.
    pub requires_consent: bool,
    /// The largest photo, in bytes.
    pub most_photo_bytes: usize,
}

/// A request with valid credentials.
type Call = vultus_http::Call<Perse>;

impl Endpoints for Perse {
    type Fault = Fault;

    fn service(&self) -> &Service {
        &self.service
    }

    fn credentials<'a>(&self, headers: &'a HeaderMap) -> Result<Presented<'a>, Fault> {
        auth::credentials(headers).map(Credentials::presented).ok_or(Fault::Unauthorized)
    }
}

/// The dialect for the shared router.
pub fn dialect(state: Perse) -> Dialect {
    Dialect {
        name: "perse",
        prefix: String::new(),
        router: router(state),
        presents_credentials: |request| auth::credentials(&request.headers).is_some(),
        owns_path: is_own,
        on_panic: || Fault::Internal.respond("unknown", None),
        cors: quirks::CORS,
    }
}

/// Every endpoint, and the dialect's answer to every other path and method.
pub fn router(state: Perse) -> Router {
    let enrollment = queued_endpoint(MethodFilter::POST, "face/enrollment", enrollment::create)
        .merge(queued_endpoint(MethodFilter::PUT, "face/enrollment", enrollment::replace));
    Router::new()
        .route("/v0/login", post(login::run))
        .route("/v0/face/detect", queued_endpoint(MethodFilter::POST, "face/detect", detect::run))
        .route("/v0/face/compare", queued_endpoint(MethodFilter::POST, "face/compare", compare::run))
        .route("/v0/face/enrollment", enrollment)
        .route(
            "/v0/face/enrollment/list",
            endpoint(MethodFilter::GET, "face/enrollment/list", enrollment::list),
        )
        .route(
            "/v0/face/enrollment/{user_token}",
            endpoint(MethodFilter::DELETE, "face/enrollment", enrollment::delete),
        )
        .route("/v0/voice/compare", queued_endpoint(MethodFilter::POST, "voice/compare", voice::run))
        .fallback(async || Fault::UnknownPath.respond("unknown", None))
        .method_not_allowed_fallback(async || Fault::UnknownMethod.respond("unknown", None))
        .with_state(state)
}

/// Whether a path is this dialect's alone. FindFace has others below `/v0`, `/v0/face/id/7` for one.
fn is_own(path: &str) -> bool {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    if parts.next() != Some("v0") {
        return false;
    }
    matches!(
        (parts.next(), parts.next()),
        (Some("login"), None)
            | (Some("face"), Some("detect" | "compare" | "enrollment"))
            | (Some("voice"), Some("compare"))
    )
}

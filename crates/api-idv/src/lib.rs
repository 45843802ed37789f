//! The dialect of Kairos IDV: `POST /v0.1/liveness-verification` and the same under `/v0.2`. Nothing but translation
//! happens here: requests to commands, outcomes to answers.
//!
//! The other calls of the service (biometric, document and full ID verification) are not imitated.

mod auth;
mod error;
mod liveness_verification;
mod openapi;
mod quirks;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::MethodFilter;
use vultus_http::{Dialect, DialectFault, Endpoints, queued_endpoint};
use vultus_service::{Presented, Service};

pub use crate::openapi::document;

use crate::error::Fault;

/// What the dialect's endpoints need.
#[derive(Clone)]
pub struct Idv {
    /// The use cases.
    pub service: Arc<Service>,
}

/// A request with valid credentials.
type Call = vultus_http::Call<Idv>;

impl Endpoints for Idv {
    type Fault = Fault;

    fn service(&self) -> &Service {
        &self.service
    }

    fn credentials<'a>(&self, headers: &'a HeaderMap) -> Result<Presented<'a>, Fault> {
        auth::credentials(headers)
    }
}

/// The dialect for the shared router.
pub fn dialect(state: Idv) -> Dialect {
    Dialect {
        name: "idv",
        prefix: String::new(),
        router: router(state),
        presents_credentials: |request| auth::app_id(&request.headers).is_some(),
        owns_path: |path| quirks::VERSIONS.iter().any(|version| is_below(path, version)),
        on_panic: || Fault::Internal.respond("unknown", None),
        cors: quirks::CORS,
    }
}

/// The endpoint under each version, and the dialect's answer to every other path and method.
pub fn router(state: Idv) -> Router {
    const NAME: &str = "liveness-verification";
    let first = queued_endpoint(MethodFilter::POST, NAME, liveness_verification::run);
    let later = queued_endpoint(MethodFilter::POST, NAME, liveness_verification::run_with_headers);
    let [first_version, later_version] = quirks::VERSIONS;
    Router::new()
        .route(&format!("{first_version}/{NAME}"), first)
        .route(&format!("{later_version}/{NAME}"), later)
        .fallback(async || Fault::UnknownEndpoint.respond("unknown", None))
        .method_not_allowed_fallback(async || Fault::UnknownMethod.respond("unknown", None))
        .layer(from_fn(with_headers_of_version))
        .with_state(state)
}

/// Adds the headers that every answer of the later version has.
async fn with_headers_of_version(request: Request, next: Next) -> Response {
    let has_headers = is_below(request.uri().path(), quirks::VERSION_WITH_HEADERS);
    let mut response = next.run(request).await;
    if has_headers {
        for (name, value) in quirks::HEADERS {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn is_below(path: &str, version: &str) -> bool {
    path.strip_prefix(version).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

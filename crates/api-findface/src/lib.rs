//! The dialect of NtechLab's FindFace Enterprise Server: faces with their metas and galleries, detection,
//! verification and identification, cameras, what they saw and the persons they saw, below `/v0`, `/v1` and without a version. Nothing but translation happens
//! here: requests to commands, outcomes to answers.

mod auth;
mod docs;
mod error;
mod fields;
mod handlers;
mod openapi;
mod paging;
mod paths;
mod quirks;
#[cfg(test)]
mod tests;
mod times;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use vultus_http::{Dialect, DialectFault, Endpoints, Fetcher, Reply};
use vultus_service::{Presented, Service};

pub use crate::openapi::document;

use crate::error::Fault;

/// What the dialect's endpoints need.
#[derive(Clone)]
pub struct FindFace {
    /// The use cases.
    pub service: Arc<Service>,
    /// Fetches remote photos.
    pub fetcher: Fetcher,
}

/// A request with a valid token.
type Call = vultus_http::Call<FindFace>;

impl Endpoints for FindFace {
    type Fault = Fault;

    const JSON_TYPE: &'static str = quirks::JSON;

    fn service(&self) -> &Service {
        &self.service
    }

    fn credentials<'a>(&self, headers: &'a HeaderMap) -> Result<Presented<'a>, Fault> {
        auth::credentials(headers)
    }
}

/// The dialect for the shared router.
pub fn dialect(state: FindFace) -> Dialect {
    Dialect {
        name: "findface",
        prefix: String::new(),
        router: router(state),
        presents_credentials: |request| auth::token(&request.headers).is_some(),
        owns_path: paths::is_own,
        on_panic: || Fault::Internal.respond("unknown", None),
        cors: quirks::CORS,
    }
}

/// Every endpoint, and the dialect's answer to every other path and method.
pub fn router(state: FindFace) -> Router {
    paths::routes()
        .fallback(async || Fault::UnknownPath.respond("unknown", None))
        .method_not_allowed_fallback(async || Fault::UnknownMethod.respond("unknown", None))
        .with_state(state)
}

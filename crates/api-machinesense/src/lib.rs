//! The dialect of MachineSense's face API: age, gender and expression of a face, below `/faceapi/v1`. Nothing but
//! translation happens here: requests to commands, outcomes to answers.
//!
//! The key is a field of the body, so that a body is read before its sender is known; see
//! [`vultus_http::Strangers`]. Enrolment and verification, whose paths are not published, are not imitated.

mod error;
mod handlers;
mod openapi;
mod quirks;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::MethodFilter;
use vultus_http::{Dialect, DialectFault, Endpoints, FieldCredentials, Params, Strangers, stranger_endpoint};
use vultus_service::{Presented, Service};

pub use crate::openapi::document;

use crate::error::Fault;
use crate::quirks::{API_KEY, CALLS};

/// What the dialect's endpoints need.
#[derive(Clone)]
pub struct MachineSense {
    /// The use cases.
    pub service: Arc<Service>,
    /// Where bodies are read whose sender is not known yet.
    pub strangers: Strangers,
}

/// A request with valid credentials.
type Call = vultus_http::Call<MachineSense>;

impl Endpoints for MachineSense {
    type Fault = Fault;

    fn service(&self) -> &Service {
        &self.service
    }

    /// Nobody is known by the headers alone.
    fn credentials<'a>(&self, _: &'a HeaderMap) -> Result<Presented<'a>, Fault> {
        Err(Fault::MissingKey)
    }
}

impl FieldCredentials for MachineSense {
    fn strangers(&self) -> &Strangers {
        &self.strangers
    }

    fn secret(&self, params: &Params) -> Result<String, Fault> {
        let key = params.text(API_KEY)?.map(|key| key.trim().to_owned());
        key.filter(|key| !key.is_empty()).ok_or(Fault::MissingKey)
    }

    fn presented(secret: &str) -> Presented<'_> {
        Presented::machinesense(secret)
    }
}

/// The dialect for the shared router.
pub fn dialect(state: MachineSense) -> Dialect {
    Dialect {
        name: "machinesense",
        prefix: String::new(),
        router: router(state),
        presents_credentials: |_| false,
        owns_path: |path| path.starts_with(quirks::OWN_PATHS),
        on_panic: || Fault::Internal.respond("unknown", None),
        cors: quirks::CORS,
    }
}

/// The three calls, and the dialect's answer to every other path and method.
pub fn router(state: MachineSense) -> Router {
    let [age, gender, expression] = CALLS;
    Router::new()
        .route(age, stranger_endpoint(MethodFilter::POST, "face_age_detection", handlers::age))
        .route(gender, stranger_endpoint(MethodFilter::POST, "face_gender_detection", handlers::gender))
        .route(
            expression,
            stranger_endpoint(MethodFilter::POST, "face_expression_detection", handlers::expression),
        )
        .fallback(async || Fault::UnknownCall.respond("unknown", None))
        .method_not_allowed_fallback(async || Fault::UnknownCall.respond("unknown", None))
        .with_state(state)
}

//! The Kairos v1 face recognition dialect: `/enroll`, `/verify`, `/recognize`, `/compare`, `/detect` and
//! `/gallery/*`, and v2, the emotion analysis of images and videos. Nothing but translation happens here: requests to commands, outcomes to answers.

mod auth;
mod error;
mod fields;
mod handlers;
mod media;
mod openapi;
mod quirks;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter};
use vultus_http::{Dialect, DialectFault, Endpoints, FetchLimits, Fetcher, Reply, endpoint, queued_endpoint};
use vultus_service::{Permit, Presented, Service};

pub use crate::media::document as media_document;
pub use crate::openapi::document;

use crate::error::Fault;
use crate::handlers::{
    compare, detect, enroll, gallery_list_all, gallery_remove, gallery_remove_subject, gallery_view,
    gallery_view_subject, recognize, verify,
};

/// What the dialect's endpoints need.
#[derive(Clone)]
pub struct Kairos {
    /// The use cases.
    pub service: Arc<Service>,
    /// Fetches remote photos.
    pub fetcher: Fetcher,
    /// Fetches remote images and videos to analyse, which may be larger and take longer.
    pub media_fetcher: Fetcher,
}

/// The limits of [`Kairos::media_fetcher`].
pub const MEDIA_LIMITS: FetchLimits = media::FETCH_LIMITS;

/// A request with valid credentials.
type Call = vultus_http::Call<Kairos>;

impl Endpoints for Kairos {
    type Fault = Fault;

    fn service(&self) -> &Service {
        &self.service
    }

    fn credentials<'a>(&self, headers: &'a HeaderMap) -> Result<Presented<'a>, Fault> {
        auth::credentials(headers)
    }
}

/// The dialect for the shared router.
pub fn dialect(state: Kairos) -> Dialect {
    Dialect {
        name: "kairos",
        prefix: String::new(),
        router: router(state),
        presents_credentials: |request| auth::app_id(&request.headers).is_some(),
        owns_path: |path| PATHS.contains(&path) || media::is_own(path),
        on_panic: || Fault::Unavailable.respond("unknown", None),
        cors: quirks::CORS,
    }
}

/// Paths that no other dialect has, `/detect` and `/verify` left out.
const PATHS: [&str; 8] = [
    "/enroll",
    "/recognize",
    "/compare",
    "/gallery/list_all",
    "/gallery/view",
    "/gallery/view_subject",
    "/gallery/remove",
    "/gallery/remove_subject",
];

/// The ten endpoints, and the dialect's answer to every other path and method.
pub fn router(state: Kairos) -> Router {
    Router::new()
        .route("/enroll", photo_endpoint("enroll", enroll::run))
        .route("/verify", photo_endpoint("verify", verify::run))
        .route("/recognize", photo_endpoint("recognize", recognize::run))
        .route("/compare", photo_endpoint("compare", compare::run))
        .route("/detect", photo_endpoint("detect", detect::run))
        .route("/gallery/list_all", gallery_endpoint("gallery/list_all", gallery_list_all::run))
        .route("/gallery/view", gallery_endpoint("gallery/view", gallery_view::run))
        .route("/gallery/view_subject", gallery_endpoint("gallery/view_subject", gallery_view_subject::run))
        .route("/gallery/remove", gallery_endpoint("gallery/remove", gallery_remove::run))
        .route(
            "/gallery/remove_subject",
            gallery_endpoint("gallery/remove_subject", gallery_remove_subject::run),
        )
        .with_state(state.clone())
        .merge(media::routes(state))
        .fallback(unknown_endpoint)
        .method_not_allowed_fallback(unknown_endpoint)
}

/// An endpoint that looks at photos.
fn photo_endpoint<F, Fut>(name: &'static str, run: F) -> MethodRouter<Kairos>
where
    F: FnOnce(Call, Permit) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, Fault>> + Send,
{
    queued_endpoint(MethodFilter::POST, name, run)
}

/// An endpoint that needs no photo.
fn gallery_endpoint<F, Fut>(name: &'static str, run: F) -> MethodRouter<Kairos>
where
    F: FnOnce(Call) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, Fault>> + Send,
{
    endpoint(MethodFilter::POST, name, run)
}

async fn unknown_endpoint() -> Response {
    Fault::UnknownEndpoint.respond("unknown", None)
}

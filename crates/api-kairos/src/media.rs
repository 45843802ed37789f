//! Kairos v2: emotion analysis of images and videos, `/v2/media` and `/v2/analytics`. The same credentials as v1, other
//! errors.

mod error;
mod handlers;
mod landmarks;
mod openapi;
mod quirks;
mod wire;
mod written;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::{MethodFilter, MethodRouter};
use vultus_http::{Endpoints, FetchLimits, Reply, endpoint, placed_endpoint};
use vultus_service::{Presented, Service};

pub use self::openapi::document;

use self::error::MediaFault;
use crate::{Kairos, auth};

/// The limits for fetching remote media: as large as one that is sent, and no longer than an answer may wait.
pub(crate) const FETCH_LIMITS: FetchLimits =
    FetchLimits { max_bytes: quirks::MOST_MEDIA_BYTES, timeout: quirks::LONGEST_TIMEOUT };

/// What these endpoints need.
#[derive(Clone)]
struct Media(Kairos);

/// A request with valid credentials.
type Call = vultus_http::Call<Media>;

impl Endpoints for Media {
    type Fault = MediaFault;

    const MOST_BODY_BYTES: usize = quirks::MOST_MEDIA_BYTES;

    fn service(&self) -> &Service {
        &self.0.service
    }

    fn credentials<'a>(&self, headers: &'a HeaderMap) -> Result<Presented<'a>, MediaFault> {
        Ok(auth::credentials(headers)?)
    }
}

/// Whether a path is one of these, which no other dialect has.
pub(crate) fn is_own(path: &str) -> bool {
    let mut parts = path.split('/').skip(1);
    matches!(
        (parts.next(), parts.next(), parts.next(), parts.next()),
        (Some("v2"), Some("media"), None, None) | (Some("v2"), Some("media" | "analytics"), Some(_), None)
    )
}

/// The four endpoints.
pub(crate) fn routes(state: Kairos) -> Router {
    let create = placed_endpoint(
        MethodFilter::POST,
        "v2/media",
        |media: &Media| media.0.service.admit_media(),
        handlers::create,
    );
    let media = plain(MethodFilter::GET, "v2/media", handlers::show).merge(plain(
        MethodFilter::DELETE,
        "v2/media",
        handlers::remove,
    ));
    Router::new()
        .route("/v2/media", create)
        .route("/v2/media/{id}", media)
        .route("/v2/analytics/{id}", plain(MethodFilter::GET, "v2/analytics", handlers::analytics))
        .with_state(Media(state))
}

fn plain<F, Fut>(method: MethodFilter, name: &'static str, run: F) -> MethodRouter<Media>
where
    F: FnOnce(Call) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, MediaFault>> + Send,
{
    endpoint(method, name, run)
}

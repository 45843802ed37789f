//! One router for all dialects.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header, request};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::FutureExt;
use tower::ServiceExt;
use vultus_service::{Gauges, SearchGauges, Service};

use crate::path;
use crate::record::{Record, RequestFacts};
use crate::routing::{self, ADMIN_FAMILY, Dialect};

/// What the shared router is made of.
pub struct AppConfig {
    /// The dialects, in the order in which they are asked whether a request is theirs; see [`Dialect`].
    pub dialects: Vec<Dialect>,
    /// The use cases, asked for readiness and request ids.
    pub service: Arc<Service>,
    /// Set while the server shuts down: `/readyz` says so.
    pub is_draining: Arc<AtomicBool>,
    /// Writes the page of metrics, in the text format of Prometheus.
    pub render_metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// A part of the server that is no dialect, such as its own pages.
pub struct Site {
    /// Whether a request is for it.
    pub is_for: fn(&request::Parts) -> bool,
    /// What answers then.
    pub router: Router,
}

/// What requests are handed to.
struct Shared {
    config: AppConfig,
    sites: Vec<Site>,
}

/// The router of the whole server: the dialects, `/healthz`, `/readyz` and `/metrics`. Slashes are tidied
/// before any path is looked at.
pub fn app(config: AppConfig) -> Router {
    app_with(config, Vec::new())
}

/// The same with sites, which are asked before the dialects, in their order.
pub fn app_with(config: AppConfig, sites: Vec<Site>) -> Router {
    let state = Arc::new(Shared { config, sites });
    let routes = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(render))
        .fallback(dispatch)
        .with_state(state);
    Router::new().fallback(move |mut request: Request| {
        let routes = routes.clone();
        if let Some(uri) = path::normalised(request.uri()) {
            *request.uri_mut() = uri;
        }
        async move { routes.oneshot(request).await }
    })
}

async fn ready(State(state): State<Arc<Shared>>) -> Response {
    let state = &state.config;
    if state.is_draining.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n").into_response();
    }
    match state.service.check_ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {error}\n")).into_response(),
    }
}

async fn render(State(state): State<Arc<Shared>>) -> Response {
    set_gauges(&state.config.service).await;
    let headers = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (headers, (state.config.render_metrics)()).into_response()
}

/// How busy the process is at the moment its metrics are read.
async fn set_gauges(service: &Service) {
    let Ok(Gauges { pool, search, lag_changes }) = service.gauges().await else { return };
    let SearchGauges { faces, servers, shards } = search;
    metrics::gauge!("vultus_queue_running").set(pool.running as f64);
    metrics::gauge!("vultus_queue_waiting").set(pool.permits.saturating_sub(pool.running) as f64);
    metrics::gauge!("vultus_queue_capacity").set(pool.capacity as f64);
    metrics::gauge!("vultus_index_faces").set(faces as f64);
    metrics::gauge!("vultus_index_lag_changes").set(lag_changes as f64);
    metrics::gauge!("vultus_search_servers_live").set(servers.available as f64);
    metrics::gauge!("vultus_search_servers").set(servers.total as f64);
    for shard in shards {
        // A shard that does not answer is as far behind as can be said.
        let lag = shard.changes.map_or(f64::NAN, |changes| changes as f64);
        metrics::gauge!("vultus_search_shard_lag_changes", "shard" => shard.name).set(lag);
    }
}

/// Hands a request to its site or dialect.
async fn dispatch(State(state): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let site = state.sites.iter().find(|site| (site.is_for)(&parts));
    let request = Request::from_parts(parts, body);
    match site {
        Some(site) => {
            guarded(&site.router, "site", request, || StatusCode::INTERNAL_SERVER_ERROR.into_response()).await
        }
        None => converse(&state.config, request).await,
    }
}

/// Hands a request to its dialect, records it and adds the headers every answer has.
async fn converse(state: &AppConfig, request: Request) -> Response {
    let Some((dialect, request)) = routing::assign(&state.dialects, request) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let request_id = state.service.request_id();
    let counted = (dialect.name != ADMIN_FAMILY).then(|| Arc::clone(&state.service));
    let record = Record::start(dialect.name, request_id.clone(), counted);
    let mut response = match dialect.cors.preflight(&request) {
        Some(mut answer) => {
            answer.extensions_mut().insert(RequestFacts::new("preflight", "ok"));
            answer
        }
        None => guarded(&dialect.router, dialect.name, request, dialect.on_panic).await,
    };
    dialect.cors.apply(response.headers_mut());
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-request-id", value);
    }
    record.finish(&response);
    response
}

/// The answer of a router, also where it panics.
async fn guarded(router: &Router, name: &str, request: Request, on_panic: fn() -> Response) -> Response {
    let answer = AssertUnwindSafe(router.clone().oneshot(request)).catch_unwind().await;
    match answer {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(_) => {
            tracing::error!(family = name, "a handler panicked");
            on_panic()
        }
    }
}

//! One router for all dialects.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::FutureExt;
use tower::ServiceExt;
use vultus_service::{Gauges, Service};

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

/// The router of the whole server: the dialects, `/healthz`, `/readyz` and `/metrics`. Slashes are tidied
/// before any path is looked at.
pub fn app(config: AppConfig) -> Router {
    let state = Arc::new(config);
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

async fn ready(State(state): State<Arc<AppConfig>>) -> Response {
    if state.is_draining.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n").into_response();
    }
    match state.service.check_ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {error}\n")).into_response(),
    }
}

async fn render(State(state): State<Arc<AppConfig>>) -> Response {
    set_gauges(&state.service).await;
    let headers = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (headers, (state.render_metrics)()).into_response()
}

/// How busy the process is at the moment its metrics are read.
async fn set_gauges(service: &Service) {
    let Ok(Gauges { pool, indexed_faces, lag_changes }) = service.gauges().await else { return };
    metrics::gauge!("vultus_queue_running").set(pool.running as f64);
    metrics::gauge!("vultus_queue_waiting").set(pool.permits.saturating_sub(pool.running) as f64);
    metrics::gauge!("vultus_queue_capacity").set(pool.capacity as f64);
    metrics::gauge!("vultus_index_faces").set(indexed_faces as f64);
    metrics::gauge!("vultus_index_lag_changes").set(lag_changes as f64);
}

/// Hands a request to its dialect, catches panics, records it and adds the headers every answer has.
async fn dispatch(State(state): State<Arc<AppConfig>>, request: Request) -> Response {
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
        None => run(dialect, request).await,
    };
    dialect.cors.apply(response.headers_mut());
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-request-id", value);
    }
    record.finish(&response);
    response
}

async fn run(dialect: &Dialect, request: Request) -> Response {
    let answer = AssertUnwindSafe(dialect.router.clone().oneshot(request)).catch_unwind().await;
    match answer {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(_) => {
            tracing::error!(family = dialect.name, "a handler panicked");
            (dialect.on_panic)()
        }
    }
}

//! The API of the console, under `/admin/v1`. It is the server's own, not a dialect's: operators sign in with a password
//! and carry a session in a cookie, no credentials of accounts are accepted.
//!
//! A handler takes an [`Actor`], which is somebody signed in whose request was not forged; asks for a right with
//! [`Actor::require`], or does what is to be audited with [`Actor::perform`]; and turns the use case's outcome into
//! JSON. Handlers of people's data are in `data`.

#![expect(unused_qualifications, reason = "the macros of utoipa name what they use by its path")]
#![expect(clippy::option_option, reason = "in a change, `null` differs from a field that is not there")]

mod actor;
mod data;
mod error;
mod handlers;
mod input;
mod openapi;
mod page;
mod wire;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use vultus_http::{ADMIN_FAMILY, Cors, Dialect, RequestFacts};
use vultus_service::Administration;

pub use actor::{Actor, SESSION_COOKIE};
pub use error::AdminError;

/// The path that the API is mounted under.
pub const PREFIX: &str = "/admin/v1";

/// What the API's endpoints need.
#[derive(Clone)]
pub struct Admin {
    /// The use cases.
    pub administration: Arc<Administration>,
    /// Whether the session's cookie is sent over plain HTTP too, for a network without TLS. Browsers take a cookie
    /// that is not from loopback addresses without.
    pub allow_http: bool,
}

/// The API as the shared router sees it.
pub fn dialect(admin: Admin) -> Dialect {
    Dialect {
        name: ADMIN_FAMILY,
        prefix: PREFIX.to_owned(),
        router: router(admin),
        presents_credentials: |_| false,
        owns_path: |_| false,
        on_panic: || AdminError::internal().into_response(),
        cors: Cors::NONE,
    }
}

fn router(admin: Admin) -> Router {
    Router::new()
        .merge(handlers::router())
        .merge(data::router())
        .fallback(async || AdminError::not_found("there is no such endpoint"))
        .method_not_allowed_fallback(async || AdminError::method_not_allowed())
        .layer(map_response(async |mut response: Response| {
            // Answers hold people's data and secrets.
            let headers = response.headers_mut();
            headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
            headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            response
        }))
        .with_state(admin)
}

/// An endpoint with its name in the request log.
pub(crate) fn named(name: &'static str, route: MethodRouter<Admin>) -> MethodRouter<Admin> {
    route.layer(map_response(move |mut response: Response| {
        let facts = response.extensions().get::<RequestFacts>().copied();
        let facts = facts.unwrap_or_else(|| RequestFacts::new(name, "ok"));
        response.extensions_mut().insert(RequestFacts { endpoint: name, ..facts });
        std::future::ready(response)
    }))
}

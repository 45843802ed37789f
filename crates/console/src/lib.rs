//! The pages inside the binary: the console at `/console`, the reference of the interfaces at `/docs`, and the
//! documents it shows. Everything is static; what the console shows comes from the admin API.
//!
//! The pages are built by `make web` from the sources in `web/` and embedded when this crate is compiled.

mod asset;
mod documents;
mod headers;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header, request};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use vultus_http::Site;

pub use crate::documents::{Document, docs};

use crate::asset::Asset;

/// Where the console is.
const CONSOLE: &str = "/console";

/// The one page of the console, which finds its way by the path.
const CONSOLE_PAGE: &str = "console/index.html";

/// The console, at `/console` and below.
pub fn console() -> Site {
    Site {
        is_for: |request: &request::Parts| {
            let rest = request.uri.path().strip_prefix(CONSOLE);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        },
        router: Router::new()
            .route(CONSOLE, get(page))
            .route("/console/{*path}", get(file_or_page))
            .with_state(CONSOLE_PAGE),
    }
}

async fn page(State(page): State<&'static str>, headers: HeaderMap) -> Response {
    answer(page, &headers)
}

/// A file, or the page where the path names none: it is one of the page's own.
async fn file_or_page(
    State(page): State<&'static str>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Response {
    match path.split_once('/') {
        // The folders of the front end. Its pages have addresses of their own.
        Some(("assets", _)) => answer(&path, &headers),
        Some(("console" | "docs", _)) => not_found(),
        // Subjects and galleries may have any name, also one that ends like that of a file.
        Some((first, _)) if !first.is_empty() && !first.contains('.') => answer(page, &headers),
        None if !path.contains('.') => answer(page, &headers),
        _ if matches!(path.rsplit_once('.'), Some((_, "html" | "gz"))) => not_found(),
        _ => answer(&path, &headers),
    }
}

/// The answer with an embedded file.
fn answer(path: &str, headers: &HeaderMap) -> Response {
    let Some(asset) = Asset::find(path) else { return not_found() };
    let mut response = asset.respond(headers);
    headers::secure(response.headers_mut());
    response
}

fn not_found() -> Response {
    let mut response = (StatusCode::NOT_FOUND, "there is no such page\n").into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, asset::REVALIDATED);
    headers::secure(response.headers_mut());
    response
}

//! The reference of the interfaces at `/docs`, and the OpenAPI documents it shows.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, header, request};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use vultus_http::Site;

use crate::asset::REVALIDATED;
use crate::{answer, headers, not_found};

/// Where the reference is. `FindFace` answers there too, to those who ask for anything but a page.
const DOCS: &str = "/docs";

/// Where the list of documents is, and what the address of each begins with.
const LIST: &str = "/docs/openapi.json";
const DOCUMENTS: &str = "/docs/openapi/";

/// The page.
const DOCS_PAGE: &str = "docs/index.html";

/// The description of one interface.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its name in addresses, such as `kairos`.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The document, `OpenAPI` 3.1 as JSON.
    pub json: String,
}

#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    title: &'a str,
    url: String,
}

/// The reference page at `/docs` where a page is asked for, the list of the documents at `/docs/openapi.json`, and
/// each below `/docs/openapi/`.
pub fn docs(documents: Vec<Document>) -> Site {
    Site {
        is_for: |request: &request::Parts| {
            let path = request.uri.path();
            path == LIST || path.starts_with(DOCUMENTS) || path == DOCS && wants_page(request)
        },
        router: Router::new()
            .route(DOCS, get(async |headers: HeaderMap| answer(DOCS_PAGE, &headers)))
            .route(LIST, get(list))
            .route("/docs/openapi/{file}", get(show))
            .fallback(async || not_found())
            .with_state(Arc::new(documents)),
    }
}

/// Whether this is a browser that wants something to show. One that takes anything does not say so.
fn wants_page(request: &request::Parts) -> bool {
    let accepts = request.headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut types = accepts.flat_map(|value| value.split(','));
    let is_read = matches!(request.method, Method::GET | Method::HEAD);
    is_read && types.any(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "text/html"))
}

async fn list(State(documents): State<Arc<Vec<Document>>>) -> Response {
    let entry = |document: &Document| Entry {
        name: document.name,
        title: document.title,
        url: format!("{DOCUMENTS}{}.json", document.name),
    };
    let entries: Vec<_> = documents.iter().map(entry).map(|entry| serde_json::json!(entry)).collect();
    secured(Json(entries).into_response())
}

async fn show(State(documents): State<Arc<Vec<Document>>>, Path(file): Path<String>) -> Response {
    let name = file.strip_suffix(".json");
    let Some(document) = documents.iter().find(|document| Some(document.name) == name) else {
        return not_found();
    };
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    secured((headers, document.json.clone()).into_response())
}

fn secured(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, REVALIDATED);
    headers::secure(response.headers_mut());
    response
}

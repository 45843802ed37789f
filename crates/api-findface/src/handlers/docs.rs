//! `GET /docs`: what this dialect can do, for anyone, as a page for browsers and as JSON for programs.

use axum::Extension;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use vultus_http::{DialectFault, MountedAt, RequestFacts};

use crate::docs::{METHODS, Method, page, version_list};
use crate::error::Fault;
use crate::{quirks, wire};

const ENDPOINT: &str = "docs";

#[derive(Serialize, ToSchema)]
struct Versions {
    versions: [&'static str; 2],
}

#[derive(Serialize, ToSchema)]
struct Version<'a> {
    version: &'a str,
    methods: &'static [Method],
}

/// The versions of the interface.
///
/// Browsers get a page, other clients JSON.
#[utoipa::path(
    get,
    path = "/docs",
    operation_id = "docs",
    tag = "docs",
    security(()),
    responses((status = 200, description = "The versions", content((Versions = "application/json"),
        (String = "text/html; charset=utf-8"))))
)]
pub(crate) async fn list(headers: HeaderMap, mount: Option<Extension<MountedAt>>) -> Response {
    let answer = if wants_page(&headers) {
        let Extension(mount) = mount.unwrap_or_default();
        Html(version_list(&mount.0)).into_response()
    } else {
        wire::json(Versions { versions: quirks::VERSIONS })
    };
    noted(answer)
}

/// The methods of a version.
///
/// Browsers get a page, other clients JSON.
#[utoipa::path(
    get,
    path = "/docs/{version}",
    operation_id = "docs_of_version",
    tag = "docs",
    security(()),
    params(("version" = String, Path, description = "`v0` or `v1`", pattern = "^v[01]$")),
    responses((status = 200, description = "The methods", content((Version = "application/json"),
        (String = "text/html; charset=utf-8"))))
)]
pub(crate) async fn show(headers: HeaderMap, uri: Uri) -> Response {
    let asked = uri.path().rsplit('/').next();
    let Some(version) = quirks::VERSIONS.into_iter().find(|version| asked == Some(version)) else {
        return Fault::NotFound("version").respond(ENDPOINT, None);
    };
    let answer = if wants_page(&headers) {
        Html(page(version)).into_response()
    } else {
        wire::json(Version { version, methods: METHODS })
    };
    noted(answer)
}

/// Browsers ask for pages by name; other clients take anything.
fn wants_page(headers: &HeaderMap) -> bool {
    let accepts = headers.get(header::ACCEPT).map(HeaderValue::to_str);
    accepts.and_then(Result::ok).is_some_and(|types| types.contains("text/html"))
}

fn noted(mut answer: Response) -> Response {
    answer.extensions_mut().insert(RequestFacts::new(ENDPOINT, "ok"));
    answer
}

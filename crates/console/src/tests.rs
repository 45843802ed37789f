//! The pages as browsers ask for them. Whether the front end was built makes no difference here.

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use tower::ServiceExt;
use vultus_http::Site;

use crate::{Document, console, docs};

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// The site's answer; `None` where the request is not the site's.
async fn get(site: &Site, path: &str, headers: &[(&str, &str)]) -> Option<Answer> {
    send(site, Method::GET, path, headers).await
}

async fn send(site: &Site, method: Method, path: &str, headers: &[(&str, &str)]) -> Option<Answer> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, body) = request.body(Body::empty()).unwrap().into_parts();
    if !(site.is_for)(&parts) {
        return None;
    }
    let response = site.router.clone().oneshot(Request::from_parts(parts, body)).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
    Some(Answer { status: parts.status, headers: parts.headers, body })
}

fn reference() -> Site {
    docs(vec![Document { name: "one", title: "The one", json: "{\"openapi\":\"3.1.0\"}".to_owned() }])
}

#[tokio::test]
async fn every_path_of_the_console_is_its_page() {
    let console = console();
    let page = get(&console, "/console", &[]).await.unwrap();
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.body.starts_with(b"<!"), "a document");
    for path in
        ["/console/galleries", "/console/galleries/a%20b/Elizabeth", "/console/galleries/staff/ada.js"]
    {
        let answer = get(&console, path, &[]).await.unwrap();
        assert_eq!((answer.status, &answer.body), (StatusCode::OK, &page.body), "{path}");
    }
    for path in ["/consoles", "/", "/docs", "/Console"] {
        assert!(get(&console, path, &[]).await.is_none(), "{path}");
    }
}

#[tokio::test]
async fn every_answer_has_the_strict_headers() {
    let (console, reference) = (console(), reference());
    let html = [("accept", "text/html")];
    for (site, path) in [
        (&console, "/console"),
        (&console, "/console/none.js"),
        (&reference, "/docs"),
        (&reference, "/docs/openapi.json"),
        (&reference, "/docs/openapi/one.json"),
        (&reference, "/docs/openapi/two.json"),
    ] {
        let answer = get(site, path, &html).await.unwrap();
        let policy = answer.header("content-security-policy");
        for directive in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "font-src 'self'",
            "img-src 'self' blob: data:",
            "media-src 'self' blob:",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.split("; ").any(|part| part == directive), "{path}: {directive}");
        }
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(answer.header("permissions-policy").starts_with("camera=(self)"), "{path}");
        assert_eq!(answer.header("cache-control"), "no-cache", "{path}");
    }
}

#[tokio::test]
async fn page_is_not_sent_again_to_those_who_have_it() {
    let console = console();
    let page = get(&console, "/console", &[]).await.unwrap();
    let tag = page.header("etag");
    assert!(tag.starts_with("W/\""), "{tag}");
    for known in [tag.to_owned(), format!("\"other\", {tag}"), "*".to_owned()] {
        let again = get(&console, "/console", &[("if-none-match", &known)]).await.unwrap();
        assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{known}");
        assert_eq!(again.header("etag"), tag);
    }
    let other = get(&console, "/console", &[("if-none-match", "\"other\"")]).await.unwrap();
    assert_eq!(other.status, StatusCode::OK);
}

#[tokio::test]
async fn page_is_compressed_for_those_who_can_read_it() {
    let console = console();
    let plain = get(&console, "/console", &[]).await.unwrap();
    assert_eq!(plain.header("content-encoding"), "");
    for accepted in ["gzip", "br, gzip;q=0.5", "*"] {
        let short = get(&console, "/console", &[("accept-encoding", accepted)]).await.unwrap();
        assert_eq!(short.header("content-encoding"), "gzip", "{accepted}");
        assert!(short.body.starts_with(&[0x1f, 0x8b]), "{accepted}");
        assert_eq!(short.header("vary"), "accept-encoding");
    }
    for refused in ["br", "gzip;q=0", "identity"] {
        let answer = get(&console, "/console", &[("accept-encoding", refused)]).await.unwrap();
        assert_eq!((answer.header("content-encoding"), &answer.body), ("", &plain.body), "{refused}");
    }
}

#[tokio::test]
async fn only_files_of_the_front_end_are_files() {
    let console = console();
    for path in [
        "/console/missing.js",
        "/console/assets/missing-1234.css",
        "/console/console/index.html",
        "/console/console/index.html.gz",
        "/console/docs/index.html",
        "/console/../Cargo.toml",
        "/console/../../etc/passwd",
        "/console/%2e%2e/%2e%2e/etc/passwd",
        "/console/..%2f..%2fCargo.toml",
        "/console/%2e%2e/%2e%2e/%2e%2e/etc/hosts.txt",
        "/console/assets/..%2F..%2F..%2Fbuild.rs",
        "/console/..%5c..%5cCargo.json",
        "/console/%2Fetc%2Fresolv.json",
        "/console/%00.js",
        "/console/%ff.js",
    ] {
        let answer = get(&console, path, &[]).await.unwrap();
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
    }
}

#[tokio::test]
async fn pages_are_read_only() {
    let console = console();
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let answer = send(&console, method, "/console", &[]).await.unwrap();
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    }
    let head = send(&console, Method::HEAD, "/console", &[]).await.unwrap();
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
}

#[tokio::test]
async fn reference_is_for_those_who_ask_for_a_page() {
    let reference = reference();
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for accept in ["text/html", browser, "application/json, text/html;q=0.1"] {
        let answer = get(&reference, "/docs", &[("accept", accept)]).await.unwrap();
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{accept}");
    }
    for accept in ["*/*", "application/json", ""] {
        assert!(get(&reference, "/docs", &[("accept", accept)]).await.is_none(), "{accept}");
    }
    let html = [("accept", "text/html")];
    assert!(send(&reference, Method::POST, "/docs", &html).await.is_none());
    for path in ["/docs/v0", "/docs/v1", "/docs/openapi"] {
        assert!(get(&reference, path, &html).await.is_none(), "{path}");
    }
}

#[tokio::test]
async fn documents_are_listed_and_served() {
    let reference = reference();
    let list = get(&reference, "/docs/openapi.json", &[]).await.unwrap();
    assert_eq!(list.header("content-type"), "application/json");
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&list.body).unwrap(),
        serde_json::json!([{"name": "one", "title": "The one", "url": "/docs/openapi/one.json"}])
    );
    let one = get(&reference, "/docs/openapi/one.json", &[]).await.unwrap();
    assert_eq!(one.body, b"{\"openapi\":\"3.1.0\"}");
    for path in ["/docs/openapi/two.json", "/docs/openapi/one", "/docs/openapi/one.json/x"] {
        assert_eq!(get(&reference, path, &[]).await.unwrap().status, StatusCode::NOT_FOUND, "{path}");
    }
}

//! The dialect through the shared router, on a service in memory with a fake engine.

mod accounts;
mod answers;
mod contract;
mod errors;
mod hostile;
mod log;
mod media;
mod remote;
mod transport;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;
use vultus_http::{AddressPolicy, AppConfig, FetchLimits, Fetcher, app};
use vultus_openapi::testing::Contract;
use vultus_service::KairosSecrets;
use vultus_service::fakes::{Bench, BenchOptions, photo_of};

use crate::{Kairos, dialect};

/// The documents that every answer of these tests is held against: v1 and v2.
static CONTRACTS: LazyLock<[Contract; 2]> =
    LazyLock::new(|| [Contract::new(&crate::document()), Contract::new(&crate::media_document())]);

/// A server without a socket, with one account.
struct Server {
    bench: Bench,
    app: Router,
    secrets: KairosSecrets,
}

/// An answer.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    /// The body as JSON.
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// The first error's code.
    fn code(&self) -> u64 {
        let json = self.json();
        json["Errors"][0]["ErrCode"].as_u64().unwrap_or_else(|| panic!("no error: {json}"))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status, content type and body as they were sent, for snapshots.
    fn show(&self) -> String {
        let body = match serde_json::from_str::<Value>(&self.text) {
            Ok(_) => pretty(&self.text),
            Err(_) => self.text.clone(),
        };
        format!("{}\n{}\n\n{body}", self.status.as_u16(), self.header("content-type"))
    }
}

/// Compares an answer with the stored one. Everything in a test is deterministic, so nothing is left out.
fn snapshot(name: &str, answer: &Answer) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, answer.show());
    });
}

/// Breaks JSON into lines without touching the order of keys.
fn pretty(text: &str) -> String {
    let (mut shown, mut depth, mut is_text) = (String::new(), 0, false);
    let mut previous = ' ';
    for symbol in text.chars() {
        if symbol == '"' && previous != '\\' {
            is_text = !is_text;
        }
        if !is_text && matches!(symbol, '}' | ']') {
            depth -= 1;
            shown.push('\n');
            shown.push_str(&"  ".repeat(depth));
        }
        shown.push(symbol);
        if !is_text && matches!(symbol, '{' | '[' | ',') {
            depth += usize::from(symbol != ',');
            shown.push('\n');
            shown.push_str(&"  ".repeat(depth));
        }
        if !is_text && symbol == ':' {
            shown.push(' ');
        }
        previous = symbol;
    }
    shown
}

impl Server {
    async fn new() -> Self {
        Self::with(BenchOptions::default(), &[]).await
    }

    async fn with(options: BenchOptions, allow_fetch: &[&str]) -> Self {
        log::install();
        let bench = Bench::with(options).await.unwrap();
        let secrets = bench.service.accounts().create("demo").await.unwrap().kairos;
        let networks = allow_fetch.iter().map(|network| network.parse().unwrap()).collect();
        let fetcher = Fetcher::new(AddressPolicy::new(networks), FetchLimits::default()).unwrap();
        let app = app(AppConfig {
            dialects: vec![dialect(Kairos {
                service: Arc::clone(&bench.service),
                fetcher: fetcher.clone(),
                media_fetcher: fetcher,
            })],
            service: Arc::clone(&bench.service),
            is_draining: Arc::new(AtomicBool::new(false)),
            render_metrics: Arc::new(|| "metrics".to_owned()),
        });
        Self { bench, app, secrets }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.app, request).await
    }

    /// A request with valid credentials.
    fn request(&self, path: &str, body: impl Into<Body>) -> Request<Body> {
        request(&self.secrets, path, body)
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(path, body.to_string())).await
    }

    async fn enroll(&self, subject: &str, gallery: &str, person: [u8; 3]) -> Answer {
        let image = base64(&photo_of(&[person]).unwrap());
        let body = json!({"image": image, "subject_id": subject, "gallery_name": gallery});
        let answer = self.post("/enroll", body).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.json()["face_id"].is_string(), "{}", answer.text);
        answer
    }
}

fn request(secrets: &KairosSecrets, path: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::builder().method(Method::POST).uri(path);
    let request = request.header("app_id", &secrets.app_id).header("app_key", &secrets.app_key);
    request.header(header::CONTENT_TYPE, "application/json").body(body.into()).unwrap()
}

async fn send(app: &Router, request: Request<Body>) -> Answer {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    // What another dialect answers tells browsers something else.
    if parts
        .headers
        .get("access-control-allow-headers")
        .is_some_and(|told| told == crate::quirks::CORS.headers)
    {
        for contract in &*CONTRACTS {
            contract.check(&method, &path, parts.status, &parts.headers, &bytes);
        }
    }
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, text }
}

/// Photos as clients send them in JSON.
fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The photo of these people as base64.
fn image(people: &[[u8; 3]]) -> String {
    base64(&photo_of(people).unwrap())
}

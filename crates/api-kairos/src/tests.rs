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

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use vultus_http::testing::{Answer, app_of, base64, fetcher_of};
use vultus_openapi::testing::Contract;
use vultus_service::fakes::{Bench, BenchOptions, photo_of};
use vultus_service::{KairosSecrets, Service};

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

/// What the tests of this dialect read of an answer.
trait Told {
    /// The first error's code.
    fn code(&self) -> u64;

    /// Status, content type and body as they were sent, for snapshots.
    fn as_sent(&self) -> String;
}

impl Told for Answer {
    fn code(&self) -> u64 {
        let json = self.json();
        json["Errors"][0]["ErrCode"].as_u64().unwrap_or_else(|| panic!("no error: {json}"))
    }

    fn as_sent(&self) -> String {
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
        insta::assert_snapshot!(name, answer.as_sent());
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
        let app = app_of(&bench.service, vec![dialect(state(&bench.service, allow_fetch))]);
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

/// What the dialect's endpoints need, with these private networks to fetch photos from.
fn state(service: &Arc<Service>, allow_fetch: &[&str]) -> Kairos {
    let fetcher = fetcher_of(allow_fetch);
    Kairos { service: Arc::clone(service), fetcher: fetcher.clone(), media_fetcher: fetcher }
}

fn request(secrets: &KairosSecrets, path: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::builder().method(Method::POST).uri(path);
    let request = request.header("app_id", &secrets.app_id).header("app_key", &secrets.app_key);
    request.header(header::CONTENT_TYPE, "application/json").body(body.into()).unwrap()
}

async fn send(app: &Router, request: Request<Body>) -> Answer {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let answer = Answer::of(app, request).await;
    // What another dialect answers tells browsers something else.
    if answer.header("access-control-allow-headers") == crate::quirks::CORS.headers {
        for contract in &*CONTRACTS {
            contract.check(&method, &path, answer.status, &answer.headers, &answer.bytes);
        }
    }
    answer
}

/// The photo of these people as base64.
fn image(people: &[[u8; 3]]) -> String {
    base64(&photo_of(people).unwrap())
}

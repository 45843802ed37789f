//! The dialect through the shared router, beside Kairos' credentials, on a service in memory with a fake engine.

mod answers;
mod contract;
mod errors;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use vultus_http::testing::{Answer, BOUNDARY, app_of, base64, multipart};
use vultus_openapi::testing::Contract;
use vultus_service::KairosSecrets;
use vultus_service::fakes::{Bench, BenchOptions, photo_of};

use crate::{Idv, dialect};

const PATHS: [&str; 2] = ["/v0.1/liveness-verification", "/v0.2/liveness-verification"];

/// The document that every answer of these tests is held against.
static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::new(&crate::document()));

/// A server without a socket, with one account.
struct Server {
    bench: Bench,
    app: Router,
    secrets: KairosSecrets,
}

/// What the tests of this dialect read of an answer.
trait Told {
    fn code(&self) -> i64;
}

impl Told for Answer {
    fn code(&self) -> i64 {
        self.json()["response_code"].as_i64().unwrap_or_else(|| panic!("no code: {}", self.text))
    }
}

/// Compares status, headers and body, as they were sent, with the stored ones. Everything in a test is
/// deterministic, so nothing is left out.
fn snapshot(name: &str, answer: &Answer) {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !name.as_str().starts_with("access-control"))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let shown = format!("{}\n{}\n\n{}", answer.status.as_u16(), headers.join("\n"), answer.text);
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, shown);
    });
}

impl Server {
    async fn new() -> Self {
        Self::with(BenchOptions::default()).await
    }

    async fn with(options: BenchOptions) -> Self {
        let bench = Bench::with(options).await.unwrap();
        let secrets = bench.service.accounts().create("demo").await.unwrap().kairos;
        let app = app_of(&bench.service, vec![dialect(Idv { service: Arc::clone(&bench.service) })]);
        Self { bench, app, secrets }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answer = Answer::of(&self.app, request).await;
        CONTRACT.check(&method, &path, answer.status, &answer.headers, &answer.bytes);
        answer
    }

    /// A request with valid credentials.
    fn request(&self, path: &str, body: impl Into<Body>) -> Request<Body> {
        let request = Request::post(path).header("app_id", &self.secrets.app_id);
        request.header("app_key", &self.secrets.app_key).body(body.into()).unwrap()
    }

    /// Verifies the selfie of these people.
    async fn verify(&self, people: &[[u8; 3]], threshold: Value) -> Answer {
        let body = json!({"selfie": data_uri(&photo_of(people).unwrap()), "threshold": threshold});
        self.send(self.request(PATHS[0], body.to_string())).await
    }
}

fn data_uri(photo: &[u8]) -> String {
    format!("data:image/png;base64,{}", base64(photo))
}

//! The dialect through the shared router, on a service in memory with a fake engine.

mod answers;
mod contract;
mod errors;
mod strangers;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use vultus_http::Strangers;
use vultus_http::testing::{Answer, app_of, base64};
use vultus_openapi::testing::Contract;
use vultus_service::fakes::{Bench, BenchOptions, photo_of};

use crate::quirks::CALLS;
use crate::{MachineSense, dialect};

const AGE: &str = CALLS[0];
const GENDER: &str = CALLS[1];
const EXPRESSION: &str = CALLS[2];

/// The document that every answer of these tests is held against.
static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::new(&crate::document()));

/// A server without a socket, with one account.
struct Server {
    bench: Bench,
    app: Router,
    api_key: String,
}

/// What the tests of this dialect read of an answer.
trait Told {
    fn code(&self) -> u64;
}

impl Told for Answer {
    fn code(&self) -> u64 {
        self.json()["code"].as_u64().unwrap_or_else(|| panic!("no code: {}", self.text))
    }
}

/// Compares status and body, as they were sent, with the stored ones.
fn snapshot(name: &str, answer: &Answer) {
    let shown = format!("{}\n\n{}", answer.status.as_u16(), answer.text);
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, shown);
    });
}

impl Server {
    async fn new() -> Self {
        Self::with(BenchOptions::default()).await
    }

    async fn with(options: BenchOptions) -> Self {
        Self::with_strangers(options, Strangers::new(2, Duration::from_millis(50))).await
    }

    async fn with_strangers(options: BenchOptions, strangers: Strangers) -> Self {
        let bench = Bench::with(options).await.unwrap();
        let api_key = bench.service.accounts().create("demo").await.unwrap().machinesense.api_key;
        let state = MachineSense { service: Arc::clone(&bench.service), strangers };
        let app = app_of(&bench.service, vec![dialect(state)]);
        Self { bench, app, api_key }
    }

    async fn send(&self, path: &str, body: impl Into<Body>) -> Answer {
        send(&self.app, path, body).await
    }

    /// Asks about the photo of these people.
    async fn ask(&self, path: &str, people: &[[u8; 3]]) -> Answer {
        let body = json!({"image": base64(&photo_of(people).unwrap()), "api_key": self.api_key});
        self.send(path, body.to_string()).await
    }
}

async fn send(app: &Router, path: &str, body: impl Into<Body>) -> Answer {
    let answer = Answer::of(app, Request::post(path).body(body.into()).unwrap()).await;
    CONTRACT.check(&Method::POST, path, answer.status, &answer.headers, &answer.bytes);
    answer
}

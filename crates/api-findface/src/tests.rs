//! The dialect through the shared router, beside Kairos, on a service in memory with a fake engine.

mod answers;
mod cameras;
mod contract;
mod errors;
mod galleries;
mod history;
mod kairos;
mod listing;
mod parameters;
mod paths;
mod remote;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use vultus_api_kairos::Kairos;
use vultus_http::testing::{Answer, app_of, base64, fetcher_of, multipart};
use vultus_openapi::testing::Contract;
use vultus_service::IssuedCredentials;
use vultus_service::fakes::{Bench, BenchOptions, photo_of};

use crate::{FindFace, dialect};

/// The document that every answer of these tests is held against.
static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::new(&crate::document()));

/// A server without a socket that speaks both dialects, with one account.
struct Server {
    bench: Bench,
    app: Router,
    credentials: IssuedCredentials,
}

/// What the tests of this dialect read of an answer.
trait Told {
    /// The code of an error.
    fn code(&self) -> String;

    /// The id of the first of the faces that were added.
    fn id(&self) -> u64;

    /// The ids of the results.
    fn ids(&self) -> Vec<u64>;
}

impl Told for Answer {
    fn code(&self) -> String {
        let json = self.json();
        json["code"].as_str().unwrap_or_else(|| panic!("no error: {json}")).to_owned()
    }

    fn id(&self) -> u64 {
        self.json()["results"][0]["id"].as_u64().unwrap_or_else(|| panic!("no id: {}", self.text))
    }

    fn ids(&self) -> Vec<u64> {
        let json = self.json();
        let results = json["results"].as_array().unwrap_or_else(|| panic!("no results: {}", self.text));
        results.iter().map(|face| face["id"].as_u64().unwrap()).collect()
    }
}

/// Compares an answer with the stored one. Everything in a test is deterministic, so nothing is left out.
fn snapshot(name: &str, answer: &Answer) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, answer.show());
    });
}

impl Server {
    async fn new() -> Self {
        Self::with(BenchOptions::default(), &[], "").await
    }

    /// With the dialect mounted under a prefix.
    async fn with(options: BenchOptions, allow_fetch: &[&str], prefix: &str) -> Self {
        let bench = Bench::with(options).await.unwrap();
        let credentials = bench.service.accounts().create("demo").await.unwrap();
        let fetcher = fetcher_of(allow_fetch);
        let kairos = Kairos {
            service: Arc::clone(&bench.service),
            fetcher: fetcher.clone(),
            media_fetcher: fetcher.clone(),
        };
        let mut findface = dialect(FindFace { service: Arc::clone(&bench.service), fetcher });
        findface.prefix = prefix.to_owned();
        let app = app_of(&bench.service, vec![vultus_api_kairos::dialect(kairos), findface]);
        Self { bench, app, credentials }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answer = Answer::of(&self.app, request).await;
        // Kairos answers some of these requests, and tells browsers something else.
        if answer.headers["access-control-allow-headers"] == crate::quirks::CORS.headers {
            let path = contract::canonical(&method, &path);
            CONTRACT.check(&method, &path, answer.status, &answer.headers, &answer.bytes);
        }
        answer
    }

    /// A request with the account's token.
    async fn call(&self, method: Method, path: &str, body: impl Into<Body>) -> Answer {
        self.call_as(&self.credentials.findface.token, method, path, body).await
    }

    async fn call_as(&self, token: &str, method: Method, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header::AUTHORIZATION, format!("Token {token}"));
        self.send(request.body(body.into()).unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, Body::empty()).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, Body::empty()).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, body.to_string()).await
    }

    async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, body.to_string()).await
    }

    /// Adds a face and tells its id.
    async fn add(&self, person: [u8; 3], meta: &str, galleries: &[&str]) -> u64 {
        let body = json!({"photo": photo(&[person]), "meta": meta, "galleries": galleries});
        let answer = self.post("/v0/face/", body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.id()
    }

    /// A request as a Kairos client sends it.
    async fn kairos(&self, path: &str, body: Value) -> Value {
        let request = Request::builder().method(Method::POST).uri(path);
        let request = request.header("app_id", &self.credentials.kairos.app_id);
        let request = request.header("app_key", &self.credentials.kairos.app_key);
        self.send(request.body(body.to_string().into()).unwrap()).await.json()
    }
}

/// The photo of these people, as clients send it in JSON.
fn photo(people: &[[u8; 3]]) -> String {
    base64(&photo_of(people).unwrap())
}

/// The box of the person at that place of a photo, as `[x1, y1, x2, y2]`.
fn box_of(place: i64) -> [i64; 4] {
    let (x, y, side) = (20 + place * 150, 60 + place * 10, 120 - place * 20);
    [x, y, x + side, y + side]
}

/// The results of an identification: for each box the ids found.
fn found(answer: &Answer) -> Vec<(String, Vec<u64>)> {
    let json = answer.json();
    let results = json["results"].as_object().unwrap_or_else(|| panic!("no results: {}", answer.text));
    let ids = |matches: &Value| {
        let matches = matches.as_array().unwrap().iter();
        matches.map(|found| found["face"]["id"].as_u64().unwrap()).collect()
    };
    results.iter().map(|(key, matches)| (key.clone(), ids(matches))).collect()
}

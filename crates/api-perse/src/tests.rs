//! The dialect through the shared router, beside Kairos and FindFace, on a service in memory with a fake engine.

mod answers;
mod contract;
mod enrollment;
mod errors;
mod sessions;
mod transport;
mod voices;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use vultus_api_findface::FindFace;
use vultus_api_kairos::Kairos;
use vultus_http::testing::{Answer, BOUNDARY, FILE, app_of, base64, fetcher_of, multipart};
use vultus_openapi::testing::Contract;
use vultus_service::IssuedCredentials;
use vultus_service::fakes::{Bench, BenchOptions, photo_of};

use crate::{MOST_PHOTO_BYTES, Perse, dialect};

/// The document that every answer of these tests is held against.
static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::new(&crate::document()));

/// A server without a socket that speaks three dialects, with one account.
struct Server {
    bench: Bench,
    app: Router,
    credentials: IssuedCredentials,
}

/// What an operator decides about the dialect.
#[derive(Clone, Copy)]
struct Rules {
    requires_consent: bool,
    most_photo_bytes: usize,
}

const RULES: Rules = Rules { requires_consent: false, most_photo_bytes: MOST_PHOTO_BYTES };

/// What the tests of this dialect read of an answer.
trait Told {
    /// Status and code of an error.
    fn fault(&self) -> (u16, String);

    /// The name of an enrolled person.
    fn user_token(&self) -> String;
}

impl Told for Answer {
    fn fault(&self) -> (u16, String) {
        let json = self.json();
        assert_eq!(json["status"], self.status.as_u16(), "{json}");
        (self.status.as_u16(), json["code"].as_str().unwrap_or_else(|| panic!("no error: {json}")).to_owned())
    }

    fn user_token(&self) -> String {
        let json = self.json();
        json["user_token"].as_str().unwrap_or_else(|| panic!("no token: {json}")).to_owned()
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
        Self::with(BenchOptions::default(), RULES).await
    }

    async fn with(options: BenchOptions, rules: Rules) -> Self {
        let bench = Bench::with(options).await.unwrap();
        let credentials = bench.service.accounts().create("demo").await.unwrap();
        let fetcher = fetcher_of(&[]);
        let service = || Arc::clone(&bench.service);
        let perse = Perse {
            service: service(),
            requires_consent: rules.requires_consent,
            most_photo_bytes: rules.most_photo_bytes,
        };
        let kairos = Kairos { service: service(), fetcher: fetcher.clone(), media_fetcher: fetcher.clone() };
        let findface = FindFace { service: service(), fetcher };
        let dialects =
            vec![vultus_api_kairos::dialect(kairos), vultus_api_findface::dialect(findface), dialect(perse)];
        let app = app_of(&bench.service, dialects);
        Self { bench, app, credentials }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answer = Answer::of(&self.app, request).await;
        // The other dialects answer some of these requests, and tell browsers something else.
        if answer.headers["access-control-allow-headers"] == crate::quirks::CORS.headers {
            CONTRACT.check(&method, &path, answer.status, &answer.headers, &answer.bytes);
        }
        answer
    }

    /// A request with the account's key.
    async fn call(&self, method: Method, path: &str, parts: &[(&str, &str, &[u8])]) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("x-api-key", &self.credentials.perse.api_key);
        let request =
            request.header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"));
        let body = if parts.is_empty() { Body::empty() } else { multipart(parts).into() };
        self.send(request.body(body).unwrap()).await
    }

    async fn post(&self, path: &str, parts: &[(&str, &str, &[u8])]) -> Answer {
        self.call(Method::POST, path, parts).await
    }

    async fn list(&self) -> Answer {
        self.call(Method::GET, "/v0/face/enrollment/list", &[]).await
    }

    /// Enrols a person and tells the token.
    async fn enrol(&self, person: [u8; 3]) -> String {
        let photo = photo_of(&[person]).unwrap();
        self.post("/v0/face/enrollment", &[("image_file", FILE, &photo)]).await.user_token()
    }

    /// The log of consents: operation, subject, declared or not.
    async fn consents(&self) -> Vec<(&'static str, Option<String>, bool)> {
        let log = vultus_service::Consents::new(self.bench.store.clone()).page(None, 0, 100).await.unwrap();
        log.into_iter()
            .map(|(_, consent)| (consent.operation.name(), consent.subject, consent.is_declared))
            .collect()
    }

    async fn log_in(&self, key: &str) -> Answer {
        let body = json!({ "privateKey": key }).to_string();
        self.send(Request::post("/v0/login").body(body.into()).unwrap()).await
    }

    async fn token(&self) -> String {
        let answer = self.log_in(&self.credentials.perse.private_key).await.json();
        answer["token"].as_str().unwrap().to_owned()
    }

    /// A list of users with that value of the header `Authorization`.
    async fn list_as(&self, authorization: &str) -> Answer {
        let request = Request::get("/v0/face/enrollment/list").header(header::AUTHORIZATION, authorization);
        self.send(request.body(Body::empty()).unwrap()).await
    }
}

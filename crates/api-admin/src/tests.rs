//! The API through the shared router, on a service in memory with a fake engine.

mod answers;
mod errors;
mod log;
mod rights;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use vultus_http::testing::{Answer, app_of};
use vultus_service::fakes::{Bench, START};
use vultus_service::{Administration, ModelFacts, Role, ServerFacts};

use crate::{Admin, dialect};

/// A password that operators choose.
const PASSWORD: &str = "correct horse battery";

/// A server without a socket.
struct Server {
    bench: Bench,
    administration: Arc<Administration>,
    app: Router,
}

/// A signed-in browser.
struct Browser {
    app: Router,
    cookie: String,
    csrf: String,
}

/// What these tests read of an answer.
trait Told {
    fn code(&self) -> String;
}

impl Told for Answer {
    fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_else(|| panic!("no code: {}", self.text)).to_owned()
    }
}

/// Compares status and body with the stored ones. Clock and randomness are set, so that nothing is left out.
fn snapshot(name: &str, answer: &Answer) {
    let body = serde_json::from_str::<Value>(&answer.text);
    let body = body.map_or_else(|_| answer.text.clone(), |json| format!("{json:#}"));
    let retry = answer
        .headers
        .get("retry-after")
        .map_or(String::new(), |wait| format!("\nretry-after: {}", wait.to_str().unwrap()));
    let shown = format!("{}{retry}\n\n{body}", answer.status.as_u16());
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, shown);
    });
}

impl Server {
    async fn new() -> Self {
        let bench = Bench::new().await.unwrap();
        bench.service.accounts().create("demo").await.unwrap();
        let facts = ServerFacts {
            version: "0.1.0",
            started_at: START,
            node: "node".to_owned(),
            models: vec![ModelFacts {
                task: "detect".to_owned(),
                name: "fake".to_owned(),
                digest: "0".repeat(64),
                licence: "MIT".to_owned(),
                package: "fakes 1.0".to_owned(),
                bytes: 12,
            }],
            models_dir: PathBuf::new(),
            data_dir: PathBuf::new(),
            has_ffmpeg: false,
        };
        let administration = Arc::new(Administration::new(Arc::clone(&bench.service), facts).unwrap());
        let admin = Admin { administration: Arc::clone(&administration), allow_http: false };
        let app = app_of(&bench.service, vec![dialect(admin)]);
        Self { bench, administration, app }
    }

    /// An operator of that role, called like it, with a password of their own.
    async fn browser(&self, role: Role) -> Browser {
        let operators = self.administration.operators();
        let given = operators.create(role.name(), role).await.unwrap().password;
        let first = operators.sign_in(role.name(), &given, "").await.unwrap();
        operators.change_password(&first.session, &given, PASSWORD, "").await.unwrap();
        operators.sign_out(&first.session).await.unwrap();
        self.sign_in(role.name(), PASSWORD).await
    }

    async fn sign_in(&self, name: &str, password: &str) -> Browser {
        let answer = self.post_session(name, password).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        let csrf = answer.json()["csrf_token"].as_str().unwrap().to_owned();
        Browser { app: self.app.clone(), cookie, csrf }
    }

    async fn post_session(&self, name: &str, password: &str) -> Answer {
        let body = json!({"name": name, "password": password}).to_string();
        Answer::of(&self.app, Request::post("/admin/v1/session").body(Body::from(body)).unwrap()).await
    }
}

impl Browser {
    async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder().method(method).uri(format!("/admin/v1{path}"));
        let request = request.header("cookie", &self.cookie).header("x-csrf-token", &self.csrf);
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        Answer::of(&self.app, request.body(body).unwrap()).await
    }
}

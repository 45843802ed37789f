//! People's data through the API's router, on a service in memory with a fake engine.

mod analysis;
mod people;
mod rights;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::Value;
use vultus_http::testing::{Answer, BOUNDARY, FILE, multipart};
use vultus_service::fakes::{Bench, BenchOptions, START, photo_of};
use vultus_service::{Administration, ModelFacts, Role, ServerFacts};

use crate::{Admin, SESSION_COOKIE};

/// The path of a gallery.
const PEOPLE: &str = "/accounts/demo/galleries/people";

/// A server without a socket, with one account and somebody signed in.
struct Server {
    bench: Bench,
    administration: Arc<Administration>,
    app: Router,
    cookie: String,
    csrf_token: String,
    /// The data directory and that of the models.
    folder: tempfile::TempDir,
}

/// What these tests read of an answer.
trait Told {
    /// Status and code of an error.
    fn fault(&self) -> (u16, String);
}

impl Told for Answer {
    fn fault(&self) -> (u16, String) {
        (self.status.as_u16(), self.json()["code"].as_str().unwrap_or_default().to_owned())
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
        Self::with(BenchOptions::default(), Role::Operator).await
    }

    async fn with(options: BenchOptions, role: Role) -> Self {
        let bench = Bench::with(options).await.unwrap();
        bench.service.accounts().create("demo").await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let facts = ServerFacts {
            version: "0.1.0",
            started_at: START,
            node: "test".to_owned(),
            models: vec![ModelFacts {
                task: "embed".to_owned(),
                name: "fake".to_owned(),
                digest: "ab".repeat(32),
                licence: "MIT".to_owned(),
                package: "none".to_owned(),
                bytes: 1,
            }],
            models_dir: folder.path().to_owned(),
            data_dir: folder.path().to_owned(),
            has_ffmpeg: false,
        };
        let administration = Arc::new(Administration::new(Arc::clone(&bench.service), facts).unwrap());
        let operators = administration.operators();
        let created = operators.create("olga", role).await.unwrap();
        let signed_in = operators.sign_in("olga", &created.password, "test").await.unwrap();
        let session = &signed_in.session;
        operators.change_password(session, &created.password, "a password of her own", "test").await.unwrap();
        let app = crate::router(Admin { administration: Arc::clone(&administration), allow_http: false });
        Self {
            bench,
            administration,
            app,
            cookie: format!("{SESSION_COOKIE}={}", signed_in.token),
            csrf_token: signed_in.session.csrf_token,
            folder,
        }
    }

    async fn send(&self, method: Method, path: &str, kind: &str, body: Body) -> Answer {
        let request = Request::builder().method(method).uri(path).header(header::COOKIE, &self.cookie);
        let request = request.header("x-csrf-token", &self.csrf_token).header(header::CONTENT_TYPE, kind);
        Answer::of(&self.app, request.body(body).unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, "", Body::empty()).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, "", Body::empty()).await
    }

    async fn json(&self, method: Method, path: &str, body: Value) -> Answer {
        self.send(method, path, "application/json", body.to_string().into()).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.json(Method::POST, path, body).await
    }

    async fn form(&self, path: &str, parts: &[(&str, &str, &[u8])]) -> Answer {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.send(Method::POST, path, &kind, multipart(parts).into()).await
    }

    /// Enrols somebody and tells the face.
    async fn enrol(&self, gallery: &str, subject: &str, colour: [u8; 3]) -> String {
        let photo = photo_of(&[colour]).unwrap();
        let parts = [("subject", "", subject.as_bytes()), ("photo", FILE, &photo[..])];
        let answer = self.form(&format!("{gallery}/enrol"), &parts).await.json();
        answer["faces"][0]["id"].as_str().unwrap_or_else(|| panic!("not enrolled: {answer}")).to_owned()
    }
}

//! An operator of the server, signed in as the console signs in.

use reqwest::multipart::Form;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::{Server, plain_client};

/// An operator's session.
pub struct Console {
    client: reqwest::Client,
    base: String,
    cookie: String,
    csrf_token: String,
}

impl Console {
    /// Signs in with a one-time password and replaces it.
    pub async fn sign_in(server: &Server, name: &str, one_time_password: &str) -> Self {
        let (client, base) = (plain_client(), format!("{}/admin/v1", server.base));
        let body = json!({ "name": name, "password": one_time_password });
        let answer = client.post(format!("{base}/session")).json(&body).send().await.unwrap();
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let session: Value = answer.json().await.unwrap();
        let csrf_token = session["csrf_token"].as_str().unwrap_or_else(|| panic!("{session}")).to_owned();
        let console = Self { client, base, cookie, csrf_token };
        let change = json!({ "current": one_time_password, "new": "a password of their own" });
        let request = console.request(Method::PUT, "session/password").json(&change);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::NO_CONTENT);
        console
    }

    /// Gets JSON, which must come with status 200.
    pub async fn get(&self, path: &str) -> Value {
        let (status, answer) = Self::send(self.request(Method::GET, path)).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// Gets a file, which must come with status 200, and its content type.
    pub async fn file(&self, path: &str) -> (String, Vec<u8>) {
        let answer = self.request(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (kind, answer.bytes().await.unwrap().to_vec())
    }

    /// Posts JSON and returns status and answer.
    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        Self::send(self.request(Method::POST, path).json(&body)).await
    }

    /// Posts a form and returns status and answer.
    pub async fn form(&self, path: &str, form: Form) -> (u16, Value) {
        Self::send(self.request(Method::POST, path).multipart(form)).await
    }

    /// Deletes something and returns the status.
    pub async fn delete(&self, path: &str) -> u16 {
        Self::send(self.request(Method::DELETE, path)).await.0
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}/{path}", self.base));
        request.header("cookie", &self.cookie).header("x-csrf-token", &self.csrf_token)
    }

    async fn send(request: RequestBuilder) -> (u16, Value) {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }
}

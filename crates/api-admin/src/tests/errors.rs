//! Every error code.

use axum::http::Method;
use serde_json::json;
use vultus_service::Role;

use super::*;

#[tokio::test]
async fn strangers_are_refused() {
    let server = Server::new().await;
    snapshot(
        "signed_out",
        &Answer::of(&server.app, Request::get("/admin/v1/session").body(Body::empty()).unwrap()).await,
    );
    server.browser(Role::Auditor).await;
    let wrong = server.post_session("auditor", "wrong").await;
    snapshot("sign_in_failed", &wrong);
    let unknown = server.post_session("nobody", "wrong").await;
    assert_eq!((unknown.status, &unknown.text), (wrong.status, &wrong.text));
    for _ in 0..4 {
        server.post_session("auditor", "wrong").await;
    }
    snapshot("too_many_attempts", &server.post_session("auditor", PASSWORD).await);
}

#[tokio::test]
async fn forged_requests_are_refused() {
    let server = Server::new().await;
    let browser = server.browser(Role::Administrator).await;
    let forged = Browser { csrf: String::new(), cookie: browser.cookie.clone(), app: server.app.clone() };
    snapshot("csrf", &forged.post("/accounts", json!({"name": "x"})).await);
    assert_eq!(forged.get("/accounts").await.status, StatusCode::OK, "reading changes nothing");
    let request = Request::post("/admin/v1/accounts").header("cookie", &browser.cookie);
    let request = request.header("x-csrf-token", &browser.csrf).header("sec-fetch-site", "cross-site");
    let answer = Answer::of(&server.app, request.body(Body::from("{\"name\":\"x\"}")).unwrap()).await;
    assert_eq!(answer.code(), "csrf");
    let request = Request::post("/admin/v1/session").header("origin", "http://other").header("host", "own");
    let answer = Answer::of(&server.app, request.body(Body::from("{}")).unwrap()).await;
    assert_eq!(answer.code(), "csrf", "nobody is signed in by another page");
    let request = Request::options("/admin/v1/accounts").header("origin", "http://other");
    let answer = Answer::of(&server.app, request.body(Body::empty()).unwrap()).await;
    assert!(answer.headers.get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn one_time_password_opens_nothing_but_its_change() {
    let server = Server::new().await;
    let given = server.administration.operators().create_first().await.unwrap().unwrap().password;
    let browser = server.sign_in("admin", &given).await;
    snapshot("password_change_required", &browser.get("/overview").await);
    for (current, new, name) in
        [("wrong", PASSWORD, "invalid_current"), (given.as_str(), "short", "invalid_new")]
    {
        let body = json!({"current": current, "new": new});
        snapshot(name, &browser.call(Method::PUT, "/session/password", Some(body)).await);
    }
}

#[tokio::test]
async fn unfit_requests_are_refused() {
    let server = Server::new().await;
    let browser = server.browser(Role::Administrator).await;
    snapshot("not_found", &browser.get("/accounts/nobody/usage").await);
    snapshot("no_endpoint", &browser.get("/nothing").await);
    snapshot("method_not_allowed", &browser.call(Method::PUT, "/accounts", None).await);
    snapshot("conflict", &browser.post("/accounts", json!({"name": "demo"})).await);
    let last = json!({"disabled": true});
    let last = browser.call(Method::PATCH, "/operators/administrator", Some(last)).await;
    snapshot("last_administrator", &last);
    snapshot("invalid", &browser.post("/accounts", json!({"name": "a b"})).await);
    let operator = browser.post("/operators", json!({"name": "a b", "role": "auditor"})).await;
    snapshot("invalid_operator", &operator);
    for (body, name) in [
        (json!({}), "missing_field"),
        (json!({"name": "x", "secret": 1}), "unknown_field"),
        (json!({"name": 5}), "wrong_type"),
    ] {
        snapshot(name, &browser.post("/accounts", body).await);
    }
    for path in [
        "/audit?limit=0",
        "/audit?limit=201",
        "/audit?cursor=x",
        "/audit?from=yesterday",
        "/audit/export?format=pdf",
        "/audit/export",
        "/traffic?window=1y",
        "/traffic",
        "/accounts/demo/usage?days=0",
        "/accounts/demo/usage?days=367",
    ] {
        assert_eq!(browser.get(path).await.code(), "invalid", "{path}");
    }
    let large = json!({"name": "x".repeat(70_000)});
    snapshot("too_large", &browser.post("/accounts", large).await);
}

#[tokio::test]
async fn what_broke_is_told_without_its_cause() {
    let server = Server::new().await;
    let browser = server.browser(Role::Administrator).await;
    server.bench.store.close().await;
    snapshot("internal", &browser.get("/accounts").await);
}

//! What each role may do, and that refusals are noted.

use axum::http::Method;
use serde_json::json;
use vultus_service::Role;

use super::*;

#[tokio::test]
async fn roles_may_do_what_is_theirs() {
    let server = Server::new().await;
    let all = [
        server.browser(Role::Administrator).await,
        server.browser(Role::Operator).await,
        server.browser(Role::Auditor).await,
    ];
    for (method, path, body, allowed) in [
        (Method::GET, "/overview", None, [true, true, true]),
        (Method::GET, "/traffic?window=10m", None, [true, true, true]),
        (Method::GET, "/accounts", None, [true, true, true]),
        (Method::GET, "/accounts/demo/usage", None, [true, true, true]),
        (Method::GET, "/openapi.json", None, [true, true, true]),
        (Method::POST, "/accounts/demo/sandbox-credentials", None, [true, true, false]),
        (Method::GET, "/operators", None, [true, false, true]),
        (Method::GET, "/audit", None, [true, false, true]),
        (Method::GET, "/audit/export?format=csv", None, [true, false, true]),
        (Method::POST, "/accounts/demo/rotate", None, [true, false, false]),
        (Method::PATCH, "/accounts/demo", Some(json!({})), [true, false, false]),
        (Method::PATCH, "/operators/auditor", Some(json!({})), [true, false, false]),
    ] {
        for (browser, allowed) in all.iter().zip(allowed) {
            let answer = browser.call(method.clone(), path, body.clone()).await;
            let is_forbidden = answer.status == StatusCode::FORBIDDEN;
            assert_eq!(answer.status.is_success(), allowed, "{method} {path}: {}", answer.text);
            assert_eq!(is_forbidden && answer.code() == "forbidden", !allowed, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn refusals_and_failures_are_in_the_audit_log() {
    let server = Server::new().await;
    let operator = server.browser(Role::Operator).await;
    let refused = operator.post("/accounts", json!({"name": "x"})).await;
    snapshot("forbidden", &refused);
    server.post_session("operator", "wrong").await;
    server.post_session("hunter2, typed into the wrong field", "wrong").await;
    let administrator = server.browser(Role::Administrator).await;
    administrator.post("/accounts", json!({"name": "demo"})).await;
    let items = administrator.get("/audit").await.json()["items"].clone();
    let shown = |item: &Value| {
        ["actor", "role", "action", "account", "outcome"]
            .map(|key| item[key].as_str().unwrap_or("-").to_owned())
            .join(" ")
    };
    let shown: Vec<String> = items.as_array().unwrap().iter().map(shown).collect();
    assert_eq!(
        shown,
        [
            "administrator administrator account.create demo conflict",
            "administrator administrator session.sign_in - ok",
            "unknown - session.sign_in_failed - wrong_password",
            "operator - session.sign_in_failed - wrong_password",
            "operator operator account.create x forbidden",
            "operator operator session.sign_in - ok",
        ]
    );
}

//! What every endpoint answers.

use std::time::Duration;

use axum::http::Method;
use serde_json::json;
use vultus_service::fakes::{ALICE, photo_of};
use vultus_service::{Caller, EnrolCommand, FaceChoice, OutcomeClass, PhotoSettings, Role};
use vultus_types::Wanted;

use super::*;

#[tokio::test]
async fn session_begins_is_shown_and_ends() {
    let server = Server::new().await;
    let given = server.administration.operators().create_first().await.unwrap().unwrap().password;
    let answer = server.post_session("admin", &given).await;
    snapshot("session_sign_in", &answer);
    let cookie = answer.header("set-cookie");
    let attributes: Vec<&str> = cookie.split("; ").skip(1).collect();
    assert_eq!(attributes, ["Path=/admin", "Max-Age=43200", "HttpOnly", "SameSite=Strict", "Secure"]);
    assert_eq!(answer.header("cache-control"), "no-store");
    let browser = server.sign_in("admin", &given).await;
    let body = json!({"current": given, "new": PASSWORD});
    snapshot("session_password", &browser.call(Method::PUT, "/session/password", Some(body)).await);
    snapshot("session_show", &browser.get("/session").await);
    let ended = browser.call(Method::DELETE, "/session", None).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    assert!(ended.header("set-cookie").starts_with("vultus_session=; Path=/admin; Max-Age=0;"));
    assert_eq!(browser.get("/session").await.code(), "signed_out");
}

#[tokio::test]
async fn operators_are_created_changed_and_listed() {
    let server = Server::new().await;
    let browser = server.browser(Role::Administrator).await;
    let created = browser.post("/operators", json!({"name": "ann", "role": "auditor"})).await;
    snapshot("operators_create", &created);
    let change = json!({"role": "operator", "disabled": true});
    snapshot("operators_update", &browser.call(Method::PATCH, "/operators/ann", Some(change)).await);
    snapshot("operators_reset_password", &browser.post("/operators/ann/reset-password", json!({})).await);
    snapshot("operators_list", &browser.get("/operators").await);
}

#[tokio::test]
async fn accounts_are_created_changed_and_listed() {
    let server = Server::new().await;
    let browser = server.browser(Role::Administrator).await;
    let created = browser.post("/accounts", json!({"name": "acme"})).await;
    snapshot("accounts_create", &created);
    snapshot("accounts_rotate", &browser.post("/accounts/acme/rotate", json!({})).await);
    let lent = browser.post("/accounts/acme/sandbox-credentials", json!({})).await;
    snapshot("accounts_sandbox_credentials", &lent);
    let token = lent.json()["credentials"]["findface_token"].as_str().unwrap().to_owned();
    let presented = || vultus_service::Presented::findface(&token);
    server.bench.service.authenticate(presented()).await.unwrap();
    let change = json!({"disabled": true, "liveness_per_month": 5, "requests_per_minute": 600});
    let changed = browser.call(Method::PATCH, "/accounts/acme", Some(change)).await;
    snapshot("accounts_update", &changed);
    for requests in [0, 1_000_001] {
        let unfit = json!({"disabled": false, "requests_per_minute": requests});
        let refused = browser.call(Method::PATCH, "/accounts/acme", Some(unfit)).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["field"]), (422, &json!("requests_per_minute")));
    }
    let unlimited = json!({"disabled": false, "liveness_per_month": null, "requests_per_minute": null});
    let changed = browser.call(Method::PATCH, "/accounts/acme", Some(unlimited)).await.json();
    for field in ["disabled_at", "liveness_per_month", "requests_per_minute"] {
        assert_eq!(changed[field], json!(null), "{field}");
    }
    snapshot("accounts_list", &browser.get("/accounts").await);
    server.bench.clock.advance_micros(3_600_000_000);
    assert!(server.bench.service.authenticate(presented()).await.is_err(), "an hour is over");
}

#[tokio::test]
async fn overview_traffic_and_usage_tell_what_happened() {
    let server = Server::new().await;
    let browser = server.browser(Role::Auditor).await;
    let service = &server.bench.service;
    let account = service.accounts().named("demo").await.unwrap().id;
    let command = EnrolCommand {
        photo: photo_of(&[ALICE]).unwrap().into(),
        photo_url: None,
        galleries: vec!["G".to_owned()],
        subject: "Alice".to_owned(),
        faces: FaceChoice::SINGLE,
        keep_photo: false,
        event: None,
        settings: PhotoSettings::new(Wanted::BOXES),
    };
    service.enrol(Caller { account }, service.admit().unwrap(), command).await.unwrap();
    for (class, millis) in
        [(OutcomeClass::Ok, 100), (OutcomeClass::ClientError, 5), (OutcomeClass::Refused, 1)]
    {
        service.traffic().record("kairos", Some(account), class, Duration::from_millis(millis));
    }
    service.flush_traffic().await.unwrap();
    snapshot("overview", &browser.get("/overview").await);
    for window in ["10m", "1h", "24h", "7d", "30d"] {
        snapshot(&format!("traffic_{window}"), &browser.get(&format!("/traffic?window={window}")).await);
    }
    snapshot("accounts_usage", &browser.get("/accounts/demo/usage?days=7").await);
    let account = &browser.get("/accounts").await.json()["items"][0];
    assert_eq!((&account["faces"], &account["requests_30d"]), (&json!(1), &json!(3)));
}

#[tokio::test]
async fn audit_is_read_in_pages_and_exported() {
    let server = Server::new().await;
    let browser = server.browser(Role::Administrator).await;
    for name in ["one", "two", "two"] {
        browser.post("/accounts", json!({"name": name})).await;
    }
    let page = browser.get("/audit?limit=2").await;
    snapshot("audit_page", &page);
    let next = page.json()["next"].as_str().unwrap().to_owned();
    snapshot("audit_last_page", &browser.get(&format!("/audit?limit=3&cursor={next}")).await);
    let found = browser.get("/audit?action=account.create&account=two&actor=administrator").await.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 2);
    let none = browser.get("/audit?from=2026-03-14").await.json();
    assert_eq!(none["items"], json!([]));
    let all = browser.get("/audit?from=2026-03-13T07:57:22.681Z&to=2026-03-14").await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), 4);
    let csv = browser.get("/audit/export?format=csv&actor=administrator").await;
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"vultus-audit.csv\"");
    snapshot("audit_csv", &csv);
    snapshot("audit_jsonl", &browser.get("/audit/export?format=jsonl&action=audit.export").await);
}

#[tokio::test]
async fn description_names_every_endpoint() {
    let server = Server::new().await;
    let browser = server.browser(Role::Auditor).await;
    let document = browser.get("/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut endpoints = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["responses"]["401"]["content"].is_object(), "{method} {path}");
            endpoints.push(format!("{} {path}", method.to_uppercase()));
        }
    }
    endpoints.sort();
    for expected in ["POST /session", "GET /traffic", "PATCH /accounts/{a}", "GET /audit/export"] {
        assert!(endpoints.iter().any(|endpoint| endpoint == expected), "{expected}: {endpoints:?}");
    }
    assert!(document["paths"]["/accounts"]["post"]["parameters"][0]["name"] == "X-CSRF-Token");
}

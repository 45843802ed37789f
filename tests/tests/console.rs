//! The console's API on the built binary: the first operator, their session, and what outlives the process.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use serde_json::{Value, json};
use vultus_e2e::{DataDir, Server, plain_client};

const PASSWORD: &str = "a password of my own";

/// A signed-in browser.
struct Browser {
    base: String,
    cookie: String,
    csrf: String,
}

struct Answer {
    status: u16,
    cookie: Option<String>,
    json: Value,
}

async fn send(request: reqwest::RequestBuilder) -> Answer {
    let answer = request.send().await.unwrap();
    let cookie = answer.headers().get("set-cookie").map(|value| value.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    let json = serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default();
    Answer { status, cookie, json }
}

impl Browser {
    async fn sign_in(server: &Server, name: &str, password: &str) -> (Self, Value) {
        let request = plain_client().post(format!("{}/admin/v1/session", server.base));
        let answer = send(request.json(&json!({"name": name, "password": password}))).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        let cookie = answer.cookie.unwrap();
        assert!(cookie.contains("; Secure") && cookie.contains("; HttpOnly"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let csrf = answer.json["csrf_token"].as_str().unwrap().to_owned();
        (Self { base: server.base.clone(), cookie, csrf }, answer.json)
    }

    async fn call(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> Answer {
        let request = plain_client().request(method, format!("{}/admin/v1{path}", self.base));
        let request = request.header("cookie", &self.cookie).header("x-csrf-token", &self.csrf);
        send(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    async fn get(&self, path: &str) -> Answer {
        self.call(reqwest::Method::GET, path, None).await
    }
}

fn printed_password(data: &DataDir) -> String {
    let printed = data.printed();
    let line = printed.lines().find_map(|line| line.strip_prefix("one-time password")).unwrap();
    line.trim().to_owned()
}

#[tokio::test]
async fn first_operator_signs_in_and_what_they_did_outlives_the_process() {
    let data = DataDir::default();
    let server = Server::start(&data, &[]).await;
    let given = printed_password(&data);
    let (browser, session) = Browser::sign_in(&server, "admin", &given).await;
    assert_eq!(session["must_change_password"], true);
    assert_eq!(browser.get("/overview").await.json["code"], "password_change_required");
    let change = json!({"current": given, "new": PASSWORD});
    let changed = browser.call(reqwest::Method::PUT, "/session/password", Some(change)).await;
    assert_eq!(changed.status, 204, "{}", changed.json);

    let created = browser.call(reqwest::Method::POST, "/accounts", Some(json!({"name": "acme"}))).await;
    assert_eq!(created.status, 201, "{}", created.json);
    let credentials = &created.json["credentials"];
    let request = plain_client().post(format!("{}/gallery/list_all", server.base)).json(&json!({}));
    let request = request.header("app_id", credentials["app_id"].as_str().unwrap());
    let listed = send(request.header("app_key", credentials["app_key"].as_str().unwrap())).await;
    assert_eq!((listed.status, &listed.json["status"]), (200, &json!("Complete")), "{}", listed.json);
    let traffic = browser.get("/traffic?window=10m").await.json;
    assert_eq!(traffic["series"][0]["dialect"], "kairos", "{traffic}");
    let overview = browser.get("/overview").await.json;
    assert_eq!(
        (&overview["ready"], &overview["totals"]["accounts"]),
        (&json!(true), &json!(1)),
        "{overview}"
    );
    assert!(!overview["models"].as_array().unwrap().is_empty());
    let metrics = plain_client().get(format!("{}/metrics", server.base)).send().await.unwrap();
    assert!(metrics.text().await.unwrap().contains("vultus_queue_capacity"));

    server.kill();
    let server = Server::start(&data, &[]).await;
    assert_eq!(data.printed().matches("one-time password").count(), 1, "it is shown once");
    let (browser, session) = {
        let again = Browser { base: server.base.clone(), ..browser };
        let session = again.get("/session").await;
        assert_eq!(session.status, 200, "sessions outlive the process");
        Browser::sign_in(&server, "admin", PASSWORD).await
    };
    assert_eq!(session["must_change_password"], false);
    let audit = browser.get("/audit?action=account.create").await.json;
    let entry = &audit["items"][0];
    let shown = ["actor", "role", "account", "outcome", "address"].map(|key| entry[key].as_str().unwrap());
    assert_eq!(shown, ["admin", "administrator", "acme", "ok", "127.0.0.1"]);
}

#[tokio::test]
async fn operators_are_managed_on_the_command_line_and_noted() {
    let data = DataDir::default();
    let create = ["operators", "create", "ann", "--role", "administrator", "--json"];
    let created = data.run_json(&create);
    let given = created["one_time_password"].as_str().unwrap();
    assert_eq!(data.command(&create).output().unwrap().status.code(), Some(1), "the name is taken");
    let disable = data.command(&["operators", "disable", "ann"]).output().unwrap();
    assert_eq!(disable.status.code(), Some(1), "the last administrator stays");
    let server = Server::start(&data, &[]).await;
    assert!(!data.printed().contains("one-time password"), "there is an operator already");
    let (browser, _) = Browser::sign_in(&server, "ann", given).await;
    let reset = data.run_json(&["operators", "reset", "ann", "--json"]);
    assert_eq!(browser.get("/session").await.status, 401, "a reset ends sessions");
    let reset = reset["one_time_password"].as_str().unwrap().to_owned();
    let (browser, _) = Browser::sign_in(&server, "ann", &reset).await;
    let change = json!({"current": reset, "new": PASSWORD});
    browser.call(reqwest::Method::PUT, "/session/password", Some(change)).await;
    data.account("demo");
    let audit = browser.get("/audit?actor=cli").await.json;
    let shown = |item: &Value| {
        let text = |key: &str| item[key].as_str().unwrap_or("-").to_owned();
        format!("{} {} {} {}", text("action"), text("account"), text("target"), text("outcome"))
    };
    let shown: Vec<String> = audit["items"].as_array().unwrap().iter().map(shown).collect();
    let expected = [
        "account.create demo - ok",
        "operator.reset_password - ann ok",
        "operator.update - ann last_administrator",
        "operator.create - ann already_exists",
        "operator.create - ann ok",
    ];
    assert_eq!(shown, expected);
    let listed = data.run_json(&["operators", "list", "--json"]);
    assert_eq!(listed[0]["role"], "administrator");
}

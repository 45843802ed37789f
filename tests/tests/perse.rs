//! The Perse dialect over real models: sessions, users, consent, and the service's own client.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use std::process::Command;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use vultus_e2e::{DataDir, Portraits, Server, plain_client, sample_photo, workspace};

/// A Perse client with a header of credentials.
struct Perse<'a> {
    server: &'a Server,
    credentials: (&'static str, String),
}

impl Perse<'_> {
    async fn send(&self, method: Method, path: &str, form: Option<Form>) -> (u16, Value) {
        let (name, value) = &self.credentials;
        let request =
            plain_client().request(method, format!("{}{path}", self.server.base)).header(*name, value);
        let request = match form {
            Some(form) => request.multipart(form),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap())
    }

    /// The answer of a call that must succeed.
    async fn ask(&self, method: Method, path: &str, form: Option<Form>) -> Value {
        let (status, answer) = self.send(method, path, form).await;
        assert_eq!((status, &answer["status"]), (200, &json!(200)), "{path}: {answer}");
        answer
    }

    /// Status and code of a call that must fail.
    async fn fail(&self, method: Method, path: &str, form: Option<Form>) -> (u16, String) {
        let (status, answer) = self.send(method, path, form).await;
        assert_eq!(answer["status"], status, "{path}: {answer}");
        (status, answer["code"].as_str().unwrap().to_owned())
    }
}

fn photo(key: &'static str, bytes: &[u8]) -> Form {
    Form::new().part(key, Part::bytes(bytes.to_vec()).file_name("photo.jpg"))
}

/// The token that a private key is traded for.
async fn log_in(server: &Server, private_key: &str) -> String {
    let request = plain_client().post(format!("{}/v0/login", server.base));
    let answer = request.json(&json!({ "privateKey": private_key })).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    answer.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn user_lives_through_a_session() {
    let data = DataDir::default();
    let account = data.account("session");
    let server = Server::start(&data, &[]).await;
    let portraits = Portraits::cut(&data);
    let (one, other) = (&portraits.of(3)[0], &portraits.of(3)[1]);
    let token = log_in(&server, &account.perse_private_key).await;
    let perse = Perse { server: &server, credentials: ("authorization", format!("Bearer {token}")) };

    let consenting = photo("image_file", one).text("client_declaration_enduser_consent", "true");
    let enrolled = perse.ask(Method::POST, "/v0/face/enrollment/", Some(consenting)).await;
    let user = enrolled["user_token"].as_str().unwrap().to_owned();
    let compare = async |bytes: &[u8]| {
        let form = photo("image_file", bytes).text("user_token", format!("\"{user}\""));
        let answer = perse.ask(Method::POST, "/v0/face/compare", Some(form)).await;
        answer["similarity"].as_f64().unwrap() >= answer["default_thresholds"]["similarity"].as_f64().unwrap()
    };
    assert!(compare(one).await && !compare(other).await);
    let form = photo("image_file", other).text("user_token", user.clone());
    perse.ask(Method::PUT, "/v0/face/enrollment", Some(form)).await;
    assert!(compare(other).await && !compare(one).await);
    let list = perse.ask(Method::GET, "/v0/face/enrollment/list/", None).await;
    assert_eq!((&list["user_tokens"], &list["total_users"]), (&json!([user]), &json!(1)));

    let refused = photo("image_file", one).text("client_declaration_enduser_consent", "false");
    let refused = perse.fail(Method::POST, "/v0/face/enrollment", Some(refused)).await;
    assert_eq!(refused, (400, "consent_not_given".to_owned()));
    let path = format!("/v0/face/enrollment/{user}");
    perse.ask(Method::DELETE, &path, None).await;
    assert_eq!(perse.fail(Method::DELETE, &path, None).await, (422, "user_token_not_found".to_owned()));

    let listed = data.run(&["consents", "list", "--account", "session", "--json"]).stdout;
    let listed = String::from_utf8(listed).unwrap();
    let consents: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let operations: Vec<&str> =
        consents.iter().map(|consent| consent["operation"].as_str().unwrap()).collect();
    let compared = "compare_with_user";
    assert_eq!(operations, ["enrol", compared, compared, "replace", compared, compared]);
    assert!(consents.iter().all(|consent| consent["subject"] == user && consent["account"] == "session"));
    assert_eq!(consents.iter().filter(|consent| consent["is_declared"] == true).count(), 1);
    assert!(!data.command(&["consents", "list", "--account", "nobody"]).output().unwrap().status.success());
}

#[tokio::test]
async fn credentials_open_what_is_theirs_until_they_are_replaced() {
    let data = DataDir::default();
    let account = data.account("keys");
    let server = Server::start(&data, &[]).await;
    let token = log_in(&server, &account.perse_private_key).await;
    let list = async |name, value: &str| {
        let perse = Perse { server: &server, credentials: (name, value.to_owned()) };
        perse.send(Method::GET, "/v0/face/enrollment/list", None).await.0
    };
    assert_eq!(list("x-api-key", &account.perse_api_key).await, 200);
    assert_eq!(list("authorization", &token).await, 200);
    let (rest, signature) = token.rsplit_once('.').unwrap();
    let changed: String = signature.chars().rev().collect();
    assert_eq!(list("authorization", &format!("Bearer {rest}.{changed}")).await, 401);
    assert_eq!(list("x-api-key", &account.perse_private_key).await, 401);
    data.run(&["accounts", "rotate", "keys"]);
    assert_eq!(list("authorization", &token).await, 401);
    assert_eq!(list("x-api-key", &account.perse_api_key).await, 401);
}

#[tokio::test]
async fn consent_can_be_made_a_condition() {
    let data = DataDir::default();
    let account = data.account("strict");
    let config = "[dialects.perse]\nprefix = \"/perse\"\nrequire_consent = true\n";
    std::fs::write(data.path().join("vultus.toml"), config).unwrap();
    let server = Server::start(&data, &[]).await;
    let perse = Perse { server: &server, credentials: ("x-api-key", account.perse_api_key) };
    let bytes = sample_photo(3);
    let silent = perse.fail(Method::POST, "/perse/v0/face/detect", Some(photo("image_file", &bytes))).await;
    assert_eq!(silent, (400, "form_key_missing".to_owned()));
    let consenting = photo("image_file", &bytes).text("client_declaration_enduser_consent", "true");
    let answer = perse.ask(Method::POST, "/perse/v0/face/detect", Some(consenting)).await;
    assert_eq!(answer["total_faces"], 3);
}

#[tokio::test]
async fn perse_service_for_browsers_works_unchanged() {
    let data = DataDir::default();
    let account = data.account("browser");
    let server = Server::start(&data, &[]).await;
    let portraits = Portraits::cut(&data);
    let folder = tempfile::tempdir().unwrap();
    let client = "@cyberlabsai/perse-service";
    let bundled = ".cache/npm/node_modules/@cyberlabsai/perse-sdk-js/node_modules/@cyberlabsai/perse-service";
    let installed = workspace().join(bundled);
    assert!(installed.exists(), "the client is missing: run `make test`");
    let target = folder.path().join("node_modules").join(client);
    std::fs::create_dir_all(target.join("dist")).unwrap();
    std::fs::copy(installed.join("package.json"), target.join("package.json")).unwrap();
    let code = std::fs::read_to_string(installed.join("dist/bundle.js")).unwrap();
    assert!(code.contains("https://api.getperse.com"), "the client's base address is a constant");
    let code = code.replace("https://api.getperse.com", &server.base);
    std::fs::write(target.join("dist/bundle.js"), code).unwrap();
    let script = folder.path().join("drive.js");
    std::fs::copy(workspace().join("tests/clients/perse-service/drive.js"), &script).unwrap();
    for (number, portrait) in portraits.of(3).iter().enumerate() {
        std::fs::write(folder.path().join(format!("face{number}.jpg")), portrait).unwrap();
    }
    std::fs::write(folder.path().join("group.jpg"), sample_photo(3)).unwrap();
    let nobody = image::RgbImage::from_pixel(64, 64, image::Rgb([90, 120, 90]));
    nobody.save(folder.path().join("nobody.png")).unwrap();

    let output = Command::new("node")
        .arg(&script)
        .arg(&account.perse_api_key)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the client failed: {errors}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "15 calls checked");
}

//! The dialect of Kairos IDV over real models, beside Kairos on the same credentials.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use serde_json::{Value, json};
use vultus_e2e::{Account, DataDir, Portraits, Server, base64, plain_client};

/// A multipart body as the documentation's example in Python sends it: the file is called `file` and has no type.
fn multipart(selfie: &[u8], threshold: &str) -> Vec<u8> {
    let mut body = b"--b\r\nContent-Disposition: form-data; name=\"threshold\"\r\n\r\n".to_vec();
    body.extend_from_slice(threshold.as_bytes());
    body.extend_from_slice(
        b"\r\n--b\r\nContent-Disposition: form-data; name=\"selfie\"; filename=\"file\"\r\n\r\n",
    );
    body.extend_from_slice(selfie);
    body.extend_from_slice(b"\r\n--b--\r\n");
    body
}

struct Answer {
    status: u16,
    model: Option<String>,
    json: Value,
}

async fn post(server: &Server, account: &Account, path: &str, body: Vec<u8>) -> Answer {
    let request = plain_client().post(format!("{}{path}", server.base)).body(body);
    let request = request.header("content-type", "multipart/form-data; boundary=b");
    let request = request.header("app_id", &account.kairos.app_id).header("app_key", &account.kairos.app_key);
    let answer = request.send().await.unwrap();
    let model = answer.headers().get("x-liveness-model").map(|value| value.to_str().unwrap().to_owned());
    Answer { status: answer.status().as_u16(), model, json: answer.json().await.unwrap() }
}

#[tokio::test]
async fn selfie_is_verified_until_the_limit_of_the_month() {
    let data = DataDir::default();
    let account = data.account("demo");
    let limited = data.run_json(&["accounts", "quota", "demo", "--liveness-per-month", "3", "--json"]);
    assert_eq!((&limited["liveness_per_month"], &limited["liveness_this_month"]), (&json!(3), &json!(0)));
    let server = Server::start(&data, &[]).await;
    let portraits = Portraits::cut(&data);
    let selfie = &portraits.of(3)[0];

    let path = "/v0.1/liveness-verification";
    let passed = post(&server, &account, path, multipart(selfie, "0")).await;
    assert_eq!((passed.status, &passed.json["response_code"]), (200, &json!(1)), "{}", passed.json);
    assert_eq!(passed.model.as_deref(), Some("human-liveness"));
    let data_of = &passed.json["response_data"];
    let score = data_of["faces_liveness"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&score));
    assert_eq!(data_of["faces_predicted"].as_array().unwrap().len(), 1, "{data_of}");
    let decoded = image::load_from_memory(selfie).unwrap();
    assert_eq!(data_of["img"], json!({"height": decoded.height(), "width": decoded.width()}));

    let uri = format!("data:image/jpeg;base64,{}", base64(selfie));
    let as_json = json!({"selfie": uri, "threshold": "1"}).to_string().into_bytes();
    let refused = post(&server, &account, "/v0.2/liveness-verification", as_json).await;
    assert_eq!((refused.status, &refused.json["response_code"]), (200, &json!(2)), "{}", refused.json);
    assert_eq!(refused.json["response_data"]["faces_liveness"], json!(score));

    assert_eq!(post(&server, &account, path, multipart(b"no photo", "0")).await.status, 400);
    assert_eq!(post(&server, &account, path, multipart(selfie, "0.6")).await.status, 200);
    let over = post(&server, &account, path, multipart(selfie, "0.6")).await;
    assert_eq!((over.status, over.json), (403, json!({"message": "the limit of this month is reached"})));
    let listed = data.run_json(&["accounts", "list", "--json"]);
    assert_eq!((&listed[0]["liveness_per_month"], &listed[0]["liveness_this_month"]), (&json!(3), &json!(3)));

    data.run(&["accounts", "quota", "demo", "--liveness-per-month", "none"]);
    assert_eq!(post(&server, &account, path, multipart(selfie, "0.6")).await.status, 200);
}

#[tokio::test]
async fn same_credentials_reach_both_kairos_dialects() {
    let data = DataDir::default();
    let account = data.account("demo");
    let server = Server::start(&data, &[]).await;
    let kairos = vultus_e2e::Kairos::new(&server, &account.kairos);
    assert_eq!(kairos.post("/gallery/list_all", json!({})).await["status"], "Complete");
    let missing = post(&server, &account, "/v0.1/liveness-verification/", b"{}".to_vec()).await;
    assert_eq!((missing.status, missing.json), (400, json!({"message": "selfie is missing"})));
    let stranger = Account { kairos: data.account("other").kairos, ..account.clone() };
    let stranger = vultus_e2e::Credentials { app_key: "wrong".to_owned(), ..stranger.kairos };
    let stranger = Account { kairos: stranger, ..account };
    assert_eq!(post(&server, &stranger, "/v0.2/liveness-verification", b"{}".to_vec()).await.status, 401);
}

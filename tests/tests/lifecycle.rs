//! Start, readiness and shutdown.

use std::time::Duration;

use serde_json::json;
use vultus_e2e::{DataDir, Kairos, Server, base64, plain_client, sample_photo};

#[tokio::test]
async fn health_readiness_and_metrics_answer_without_credentials() {
    let data = DataDir::default();
    let credentials = data.kairos_account("metrics");
    let server = Server::start(&data, &[]).await;
    let client = Kairos::new(&server, &credentials);
    client.post("/detect", json!({ "image": base64(&sample_photo(1)) })).await;
    let get = async |path: &str| {
        let answer = plain_client().get(format!("{}{path}", server.base)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(get("/healthz").await.0, 200);
    assert_eq!(get("/readyz").await.0, 200);
    let (status, page) = get("/metrics").await;
    assert_eq!(status, 200);
    assert!(page.contains("vultus_requests_total"), "{page}");
}

#[tokio::test]
async fn requests_in_flight_finish_when_the_server_is_asked_to_stop() {
    let data = DataDir::default();
    let credentials = data.kairos_account("graceful");
    let server = Server::start(&data, &[]).await;
    let client = Kairos::new(&server, &credentials);
    let body = json!({ "image": base64(&sample_photo(5)) });
    let calls: Vec<_> = (0..4)
        .map(|_| {
            let (client, body) = (client.clone(), body.clone());
            tokio::spawn(async move { client.try_post("/detect", &body).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(150)).await;
    let stopped = std::thread::spawn(move || server.stop());
    for call in calls {
        let (status, answer) = call.await.unwrap().expect("a request in flight is answered");
        assert_eq!(status, 200, "{answer}");
    }
    assert!(stopped.join().unwrap(), "the server ends well");
}

#[tokio::test]
async fn the_first_account_is_made_once() {
    let data = DataDir::default();
    let server = Server::start(&data, &["--first-account", "demo"]).await;
    server.kill();
    let server = Server::start(&data, &["--first-account", "demo"]).await;
    server.kill();
    let accounts = data.run_json(&["accounts", "list", "--json"]);
    assert_eq!(accounts.as_array().unwrap().len(), 1, "{accounts}");
}

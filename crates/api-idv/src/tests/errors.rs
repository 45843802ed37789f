//! Every error, as it is sent.

use vultus_face::Capabilities;
use vultus_face::fakes::FakeAnalyzer;
use vultus_service::fakes::{ALICE, BOB};

use super::*;

#[tokio::test]
async fn wrong_credentials_401() {
    let server = Server::new().await;
    let send = async |app_id: &str, app_key: &str| {
        let request = Request::post(PATHS[0]).header("app_id", app_id).header("app_key", app_key);
        server.send(request.body(Body::from("{}")).unwrap()).await
    };
    let (app_id, app_key) = (server.secrets.app_id.as_str(), server.secrets.app_key.as_str());
    snapshot("error_401", &send(app_id, "wrong").await);
    for (app_id, app_key) in [("wrong", app_key), ("", app_key), (app_id, "")] {
        assert_eq!(send(app_id, app_key).await.status, StatusCode::UNAUTHORIZED);
    }
    server.bench.service.accounts().disable("demo").await.unwrap();
    assert_eq!(send(app_id, app_key).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn limit_of_the_month_403() {
    let server = Server::new().await;
    server.bench.service.accounts().limit_liveness("demo", Some(1)).await.unwrap();
    assert_eq!(server.send(server.request(PATHS[0], "{}")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(server.verify(&[BOB], json!(null)).await.status, StatusCode::OK);
    snapshot("error_403", &server.verify(&[BOB], json!(null)).await);
}

#[tokio::test]
async fn selfies_that_are_none_400() {
    let server = Server::new().await;
    let post = async |body: Value| server.send(server.request(PATHS[0], body.to_string())).await;
    snapshot("error_400_missing", &post(json!({"threshold": 0.5})).await);
    snapshot("error_400_no_image", &post(json!({"selfie": data_uri(b"text")})).await);
    snapshot("error_400_no_photo", &post(json!({"selfie": "http://photos.example/a.jpg"})).await);
    for selfie in [json!("nothing!"), json!(5), json!(["a"])] {
        assert_eq!(post(json!({ "selfie": selfie })).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(post(json!({"selfie": ""})).await.text, post(json!({})).await.text);
}

#[tokio::test]
async fn thresholds_out_of_range_400() {
    let server = Server::new().await;
    snapshot("error_400_threshold", &server.verify(&[ALICE], json!(1.01)).await);
    for threshold in [json!(-0.1), json!("high"), json!([0.5]), json!("nan")] {
        let answer = server.verify(&[ALICE], threshold.clone()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{threshold}");
    }
}

#[tokio::test]
async fn bodies_that_cannot_be_read_400_and_413() {
    let server = Server::new().await;
    snapshot("error_400_body", &server.send(server.request(PATHS[0], "{\"selfie\"")).await);
    let mut request = server.request(PATHS[0], "");
    request.headers_mut().insert(header::CONTENT_LENGTH, 30_000_000.into());
    snapshot("error_413_body", &server.send(request).await);
}

#[tokio::test]
async fn other_paths_and_methods_404_and_405() {
    let server = Server::new().await;
    snapshot("error_404", &server.send(server.request("/v0.1/biometric-verification", "")).await);
    let request = Request::get(PATHS[0]).body(Body::empty()).unwrap();
    snapshot("error_405", &server.send(request).await);
}

#[tokio::test]
async fn pack_without_a_model_501() {
    let analyzer = Arc::new(FakeAnalyzer::with_capabilities(Capabilities::default()));
    let server = Server::with(BenchOptions { analyzer, ..BenchOptions::default() }).await;
    snapshot("error_501", &server.verify(&[BOB], json!(null)).await);
}

#[tokio::test]
async fn full_queue_503_before_the_body_is_read() {
    let server = Server::with(BenchOptions { queue: 0, ..BenchOptions::default() }).await;
    let _held = server.bench.service.admit().unwrap();
    let endless = futures::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let answer = server.send(server.request(PATHS[0], Body::from_stream(endless))).await;
    assert_eq!(answer.header("retry-after"), "1");
    snapshot("error_503", &answer);
}

#[tokio::test]
async fn too_many_requests_of_a_minute_429() {
    let server = Server::new().await;
    server.bench.service.accounts().limit_requests("demo", Some(1)).await.unwrap();
    assert_eq!(server.send(server.request(PATHS[0], "{}")).await.status, StatusCode::BAD_REQUEST);
    snapshot("error_429", &server.send(server.request(PATHS[1], "{}")).await);
}

//! Every error.

use vultus_face::Capabilities;
use vultus_face::fakes::FakeAnalyzer;
use vultus_service::fakes::{ALICE, BOB, CAROL};

use super::*;

#[tokio::test]
async fn wrong_and_missing_tokens_are_refused() {
    let server = Server::new().await;
    let wrong = server.call_as("wrong", Method::GET, "/v0/faces", Body::empty()).await;
    snapshot("error_auth_failed", &wrong);
    let other_scheme = Request::get("/v0/faces").header(header::AUTHORIZATION, "Bearer x");
    for request in [Request::get("/v0/faces"), other_scheme, Request::post("/v1/detect")] {
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::UNAUTHORIZED, "AUTH_FAILED".to_owned()));
    }
    server.bench.service.accounts().disable("demo").await.unwrap();
    assert_eq!(server.get("/v0/faces").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let server = Server::new().await;
    let detect = async |body: Value| server.post("/v0/detect", body).await;
    snapshot("error_missing_photo", &detect(json!({})).await);
    snapshot("error_bad_photo", &detect(json!({"photo": "face.jpg"})).await);
    let body = json!({"photo": photo(&[ALICE]), "threshold": "tight"});
    snapshot("error_bad_threshold", &server.post("/v0/identify", body).await);
    for (path, field, value) in [
        ("/v0/detect", "gender", json!("perhaps")),
        ("/v0/detect", "bbox", json!([1, 2, 3])),
        ("/v0/detect", "x1", json!("left")),
        ("/v0/face", "mf_selector", json!("smallest")),
        ("/v0/face", "cam_id", json!("door")),
        ("/v0/face", "galleries", json!(["no spaces please"])),
        ("/v0/face", "galleries", json!([1])),
        ("/v0/face", "meta", json!("x".repeat(3000))),
        ("/v0/face", "meta", json!("a\0b")),
        ("/v0/identify", "n", json!(0)),
        ("/v0/identify", "strict", json!("perhaps")),
        ("/v0/faces", "limit", json!("many")),
    ] {
        let method = if path == "/v0/faces" { Method::GET } else { Method::POST };
        let body = json!({"photo": photo(&[ALICE]), field: value});
        let answer = server.call(method, path, body.to_string()).await;
        let json = answer.json();
        assert_eq!((answer.status.as_u16(), &json["code"]), (400, &json!("BAD_PARAM")), "{field}: {json}");
        assert_eq!(json["param"], field, "{json}");
    }
}

#[tokio::test]
async fn malformed_bodies_are_refused() {
    let server = Server::new().await;
    let answer = server.call(Method::POST, "/v0/detect", "{\"photo\":").await;
    snapshot("error_malformed_json", &answer);
    let answer = server.call(Method::POST, "/v0/detect", "--b\r\n").await;
    assert_eq!((answer.status.as_u16(), answer.code()), (400, "BAD_PARAM".to_owned()));
}

#[tokio::test]
async fn photos_that_cannot_be_used_are_refused() {
    let server = Server::new().await;
    let body = json!({"photo": "bm8gaW1hZ2U="});
    snapshot("error_bad_image", &server.post("/v0/detect", body).await);
    snapshot("error_no_faces", &server.post("/v0/face", json!({"photo": photo(&[])})).await);
    let body = json!({"photo1": photo(&[ALICE]), "photo2": photo(&[])});
    snapshot("error_no_faces_verify", &server.post("/v0/verify", body).await);
    let body = json!({"photo": photo(&[ALICE]), "bbox": [400, 300, 500, 400]});
    assert_eq!(server.post("/v0/identify", body).await.code(), "NO_FACES");
}

#[tokio::test]
async fn too_many_faces_are_listed() {
    let server = Server::new().await;
    let body = json!({"photo": photo(&[ALICE, BOB, CAROL]), "mf_selector": "reject"});
    snapshot("error_too_many_faces", &server.post("/v0/face/", body.clone()).await);
    assert_eq!(server.post("/v0/identify", body).await.json()["code"], 400);
    let body = json!({
        "photo1": photo(&[ALICE]), "photo2": photo(&[ALICE, BOB]), "mf_selector": "reject"
    });
    assert_eq!(server.post("/v0/verify", body).await.json()["reason"], "Too many faces: 2");
    assert_eq!(server.get("/v0/faces").await.ids(), [0; 0]);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let server = Server::new().await;
    snapshot("error_face_not_found", &server.get("/v0/face/id/2333").await);
    snapshot("error_gallery_not_found", &server.get("/v0/faces/gallery/none").await);
    snapshot("error_path_not_found", &server.get("/v0/nothing").await);
    snapshot("error_method", &server.call(Method::PATCH, "/v0/faces", Body::empty()).await);
    for path in ["/v0/face/id/0", "/v0/face/id/-1", "/v0/face/id/x", "/v0/face/id/9007199254740993"] {
        assert_eq!(server.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let not_utf8 = "/v0/face/gallery/%FF/meta/Sam";
    assert_eq!(server.delete(not_utf8).await.code(), "NOT_FOUND");
    for path in ["/v0/face/id/1", "/v0/galleries/none", "/v0/face/meta/Sam", "/v0/face/gallery/none/meta/Sam"]
    {
        assert_eq!(server.delete(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(server.put("/v0/face/id/1", json!({"meta": "x"})).await.status, StatusCode::NOT_FOUND);
    let body = json!({"photo": photo(&[ALICE])});
    assert_eq!(server.post("/faces/gallery/none/identify", body).await.status, StatusCode::NOT_FOUND);
    assert_eq!(server.get("/v0/meta/gallery/none").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn full_queue_is_told_at_once() {
    let server = Server::with(BenchOptions { queue: 0, ..BenchOptions::default() }, &[], "").await;
    let _running = server.bench.service.admit().unwrap();
    let answer = server.post("/v0/detect", json!({"photo": photo(&[ALICE])})).await;
    snapshot("error_busy", &answer);
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(server.get("/v0/faces").await.status, StatusCode::OK, "what needs no photo goes on");
}

#[tokio::test]
async fn pack_without_an_embedder_is_told() {
    let analyzer = Arc::new(FakeAnalyzer::with_capabilities(Capabilities::default()));
    let server = Server::with(BenchOptions { analyzer, ..BenchOptions::default() }, &[], "").await;
    let answer = server.post("/v0/face", json!({"photo": photo(&[ALICE])})).await;
    snapshot("error_no_model", &answer);
}

#[tokio::test]
async fn large_bodies_are_refused() {
    let server = Server::new().await;
    let answer = server.call(Method::POST, "/v0/detect", vec![b'x'; 20_000_001]).await;
    snapshot("error_too_large", &answer);
}

#[tokio::test]
async fn changes_that_make_no_sense_are_refused() {
    let server = Server::new().await;
    let id = server.add(ALICE, "Sam", &["a"]).await;
    let path = format!("/v0/face/id/{id}");
    snapshot("error_bad_edit", &server.put(&path, json!({"galleries": {"put": ["b"]}})).await);
    for edit in
        [json!({}), json!({"add": ["b"], "del": ["a"]}), json!(["b"]), json!({"set": [1]}), json!("b")]
    {
        let answer = server.put(&path, json!({"galleries": edit})).await;
        assert_eq!(answer.json()["param"], "galleries", "{edit}");
    }
    assert_eq!(server.get(&path).await.json()["galleries"], json!(["default", "a"]));
}

#[tokio::test]
async fn silent_search_shard_is_told_or_refused() {
    let options = BenchOptions { shards: &["east", "west"], ..BenchOptions::default() };
    let server = Server::with(options, &[], "").await;
    let body = |strict: bool| json!({"photo": photo(&[ALICE]), "strict": strict});
    assert_eq!(server.post("/v0/face", json!({"photo": photo(&[ALICE])})).await.status, StatusCode::OK);
    let answer = server.post("/v0/identify", body(true)).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-live-servers")), (200, "2/2"));
    server.bench.shards[0].set_down(true);
    let answer = server.post("/v0/identify", body(false)).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-live-servers")), (200, "1/2"));
    snapshot("error_silent_shard", &server.post("/v0/identify", body(true)).await);
    server.bench.shards[1].set_down(true);
    let answer = server.post("/v0/identify", body(false)).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (503, "SERVICE_UNAVAILABLE".to_owned()));
}

#[tokio::test]
async fn too_many_requests_of_a_minute_are_refused() {
    let server = Server::new().await;
    server.bench.service.accounts().limit_requests("demo", Some(1)).await.unwrap();
    assert_eq!(server.get("/v0/faces").await.status, StatusCode::OK);
    let refused = server.get("/v0/faces").await;
    snapshot("error_too_many_requests", &refused);
    assert_eq!(refused.header("retry-after"), "38");
}

//! Every error of the dialect, through the router.

use vultus_face::fakes::FakeAnalyzer;
use vultus_face::{AnalyzeOptions, Capabilities, FaceAnalyzer, FaceError};
use vultus_inference::Cancel;
use vultus_service::OutcomeClass;
use vultus_service::fakes::{ALICE, BOB, START};
use vultus_store::{FaceRecord, FaceStore, UsageStore};
use vultus_types::{BoundingBox, FaceId, ModelDigest, PhotoAnalysis, ScoreRule, Template, TemplatePart};

use super::*;

#[tokio::test]
async fn wrong_credentials_are_refused_before_anything_else() {
    let server = Server::new().await;
    let wrong = KairosSecrets { app_key: "wrong".to_owned(), ..server.secrets.clone() };
    let answer = send(&server.app, request(&wrong, "/enroll", "not even JSON {")).await;
    snapshot("error_authentication", &answer);
    assert_eq!(answer.text.len(), 21);
    for path in [
        "/detect",
        "/verify",
        "/recognize",
        "/compare",
        "/gallery/list_all",
        "/gallery/view",
        "/gallery/view_subject",
        "/gallery/remove",
        "/gallery/remove_subject",
    ] {
        let request = Request::builder().method(Method::POST).uri(path).body(Body::empty()).unwrap();
        assert_eq!(server.send(request).await.as_sent(), answer.as_sent(), "{path}");
    }
}

#[tokio::test]
async fn invalid_characters_1000() {
    let server = Server::new().await;
    snapshot("error_1000", &server.post("/gallery/view", json!({"gallery_name": "a/b"})).await);
    for name in ["ü", "a\nb", "<x>", "a'b", "a%b", "\u{0}"] {
        let body = json!({"image": image(&[ALICE]), "subject_id": name, "gallery_name": "G"});
        assert_eq!(server.post("/enroll", body).await.code(), 1000, "{name:?}");
    }
    let fine =
        json!({"image": image(&[ALICE]), "subject_id": "Ann Lee_2-b@c.d", "gallery_name": "My Gallery"});
    assert!(server.post("/enroll", fine).await.json()["face_id"].is_string());
}

#[tokio::test]
async fn missing_parameters_1002() {
    let server = Server::new().await;
    snapshot("error_1002", &server.post("/gallery/view", json!({})).await);
    let photo = image(&[ALICE]);
    for (path, body, names) in [
        ("/enroll", json!({}), "image, subject_id, gallery_name"),
        ("/enroll", json!({"image": photo, "gallery_name": ""}), "subject_id, gallery_name"),
        ("/enroll", json!({"image": null, "subject_id": "s", "gallery_name": "g"}), "image"),
        ("/verify", json!({"image": photo}), "subject_id, gallery_name"),
        ("/recognize", json!({"url": photo}), "gallery_name"),
        ("/compare", json!({}), "source_image, target_image"),
        ("/compare", json!({"source_image": photo}), "target_image"),
        ("/detect", json!({}), "image"),
        ("/gallery/view_subject", json!({"gallery_name": "g"}), "subject_id"),
        ("/gallery/remove", json!({"gallery_name": " "}), "gallery_name"),
        ("/gallery/remove_subject", json!({"subject_id": "s"}), "gallery_name"),
    ] {
        let answer = server.post(path, body).await;
        assert_eq!(answer.code(), 1002);
        let message = format!("{names} one or more required parameters are missing");
        assert_eq!(answer.json()["Errors"][0]["Message"], message, "{path}");
    }
}

#[tokio::test]
async fn invalid_parameters_1003() {
    let server = Server::new().await;
    server.enroll("s", "G", ALICE).await;
    let photo = image(&[ALICE]);
    let with = |field: &str, value: Value| {
        let mut body = json!({"image": photo, "subject_id": "s", "gallery_name": "G"});
        body[field] = value;
        body
    };
    snapshot("error_1003", &server.post("/recognize", with("threshold", json!("high"))).await);
    for (path, body) in [
        ("/recognize", with("threshold", json!(1.01))),
        ("/recognize", with("threshold", json!(-0.1))),
        ("/recognize", with("threshold", json!(60))),
        ("/recognize", with("threshold", json!("NaN"))),
        ("/recognize", with("max_num_results", json!(0))),
        ("/recognize", with("max_num_results", json!(-1))),
        ("/recognize", with("max_num_results", json!("2.5"))),
        ("/recognize", with("minHeadScale", json!(0.01))),
        ("/detect", with("minHeadScale", json!(".51"))),
        ("/detect", with("selector", json!("SIDEWAYS"))),
        ("/detect", with("selector", json!({"a": 1}))),
        ("/enroll", with("multiple_faces", json!("perhaps"))),
        ("/enroll", with("subject_id", json!(["s"]))),
        ("/enroll", with("gallery_name", json!("g".repeat(256)))),
        ("/verify", with("subject_id", json!({}))),
    ] {
        let answer = server.post(path, body).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (200, 1003), "{path}");
    }
}

#[tokio::test]
async fn too_long_address_1004() {
    let server = Server::new().await;
    let address = format!("http://example.com/{}.jpg", "a".repeat(3000));
    snapshot("error_1004", &server.post("/detect", json!({"image": address})).await);
}

#[tokio::test]
async fn full_queue_3000() {
    let server = Server::with(BenchOptions { queue: 1, ..BenchOptions::default() }, &[]).await;
    let mut permits = Vec::new();
    while let Ok(permit) = server.bench.service.admit() {
        permits.push(permit);
    }
    // The body is never asked for: it would never end.
    let endless = Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let answer = server.send(server.request("/detect", endless)).await;
    snapshot("error_3000", &answer);
    assert_eq!(answer.header("retry-after"), "1");
    let galleries = server.post("/gallery/list_all", json!({})).await;
    assert_eq!(galleries.status, StatusCode::OK);
    drop(permits);
    assert_eq!(server.post("/detect", json!({"image": image(&[ALICE])})).await.status, StatusCode::OK);
}

#[tokio::test]
async fn broken_store_3001() {
    let server = Server::new().await;
    server.bench.store.close().await;
    // Not even the credentials can be looked up.
    snapshot("error_3001", &server.post("/gallery/list_all", json!({})).await);
    let ready = Request::builder().uri("/readyz").body(Body::empty()).unwrap();
    assert_eq!(server.send(ready).await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn unknown_endpoint_3002() {
    let server = Server::new().await;
    snapshot("error_3002", &server.post("/nothing", json!({})).await);
    for (method, path) in
        [(Method::GET, "/detect"), (Method::PUT, "/enroll"), (Method::GET, "/"), (Method::POST, "/gallery")]
    {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let answer = server.send(request).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (404, 3002), "{path}");
    }
}

#[tokio::test]
async fn invalid_image_5000() {
    let server = Server::new().await;
    snapshot("error_5000", &server.post("/detect", json!({"image": base64(b"not a photo at all")})).await);
    let photo = photo_of(&[ALICE]).unwrap();
    let cut = base64(&photo[..photo.len() / 2]);
    for broken in [cut.as_str(), "data:image/png;base64,!!!", "data:image/png"] {
        assert_eq!(server.post("/detect", json!({"image": broken})).await.code(), 5000);
    }
}

#[tokio::test]
async fn invalid_address_5001() {
    let server = Server::new().await;
    snapshot("error_5001", &server.post("/detect", json!({"image": "http://"})).await);
    for address in [
        "ftp://example.com/a.jpg",
        "not a url.",
        "https://user:pw@example.com/a.jpg",
        "http://127.0.0.1/a.jpg",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://localhost/",
    ] {
        assert_eq!(server.post("/detect", json!({"image": address})).await.code(), 5001, "{address}");
    }
}

#[tokio::test]
async fn no_faces_5002() {
    let server = Server::new().await;
    server.enroll("s", "G", ALICE).await;
    let (empty, face) = (image(&[]), image(&[ALICE]));
    snapshot("error_5002", &server.post("/detect", json!({"image": empty})).await);
    for (path, body) in [
        ("/enroll", json!({"image": empty, "subject_id": "s", "gallery_name": "G"})),
        ("/verify", json!({"image": empty, "subject_id": "s", "gallery_name": "G"})),
        ("/recognize", json!({"image": empty, "gallery_name": "G"})),
        ("/compare", json!({"source_image": empty, "target_image": face})),
        ("/compare", json!({"source_image": face, "target_image": empty})),
    ] {
        assert_eq!(server.post(path, body).await.code(), 5002, "{path}");
    }
}

#[tokio::test]
async fn unknown_subject_5003() {
    let server = Server::new().await;
    server.enroll("s", "G", ALICE).await;
    let subject = json!({"image": image(&[ALICE]), "gallery_name": "G", "subject_id": "nobody"});
    snapshot("error_5003", &server.post("/verify", subject.clone()).await);
    for path in ["/gallery/view_subject", "/gallery/remove_subject"] {
        assert_eq!(server.post(path, subject.clone()).await.code(), 5003, "{path}");
    }
    let without = json!({"gallery_name": "G"});
    assert_eq!(server.post("/gallery/remove_subject", without).await.code(), 5003);
    let face = json!({"gallery_name": "G", "subject_id": "s", "face_id": "00000000000000000001"});
    snapshot("error_5003_face", &server.post("/gallery/remove_subject", face).await);
}

#[tokio::test]
async fn unknown_gallery_5004() {
    let server = Server::new().await;
    let body = json!({"image": image(&[ALICE]), "gallery_name": "nowhere", "subject_id": "s"});
    snapshot("error_5004", &server.post("/recognize", body.clone()).await);
    for path in
        ["/verify", "/gallery/view", "/gallery/view_subject", "/gallery/remove", "/gallery/remove_subject"]
    {
        assert_eq!(server.post(path, body.clone()).await.code(), 5004, "{path}");
    }
}

#[tokio::test]
async fn too_many_faces_5010() {
    let server = Server::new().await;
    server.enroll("s", "G", ALICE).await;
    let body = json!({"image": image(&[ALICE, BOB]), "gallery_name": "G", "subject_id": "s"});
    snapshot("error_5010", &server.post("/enroll", body.clone()).await);
    assert_eq!(server.post("/verify", body).await.code(), 5010);
}

#[tokio::test]
async fn liveness_without_a_model_5011() {
    let capabilities = Capabilities { template: true, ..Capabilities::default() };
    let analyzer = Arc::new(FakeAnalyzer::with_capabilities(capabilities));
    let server = Server::with(BenchOptions { analyzer, ..BenchOptions::default() }, &[]).await;
    snapshot(
        "error_5011",
        &server.post("/detect", json!({"image": image(&[ALICE]), "selector": "liveness"})).await,
    );
}

/// An engine that finds faces but can make no template of any.
struct Blurred(FakeAnalyzer);

impl FaceAnalyzer for Blurred {
    fn analyze(
        &self,
        photo: &[u8],
        options: &AnalyzeOptions,
        cancel: &Cancel,
    ) -> Result<PhotoAnalysis, FaceError> {
        let mut analysis = self.0.analyze(photo, options, cancel)?;
        analysis.faces.iter_mut().for_each(|face| face.template = None);
        Ok(analysis)
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn score_rule(&self) -> &ScoreRule {
        self.0.score_rule()
    }
}

#[tokio::test]
async fn unusable_face_5005() {
    let analyzer = Arc::new(Blurred(FakeAnalyzer::default()));
    let server = Server::with(BenchOptions { analyzer, ..BenchOptions::default() }, &[]).await;
    let body = json!({"image": image(&[ALICE]), "gallery_name": "G", "subject_id": "s"});
    snapshot("error_5005", &server.post("/enroll", body).await);
    let both = json!({"source_image": image(&[ALICE]), "target_image": image(&[ALICE])});
    assert_eq!(server.post("/compare", both).await.code(), 5005);
}

#[tokio::test]
async fn faces_of_another_pack_3001() {
    let server = Server::new().await;
    let part = TemplatePart { model: ModelDigest([1; 32]), vector: vec![1.0, 0.0], cohort: None };
    let face = FaceRecord {
        id: FaceId::new(1).unwrap(),
        account: server.bench.service.accounts().list().await.unwrap()[0].id,
        subject: "old".to_owned(),
        enrolled_at: START,
        bounds: BoundingBox::new(0.0, 0.0, 10.0, 10.0),
        quality: 1.0,
        template: Template::new(vec![part]).unwrap(),
        photo_digest: [0; 32],
        photo_key: None,
        photo_md5: None,
        photo_url: None,
    };
    server.bench.store.add_faces(&["G"], &[face]).await.unwrap();
    let body = json!({"image": image(&[ALICE]), "gallery_name": "G", "subject_id": "old"});
    for path in ["/verify", "/recognize"] {
        let answer = server.post(path, body.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (502, 3001), "{path}");
    }
}

#[tokio::test]
async fn silent_search_shard_3001() {
    let options = BenchOptions { shards: &["east", "west"], ..BenchOptions::default() };
    let server = Server::with(options, &[]).await;
    server.enroll("alice", "G", ALICE).await;
    let body = json!({"image": image(&[ALICE]), "gallery_name": "G", "subject_id": "alice"});
    for path in ["/verify", "/recognize"] {
        assert_eq!(server.post(path, body.clone()).await.status, StatusCode::OK, "{path}");
    }
    server.bench.shards[0].set_down(true);
    snapshot("error_3001_shard", &server.post("/recognize", body.clone()).await);
    let answer = server.post("/verify", body).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (503, 3001));
}

#[tokio::test]
async fn operator_may_let_the_other_search_shards_answer() {
    let policy = vultus_service::Policy { partial_answers: true, ..Default::default() };
    let options = BenchOptions { shards: &["east", "west"], policy, ..BenchOptions::default() };
    let server = Server::with(options, &[]).await;
    server.enroll("alice", "G", ALICE).await;
    let body = json!({"image": image(&[ALICE]), "gallery_name": "G"});
    server.bench.shards[0].set_down(true);
    assert_eq!(server.post("/recognize", body.clone()).await.status, StatusCode::OK);
    server.bench.shards[1].set_down(true);
    let answer = server.post("/recognize", body).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (503, 3001), "no shard answers");
}

#[tokio::test]
async fn too_many_requests_of_a_minute_3000() {
    let server = Server::new().await;
    server.bench.service.accounts().limit_requests("demo", Some(1)).await.unwrap();
    assert_eq!(server.post("/gallery/list_all", json!({})).await.status, StatusCode::OK);
    let refused = server.post("/detect", json!({"image": image(&[ALICE])})).await;
    snapshot("error_3000_minute", &refused);
    assert_eq!(refused.header("retry-after"), "38");
    let get = Request::get("/v2/media/1").header("app_id", &server.secrets.app_id);
    let get = get.header("app_key", &server.secrets.app_key).body(Body::empty()).unwrap();
    let media = server.send(get).await;
    snapshot("media_too_many_requests", &media);
    assert_eq!(media.header("retry-after"), "38");
    server.bench.service.flush_traffic().await.unwrap();
    let account = server.bench.service.accounts().named("demo").await.unwrap().id;
    let usage = server.bench.store.account_usage(account, 0).await.unwrap();
    let refused = usage.iter().find(|one| one.class == OutcomeClass::Refused).unwrap();
    assert_eq!((refused.dialect.as_str(), refused.count), ("kairos", 2), "the account's");
    server.bench.clock.advance_micros(38_000_000);
    assert_eq!(server.post("/gallery/list_all", json!({})).await.status, StatusCode::OK);
}

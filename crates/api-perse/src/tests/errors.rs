//! Every error.

use vultus_service::OutcomeClass;
use vultus_service::fakes::{ALICE, BOB};
use vultus_store::UsageStore;

use super::*;

#[tokio::test]
async fn missing_and_empty_fields_are_named() {
    let server = Server::new().await;
    let photo = photo_of(&[ALICE]).unwrap();
    snapshot("error_form_key_missing", &server.post("/v0/face/detect", &[]).await);
    snapshot("error_empty_file", &server.post("/v0/face/detect", &[("image_file", FILE, b"")]).await);
    for (path, parts, key) in [
        ("/v0/face/compare", vec![("image_file1", FILE, photo.as_slice())], "image_file2"),
        ("/v0/face/compare", vec![("image_file2", FILE, &photo)], "image_file1"),
        ("/v0/face/enrollment", vec![("file", FILE, &photo)], "image_file"),
        ("/v0/voice/compare", vec![("audio_file1", FILE, &photo)], "audio_file2"),
    ] {
        let answer = server.post(path, &parts).await;
        assert_eq!(answer.fault(), (400, "form_key_missing".to_owned()), "{path}");
        assert!(answer.json()["message"].as_str().unwrap().contains(key), "{}", answer.text);
    }
    let replaced = server.call(Method::PUT, "/v0/face/enrollment", &[("image_file", FILE, &photo)]).await;
    assert_eq!(replaced.fault(), (400, "form_key_missing".to_owned()));
    let unnamed = server.post("/v0/face/detect", &[("image_file", "", b"")]).await;
    assert_eq!(unnamed.fault(), (400, "empty_file".to_owned()));
}

#[tokio::test]
async fn body_that_is_no_form_is_told_by_its_type() {
    let server = Server::new().await;
    let send = async |content_type: Option<&str>, body: &'static str| {
        let request = Request::post("/v0/face/detect").header("x-api-key", &server.credentials.perse.api_key);
        let request = match content_type {
            Some(content_type) => request.header(header::CONTENT_TYPE, content_type),
            None => request,
        };
        server.send(request.body(body.into()).unwrap()).await
    };
    snapshot("error_content_type", &send(None, "").await);
    assert_eq!(send(Some("image/png"), "x").await.fault().0, 415);
    assert_eq!(send(Some("multipart/form-data"), "").await.fault(), (400, "form_key_missing".to_owned()));
    assert_eq!(send(Some("application/json"), "{").await.fault(), (400, "form_key_missing".to_owned()));
}

#[tokio::test]
async fn unusable_photos_are_refused() {
    let server = Server::new().await;
    let detect = async |bytes: &[u8]| server.post("/v0/face/detect", &[("image_file", FILE, bytes)]).await;
    snapshot("error_invalid_file_type", &detect(b"text").await);
    snapshot("error_file_too_large", &detect(&vec![0; MOST_PHOTO_BYTES + 1]).await);
    assert_eq!(detect(&vec![0; MOST_PHOTO_BYTES]).await.fault(), (415, "invalid_file_type".to_owned()));
    let huge = detect(&vec![0; vultus_http::MAX_BODY_BYTES]).await;
    assert_eq!(huge.fault(), (400, "file_too_large".to_owned()));
    let link = server.post("/v0/face/detect", &[("image_file", "", b"http://example.com/a.jpg")]).await;
    assert_eq!(link.fault(), (415, "invalid_file_type".to_owned()), "nothing is fetched");
    let larger = Rules { most_photo_bytes: MOST_PHOTO_BYTES + 1, ..RULES };
    let server = Server::with(BenchOptions::default(), larger).await;
    let answer =
        server.post("/v0/face/detect", &[("image_file", FILE, &vec![0; MOST_PHOTO_BYTES + 1])]).await;
    assert_eq!(answer.fault(), (415, "invalid_file_type".to_owned()));
}

#[tokio::test]
async fn photos_without_a_usable_face_are_refused() {
    let server = Server::new().await;
    let (empty, alice) = (photo_of(&[]).unwrap(), photo_of(&[ALICE]).unwrap());
    let enrol = async |people: &[[u8; 3]]| {
        let photo = photo_of(people).unwrap();
        server.post("/v0/face/enrollment", &[("image_file", FILE, &photo)]).await
    };
    snapshot("error_no_face", &enrol(&[]).await);
    snapshot("error_underexposed", &enrol(&[[40, 40, 40]]).await);
    snapshot("error_overexposed", &enrol(&[[255, 255, 255]]).await);
    assert_eq!(server.list().await.json()["total_users"], 0);
    for (first, second) in [(&empty, &alice), (&alice, &empty)] {
        let parts: [(&str, &str, &[u8]); 2] = [("image_file1", FILE, first), ("image_file2", FILE, second)];
        let answer = server.post("/v0/face/compare", &parts).await;
        assert_eq!(answer.fault(), (422, "no_face_detected".to_owned()));
    }
}

#[tokio::test]
async fn unknown_users_are_refused_before_anything_is_processed() {
    let server = Server::new().await;
    let photo = photo_of(&[BOB]).unwrap();
    for token in ["Ann", "", "67e55044-10b1-426f-9247-bb680e5fe0c8"] {
        let parts: [(&str, &str, &[u8]); 2] =
            [("image_file", FILE, &photo), ("user_token", "", token.as_bytes())];
        for (method, path) in [(Method::POST, "/v0/face/compare"), (Method::PUT, "/v0/face/enrollment")] {
            let answer = server.call(method, path, &parts).await;
            assert_eq!(answer.fault(), (422, "user_token_not_found".to_owned()), "{path} {token}");
        }
    }
    let unknown = server.call(Method::DELETE, "/v0/face/enrollment/Ann", &[]).await;
    snapshot("error_user_token_not_found", &unknown);
    assert_eq!(server.consents().await, []);
}

#[tokio::test]
async fn unknown_paths_and_methods_have_the_shape_too() {
    let server = Server::new().await;
    snapshot("error_path", &server.post("/v0/face/unknown", &[]).await);
    snapshot("error_method", &server.call(Method::GET, "/v0/face/detect", &[]).await);
}

#[tokio::test]
async fn busy_server_says_when_to_come_again() {
    let server = Server::with(BenchOptions { queue: 0, ..BenchOptions::default() }, RULES).await;
    let _taken = server.bench.service.admit().unwrap();
    let busy = server.post("/v0/face/detect", &[]).await;
    snapshot("error_busy", &busy);
    assert_eq!(busy.header("retry-after"), "1");
    assert_eq!(server.list().await.status, StatusCode::OK);
}

#[tokio::test]
async fn user_is_not_compared_while_a_search_shard_is_silent() {
    let options = BenchOptions { shards: &["east", "west"], ..BenchOptions::default() };
    let server = Server::with(options, RULES).await;
    let (token, photo) = (server.enrol(ALICE).await, photo_of(&[ALICE]).unwrap());
    let parts = [("user_token", "", token.as_bytes()), ("image_file", FILE, photo.as_slice())];
    assert_eq!(server.post("/v0/face/compare", &parts).await.status, StatusCode::OK);
    server.bench.shards[0].set_down(true);
    snapshot("error_silent_shard", &server.post("/v0/face/compare", &parts).await);
}

#[tokio::test]
async fn too_many_requests_of_a_minute_are_refused() {
    let server = Server::new().await;
    let bearer = format!("Bearer {}", server.token().await);
    server.bench.service.accounts().limit_requests("demo", Some(2)).await.unwrap();
    assert_eq!(server.list().await.status, StatusCode::OK);
    assert_eq!(server.list_as(&bearer).await.status, StatusCode::OK);
    let refused = server.list().await;
    snapshot("error_too_many_requests", &refused);
    assert_eq!(refused.header("retry-after"), "38");
    for other in [server.list_as(&bearer).await, server.log_in(&server.credentials.perse.private_key).await] {
        assert_eq!(other.fault(), (429, "too_many_requests".to_owned()));
    }
    server.bench.service.flush_traffic().await.unwrap();
    let account = server.bench.service.accounts().named("demo").await.unwrap().id;
    let usage = server.bench.store.account_usage(account, 0).await.unwrap();
    let refused = usage.iter().find(|one| one.class == OutcomeClass::Refused).unwrap();
    assert_eq!((refused.dialect.as_str(), refused.count), ("perse", 3), "the account's");
}

//! What is answered, and the forms in which clients ask.

use vultus_service::fakes::{ALICE, BOB};

use super::*;

/// A body as the documentation's example sends it: a file without type and extension, and a number as text.
fn form_of(photo: &[u8], file_name: &str, threshold: &str) -> Vec<u8> {
    multipart(&[("threshold", "", threshold.as_bytes()), ("selfie", file_name, photo)])
}

#[tokio::test]
async fn selfie_that_passes() {
    let server = Server::new().await;
    snapshot("passed", &server.verify(&[BOB], json!(null)).await);
}

#[tokio::test]
async fn selfie_that_does_not_pass_lists_every_face() {
    let server = Server::new().await;
    snapshot("not_passed", &server.verify(&[ALICE, BOB], json!(0.6)).await);
}

#[tokio::test]
async fn selfie_without_a_face_has_neither_faces_nor_a_model() {
    let server = Server::new().await;
    let answer = server.verify(&[], json!(0.0)).await;
    assert_eq!(answer.header("x-liveness-model"), "");
    snapshot("no_face", &answer);
}

#[tokio::test]
async fn later_version_has_its_headers_and_hyphens() {
    let server = Server::new().await;
    let photo = photo_of(&[BOB]).unwrap();
    let request = Request::post(PATHS[1])
        .header("app-id", &server.secrets.app_id)
        .header("app-key", &server.secrets.app_key)
        .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"));
    let body = form_of(&photo, "; filename=\"file\"", "0.6");
    snapshot("version_2", &server.send(request.body(body.into()).unwrap()).await);
    let stranger = server.send(Request::post(PATHS[1]).body(Body::empty()).unwrap()).await;
    assert_eq!(stranger.header("x-frame-options"), "DENY", "errors have them too");
    let unknown = server.send(server.request("/v0.2/nothing", "")).await;
    assert_eq!(unknown.header("x-content-type-options"), "nosniff");
    let earlier = server.verify(&[BOB], json!(null)).await;
    assert_eq!(earlier.header("strict-transport-security"), "");
}

#[tokio::test]
async fn selfie_is_read_in_every_form_clients_send() {
    let server = Server::new().await;
    let photo = photo_of(&[BOB]).unwrap();
    let uri = data_uri(&photo);
    let bare = uri.split_once(',').unwrap().1.to_owned();
    let bodies = [
        form_of(&photo, "; filename=\"file\"", "0.6"),
        form_of(&photo, "", "\"0.6\""),
        form_of(uri.as_bytes(), "", "0.6"),
        json!({"selfie": uri, "threshold": ".6"}).to_string().into_bytes(),
        json!({"selfie": bare}).to_string().into_bytes(),
    ];
    for (number, body) in bodies.into_iter().enumerate() {
        let answer = server.send(server.request(PATHS[0], body)).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::OK, 1), "{number}: {}", answer.text);
    }
}

#[tokio::test]
async fn threshold_is_inclusive_and_decides_alone() {
    let server = Server::new().await;
    // The score of the fake engine is the share of blue: 51 of 255 is .2 exactly.
    let fifth = [100, 40, 51];
    for (threshold, code) in [("0", 1), ("0.2", 1), ("0.2001", 2), ("1", 2)] {
        assert_eq!(server.verify(&[fifth], json!(threshold)).await.code(), code, "{threshold}");
    }
    assert_eq!(server.verify(&[[100, 40, 255]], json!("1")).await.code(), 1);
}

#[tokio::test]
async fn preflight_needs_no_credentials() {
    let server = Server::new().await;
    let request = Request::options(PATHS[0]).body(Body::empty()).unwrap();
    let answer = server.send(request).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert!(answer.header("access-control-allow-headers").contains("app-key"));
}

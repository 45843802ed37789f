//! Requests as clients in the field send them.

use vultus_service::fakes::ALICE;

use super::*;

#[tokio::test]
async fn file_needs_no_name_and_the_body_no_length() {
    let server = Server::new().await;
    let photo = photo_of(&[ALICE]).unwrap();
    let body = multipart(&[("image_file", "", &photo)]);
    let chunks: Vec<Result<Vec<u8>, std::io::Error>> =
        body.chunks(100).map(|chunk| Ok(chunk.to_vec())).collect();
    let request = Request::post("/v0/face/detect/").header("x-api-key", &server.credentials.perse.api_key);
    let request = request.header(header::CONTENT_TYPE, "multipart/form-data");
    let answer = server.send(request.body(Body::from_stream(futures::stream::iter(chunks))).unwrap()).await;
    assert_eq!(answer.json()["total_faces"], 1);
}

#[tokio::test]
async fn photo_may_be_base64_in_json() {
    let server = Server::new().await;
    let photo = base64(&photo_of(&[ALICE]).unwrap());
    let request = Request::post("/v0/face/detect").header("x-api-key", &server.credentials.perse.api_key);
    let body = json!({"image_file": photo, "client_declaration_enduser_consent": true});
    let answer = server.send(request.body(body.to_string().into()).unwrap()).await;
    assert_eq!(answer.json()["total_faces"], 1);
    assert_eq!(server.consents().await, [("detect", None, true)]);
}

#[tokio::test]
async fn browsers_may_call_from_anywhere() {
    let server = Server::new().await;
    for path in ["/v0/login", "/v0/face/detect/", "/v0/face/enrollment/67e5", "/v0/voice/compare"] {
        let request = Request::builder().method(Method::OPTIONS).uri(path);
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let methods = answer.header("access-control-allow-methods");
        assert!(methods.contains("PUT") && methods.contains("DELETE"), "{methods}");
        let headers = answer.header("access-control-allow-headers");
        assert!(headers.contains("Authorization") && headers.contains("x-api-key"), "{headers}");
    }
    let refused = server.list_as("Bearer x").await;
    assert_eq!(refused.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn clients_without_credentials_are_answered_in_the_shape_they_know() {
    let server = Server::new().await;
    for path in ["/v0/face/detect", "/v0/face/compare/", "/v0/face/enrollment", "/v0/voice/compare"] {
        let answer = server.send(Request::post(path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.fault(), (401, "unauthorized".to_owned()), "{path}");
    }
    // Those of FindFace stay FindFace's.
    let answer = server.send(Request::get("/v0/face/id/7").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.json()["code"], "AUTH_FAILED");
}

//! Requests as real clients send them.

use vultus_service::fakes::ALICE;

use super::*;

/// A multipart body with a photo and text fields.
fn multipart(boundary: &str, image_header: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    body.extend_from_slice(
        format!("--{boundary}\r\nContent-Disposition: form-data; {image_header}\r\n\r\n").as_bytes(),
    );
    body.extend_from_slice(&photo_of(&[ALICE]).unwrap());
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    body
}

fn with_type(mut request: Request<Body>, content_type: &str) -> Request<Body> {
    match content_type {
        "" => request.headers_mut().remove(header::CONTENT_TYPE),
        _ => request.headers_mut().insert(header::CONTENT_TYPE, content_type.parse().unwrap()),
    };
    request
}

#[tokio::test]
async fn content_types_do_not_matter_for_json() {
    let server = Server::new().await;
    for content_type in
        ["application/json", "application/x-www-form-urlencoded", "text/plain", "", "multipart/form-data"]
    {
        let body = json!({"image": image(&[ALICE]), "subject_id": "s", "gallery_name": "G"});
        let request = with_type(server.request("/enroll", body.to_string()), content_type);
        assert!(server.send(request).await.json()["face_id"].is_string(), "{content_type}");
    }
}

#[tokio::test]
async fn file_uploads_work_with_and_without_name_and_boundary() {
    let server = Server::new().await;
    let fields = [("subject_id", "s"), ("gallery_name", "\"G\""), ("multiple_faces", "false")];
    for content_type in ["multipart/form-data; boundary=xyz", "application/json", "multipart/form-data", ""] {
        for image_header in ["name=\"image\"; filename=\"a.png\"", "name=\"image\""] {
            let body = multipart("xyz", image_header, &fields);
            let request = with_type(server.request("/enroll", body), content_type);
            let answer = server.send(request).await;
            assert!(answer.json()["face_id"].is_string(), "{content_type} {image_header}: {}", answer.text);
        }
    }
    let galleries = server.post("/gallery/list_all", json!({})).await.json();
    assert_eq!(galleries["gallery_ids"], json!(["G"]));
}

#[tokio::test]
async fn detect_names_the_uploaded_file() {
    let server = Server::new().await;
    let body = multipart("b", "name=\"image\"; filename=\"C:\\photos\\me.png\"", &[]);
    let answer = server.send(server.request("/detect", body)).await;
    assert_eq!(answer.json()["images"][0]["file"], "me.png");
}

#[tokio::test]
async fn forms_and_queries_work() {
    let server = Server::new().await;
    server.enroll("s", "My Gallery", ALICE).await;
    for (path, body) in
        [("/gallery/view", "gallery_name=My+Gallery"), ("/gallery/view?gallery_name=My%20Gallery", "")]
    {
        let answer = server.send(server.request(path, body)).await;
        assert_eq!(answer.json()["subject_ids"], json!(["s"]), "{path}");
    }
}

#[tokio::test]
async fn data_uris_and_loose_base64_are_photos() {
    let server = Server::new().await;
    let photo = image(&[ALICE]);
    let url_safe = photo.replace('+', "-").replace('/', "_").replace('=', "");
    let lines: Vec<_> = photo.as_bytes().chunks(76).map(|line| str::from_utf8(line).unwrap()).collect();
    let wrapped = lines.join("\r\n");
    for image in [format!("data:image/png;base64,{photo}"), url_safe, wrapped] {
        for field in ["image", "url"] {
            let answer = server.post("/detect", json!({ field: image })).await;
            assert_eq!(answer.json()["images"][0]["faces"][0]["face_id"], 1);
        }
    }
}

#[tokio::test]
async fn slashes_do_not_matter() {
    let server = Server::new().await;
    for path in ["/gallery/list_all/", "//gallery//list_all", "/gallery/list_all//"] {
        assert_eq!(server.post(path, json!({})).await.json()["status"], "Complete", "{path}");
    }
}

#[tokio::test]
async fn header_names_with_hyphens_and_capitals_work() {
    let server = Server::new().await;
    for (id, key) in [("app-id", "app-key"), ("App_id", "App_key")] {
        let request = Request::builder().method(Method::POST).uri("/gallery/list_all");
        let request = request.header(id, &server.secrets.app_id).header(key, &server.secrets.app_key);
        assert_eq!(server.send(request.body(Body::empty()).unwrap()).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn preflight_needs_no_credentials() {
    let server = Server::new().await;
    let request =
        Request::builder().method(Method::OPTIONS).uri("/enroll").header("origin", "https://a.example");
    let answer = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-credentials"), "true");
    assert_eq!(answer.header("access-control-allow-methods"), "GET, POST, OPTIONS");
    let headers = "DNT,X-Mx-ReqToken,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,app_key,app_id,api_key,store_image";
    assert_eq!(answer.header("access-control-allow-headers"), headers);
    let refused = server.send(Request::post("/enroll").body(Body::empty()).unwrap()).await;
    assert_eq!(refused.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let server = Server::new().await;
    let first = server.post("/gallery/list_all", json!({})).await.header("x-request-id").to_owned();
    let second = server.post("/nothing", json!({})).await.header("x-request-id").to_owned();
    assert_eq!((first.len(), second.len()), (16, 16));
    assert_ne!(first, second);
}

#[tokio::test]
async fn operators_pages_answer() {
    let server = Server::new().await;
    let get = async |path: &str| server.send(Request::get(path).body(Body::empty()).unwrap()).await;
    assert_eq!(get("/healthz").await.text, "ok\n");
    assert_eq!(get("/metrics/").await.text, "metrics");
    assert_eq!(get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE, "the index is not built yet");
    server.enroll("s", "G", ALICE).await;
    server.post("/recognize", json!({"image": image(&[ALICE]), "gallery_name": "G"})).await;
    assert_eq!(get("/readyz").await.text, "ready\n");
}

#[tokio::test]
async fn request_that_another_dialect_claims_goes_there() {
    let server = Server::new().await;
    let other = vultus_http::Dialect {
        name: "other",
        router: Router::new().route("/detect", axum::routing::post(|| async { "other" })),
        prefix: String::new(),
        presents_credentials: |request| request.headers.contains_key(header::AUTHORIZATION),
        owns_path: |_| false,
        on_panic: || axum::response::IntoResponse::into_response(StatusCode::INTERNAL_SERVER_ERROR),
        cors: vultus_http::Cors { methods: "POST", headers: "Authorization" },
    };
    let kairos = dialect(state(&server.bench.service, &[]));
    let app = app_of(&server.bench.service, vec![kairos, other]);
    let claimed =
        Request::post("/detect").header(header::AUTHORIZATION, "Token x").body(Body::empty()).unwrap();
    assert_eq!(send(&app, claimed).await.text, "other");
    let unclaimed = Request::post("/detect").body(Body::empty()).unwrap();
    assert_eq!(send(&app, unclaimed).await.text, "Authentication failed");
}

//! Both dialects on one store.

use vultus_service::fakes::{ALICE, BOB};

use super::*;

async fn enroll(server: &Server, person: [u8; 3], subject: &str, gallery: &str) -> Value {
    let body = json!({"image": photo(&[person]), "subject_id": subject, "gallery_name": gallery});
    let answer = server.kairos("/enroll", body).await;
    assert!(answer["face_id"].is_string(), "{answer}");
    answer
}

/// Whom Kairos recognises in a gallery.
async fn recognize(server: &Server, person: [u8; 3], gallery: &str) -> Value {
    let answer =
        server.kairos("/recognize", json!({"image": photo(&[person]), "gallery_name": gallery})).await;
    match &answer["Errors"][0]["ErrCode"] {
        Value::Null => answer["images"][0]["transaction"]["subject_id"].clone(),
        code => code.clone(),
    }
}

/// Whom FindFace identifies, as metas.
async fn identify(server: &Server, person: [u8; 3], path: &str) -> Vec<Value> {
    let answer = server.post(path, json!({"photo": photo(&[person]), "n": 9})).await.json();
    let results = answer["results"].as_object().unwrap_or_else(|| panic!("no results: {answer}"));
    let matches = results.values().next().unwrap().as_array().unwrap();
    matches.iter().map(|found| found["face"]["meta"].clone()).collect()
}

#[tokio::test]
async fn face_enrolled_by_kairos_is_identified_by_findface() {
    let server = Server::new().await;
    let enrolled = enroll(&server, ALICE, "Elizabeth", "MyGallery").await;
    assert_eq!(identify(&server, ALICE, "/v0/identify").await, ["Elizabeth"]);
    assert_eq!(identify(&server, ALICE, "/v0/faces/gallery/MyGallery/identify").await, ["Elizabeth"]);
    assert!(identify(&server, BOB, "/v0/identify").await.is_empty());
    let listed = server.get("/v0/face/meta/Elizabeth").await.json()["results"][0].clone();
    assert_eq!(listed["galleries"], json!(["default", "MyGallery"]));
    let hex = format!("{:020x}", listed["id"].as_u64().unwrap());
    assert_eq!(enrolled["face_id"], hex.as_str());
    assert_eq!(listed["photo_hash"].as_str().unwrap().len(), 32);
}

#[tokio::test]
async fn face_added_by_findface_is_recognised_by_kairos() {
    let server = Server::new().await;
    server.add(ALICE, "Sam Berry", &["ppl"]).await;
    server.add(BOB, "Bob", &[]).await;
    assert_eq!(recognize(&server, ALICE, "ppl").await, "Sam Berry");
    assert_eq!(recognize(&server, BOB, "default").await, "Bob");
    let galleries = server.kairos("/gallery/list_all", json!({})).await;
    assert_eq!(galleries["gallery_ids"], json!(["default", "ppl"]));
    let body = json!({"image": photo(&[ALICE]), "gallery_name": "ppl", "subject_id": "Sam Berry"});
    assert_eq!(server.kairos("/verify", body).await["images"][0]["transaction"]["confidence"], 1);
}

#[tokio::test]
async fn change_by_findface_moves_the_kairos_subject() {
    let server = Server::new().await;
    enroll(&server, ALICE, "Elizabeth", "old").await;
    let id = server.get("/v0/faces").await.ids()[0];
    let body = json!({"meta": "Beth", "galleries": {"set": ["new"]}});
    assert_eq!(server.put(&format!("/v0/face/id/{id}"), body).await.status, StatusCode::OK);
    assert_eq!(recognize(&server, ALICE, "old").await, 5004, "the gallery went with its last face");
    assert_eq!(recognize(&server, ALICE, "new").await, "Beth");
    server.put(&format!("/v0/face/id/{id}"), json!({"galleries": {"del": ["new"]}})).await;
    assert_eq!(recognize(&server, ALICE, "new").await, 5004);
    assert_eq!(recognize(&server, ALICE, "default").await, "Beth");
}

#[tokio::test]
async fn deletion_by_one_dialect_is_seen_by_the_other_at_once() {
    let server = Server::new().await;
    enroll(&server, ALICE, "Elizabeth", "doors").await;
    let id = server.get("/v0/faces").await.ids()[0];
    server.delete(&format!("/v0/face/id/{id}")).await;
    assert_eq!(recognize(&server, ALICE, "doors").await, 5004);

    let id = server.add(ALICE, "Elizabeth", &["doors"]).await;
    let body = json!({"gallery_name": "doors", "subject_id": "Elizabeth"});
    server.kairos("/gallery/remove_subject", body).await;
    assert_eq!(server.get(&format!("/v0/face/id/{id}")).await.status, StatusCode::NOT_FOUND);
    assert!(identify(&server, ALICE, "/v0/identify").await.is_empty());

    enroll(&server, ALICE, "Elizabeth", "doors").await;
    server.delete("/v0/galleries/doors").await;
    let galleries = server.kairos("/gallery/list_all", json!({})).await;
    assert_eq!(galleries["gallery_ids"], json!([]));

    server.add(ALICE, "Elizabeth", &["doors"]).await;
    server.kairos("/gallery/remove", json!({"gallery_name": "doors"})).await;
    assert_eq!(server.get("/v0/faces").await.ids(), [0; 0]);
}

#[tokio::test]
async fn gallery_created_by_findface_is_an_empty_one_of_kairos() {
    let server = Server::new().await;
    server.call(Method::POST, "/v0/galleries/doors", Body::empty()).await;
    let view = server.kairos("/gallery/view", json!({"gallery_name": "doors"})).await;
    assert_eq!((&view["status"], &view["subject_ids"]), (&json!("Complete"), &json!([])));
    let removed = server.kairos("/gallery/remove", json!({"gallery_name": "doors"})).await;
    assert_eq!(removed["status"], "Complete", "{removed}");
    assert_eq!(server.get("/v0/galleries").await.json()["results"], json!(["default"]));
}

#[tokio::test]
async fn galleries_that_kairos_named_can_be_used() {
    let server = Server::new().await;
    enroll(&server, ALICE, "Elizabeth", "front doors").await;
    let id = server.add(BOB, "Bob", &["front doors"]).await;
    assert_eq!(server.get("/v0/faces/gallery/front%20doors").await.ids()[0], id);
    let body = json!({"galleries": {"set": ["front doors", "back"]}});
    let changed = server.put(&format!("/v0/face/id/{id}"), body).await.json();
    assert_eq!(changed["galleries"], json!(["default", "back", "front doors"]));
}

#[tokio::test]
async fn shared_paths_are_told_apart_by_credentials() {
    let server = Server::new().await;
    let body = json!({"photo": photo(&[ALICE]), "image": photo(&[ALICE])});
    assert!(server.post("/detect", body.clone()).await.json()["faces"].is_array());
    assert!(server.kairos("/detect", body.clone()).await["images"].is_array());
    let nobody = Request::post("/detect").body(body.to_string().into()).unwrap();
    let answer = server.send(nobody).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (403, "Authentication failed"));
    let nobody = Request::post("/identify").body(body.to_string().into()).unwrap();
    assert_eq!(server.send(nobody).await.code(), "AUTH_FAILED");
    assert_eq!(server.post("/enroll", body).await.status, StatusCode::NOT_FOUND, "the token is FindFace's");
}

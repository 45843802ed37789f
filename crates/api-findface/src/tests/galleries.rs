//! Galleries: listed, created, deleted, entered and left.

use vultus_service::fakes::{ALICE, BOB};

use super::*;

#[tokio::test]
async fn galleries_are_created_listed_and_deleted() {
    let server = Server::new().await;
    assert_eq!(server.get("/v0/galleries").await.json(), json!({"results": ["default"]}));
    snapshot("gallery_create", &server.call(Method::POST, "/v0/galleries/testgal", Body::empty()).await);
    assert_eq!(server.post("/v0/galleries/", json!({"name": "by-name"})).await.status, StatusCode::CREATED);
    server.add(ALICE, "Alice", &["ppl"]).await;
    snapshot("galleries", &server.get("/v0/galleries/").await);
    assert_eq!(server.delete("/v0/galleries/testgal/").await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.delete("/v0/galleries/testgal/").await.status, StatusCode::NOT_FOUND);
    assert_eq!(server.get("/v0/galleries").await.json()["results"], json!(["default", "by-name", "ppl"]));
}

#[tokio::test]
async fn galleries_are_created_once_and_under_fit_names() {
    let server = Server::new().await;
    let create =
        async |name: &str| server.call(Method::POST, &format!("/v0/galleries/{name}"), Body::empty()).await;
    assert_eq!(create("testgal").await.status, StatusCode::CREATED);
    snapshot("error_gallery_exists", &create("testgal").await);
    for name in ["a%20b", "a.b", "%C3%A4", "default", &"x".repeat(49)] {
        assert_eq!(
            (create(name).await.status.as_u16(), create(name).await.code()),
            (400, "BAD_PARAM".to_owned())
        );
    }
    let missing = server.post("/v0/galleries", json!({})).await.json();
    assert_eq!((&missing["code"], &missing["param"]), (&json!("BAD_PARAM"), &json!("name")));
    snapshot("error_delete_default", &server.delete("/v0/galleries/default").await);
}

#[tokio::test]
async fn created_gallery_stays_without_faces() {
    let server = Server::new().await;
    server.call(Method::POST, "/v1/galleries/testgal", Body::empty()).await;
    let empty = server.get("/v1/faces/gallery/testgal").await;
    assert_eq!(empty.ids(), [0; 0]);
    let body = json!({"photo": photo(&[ALICE])});
    let answer = server.post("/v1/faces/gallery/testgal/identify", body).await;
    assert_eq!(found(&answer)[0].1, [0; 0]);
    let id = server.add(ALICE, "Alice", &["testgal", "passing"]).await;
    server.delete(&format!("/v1/face/id/{id}")).await;
    assert_eq!(server.get("/v1/galleries").await.json()["results"], json!(["default", "testgal"]));
}

#[tokio::test]
async fn faces_go_with_their_last_gallery() {
    let server = Server::new().await;
    let one = server.add(ALICE, "Alice", &["a"]).await;
    let both = server.add(ALICE, "Alice", &["a", "b"]).await;
    let none = server.add(ALICE, "Alice", &[]).await;
    assert_eq!(server.delete("/v0/galleries/a").await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.get(&format!("/v0/face/id/{one}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(server.get("/v0/faces").await.ids(), [none, both]);
    assert_eq!(server.get(&format!("/v0/face/id/{both}")).await.json()["galleries"], json!(["default", "b"]));
}

#[tokio::test]
async fn face_enters_and_leaves_galleries() {
    let server = Server::new().await;
    let id = server.add(ALICE, "Alice", &["a"]).await;
    let other = server.add(BOB, "Bob", &["b"]).await;
    let edit = async |galleries: Value| {
        let answer = server.put(&format!("/v1/face/id/{id}"), json!({"galleries": galleries})).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()["galleries"].clone()
    };
    assert_eq!(edit(json!({"add": ["c", "b"]})).await, json!(["default", "a", "b", "c"]));
    assert_eq!(server.get("/v1/faces/gallery/b").await.ids(), [other, id]);
    assert_eq!(edit(json!({"del": ["a", "default", "unknown"]})).await, json!(["default", "b", "c"]));
    assert_eq!(edit(json!({"set": ["d"]})).await, json!(["default", "d"]));
    assert_eq!(edit(json!({"set": []})).await, json!(["default"]));
    assert_eq!(edit(json!({"add": "a, b"})).await, json!(["default", "a", "b"]));
    assert_eq!(server.get("/v1/galleries").await.json()["results"], json!(["default", "a", "b"]));
    let form = "galleries=%7B%22set%22%3A%5B%22e%22%5D%7D&meta=Al";
    let answer = server.call(Method::PUT, &format!("/v1/face/id/{id}"), form).await.json();
    assert_eq!((&answer["galleries"], &answer["meta"]), (&json!(["default", "e"]), &json!("Al")));
}

#[tokio::test]
async fn default_is_the_gallery_of_every_face() {
    let server = Server::new().await;
    let named = server.add(ALICE, "Alice", &["a"]).await;
    let plain = server.add(ALICE, "Alice", &["default"]).await;
    assert_eq!(server.get("/v0/faces/gallery/default").await.ids(), [plain, named]);
    assert_eq!(server.get("/v0/face/gallery/default/meta/Alice").await.ids(), [plain, named]);
    assert_eq!(server.get("/v0/meta/gallery/default").await.json()["results"][0]["count"], 2);
    let body = json!({"photo": photo(&[ALICE]), "n": 5});
    let answer = server.post("/v0/faces/gallery/default/identify", body).await;
    assert_eq!(found(&answer)[0].1, [named, plain]);
}

#[tokio::test]
async fn face_is_added_to_the_gallery_of_its_path_too() {
    let server = Server::new().await;
    let body = json!({"photo": photo(&[ALICE]), "galleries": "b,a"});
    for path in ["/v0/face/gallery/c", "/v1/faces/gallery/c"] {
        let added = server.post(path, body.clone()).await.json();
        assert_eq!(added["results"][0]["galleries"], json!(["default", "a", "b", "c"]));
    }
    let added = server.post("/v0/face/gallery/default", json!({"photo": photo(&[ALICE])})).await.json();
    assert_eq!(added["results"][0]["galleries"], json!(["default"]));
}

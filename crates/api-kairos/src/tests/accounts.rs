//! Accounts never see each other.

use vultus_service::fakes::ALICE;

use super::*;

#[tokio::test]
async fn accounts_share_nothing() {
    let server = Server::new().await;
    let face_id = server.enroll("Elizabeth", "MyGallery", ALICE).await.json()["face_id"].clone();
    let other = server.bench.service.accounts().create("other").await.unwrap().kairos;
    let post =
        async |path: &str, body: Value| send(&server.app, request(&other, path, body.to_string())).await;
    let everything = json!({
        "image": image(&[ALICE]), "gallery_name": "MyGallery", "subject_id": "Elizabeth", "face_id": face_id
    });
    assert_eq!(post("/gallery/list_all", json!({})).await.json()["gallery_ids"], json!([]));
    for path in [
        "/recognize",
        "/verify",
        "/gallery/view",
        "/gallery/view_subject",
        "/gallery/remove",
        "/gallery/remove_subject",
    ] {
        assert_eq!(post(path, everything.clone()).await.code(), 5004, "{path}");
    }
    // The same names in another account are other things.
    let enrol =
        json!({"image": image(&[[1, 99, 200]]), "gallery_name": "MyGallery", "subject_id": "Elizabeth"});
    assert!(post("/enroll", enrol).await.json()["face_id"].is_string());
    assert_eq!(post("/gallery/remove_subject", everything.clone()).await.code(), 5003);
    let recognized = post("/recognize", everything.clone()).await.json();
    assert_eq!(recognized["images"][0]["transaction"]["status"], "failure");
    assert_eq!(post("/gallery/remove", everything).await.status, StatusCode::OK);
    let left = server.post("/gallery/view", json!({"gallery_name": "MyGallery"})).await.json();
    assert_eq!(left["subject_ids"], json!(["Elizabeth"]));
}

#[tokio::test]
async fn disabled_account_is_refused() {
    let server = Server::new().await;
    server.bench.service.accounts().disable("demo").await.unwrap();
    assert_eq!(server.post("/gallery/list_all", json!({})).await.status, StatusCode::FORBIDDEN);
}

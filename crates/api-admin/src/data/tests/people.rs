//! Galleries, subjects and faces: every endpoint, and what can go wrong in it.

use serde_json::{Value, json};
use vultus_service::fakes::{ALICE, BOB, CAROL, photo_of};

use super::{FILE, PEOPLE, Server, Told as _, snapshot};

/// Alice and Bob, enrolled in the gallery `people`; their faces.
async fn enrolled(server: &Server) -> [String; 2] {
    [server.enrol(PEOPLE, "Alice", ALICE).await, server.enrol(PEOPLE, "Bob", BOB).await]
}

#[tokio::test]
async fn galleries_are_listed_created_and_deleted() {
    let server = Server::new().await;
    enrolled(&server).await;
    snapshot("gallery_create", &server.post("/accounts/demo/galleries", json!({"name": "empty"})).await);
    snapshot("galleries", &server.get("/accounts/demo/galleries").await);
    snapshot(
        "error_gallery_exists",
        &server.post("/accounts/demo/galleries", json!({"name": "empty"})).await,
    );
    for name in [json!({"name": " "}), json!({}), json!({"name": "a\u{7}"}), json!({"name": "x".repeat(256)})]
    {
        let answer = server.post("/accounts/demo/galleries", name).await;
        assert_eq!(answer.fault(), (422, "invalid".to_owned()));
    }
    assert_eq!(server.delete(PEOPLE).await.status, 204);
    snapshot("error_no_gallery", &server.delete(PEOPLE).await);
    snapshot("error_no_account", &server.get("/accounts/nobody/galleries").await);
}

#[tokio::test]
async fn subjects_are_searched_and_read_in_pages() {
    let server = Server::new().await;
    enrolled(&server).await;
    snapshot("subjects", &server.get(&format!("{PEOPLE}/subjects?q=ALI")).await);
    let first = server.get(&format!("{PEOPLE}/subjects?limit=1")).await.json();
    assert_eq!(first["items"][0]["subject"], "Alice");
    let cursor = first["next"].as_str().unwrap().to_owned();
    let second = server.get(&format!("{PEOPLE}/subjects?limit=1&cursor={cursor}")).await.json();
    assert_eq!((&second["items"][0]["subject"], &second["next"]), (&json!("Bob"), &Value::Null));
    snapshot("subject", &server.get(&format!("{PEOPLE}/subjects/Alice")).await);
    snapshot("error_no_subject", &server.get(&format!("{PEOPLE}/subjects/Nobody")).await);
    snapshot("error_cursor", &server.get(&format!("{PEOPLE}/subjects?cursor=Alice")).await);
    snapshot("error_limit", &server.get(&format!("{PEOPLE}/subjects?limit=many")).await);
}

#[tokio::test]
async fn names_with_any_letters_are_found_by_their_paths() {
    let server = Server::new().await;
    let id = server.enrol("/accounts/demo/galleries/a%2Fb", "Zoë / Ann?", CAROL).await;
    let found = server.get("/accounts/demo/galleries/a%2Fb/subjects/Zo%C3%AB%20%2F%20Ann%3F").await.json();
    assert_eq!((&found["gallery"], &found["faces"][0]["id"]), (&json!("a/b"), &json!(id)));
}

#[tokio::test]
async fn subjects_are_merged_moved_and_deleted() {
    let server = Server::new().await;
    enrolled(&server).await;
    let merged = server.post(&format!("{PEOPLE}/subjects/Bob/merge"), json!({"into": "Alice"})).await;
    snapshot("subject_merge", &merged);
    let into = server.post(&format!("{PEOPLE}/subjects/Alice/merge"), json!({"into": "Bob"})).await;
    snapshot("error_merge_into", &into);
    let moved = server.post(&format!("{PEOPLE}/subjects/Alice/move"), json!({"gallery": "other"})).await;
    assert_eq!(moved.status, 204);
    enrolled(&server).await;
    let taken = server.post(&format!("{PEOPLE}/subjects/Alice/move"), json!({"gallery": "other"})).await;
    snapshot("error_move_conflict", &taken);
    let same = server.post(&format!("{PEOPLE}/subjects/Alice/move"), json!({"gallery": "people"})).await;
    snapshot("error_move_same", &same);
    assert_eq!(server.delete(&format!("{PEOPLE}/subjects/Alice")).await.status, 204);
    assert_eq!(server.delete(&format!("{PEOPLE}/subjects/Alice")).await.status, 404);
}

#[tokio::test]
async fn faces_are_shown_with_their_pictures_and_deleted() {
    let server = Server::new().await;
    let [alice, _] = enrolled(&server).await;
    let face = format!("/accounts/demo/faces/{alice}");
    snapshot("face", &server.get(&face).await);
    let thumbnail = server.get(&format!("{face}/thumbnail")).await;
    assert_eq!((thumbnail.status.as_u16(), thumbnail.header("content-type")), (200, "image/jpeg"));
    assert!(thumbnail.bytes.starts_with(&[0xFF, 0xD8, 0xFF]));
    let photo = server.get(&format!("{face}/photo")).await;
    assert_eq!(
        (photo.bytes.as_ref(), photo.header("content-type")),
        (&photo_of(&[ALICE]).unwrap()[..], "image/png")
    );
    assert_eq!(photo.header("cache-control"), "no-store");
    assert_eq!(server.delete(&face).await.status, 204);
    for path in [face.clone(), format!("{face}/thumbnail"), format!("{face}/photo")] {
        assert_eq!(server.get(&path).await.status, 404);
    }
    snapshot("error_no_face_of_id", &server.delete(&face).await);
    assert_eq!(server.get("/accounts/demo/faces/many").await.status, 404);
}

#[tokio::test]
async fn face_without_photo_has_no_pictures() {
    let server = Server::new().await;
    let photo = photo_of(&[ALICE]).unwrap();
    let parts =
        [("subject", "", &b"Alice"[..]), ("photo", FILE, &photo[..]), ("keep_photo", "", &b"false"[..])];
    let answer = server.form(&format!("{PEOPLE}/enrol"), &parts).await.json();
    let face = format!("/accounts/demo/faces/{}", answer["faces"][0]["id"].as_str().unwrap());
    assert_eq!(server.get(&face).await.json()["has_photo"], false);
    snapshot("error_no_photo", &server.get(&format!("{face}/thumbnail")).await);
}

#[tokio::test]
async fn photos_that_cannot_be_enrolled_say_why() {
    let server = Server::new().await;
    let two = photo_of(&[ALICE, BOB]).unwrap();
    let none = photo_of(&[]).unwrap();
    let enrol = format!("{PEOPLE}/enrol");
    for (name, photo) in
        [("several_faces", &two[..]), ("no_face", &none[..]), ("unreadable_image", &b"not a photo"[..])]
    {
        let parts = [("subject", "", &b"Alice"[..]), ("photo", FILE, photo)];
        snapshot(&format!("error_{name}"), &server.form(&enrol, &parts).await);
    }
    let parts = [("subject", "", &b"All"[..]), ("photo", FILE, &two[..]), ("all_faces", "", &b"true"[..])];
    snapshot("enrol_all", &server.form(&enrol, &parts).await);
    let parts = [("photo", FILE, &two[..])];
    snapshot("error_no_name", &server.form(&enrol, &parts).await);
    let parts = [("subject", "", &b"Alice"[..])];
    snapshot("error_no_file", &server.form(&enrol, &parts).await);
}

//! Every endpoint when all is well.

use vultus_service::fakes::{ALICE, BOB, CAROL};

use super::*;

#[tokio::test]
async fn detect_tells_boxes_and_what_is_asked_for() {
    let server = Server::new().await;
    snapshot("detect", &server.post("/v0/detect", json!({"photo": photo(&[ALICE, BOB])})).await);
    let body = json!({"photo": photo(&[ALICE, BOB]), "gender": true, "age": true, "emotions": true});
    snapshot("detect_attributes", &server.post("/v1/detect/", body).await);
}

#[tokio::test]
async fn detect_of_a_photo_without_faces_lists_none() {
    let server = Server::new().await;
    let answer = server.post("/v0/detect", json!({"photo": photo(&[])})).await;
    assert_eq!((answer.status, answer.json()["faces"].clone()), (StatusCode::OK, json!([])));
}

#[tokio::test]
async fn detect_tells_an_unsure_gender_as_null_where_nothing_is_estimated() {
    let policy = vultus_service::Policy { demographics: false, ..vultus_service::Policy::default() };
    let server = Server::with(BenchOptions { policy, ..BenchOptions::default() }, &[], "").await;
    let body = json!({"photo": photo(&[ALICE]), "gender": 1, "age": "yes"});
    let face = server.post("/v1/detect", body).await.json()["faces"][0].clone();
    assert_eq!((&face["gender"], &face["age"]), (&Value::Null, &Value::Null));
    assert!(face.as_object().unwrap().contains_key("gender"));
}

#[tokio::test]
async fn verify_decides_for_the_pair_and_the_photos() {
    let server = Server::new().await;
    let body = json!({"photo1": photo(&[ALICE]), "photo2": photo(&[ALICE, BOB])});
    snapshot("verify", &server.post("/v0/verify/", body).await);
    let body = json!({"photo1": photo(&[ALICE]), "photo2": photo(&[BOB])});
    let strangers = server.post("/v0/verify/", body).await.json();
    assert_eq!(
        (&strangers["verified"], &strangers["results"][0]["verified"]),
        (&json!(false), &json!(false))
    );
}

#[tokio::test]
async fn verify_without_a_threshold_decides_nothing() {
    let server = Server::new().await;
    let body = json!({"photo1": photo(&[ALICE]), "photo2": photo(&[BOB]), "threshold": "none"});
    snapshot("verify_none", &server.post("/v1/verify", body).await);
}

#[tokio::test]
async fn verify_of_all_compares_every_pair() {
    let server = Server::new().await;
    let verify = async |one: &[[u8; 3]], other: &[[u8; 3]]| {
        let body = json!({"photo1": photo(one), "photo2": photo(other), "mf_selector": "all"});
        server.post("/verify", body).await
    };
    let every = verify(&[ALICE, BOB], &[BOB, CAROL, ALICE]).await;
    snapshot("verify_all", &every);
    assert_eq!(every.json()["results"].as_array().unwrap().len(), 6);
    let missing = verify(&[ALICE, BOB], &[BOB, CAROL]).await.json();
    assert_eq!(missing["verified"], false, "Alice has no match: {missing}");
}

#[tokio::test]
async fn identify_tells_the_most_alike_faces_first() {
    let server = Server::new().await;
    server.add(BOB, "Bob", &["ppl"]).await;
    let (other_size, same) = (photo(&[BOB, ALICE]), photo(&[ALICE]));
    let body = json!({"photo": other_size, "meta": "Alice", "galleries": ["ppl"], "bbox": box_of(1)});
    server.post("/v0/face", body).await;
    server.add(ALICE, "Alice again", &[]).await;
    let answer = server.post("/v0/identify/", json!({"photo": same, "n": 10})).await;
    snapshot("identify", &answer);
    assert_eq!(answer.header("x-live-servers"), "1/1");
}

#[tokio::test]
async fn identify_without_a_match_has_the_key_with_an_empty_list() {
    let server = Server::new().await;
    server.add(BOB, "Bob", &[]).await;
    let answer = server.post("/v1/identify", json!({"photo": photo(&[ALICE])})).await;
    snapshot("identify_no_match", &answer);
    assert_eq!(answer.header("x-live-servers"), "1/1");
}

#[tokio::test]
async fn face_is_added_with_meta_and_galleries() {
    let server = Server::new().await;
    let body = json!({"photo": photo(&[ALICE]), "meta": "Sam Berry", "galleries": ["niceppl", "gal1"]});
    let added = server.post("/v0/face/", body).await;
    snapshot("face_add", &added);
    let shown = server.get(&format!("/v0/face/id/{}/", added.id())).await;
    snapshot("face_show", &shown);
    assert_eq!(shown.json(), added.json()["results"][0]);
}

#[tokio::test]
async fn face_is_added_with_what_is_asked_for() {
    let server = Server::new().await;
    let body = json!({
        "photo": photo(&[ALICE, BOB]), "mf_selector": "all", "gender": true, "age": true, "emotions": true,
        "cam_id": "12345678123456781234567812345678", "timestamp": "2016-06-13T11:11:29.425339",
        "detectorParams": "{}"
    });
    snapshot("face_add_attributes", &server.post("/v1/face", body).await);
}

#[tokio::test]
async fn photo_hash_is_the_md5_of_the_photo() {
    let server = Server::new().await;
    let body = json!({"photo": photo(&[ALICE, BOB]), "mf_selector": "all"});
    let results = server.post("/face", body).await.json()["results"].clone();
    assert_eq!(results[0]["photo_hash"], results[1]["photo_hash"]);
    let hash = results[0]["photo_hash"].as_str().unwrap();
    assert!(hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
    let other = server.post("/face", json!({"photo": photo(&[ALICE])})).await.json();
    assert_ne!(other["results"][0]["photo_hash"], results[0]["photo_hash"]);
}

#[tokio::test]
async fn face_is_changed() {
    let server = Server::new().await;
    let id = server.add(ALICE, "Sam Berry", &["ppl"]).await;
    let changed = server.put(&format!("/v0/face/id/{id}/"), json!({"meta": "Sam Berry #2"})).await;
    snapshot("face_change", &changed);
    assert_eq!(server.get(&format!("/v0/face/id/{id}")).await.json(), changed.json());
    let emptied = server.put(&format!("/v0/face/id/{id}/"), json!({"meta": ""})).await.json();
    assert_eq!(emptied["meta"], "");
    let same = server.put(&format!("/v0/face/id/{id}/"), json!({})).await.json();
    assert_eq!(same, emptied);
}

#[tokio::test]
async fn face_is_deleted() {
    let server = Server::new().await;
    let id = server.add(ALICE, "Sam Berry", &[]).await;
    snapshot("face_delete", &server.delete(&format!("/v0/face/id/{id}/")).await);
    assert_eq!(server.get(&format!("/v0/face/id/{id}")).await.status, StatusCode::NOT_FOUND);
    let answer = server.post("/identify", json!({"photo": photo(&[ALICE])})).await;
    assert_eq!(found(&answer)[0].1, [0; 0]);
}

#[tokio::test]
async fn documentation_is_open_to_everyone() {
    let server = Server::new().await;
    let read = async |path: &str, accept: &str| {
        let request = Request::get(path).header(header::ACCEPT, accept).body(Body::empty()).unwrap();
        server.send(request).await
    };
    snapshot("docs", &read("/docs", "*/*").await);
    snapshot("docs_v1", &read("/docs/v1/", "application/json").await);
    snapshot("docs_page", &read("/docs/", "text/html,application/xhtml+xml").await);
    let page = read("/docs/v0", "text/html").await;
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text.contains("POST /v0/identify"), "{}", page.text);
    assert_eq!(read("/docs/v7", "*/*").await.status, StatusCode::NOT_FOUND);
}

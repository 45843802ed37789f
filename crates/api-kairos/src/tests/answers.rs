//! The ten endpoints when all is well.

use vultus_face::Capabilities;
use vultus_face::fakes::FakeAnalyzer;
use vultus_service::Policy;
use vultus_service::fakes::{ALICE, BOB, CAROL};

use super::*;

#[tokio::test]
async fn enroll_describes_the_face() {
    let server = Server::new().await;
    let body = json!({"image": image(&[ALICE]), "subject_id": "Elizabeth", "gallery_name": "MyGallery"});
    snapshot("enroll", &server.post("/enroll", body).await);
}

#[tokio::test]
async fn enroll_with_liveness_adds_it_to_the_attributes() {
    let server = Server::new().await;
    let body = json!({
        "image": image(&[BOB]), "subject_id": "Bob", "gallery_name": "MyGallery", "selector": "liveness"
    });
    snapshot("enroll_liveness", &server.post("/enroll", body).await);
}

#[tokio::test]
async fn enroll_with_multiple_faces_enrols_each() {
    let server = Server::new().await;
    let body = json!({
        "image": image(&[ALICE, BOB]), "subject_id": "team", "gallery_name": "G", "multiple_faces": "true"
    });
    let answer = server.post("/enroll", body).await;
    snapshot("enroll_multiple_faces", &answer);
    let view = server.post("/gallery/view_subject", json!({"gallery_name": "G", "subject_id": "team"})).await;
    assert_eq!(view.json()["face_ids"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn enroll_without_demographics_by_policy() {
    let policy = Policy { demographics: false, ..Policy::default() };
    let server = Server::with(BenchOptions { policy, ..BenchOptions::default() }, &[]).await;
    let answer = server.enroll("Elizabeth", "MyGallery", ALICE).await;
    let attributes = answer.json()["images"][0]["attributes"].clone();
    assert_eq!(attributes, json!({"glasses": "None", "lips": "Together"}));
}

#[tokio::test]
async fn ethnicity_is_absent_without_a_model_for_it() {
    let capabilities = Capabilities { template: true, demographics: true, ..Capabilities::default() };
    let analyzer = Arc::new(FakeAnalyzer::with_capabilities(capabilities));
    let server = Server::with(BenchOptions { analyzer, ..BenchOptions::default() }, &[]).await;
    let answer = server.post("/detect", json!({"image": image(&[ALICE])})).await;
    snapshot("detect_without_ethnicity", &answer);
}

#[tokio::test]
async fn verify_success() {
    let server = Server::new().await;
    server.enroll("Elizabeth", "MyGallery", ALICE).await;
    let body = json!({"image": image(&[ALICE]), "gallery_name": "MyGallery", "subject_id": "Elizabeth"});
    snapshot("verify", &server.post("/verify", body).await);
}

#[tokio::test]
async fn verify_of_a_stranger_is_a_success_with_a_low_confidence() {
    let server = Server::new().await;
    server.enroll("Elizabeth", "MyGallery", ALICE).await;
    let body = json!({
        "image": image(&[BOB]), "gallery_name": "MyGallery", "subject_id": "Elizabeth",
        "selector": ["frontal", "LIVENESS"]
    });
    snapshot("verify_stranger_liveness", &server.post("/verify", body).await);
}

#[tokio::test]
async fn verify_takes_the_best_face_of_the_subject() {
    let server = Server::new().await;
    server.enroll("both", "G", ALICE).await;
    server.enroll("both", "G", BOB).await;
    for person in [ALICE, BOB] {
        let body = json!({"image": image(&[person]), "gallery_name": "G", "subject_id": "both"});
        let confidence =
            server.post("/verify", body).await.json()["images"][0]["transaction"]["confidence"].clone();
        assert_eq!(confidence, json!(1));
    }
}

#[tokio::test]
async fn recognize_lists_candidates() {
    let server = Server::new().await;
    server.enroll("Elizabeth", "MyGallery", ALICE).await;
    server.bench.clock.advance_micros(1_500_000);
    server.enroll("Elizabeth", "MyGallery", ALICE).await;
    server.enroll("Rachel", "MyGallery", BOB).await;
    let body = json!({"image": image(&[ALICE]), "gallery_name": "MyGallery", "threshold": "0"});
    snapshot("recognize", &server.post("/recognize", body).await);
}

#[tokio::test]
async fn recognize_has_an_entry_for_every_face() {
    let server = Server::new().await;
    server.enroll("Elizabeth", "MyGallery", ALICE).await;
    let body = json!({"image": image(&[ALICE, BOB]), "gallery_name": "MyGallery", "selector": "Liveness"});
    snapshot("recognize_two_faces_liveness", &server.post("/recognize", body).await);
}

#[tokio::test]
async fn recognize_without_a_match_says_failure() {
    let server = Server::new().await;
    server.enroll("Elizabeth", "MyGallery", ALICE).await;
    let body = json!({"image": image(&[BOB]), "gallery_name": "MyGallery"});
    snapshot("recognize_no_match", &server.post("/recognize", body).await);
}

#[tokio::test]
async fn recognize_obeys_threshold_and_number() {
    let server = Server::new().await;
    for (subject, person) in [("a", ALICE), ("b", BOB), ("c", CAROL)] {
        server.enroll(subject, "G", person).await;
    }
    let candidates = async |threshold: Value, max: Value| {
        let body = json!({
            "image": image(&[ALICE]), "gallery_name": "G", "threshold": threshold, "max_num_results": max
        });
        let json = server.post("/recognize", body).await.json();
        json["images"][0]["candidates"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(candidates(json!(0), json!(null)).await, 3);
    assert_eq!(candidates(json!("0"), json!("2")).await, 2);
    assert_eq!(candidates(json!(0.6), json!(10)).await, 1);
    assert_eq!(candidates(json!(null), json!(1e9)).await, 1);
}

#[tokio::test]
async fn compare_splits_the_target() {
    let server = Server::new().await;
    let body = json!({"source_image": image(&[ALICE]), "target_image": image(&[BOB, ALICE])});
    snapshot("compare", &server.post("/compare", body).await);
}

#[tokio::test]
async fn compare_of_strangers_matches_nothing() {
    let server = Server::new().await;
    let body = json!({
        "source_image": image(&[ALICE, BOB]), "target_image": image(&[BOB]), "selector": "liveness"
    });
    snapshot("compare_no_match_liveness", &server.post("/compare", body).await);
}

#[tokio::test]
async fn detect_describes_every_face() {
    let server = Server::new().await;
    let body = json!({"image": image(&[ALICE, BOB]), "selector": "ROLL, liveness"});
    snapshot("detect", &server.post("/detect", body).await);
}

#[tokio::test]
async fn answers_with_liveness_name_the_model_that_made_it() {
    let server = Server::new().await;
    server.enroll("Bob", "G", BOB).await;
    for (path, fields) in [
        ("/enroll", json!({"subject_id": "Bob", "gallery_name": "G"})),
        ("/verify", json!({"subject_id": "Bob", "gallery_name": "G"})),
        ("/recognize", json!({"gallery_name": "G"})),
        ("/detect", json!({})),
        ("/compare", json!({"source_image": image(&[BOB]), "target_image": image(&[BOB])})),
    ] {
        for (selector, model) in [("liveness", "fake-liveness"), ("frontal", "")] {
            let mut body = fields.clone();
            body["image"] = json!(image(&[BOB]));
            body["selector"] = json!(selector);
            let answer = server.post(path, body).await;
            assert_eq!(answer.header("x-liveness-model"), model, "{path}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn min_head_scale_leaves_small_faces_out() {
    let server = Server::new().await;
    let faces = async |scale: Value| {
        let body = json!({"image": image(&[ALICE, BOB]), "minHeadScale": scale});
        server.post("/detect", body).await.json()["images"][0]["faces"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(faces(json!(null)).await, 2);
    assert_eq!(faces(json!(".17")).await, 1);
    assert_eq!(faces(json!(0.5)).await, 0);
}

#[tokio::test]
async fn galleries_are_listed_viewed_and_removed() {
    let server = Server::new().await;
    for (subject, gallery) in [("Rachel", "G1"), ("Elizabeth", "G1"), ("Elizabeth", "G2")] {
        server.enroll(subject, gallery, ALICE).await;
        server.bench.clock.advance_micros(1000);
    }
    snapshot("gallery_list_all", &server.send(server.request("/gallery/list_all", "")).await);
    snapshot("gallery_view", &server.post("/gallery/view", json!({"gallery_name": "G1"})).await);
    let subject = json!({"gallery_name": "G1", "subject_id": "Elizabeth"});
    snapshot("gallery_view_subject", &server.post("/gallery/view_subject", subject.clone()).await);
    snapshot("gallery_remove_subject", &server.post("/gallery/remove_subject", subject.clone()).await);
    assert_eq!(server.post("/gallery/view_subject", subject).await.code(), 5003);
    snapshot("gallery_remove", &server.post("/gallery/remove", json!({"gallery_name": "G2"})).await);
    let left = server.post("/gallery/list_all", json!({})).await.json();
    assert_eq!(left["gallery_ids"], json!(["G1"]));
}

#[tokio::test]
async fn face_is_removed_by_the_id_enroll_gave() {
    let server = Server::new().await;
    let first = server.enroll("test1", "G", ALICE).await.json();
    let second = server.enroll("test1", "G", ALICE).await.json();
    assert_ne!(first["face_id"], second["face_id"]);
    let remove = async |face_id: &Value| {
        let body = json!({"gallery_name": "G", "subject_id": "test1", "face_id": face_id});
        server.post("/gallery/remove_subject", body).await
    };
    snapshot("gallery_remove_subject_face", &remove(&first["face_id"]).await);
    assert_eq!(
        remove(&first["face_id"]).await.json()["Errors"][0]["Message"],
        "subject id with face id was not found"
    );
    let view =
        server.post("/gallery/view_subject", json!({"gallery_name": "G", "subject_id": "test1"})).await;
    assert_eq!(view.json()["face_ids"][0]["face_id"], second["face_id"]);
    // The last face takes the subject and the gallery with it.
    remove(&second["face_id"]).await;
    assert_eq!(server.post("/gallery/view", json!({"gallery_name": "G"})).await.code(), 5004);
}

#[tokio::test]
async fn unusable_face_id_removes_nothing() {
    let server = Server::new().await;
    server.enroll("test1", "G", ALICE).await;
    for face_id in [json!(""), json!("1"), json!(1), json!("zz")] {
        let body = json!({"gallery_name": "G", "subject_id": "test1", "face_id": face_id});
        assert_eq!(server.post("/gallery/remove_subject", body).await.code(), 5003);
    }
    assert_eq!(
        server.post("/gallery/view", json!({"gallery_name": "G"})).await.json()["subject_ids"],
        json!(["test1"])
    );
}

#[tokio::test]
async fn removed_face_is_not_recognized_any_more() {
    let server = Server::new().await;
    server.enroll("Elizabeth", "G", ALICE).await;
    server.enroll("Rachel", "G", BOB).await;
    let body = json!({"image": image(&[ALICE]), "gallery_name": "G"});
    assert_eq!(
        server.post("/recognize", body.clone()).await.json()["images"][0]["transaction"]["status"],
        "success"
    );
    server.post("/gallery/remove_subject", json!({"gallery_name": "G", "subject_id": "Elizabeth"})).await;
    assert_eq!(server.post("/recognize", body).await.json()["images"][0]["transaction"]["status"], "failure");
}

#[tokio::test]
async fn photo_is_kept_unless_the_header_forbids_it() {
    use vultus_store::FaceStore;
    let server = Server::new().await;
    for (value, is_kept) in [("true", true), ("false", false), ("FALSE", false), ("\"false\"", false)] {
        let body = json!({"image": image(&[ALICE]), "subject_id": "s", "gallery_name": "G"});
        let mut request = server.request("/enroll", body.to_string());
        request.headers_mut().insert("store_image", value.parse().unwrap());
        let face_id = server.send(request).await.json()["face_id"].as_str().unwrap().to_owned();
        let id = vultus_types::FaceId::from_hex(&face_id).unwrap();
        let accounts = server.bench.service.accounts().list().await.unwrap();
        let face = server.bench.store.face(accounts[0].id, id).await.unwrap().unwrap();
        assert_eq!(face.face.photo_key.is_some(), is_kept, "{value}");
    }
}

//! The Kairos dialect over real models: what a user of the service sees.

use serde_json::{Value, json};
use vultus_e2e::{Kairos, Portraits, Stage, base64, sample_photo};

/// Faces that a person sees in each of the six sample photos.
const FACES: [usize; 6] = [3, 3, 3, 4, 5, 4];

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("not a number: {value}"))
}

#[tokio::test]
async fn every_face_of_the_six_photos_is_found_and_no_other() {
    let stage = Stage::with_account("kairos").await;
    for (index, expected) in FACES.into_iter().enumerate() {
        let answer = stage.client.post("/detect", json!({ "image": base64(&sample_photo(index + 1)) })).await;
        let image = &answer["images"][0];
        let faces = image["faces"].as_array().unwrap();
        assert_eq!(faces.len(), expected, "photo {}", index + 1);
        for face in faces {
            let inside = number(&face["topLeftX"]) >= 0.0
                && number(&face["topLeftX"]) + number(&face["width"]) <= number(&image["width"]);
            assert!(inside, "{face}");
            assert!(
                number(&face["leftEyeCenterX"]) > number(&face["rightEyeCenterX"]) - number(&face["width"])
            );
            assert!((0.5..=1.0).contains(&number(&face["confidence"])), "{face}");
            assert!((1.0..=99.0).contains(&number(&face["attributes"]["age"])), "{face}");
        }
    }
}

#[tokio::test]
async fn enrolled_persons_are_recognised_and_strangers_are_not() {
    let stage = Stage::with_account("kairos").await;
    let portraits = Portraits::cut(&stage.data);
    for (number, portrait) in portraits.of(3).iter().enumerate() {
        stage.client.enrol(portrait, &format!("person-{number}"), "crowd").await;
    }
    let group = json!({ "image": base64(&sample_photo(3)), "gallery_name": "crowd" });
    let recognised = stage.client.post("/recognize", group).await;
    let images = recognised["images"].as_array().unwrap();
    assert_eq!(images.len(), 3);
    let mut names: Vec<_> = images.iter().map(|image| image["transaction"]["subject_id"].clone()).collect();
    names.sort_by_key(ToString::to_string);
    assert_eq!(names, [json!("person-0"), json!("person-1"), json!("person-2")]);

    let stranger = json!({ "image": base64(&portraits.of(5)[0]), "gallery_name": "crowd" });
    let unknown = stage.client.post("/recognize", stranger).await;
    assert_eq!(unknown["images"][0]["transaction"]["status"], "failure", "{unknown}");
    assert_eq!(unknown["images"][0]["transaction"]["message"], "No match found");
}

#[tokio::test]
async fn verify_tells_the_person_from_a_stranger() {
    let stage = Stage::with_account("kairos").await;
    let portraits = Portraits::cut(&stage.data);
    let (person, stranger) = (&portraits.of(1)[0], &portraits.of(1)[1]);
    stage.client.enrol(person, "person", "doors").await;
    let confidence = async |photo: &[u8]| {
        let body = json!({ "image": base64(photo), "gallery_name": "doors", "subject_id": "person" });
        let answer = stage.client.post("/verify", body).await;
        number(&answer["images"][0]["transaction"]["confidence"])
    };
    assert!(confidence(person).await > 0.9);
    assert!(confidence(stranger).await < 0.6);
}

#[tokio::test]
async fn compare_splits_the_target_into_matched_and_unmatched() {
    let stage = Stage::with_account("kairos").await;
    let portraits = Portraits::cut(&stage.data);
    let body =
        json!({ "source_image": base64(&portraits.of(4)[0]), "target_image": base64(&sample_photo(4)) });
    let answer = stage.client.post("/compare", body).await;
    assert_eq!(answer["MatchedFaces"].as_array().unwrap().len(), 1, "{answer}");
    assert_eq!(answer["UnmatchedFaces"].as_array().unwrap().len(), 3, "{answer}");
}

#[tokio::test]
async fn accounts_do_not_see_each_other() {
    let stage = Stage::with_account("kairos").await;
    let portraits = Portraits::cut(&stage.data);
    stage.client.enrol(&portraits.of(2)[0], "secret", "mine").await;
    let other = Kairos::new(&stage.server, &stage.data.kairos_account("other"));
    let galleries = other.post("/gallery/list_all", json!({})).await;
    assert_eq!(galleries["gallery_ids"], json!([]));
    let probe = json!({ "image": base64(&portraits.of(2)[0]), "gallery_name": "mine" });
    for path in ["/recognize", "/gallery/view", "/gallery/remove"] {
        let answer = other.post(path, probe.clone()).await;
        assert_eq!(answer["Errors"][0]["ErrCode"], 5004, "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_disabled_account_is_refused_while_the_server_runs() {
    let stage = Stage::with_account("kairos").await;
    stage.data.run(&["accounts", "disable", "kairos"]);
    let (status, answer) = stage.client.try_post("/gallery/list_all", &json!({})).await.unwrap();
    assert_eq!((status, answer), (403, json!("Authentication failed")));
    stage.data.run(&["accounts", "enable", "kairos"]);
    stage.client.post("/gallery/list_all", json!({})).await;
}

#[tokio::test]
async fn removing_the_last_face_removes_its_photo_subject_and_gallery() {
    let stage = Stage::with_account("kairos").await;
    let portraits = Portraits::cut(&stage.data);
    let face_id = stage.client.enrol(&portraits.of(6)[0], "last", "short").await;
    let body = json!({ "gallery_name": "short", "subject_id": "last", "face_id": face_id });
    let answer = stage.client.post("/gallery/remove_subject", body).await;
    let expected = format!("subject id last with face id {face_id} has been successfully removed");
    assert_eq!(answer["message"], expected);
    let galleries = stage.client.post("/gallery/list_all", json!({})).await;
    assert_eq!(galleries["gallery_ids"], json!([]));
}

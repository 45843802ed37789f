//! Photos compared and looked for, media, cameras, history, accuracy: every endpoint, and what can go wrong in it.

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};
use vultus_face::Capabilities;
use vultus_face::fakes::FakeAnalyzer;
use vultus_service::fakes::{ALICE, BOB, BenchOptions, photo_of};
use vultus_service::{Caller, EnrolCommand, EventSource, FaceChoice, PhotoSettings, Role};
use vultus_types::{CameraId, Wanted};

use super::{FILE, PEOPLE, Server, Told as _, snapshot};

#[tokio::test]
async fn faces_of_a_photo_are_described() {
    let server = Server::new().await;
    let photo = photo_of(&[ALICE, BOB]).unwrap();
    snapshot("detect", &server.form("/accounts/demo/detect", &[("photo", FILE, &photo)]).await);
    let none = photo_of(&[]).unwrap();
    let answer = server.form("/accounts/demo/detect", &[("photo", FILE, &none)]).await.json();
    assert_eq!(answer["faces"], json!([]));
}

#[tokio::test]
async fn photos_are_compared_by_the_chosen_faces() {
    let server = Server::new().await;
    let (one, two) = (photo_of(&[ALICE]).unwrap(), photo_of(&[BOB, ALICE]).unwrap());
    let photos = [("photo1", FILE, &one[..]), ("photo2", FILE, &two[..])];
    let others = server.form("/accounts/demo/compare", &photos).await;
    snapshot("compare", &others);
    let chosen = [photos[0], photos[1], ("face2", "", &b"1"[..])];
    let same = server.form("/accounts/demo/compare", &chosen).await.json();
    assert_eq!(same["chosen"], json!([0, 1]));
    assert!(same["score"].as_f64() > Some(0.9) && same["false_match_rate"].as_f64() < Some(1e-5), "{same}");
    let missing = [photos[0], photos[1], ("face2", "", &b"2"[..])];
    snapshot("error_no_such_face", &server.form("/accounts/demo/compare", &missing).await);
    let identical = [photos[0], ("photo2", FILE, &one[..])];
    let answer = server.form("/accounts/demo/compare", &identical).await.json();
    assert_eq!(answer["score"], 1.0);
    assert_eq!((&answer["similarity"], &answer["false_match_rate"]), (&Value::Null, &json!(0.0)));
}

#[tokio::test]
async fn faces_are_identified_with_their_rates() {
    let server = Server::new().await;
    for (subject, colour) in [("Alice", ALICE), ("Bob", BOB)] {
        server.enrol(PEOPLE, subject, colour).await;
    }
    let photo = photo_of(&[BOB]).unwrap();
    let parts = [("photo", FILE, &photo[..]), ("limit", "", &b"2"[..])];
    snapshot("identify", &server.form(&format!("{PEOPLE}/identify"), &parts).await);
    let many = [parts[0], ("limit", "", &b"51"[..])];
    snapshot("error_too_many", &server.form(&format!("{PEOPLE}/identify"), &many).await);
    let nowhere = server.form("/accounts/demo/galleries/none/identify", &parts).await;
    assert_eq!(nowhere.fault(), (404, "not_found".to_owned()));
}

#[tokio::test]
async fn calibration_is_told_with_its_thresholds() {
    snapshot("calibration", &Server::new().await.get("/calibration").await);
}

#[tokio::test]
async fn pack_without_templates_is_told() {
    let analyzer = Arc::new(FakeAnalyzer::with_capabilities(Capabilities::default()));
    let server = Server::with(BenchOptions { analyzer, ..BenchOptions::default() }, Role::Operator).await;
    let photo = photo_of(&[ALICE]).unwrap();
    let photos = [("photo1", FILE, &photo[..]), ("photo2", FILE, &photo[..])];
    snapshot("error_no_model", &server.form("/accounts/demo/compare", &photos).await);
}

#[tokio::test]
async fn cameras_are_created_changed_and_deleted() {
    let server = Server::new().await;
    let camera = json!({
        "meta": "door",
        "url": "rtsp://admin:hunter2@192.0.2.7/live",
        "event_region": {"x": 1, "y": 2, "width": 30, "height": 40},
    });
    let created = server.post("/accounts/demo/cameras", camera).await;
    snapshot("camera_create", &created);
    assert!(!created.show().contains("hunter2"));
    let id = created.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/accounts/demo/cameras/{id}");
    let change = json!({"enabled": false, "event_region": null, "tracking_region": {"x": 0, "y": 0, "width": 9, "height": 8}});
    snapshot("camera_update", &server.json(Method::PATCH, &path, change).await);
    snapshot("cameras", &server.get("/accounts/demo/cameras").await);
    for (field, value) in
        [("url", json!("ftp://x")), ("event_region", json!({"x": 1, "y": 2, "width": 0, "height": 9}))]
    {
        let answer = server.json(Method::PATCH, &path, json!({ field: value })).await;
        assert_eq!((answer.status.as_u16(), answer.json()["field"].as_str()), (422, Some(field)));
    }
    let unknown = server.json(Method::PATCH, &path, json!({"rotation": 90})).await;
    snapshot("error_unknown_field", &unknown);
    assert_eq!(server.delete(&path).await.status, 204);
    snapshot("error_no_camera", &server.delete(&path).await);
}

#[tokio::test]
async fn media_are_handed_in_and_removed() {
    let server = Server::new().await;
    let created = server.form("/accounts/demo/media", &[("file", FILE, b"a video")]).await;
    snapshot("media_create", &created);
    snapshot("media", &server.get("/accounts/demo/media").await);
    let path = format!("/accounts/demo/media/{}", created.json()["id"].as_str().unwrap());
    snapshot("medium_waiting", &server.get(&path).await);
    snapshot("error_unfinished", &server.get(&format!("{path}/frames")).await);
    assert_eq!(server.delete(&path).await.status, 204);
    snapshot("error_no_medium", &server.get(&path).await);
    let first = server.form("/accounts/demo/media", &[("file", FILE, b"one")]).await.json();
    server.form("/accounts/demo/media", &[("file", FILE, b"two")]).await;
    let page = server.get("/accounts/demo/media?limit=1").await.json();
    let rest =
        server.get(&format!("/accounts/demo/media?cursor={}", page["next"].as_str().unwrap())).await.json();
    let ids = [&page["items"][0]["id"], &rest["items"][0]["id"]];
    assert!(ids.contains(&&first["id"]) && ids[0] != ids[1], "{page} {rest}");
}

#[tokio::test]
async fn history_tells_what_cameras_saw() {
    let server = Server::new().await;
    let service = &server.bench.service;
    let caller = Caller { account: service.accounts().list().await.unwrap()[0].id };
    for (colour, camera) in [(ALICE, 1), (BOB, 1), (ALICE, 2)] {
        let command = EnrolCommand {
            photo: photo_of(&[colour]).unwrap().into(),
            photo_url: None,
            galleries: Vec::new(),
            subject: String::new(),
            faces: FaceChoice::SINGLE,
            keep_photo: true,
            event: Some(EventSource { camera: CameraId(uuid::Uuid::from_u128(camera)), occurred_at: None }),
            settings: PhotoSettings::new(Wanted::TEMPLATE),
        };
        service.enrol(caller, service.admit().unwrap(), command).await.unwrap();
    }
    snapshot("events", &server.get("/accounts/demo/events?limit=2").await);
    let page = server.get("/accounts/demo/events?limit=2").await.json();
    let next = page["next"].as_str().unwrap();
    let rest = server.get(&format!("/accounts/demo/events?limit=2&cursor={next}")).await.json();
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null));
    let count = async |query: &str| {
        let events = server.get(&format!("/accounts/demo/events?{query}")).await.json();
        events["items"].as_array().unwrap_or_else(|| panic!("{events}")).len()
    };
    let first = "00000000-0000-0000-0000-000000000001";
    assert_eq!(count(&format!("camera={first}&person=&friend=false")).await, 2);
    assert_eq!(count("person=2").await, 1);
    assert_eq!(count("friend=true").await, 0);
    assert_eq!(count("from=2026-03-13T07:57:22.681Z&to=2026-03-13T07:57:22.681Z").await, 3);
    assert_eq!(count("from=2026-03-14").await, 0);
    for field in ["person", "camera", "from", "to", "cursor"] {
        let answer = server.get(&format!("/accounts/demo/events?{field}=x")).await;
        assert_eq!((answer.status.as_u16(), answer.json()["field"].as_str()), (422, Some(field)));
    }
    snapshot("persons", &server.get("/accounts/demo/persons").await);
    snapshot("person", &server.get("/accounts/demo/persons/1").await);
    snapshot("error_no_person", &server.get("/accounts/demo/persons/9").await);
}

#[tokio::test]
async fn reports_are_the_published_ones_and_the_operators_own() {
    let server = Server::new().await;
    let published = server.get("/accuracy").await.json();
    let count = published["reports"].as_array().unwrap().len();
    assert!(count > 30 && published["reports"][0]["published"] == true, "{count}");
    let own = vultus_eval::published::published()[0].to_json().unwrap();
    let folder = server.folder.path().join("reports");
    fs_err::create_dir(&folder).unwrap();
    fs_err::write(folder.join("mine.json"), own).unwrap();
    fs_err::write(folder.join("torn.json"), "{").unwrap();
    let all = server.get("/accuracy").await.json();
    assert_eq!(all["reports"].as_array().unwrap().len(), count + 1);
    assert_eq!(
        (&all["reports"][count]["published"], &all["unreadable"]),
        (&json!(false), &json!(["torn.json"]))
    );
}

#[tokio::test]
async fn models_of_every_known_pack_have_their_cards() {
    let cards = Server::new().await.get("/models").await.json();
    let cards = cards["items"].as_array().unwrap();
    let card = cards.iter().find(|card| card["name"] == "blazeface").unwrap();
    assert_eq!(
        (&card["pack"], &card["installed"], &card["in_use"]),
        (&json!("default"), &json!(false), &json!(false))
    );
    for key in ["licence", "source_package", "version", "input", "provenance", "task", "kind"] {
        assert!(card[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {card}");
    }
}

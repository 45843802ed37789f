//! Events, persons and their histories.

use vultus_service::fakes::{ALICE, BOB, START};
use vultus_types::Timestamp;

use super::*;
use crate::times;

const CAMERA: &str = "12345678123456781234567812345678";

/// So many minutes after the start.
fn at(minutes: i64) -> String {
    times::write(Timestamp(START.0 + minutes * 60_000_000))
}

impl Server {
    /// The camera sees a face; the id of the face.
    async fn see(&self, colour: [u8; 3], camera: impl Into<Value>, minutes: i64) -> u64 {
        let body = json!({
            "photo": photo(&[colour]), "meta": "", "cam_id": camera.into(), "timestamp": at(minutes),
        });
        self.post("/v0/face/", body).await.id()
    }

    async fn search(&self, body: Value) -> Answer {
        self.post("/v0/history/search", body).await
    }
}

#[tokio::test]
async fn face_with_a_camera_is_an_event() {
    let server = Server::new().await;
    let body = json!({
        "photo": photo(&[ALICE]), "meta": "Sam Berry", "cam_id": "12345678-1234-5678-1234-567812345678",
        "timestamp": "2016-10-11T14:36:27.450",
    });
    let added = server.post("/v0/face/", body).await;
    snapshot("event_add", &added);
    let shown = server.get(&format!("/v0/face/id/{}", added.id())).await;
    assert_eq!(shown.json(), added.json()["results"][0]);
    let found = server.post("/identify", json!({"photo": photo(&[ALICE])})).await.json();
    let results = found["results"].as_object().unwrap();
    assert_eq!(results.values().next().unwrap()[0]["face"], shown.json());
    let bad = json!({"photo": photo(&[ALICE]), "cam_id": CAMERA, "timestamp": "today"});
    snapshot("event_bad_timestamp", &server.post("/face", bad).await);
}

#[tokio::test]
async fn persons_are_listed_and_shown() {
    let server = Server::new().await;
    snapshot("persons_none", &server.get("/v0/persons").await);
    let body = json!({"photo": photo(&[ALICE]), "meta": "Sam Berry", "cam_id": CAMERA});
    server.post("/v1/face", body).await;
    server.see(BOB, CAMERA, 0).await;
    server.see(ALICE, CAMERA, 1).await;
    snapshot("persons", &server.get("/v0/persons/").await);
    snapshot("person", &server.get("/v1/person/id/1").await);
    for path in ["/v0/person/id/3", "/person/id/0", "/person/id/x", "/v0/person/history/id/3"] {
        let answer = server.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (404, "NOT_FOUND".to_owned()), "{path}");
    }
    snapshot("person_unknown", &server.get("/person/id/3/").await);
}

#[tokio::test]
async fn history_of_a_person_takes_its_filter_from_the_body_of_a_get() {
    let server = Server::new().await;
    server.see(ALICE, 25, 0).await;
    let second = server.see(ALICE, 25, 10).await;
    server.see(BOB, 25, 20).await;
    let path = "/person/history/id/1";
    snapshot("person_history", &server.get(path).await);
    let faces = async |body: Value| {
        let answer = server.call(Method::GET, "/v0/person/history/id/1", body.to_string()).await.json();
        let results = answer["results"].as_array().unwrap();
        results.iter().map(|event| event["face_id"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(faces(json!({"cam_ids": [1, 25], "start": at(5), "end": at(15)})).await, [second]);
    assert_eq!(faces(json!({"cam_ids": [1]})).await, [0; 0]);
    assert_eq!(faces(json!({"cam_ids": [25]})).await.len(), 2);
    let bad = server.call(Method::GET, path, json!({"start": "yesterday"}).to_string()).await;
    snapshot("person_history_bad_start", &bad);
}

#[tokio::test]
async fn history_is_searched() {
    let server = Server::new().await;
    snapshot("history_none", &server.search(json!({})).await);
    let mut ids = Vec::new();
    for (colour, camera, minutes) in
        [(ALICE, CAMERA, 0), (BOB, CAMERA, 1), (ALICE, "7", 2), (ALICE, CAMERA, 3)]
    {
        ids.push(server.see(colour, camera, minutes).await);
    }
    snapshot("history", &server.search(json!({})).await);
    snapshot("history_limited", &server.search(json!({"limit": 2})).await);
    let found = async |body: Value| server.search(body).await.ids();
    assert_eq!(found(json!({"person_id": 1})).await, [ids[3], ids[0]]);
    assert_eq!(found(json!({"person_id": "1", "limit": "1"})).await, [ids[3]]);
    assert_eq!(found(json!({"cam_ids": ["7"]})).await, [ids[2]]);
    assert_eq!(found(json!({"cam_ids": CAMERA, "start": at(1), "end": at(3)})).await, [ids[3], ids[1]]);
    assert_eq!(found(json!({"friend": true})).await, [0; 0]);
    assert_eq!(found(json!({"friend": false, "person_id": 99})).await, [0; 0]);
    assert_eq!(found(json!({"limit": 0})).await.len(), 4);
    assert_eq!(found(json!({"limit": 4})).await.len(), 4);
    for (name, value) in [
        ("person_id", json!("Sam")),
        ("person_id", json!(0)),
        ("cam_ids", json!(["door"])),
        ("start", json!("13.6.2016")),
        ("end", json!("")),
        ("friend", json!("perhaps")),
        ("limit", json!(-1)),
        ("max_id", json!("x")),
    ] {
        let answer = server.search(json!({name: value.clone()})).await;
        let is_fine = name == "end";
        assert_eq!(answer.status.is_success(), is_fine, "{name} {value}: {}", answer.text);
        if !is_fine {
            assert_eq!((answer.code().as_str(), &answer.json()["param"]), ("BAD_PARAM", &json!(name)));
        }
    }
}

#[tokio::test]
async fn next_page_goes_on_however_it_is_followed() {
    let server = Server::new().await;
    let mut ids = Vec::new();
    for minutes in 0..7 {
        let camera = if minutes % 3 == 2 { "7" } else { CAMERA };
        ids.insert(0, (server.see(ALICE, camera, minutes).await, camera));
    }
    let expected: Vec<u64> = ids.iter().filter(|(_, camera)| *camera == CAMERA).map(|(id, _)| *id).collect();
    let body = json!({"limit": 2, "cam_ids": [CAMERA], "start": at(0), "friend": false});
    for (method, sends_body) in [(Method::POST, true), (Method::POST, false), (Method::GET, false)] {
        let (mut met, mut next) = (Vec::new(), None::<String>);
        loop {
            let answer = match &next {
                None => server.post("/v1/history/search", body.clone()).await,
                Some(next) => {
                    let body = if sends_body { body.to_string() } else { String::new() };
                    server.call(method.clone(), next, body).await
                }
            };
            met.extend(answer.ids());
            let json = answer.json();
            let Some(link) = json.get("next_page") else { break };
            let link = link.as_str().unwrap();
            assert!(link.starts_with("/v1/history/search?max_id="), "{link}");
            next = Some(link.to_owned());
            // What comes meanwhile is newer than every further page.
            server.see(ALICE, CAMERA, 100).await;
        }
        assert_eq!(met[met.len() - expected.len()..], expected, "{method} {sends_body}");
        let mut unique = met.clone();
        unique.dedup();
        assert_eq!(unique, met);
    }
}

#[tokio::test]
async fn history_of_many_pages_is_one_answer() {
    let server = Server::new().await;
    let body = json!({"photo": photo(&[ALICE, ALICE, ALICE, ALICE]), "mf_selector": "all", "cam_id": CAMERA});
    for _ in 0..130 {
        server.post("/face", body.clone()).await;
    }
    let ids = server.search(json!({})).await.ids();
    assert_eq!(ids.len(), 520);
    assert!(ids.windows(2).all(|pair| pair[0] > pair[1]));
}

#[tokio::test]
async fn face_is_given_to_another_person() {
    let server = Server::new().await;
    server.see(ALICE, CAMERA, 0).await;
    let bob = server.see(BOB, CAMERA, 1).await;
    let path = format!("/v0/face/id/{bob}/");
    let moved = server.put(&path, json!({"person_id": "1", "meta": "Sam"})).await;
    snapshot("face_change_person", &moved);
    assert_eq!(server.search(json!({"person_id": 1})).await.ids().len(), 2);
    assert_eq!(server.get("/person/id/2").await.status.as_u16(), 404);
    snapshot("face_change_person_unknown", &server.put(&path, json!({"person_id": 2})).await);
    let unseen = server.add(ALICE, "Zoe", &[]).await;
    let named = server.put(&format!("/face/id/{unseen}"), json!({"person_id": 1})).await.json();
    assert_eq!((&named["person_id"], named.get("cam_id")), (&json!(1), None));
    let missing = server.put("/face/id/7", json!({"person_id": 1})).await;
    assert_eq!((missing.status.as_u16(), missing.code()), (404, "NOT_FOUND".to_owned()));
}

#[tokio::test]
async fn events_go_with_their_faces_and_belong_to_one_account() {
    let server = Server::new().await;
    let face = server.see(ALICE, CAMERA, 0).await;
    let other = server.bench.service.accounts().create("other").await.unwrap().findface.token;
    for (path, expected) in [("/persons", 200), ("/person/id/1", 404), ("/person/history/id/1", 404)] {
        let answer = server.call_as(&other, Method::GET, path, Body::empty()).await;
        assert_eq!(answer.status.as_u16(), expected, "{path}");
        assert!(!answer.text.contains("\"id\":1"), "{}", answer.text);
    }
    let found = server.call_as(&other, Method::POST, "/history/search", "{}").await;
    assert_eq!(found.ids(), [0; 0]);
    server.delete(&format!("/v0/face/id/{face}")).await;
    assert_eq!(server.search(json!({})).await.ids(), [0; 0]);
    assert_eq!(server.get("/persons").await.ids(), [0; 0]);
}

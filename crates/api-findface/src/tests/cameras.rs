//! Cameras.

use std::sync::Arc;
use std::time::Duration;

use vultus_service::{SourceRules, WatchSettings};

use super::*;

#[tokio::test]
async fn camera_is_created_listed_shown_changed_and_deleted() {
    let server = Server::new().await;
    snapshot("cameras_none", &server.get("/v0/camera").await);
    let body = json!({"meta": "test", "url": "http://test.com:1234/stream.flv", "detector": "detec1"});
    let created = server.post("/v0/camera/", body).await;
    snapshot("camera_create", &created);
    let id = created.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/camera/{id}");
    assert_eq!(server.get(&path).await.json(), created.json());
    assert_eq!(server.get("/camera/").await.json(), json!([created.json()]));
    let regions = json!({"rot": [120, 120, 35, 50], "roi": "[100, 100, 40, 50]", "enabled": "false"});
    snapshot("camera_change", &server.put(&path, regions).await);
    let changed = server.put(&path, json!({"meta": "newinfo", "roi": []})).await.json();
    assert_eq!((&changed["meta"], changed.get("rot"), changed.get("roi")), (&json!("newinfo"), None, None));
    assert_eq!((&changed["enabled"], &changed["detector"]), (&json!(false), &json!("detec1")));
    let simple = id.replace('-', "");
    let deleted = server.delete(&format!("/camera/{simple}/")).await;
    assert_eq!((deleted.status.as_u16(), deleted.text.as_str()), (204, ""));
    snapshot("camera_unknown", &server.get(&path).await);
    for (method, path) in
        [(Method::PUT, path.as_str()), (Method::DELETE, &path), (Method::GET, "/camera/door")]
    {
        let answer = server.call(method, path, "{}").await;
        assert_eq!((answer.status.as_u16(), answer.code()), (404, "NOT_FOUND".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn camera_of_which_nothing_is_told_is_created() {
    let server = Server::new().await;
    let created = server.call(Method::POST, "/camera", Body::empty()).await;
    assert_eq!(created.status.as_u16(), 201);
    assert_eq!(created.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["enabled", "id"]);
}

#[tokio::test]
async fn settings_out_of_range_are_named() {
    let server = Server::new().await;
    let long = "x".repeat(5000);
    for (name, value) in [
        ("url", json!("gopher://camera/")),
        ("url", json!("camera")),
        ("roi", json!([1, 2, 3])),
        ("rot", json!([0, 10, 0, 0])),
        ("rot", json!("a,b,c,d")),
        ("enabled", json!("perhaps")),
        ("meta", json!(long)),
        ("meta", json!("a\0b")),
        ("detector", json!(long)),
    ] {
        let answer = server.post("/v0/camera", json!({name: value.clone()})).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "BAD_PARAM".to_owned()), "{name} {value}");
        assert_eq!(answer.json()["param"], name);
    }
    assert_eq!(server.get("/camera").await.json(), json!([]));
}

#[tokio::test]
async fn cameras_belong_to_one_account() {
    let server = Server::new().await;
    let id = server.post("/camera", json!({"meta": "mine"})).await.json()["id"].as_str().unwrap().to_owned();
    let other = server.bench.service.accounts().create("other").await.unwrap().findface.token;
    let path = format!("/camera/{id}");
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = server.call_as(&other, method, &path, "{}").await;
        assert_eq!(answer.status.as_u16(), 404);
    }
    let listed = server.call_as(&other, Method::GET, "/camera", Body::empty()).await;
    assert_eq!(listed.json(), json!([]));
    assert_eq!(server.get(&path).await.json()["meta"], "mine");
}

#[tokio::test]
async fn camera_tells_what_comes_of_it_while_it_is_watched() {
    let server = Server::new().await;
    let created = server.post("/camera", json!({"url": "rtsp://user:secret@10.0.0.1/live"})).await.json();
    let path = format!("/camera/{}", created["id"].as_str().unwrap());
    assert_eq!(server.get(&path).await.json().get("watch"), None);
    let rules = SourceRules { files: None, permits: Arc::new(|_| false) };
    let settings = WatchSettings { look_every: Duration::from_millis(10), ..WatchSettings::new(rules) };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let worker = tokio::spawn(server.bench.service.camera_worker(settings).unwrap().run(async {
        let _ = stopped.await;
    }));
    let watch = loop {
        let watch = server.get(&path).await.json()["watch"].clone();
        if watch["state"] == "waiting" {
            break watch;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert_eq!(server.get("/camera").await.json()[0]["watch"]["state"], "waiting");
    let error = watch["error"].as_str().unwrap();
    assert!(error.contains("may not be connected to") && !error.contains("secret"), "{error}");
    assert!(watch["retry_at"].as_str() > watch["since"].as_str(), "{watch}");
    assert_eq!((&watch["frames"], &watch["faces"], &watch["lost_faces"]), (&json!(0), &json!(0), &json!(0)));
    drop(stop);
    worker.await.unwrap();
    assert_eq!(server.get(&path).await.json().get("watch"), None);
}

//! Cameras, from a video of real faces served over loopback to the history of a FindFace client.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use std::process::Command;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::routing::get;
use serde_json::{Value, json};
use vultus_e2e::{DataDir, Portraits, Server, passage, plain_client};

struct Client {
    base: String,
    token: String,
}

impl Client {
    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let request = plain_client().post(format!("{}{path}", self.base)).json(&body);
        let answer = request.header("authorization", format!("Token {}", self.token)).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Creates a camera and returns its id.
    async fn camera(&self, url: &str) -> String {
        let (status, camera) = self.post("/v0/camera", json!({ "meta": "door", "url": url })).await;
        assert_eq!(status, 201, "{camera}");
        camera["id"].as_str().unwrap().to_owned()
    }

    /// Waits until a camera is in a state, and returns what is told of it.
    async fn watch(&self, camera: &str, state: &str) -> Value {
        let start = Instant::now();
        loop {
            let request = plain_client().get(format!("{}/v1/camera/{camera}", self.base));
            let request = request.header("authorization", format!("Token {}", self.token));
            let camera: Value = request.send().await.unwrap().json().await.unwrap();
            if camera["watch"]["state"] == state {
                return camera["watch"].clone();
            }
            assert!(start.elapsed() < Duration::from_mins(2), "{camera}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Waits for so many events of a camera.
    async fn events(&self, camera: &str, count: usize, data: &DataDir) -> Vec<Value> {
        let start = Instant::now();
        loop {
            let (status, found) = self.post("/v0/history/search", json!({ "cam_ids": [camera] })).await;
            assert_eq!(status, 200, "{found}");
            let events = found["results"].as_array().unwrap();
            if events.len() >= count {
                return events.clone();
            }
            let log = || std::fs::read_to_string(data.path().join("log")).unwrap_or_default();
            assert!(start.elapsed() < Duration::from_mins(2), "{found}\n{}", log());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// A directory with an account, and a host with the video.
struct Stage {
    data: DataDir,
    token: String,
    url: String,
}

impl Stage {
    async fn new() -> Self {
        let data = DataDir::default();
        let created = data.run_json(&["accounts", "create", "acme", "--json"]);
        let token = created["findface"]["token"].as_str().unwrap().to_owned();
        let portraits = Portraits::cut(&data);
        let body = Bytes::from(passage(data.path(), [&portraits.of(3)[0], &portraits.of(3)[1]]));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/video.mp4", listener.local_addr().unwrap());
        let router = Router::new().route("/video.mp4", get(async move || body));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { data, token, url }
    }

    fn client(&self, server: &Server) -> Client {
        Client { base: server.base.clone(), token: self.token.clone() }
    }
}

#[tokio::test]
async fn people_in_a_cameras_video_become_events_of_two_persons() {
    let stage = Stage::new().await;
    let server = Server::start(&stage.data, &["--allow-fetch", "127.0.0.1/32"]).await;
    let client = stage.client(&server);
    let camera = client.camera(&stage.url).await;
    let events = client.events(&camera, 2, &stage.data).await;
    assert_eq!(events.len(), 2);
    let persons: Vec<_> = events.iter().map(|event| event["person_id"].as_u64().unwrap()).collect();
    assert_ne!(persons[0], persons[1], "{events:?}");
}

#[tokio::test]
async fn workers_beside_a_server_share_its_cameras() {
    let stage = Stage::new().await;
    let server = Server::start(&stage.data, &["--no-cameras"]).await;
    let client = stage.client(&server);
    let camera = client.camera(&stage.url).await;
    let log =
        || std::fs::File::options().create(true).append(true).open(stage.data.path().join("log")).unwrap();
    let worker =
        || stage.data.command(&["worker", "--allow-fetch", "127.0.0.1/32"]).stderr(log()).spawn().unwrap();
    let workers = [worker(), worker()];
    client.events(&camera, 2, &stage.data).await;
    let watch = client.watch(&camera, "finished").await;
    // Had both read the video, each face would have been posted twice.
    assert_eq!(watch["faces"], 2, "{watch}");
    assert_eq!(client.events(&camera, 2, &stage.data).await.len(), 2);
    for mut worker in workers {
        let pid = worker.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert!(worker.wait().unwrap().success());
    }
}

//! Kairos v2: images and videos of real faces, through ffmpeg and the models.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::routing::get;
use serde_json::{Value, json};
use vultus_e2e::{Credentials, DataDir, Portraits, Server, ffmpeg, passage, plain_client, sample_photo};

struct Client {
    base: String,
    credentials: Credentials,
}

impl Client {
    fn new(server: &Server, credentials: &Credentials) -> Self {
        Self { base: server.base.clone(), credentials: credentials.clone() }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let Credentials { app_id, app_key } = &self.credentials;
        let answer = request.header("app_id", app_id).header("app_key", app_key).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Hands in a file.
    async fn post(&self, query: &str, file: &[u8]) -> (u16, Value) {
        let head =
            b"--b\r\nContent-Disposition: form-data; name=\"source\"; filename=\"f\"\r\n\r\n".as_slice();
        let body = [head, file, b"\r\n--b--\r\n"].concat();
        let request = plain_client().post(format!("{}/v2/media{query}", self.base)).body(body);
        self.send(request.header("content-type", "multipart/form-data; boundary=b")).await
    }

    async fn get(&self, path: &str) -> Value {
        self.send(plain_client().get(format!("{}{path}", self.base))).await.1
    }

    async fn delete(&self, id: &str) -> Value {
        self.send(plain_client().delete(format!("{}/v2/media/{id}", self.base))).await.1
    }

    /// Waits for a result.
    async fn result(&self, id: &str) -> Value {
        self.until(id, |answer| ![json!(1), json!(2)].contains(&answer["status_code"])).await
    }

    async fn until(&self, id: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let answer = self.get(&format!("/v2/media/{id}")).await;
            if is_so(&answer) {
                return answer;
            }
            assert!(start.elapsed() < Duration::from_mins(4), "{answer}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// Files that were handed in and are kept yet.
fn kept_files(data: &DataDir) -> usize {
    let count = |folder: &str| walk(&data.path().join(folder));
    count("photos") + count("work")
}

fn walk(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let entries = entries.map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { walk(&path) } else { usize::from(!path.ends_with("lock")) }).sum()
}

fn video_of(data: &DataDir) -> Vec<u8> {
    let portraits = Portraits::cut(data);
    passage(data.path(), [&portraits.of(3)[0], &portraits.of(3)[2]])
}

#[tokio::test]
async fn people_of_a_video_are_told_over_time() {
    let data = DataDir::default();
    let credentials = data.kairos_account("acme");
    let video = Bytes::from(video_of(&data));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/video.mp4", listener.local_addr().unwrap());
    let router = Router::new().route("/video.mp4", get(async move || video));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let server = Server::start(&data, &["--allow-fetch", "127.0.0.1/32"]).await;
    let client = Client::new(&server, &credentials);
    let address = format!("{}/v2/media?source={url}&landmarks=1&timeout=0.1", client.base);
    let (status, answer) = client.send(plain_client().post(address)).await;
    assert_eq!((status, &answer["status_code"]), (202, &json!(2)), "{answer}");
    let id = answer["id"].as_str().unwrap();
    let result = client.result(id).await;
    assert_eq!((&result["status_code"], &result["length"]), (&json!(4), &json!(12)), "{result}");
    let frames = result["frames"].as_array().unwrap();
    assert_eq!((frames.len(), &frames[0]["time"], &frames[1]["time"]), (144, &json!(83), &json!(166)));
    let people = |frame: &Value| frame["people"].as_array().unwrap().clone();
    // One portrait for four seconds, nobody for four, the other for four.
    assert_eq!(people(&frames[24])[0]["person_id"], "0");
    assert!(people(&frames[72]).is_empty());
    assert_eq!(people(&frames[120])[0]["person_id"], "1");
    let person = &people(&frames[24])[0];
    assert_eq!(person["landmarks"].as_array().unwrap().len(), 48);
    assert!(person["emotions"]["joy"].is_number() && person["pose"]["yaw"].is_number(), "{person}");
    let analytics = client.get(&format!("/v2/analytics/{id}")).await;
    let impressions = analytics["impressions"].as_array().unwrap();
    assert_eq!(impressions.len(), 2, "{analytics}");
    for impression in impressions {
        let score = &impression["emotion_score"];
        let sum: f64 =
            ["positive", "neutral", "negative"].map(|part| score[part].as_f64().unwrap()).iter().sum();
        assert!((sum - 100.0).abs() < 0.1, "{impression}");
        assert!(impression["duration"].as_f64().unwrap() > 2.0, "{impression}");
    }
    assert_eq!(kept_files(&data), 0);
    assert_eq!(client.delete(id).await["status_message"], "Deleted");
    assert_eq!(client.get(&format!("/v2/analytics/{id}")).await["status_code"], 3);
}

#[tokio::test]
async fn work_at_a_video_survives_a_killed_server_and_is_called_off_on_demand() {
    let data = DataDir::default();
    let credentials = data.kairos_account("acme");
    let short = data.path().join("short.mp4").to_str().unwrap().to_owned();
    std::fs::write(&short, video_of(&data)).unwrap();
    let long = data.path().join("long.mp4").to_str().unwrap().to_owned();
    ffmpeg(&["-stream_loop", "9", "-i", &short, "-c", "copy", &long]);
    let long = std::fs::read(long).unwrap();
    let server = Server::start(&data, &[]).await;
    let client = Client::new(&server, &credentials);
    let (_, answer) = client.post("?timeout=0", &std::fs::read(&short).unwrap()).await;
    let id = answer["id"].as_str().unwrap();
    client.until(id, |answer| answer["status_code"] == 2).await;
    server.kill();
    let server = Server::start(&data, &[]).await;
    let client = Client::new(&server, &credentials);
    let result = client.result(id).await;
    assert_eq!(result["frames"].as_array().map(Vec::len), Some(144), "{result}");
    let (_, answer) = client.post("?timeout=0", &long).await;
    let id = answer["id"].as_str().unwrap();
    client.until(id, |answer| answer["status_code"] == 2).await;
    assert!(kept_files(&data) > 0);
    assert_eq!(client.delete(id).await["status_message"], "Deleted");
    assert_eq!(client.delete(id).await["code"], 5003);
    let start = Instant::now();
    while kept_files(&data) > 0 {
        assert!(start.elapsed() < Duration::from_mins(1), "{} files are kept", kept_files(&data));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn images_and_damaged_media_are_answered() {
    let data = DataDir::default();
    let credentials = data.kairos_account("acme");
    let whole = video_of(&data);
    let path = |name: &str| data.path().join(name).to_str().unwrap().to_owned();
    ffmpeg(&["-f", "lavfi", "-i", "sine=frequency=440:duration=1", &path("sound.mp3")]);
    let sound = std::fs::read(path("sound.mp3")).unwrap();
    // Two hours are allowed.
    let hours = ["-f", "lavfi", "-i", "color=size=64x64:rate=1/60", "-t", "7320"];
    ffmpeg(&[&hours[..], &["-pix_fmt", "yuv420p", &path("hours.mp4")]].concat());
    let hours = std::fs::read(path("hours.mp4")).unwrap();
    let server = Server::start(&data, &[]).await;
    let client = Client::new(&server, &credentials);
    let (status, answer) = client.post("?timeout=60&landmarks=1", &sample_photo(1)).await;
    assert_eq!((status, &answer["status_code"]), (200, &json!(4)), "{answer}");
    let info = &answer["media_info"];
    assert_eq!((&info["type"], &info["mime_type"]), (&json!("image"), &json!("image/jpg")));
    let person = &answer["frames"][0]["people"][0];
    assert_eq!((&person["tracking"]["dwell"], person.get("start_time")), (&json!(0), None), "{person}");
    let cut = whole[..whole.len() * 2 / 3].to_vec();
    for (name, file, reason) in [
        ("text", b"this is no medium, it is text".to_vec(), "no image or video"),
        ("sound", sound, "no image or video"),
        ("cut head", whole[..600].to_vec(), "no image or video"),
        ("empty", Vec::new(), "no image or video"),
        ("two hours and two minutes", hours, "too long"),
    ] {
        let (status, answer) = client.post("?timeout=60", &file).await;
        assert_eq!((status, &answer["code"]), (200, &json!(5000)), "{name}: {answer}");
        assert!(answer["message"].as_str().unwrap().contains(reason), "{name}: {answer}");
    }
    // What can be read of a cut video is its result.
    let (_, answer) = client.post("?timeout=60", &cut).await;
    let frames = answer["frames"].as_array().map_or(0, Vec::len);
    assert!((1..144).contains(&frames), "{frames} frames: {}", answer["status_message"]);
}

//! v2: media and their analytics.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::oneshot;
use vultus_service::{
    MediaAnalyst, MediaFailure, MediaFrame, MediaInfo, MediaKind, MediaSink, MediaSummary,
    MediaWorkerSettings, PersonSummary, SeenExpression, SeenPerson,
};

use super::*;

/// Tells of files by their first byte: `i`mage with a face, `n`obody in an image, `v`ideo, `x` unreadable, `l`ong,
/// `f`fmpeg missing, `b`roken engine, `~` without end.
struct Told;

const JOY: SeenExpression = SeenExpression {
    anger: 0.02,
    disgust: 0.000_68,
    fear: 0.02,
    joy: 0.6,
    neutral: 0.2,
    sadness: 0.059_32,
    surprise: 0.1,
};

fn info(kind: MediaKind, format: &str, seconds: u64) -> MediaInfo {
    let length = Duration::from_secs(seconds);
    MediaInfo { kind, format: format.to_owned(), width: 720, height: 960, length }
}

fn seen(person: u32, wants_points: bool) -> SeenPerson {
    let points = (0..68_u16).map(|number| [100.0 + f32::from(number), 200.4]).collect();
    SeenPerson {
        person,
        first_seen: Duration::from_millis(83),
        bounds: [298.4, 126.0, 248.0, 247.6],
        pose: Some([-11.3128, 0.900_874, -2.144_41]),
        points: wants_points.then_some(points),
        expression: Some(JOY),
        has_glasses: Some(false),
        age: Some(27.3),
        is_female: Some(false),
        is_blinking: Some(true),
        glances: 1,
        attention: Some(100.0),
    }
}

/// A person of whom nothing can be told.
fn stranger(person: u32) -> SeenPerson {
    SeenPerson {
        pose: None,
        points: None,
        expression: None,
        has_glasses: None,
        age: None,
        is_female: None,
        is_blinking: None,
        glances: 0,
        attention: None,
        ..seen(person, false)
    }
}

fn summary(person: u32, is_known: bool) -> PersonSummary {
    PersonSummary {
        person,
        first_seen: Duration::from_millis(83),
        last_seen: Duration::from_millis(1083),
        seen_for: Duration::from_millis(900),
        frames: 2,
        expression: is_known.then_some(JOY),
        has_glasses: is_known.then_some(true),
        age: is_known.then_some(27.3),
        is_female: is_known.then_some(true),
        attention: is_known.then_some(62.5),
        glances: 2,
        looked_for: Duration::from_millis(500),
        blinks: 1,
    }
}

#[async_trait]
impl MediaAnalyst for Told {
    async fn analyse(
        &self,
        file: &Path,
        wants_points: bool,
        sink: &mut (dyn MediaSink + '_),
    ) -> Result<MediaSummary, MediaFailure> {
        let file = std::fs::read(file).unwrap();
        let people = match file[0] {
            b'i' => vec![vec![seen(0, wants_points)]],
            b'n' => vec![Vec::new()],
            b'v' => vec![vec![seen(0, wants_points), stranger(1)], Vec::new(), vec![seen(0, wants_points)]],
            b'x' => return Err(MediaFailure::Unreadable),
            b'l' => return Err(MediaFailure::TooLarge),
            b'f' => return Err(MediaFailure::NoVideoReader),
            b'b' => return Err(MediaFailure::BrokeOff),
            _ => std::future::pending().await,
        };
        let is_image = file[0] != b'v';
        let count = people.len() as u64;
        for (people, number) in people.into_iter().zip(1..) {
            let time = if is_image { Duration::ZERO } else { Duration::from_millis(number * 1000 / 12) };
            let people = if is_image {
                people.into_iter().map(|person| SeenPerson { first_seen: time, ..person }).collect()
            } else {
                people
            };
            sink.frame(MediaFrame { time, people }).await.map_err(|_| MediaFailure::Internal)?;
        }
        let info =
            if is_image { info(MediaKind::Image, "jpg", 0) } else { info(MediaKind::Video, "flv", 12) };
        Ok(MediaSummary { info, frames: count, persons: vec![summary(0, true), summary(1, false)] })
    }
}

/// A server with a worker.
struct Stage {
    server: Server,
    _folder: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
}

impl Stage {
    async fn new() -> Self {
        let (server, folder) = (Server::new().await, tempfile::tempdir().unwrap());
        let settings = MediaWorkerSettings::new(folder.path().to_owned());
        let worker = server.bench.service.media_worker(Arc::new(Told), settings).unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(worker.run(async {
            let _ = stopped.await;
        }));
        Self { server, _folder: folder, _stop: stop }
    }

    async fn call(&self, method: Method, path: &str, body: impl Into<Body>) -> Answer {
        let mut request = self.server.request(path, body);
        *request.method_mut() = method;
        self.server.send(request).await
    }

    /// Hands in a file of these bytes.
    async fn hand_in(&self, file: &str, query: &str) -> Answer {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"source\"; filename=\"f\"\r\n\r\n{file}\r\n--b--\r\n"
        );
        self.call(Method::POST, &format!("/v2/media{query}"), body).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, Body::empty()).await
    }
}

fn id_of(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn image_is_answered_at_once_and_found_again() {
    let stage = Stage::new().await;
    let answer = stage.hand_in("image", "").await;
    snapshot("media_image", &answer);
    let path = format!("/v2/media/{}", id_of(&answer));
    assert_eq!(stage.get(&path).await.text, answer.text);
    assert_eq!(stage.get(&format!("{path}/")).await.text, answer.text);
}

#[tokio::test]
async fn video_has_times_and_persons() {
    let stage = Stage::new().await;
    let answer = stage.hand_in("video", "?landmarks=0").await;
    snapshot("media_video", &answer);
    snapshot("analytics_video", &stage.get(&format!("/v2/analytics/{}", id_of(&answer))).await);
}

#[tokio::test]
async fn landmarks_come_where_they_are_asked_for() {
    let stage = Stage::new().await;
    let person = |answer: &Answer| answer.json()["frames"][0]["people"][0].clone();
    let with = person(&stage.hand_in("image", "?landmarks=1").await);
    assert_eq!(with["landmarks"].as_array().unwrap().len(), 48);
    assert_eq!(with["landmarks"][47], json!({"lowerLipTopInnerLeft": {"x": 167, "y": 200}}));
    assert_eq!(person(&stage.hand_in("image", "").await).get("landmarks"), None);
}

#[tokio::test]
async fn source_is_a_file_text_or_field() {
    let stage = Stage::new().await;
    let text = base64(b"image");
    let data_uri = format!("data:image/jpeg;base64,{text}");
    for body in [
        json!({"source": data_uri, "timeout": "5"}).to_string(),
        format!("--b\r\nContent-Disposition: form-data; name=\"source\"\r\n\r\n{data_uri}\r\n--b--\r\n"),
    ] {
        let answer = stage.call(Method::POST, "/v2/media", body).await;
        assert_eq!(answer.json()["status_code"], 4, "{}", answer.text);
    }
}

#[tokio::test]
async fn long_work_is_told_and_can_be_called_off() {
    let stage = Stage::new().await;
    let answer = stage.hand_in("~", "?timeout=0").await;
    let id = id_of(&answer);
    assert_eq!(answer.status.as_u16(), 202);
    assert_eq!(answer.json(), json!({"id": id, "status_code": 2, "status_message": "Processing"}));
    let path = format!("/v2/media/{id}");
    for path in [path.clone(), format!("/v2/analytics/{id}")] {
        let told = stage.get(&path).await;
        assert_eq!((told.status.as_u16(), &told.json()["id"]), (200, &json!(id)));
        assert!([json!(1), json!(2)].contains(&told.json()["status_code"]), "{}", told.text);
    }
    let deleted = stage.call(Method::DELETE, &path, Body::empty()).await;
    assert_eq!(deleted.json(), json!({"id": id, "status_code": "5", "status_message": "Deleted"}));
    let again = stage.call(Method::DELETE, &path, Body::empty()).await;
    snapshot("media_not_deleted", &again);
    let gone = stage.get(&path).await;
    let expected = json!({"id": id, "status_code": 3, "status_message": "Error. Media record not found."});
    assert_eq!(gone.json(), expected);
}

#[tokio::test]
async fn media_that_cannot_be_analysed_say_why() {
    let stage = Stage::new().await;
    for (file, name) in [
        ("x", "media_unreadable"),
        ("l", "media_too_long"),
        ("f", "media_no_video_reader"),
        ("nobody", "media_no_faces"),
    ] {
        snapshot(name, &stage.hand_in(file, "").await);
    }
    let failed = stage.hand_in("b", "").await.json();
    assert_eq!((&failed["status_code"], &failed["status_message"]), (&json!(3), &json!("Failed")));
}

#[tokio::test]
async fn wrong_requests_have_flat_errors() {
    let stage = Stage::new().await;
    snapshot("media_no_source", &stage.call(Method::POST, "/v2/media", Body::empty()).await);
    snapshot("media_unknown", &stage.get("/v2/media/0123Test").await);
    snapshot("analytics_unknown", &stage.get("/v2/analytics/0123Test").await);
    snapshot("media_bad_timeout", &stage.hand_in("image", "?timeout=soon").await);
    let private =
        stage.call(Method::POST, "/v2/media?source=http://127.0.0.1/video.mp4", Body::empty()).await;
    snapshot("media_private_address", &private);
    let empty = stage.hand_in("", "").await;
    assert_eq!(empty.json()["code"], 5000, "{}", empty.text);
    let mut large = stage.server.request("/v2/media", Body::empty());
    large.headers_mut().insert(header::CONTENT_LENGTH, 64_000_001.into());
    let refused = stage.server.send(large).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (413, &json!(5000)));
    let not_found = stage.get("/v2/media").await;
    assert_eq!(not_found.status.as_u16(), 404);
    let stranger = Request::post("/v2/media").body(Body::empty()).unwrap();
    let refused = stage.server.send(stranger).await;
    assert_eq!((refused.status.as_u16(), refused.text.as_str()), (403, "Authentication failed"));
}

#[tokio::test]
async fn media_belong_to_one_account() {
    let stage = Stage::new().await;
    let id = id_of(&stage.hand_in("image", "").await);
    let other = stage.server.bench.service.accounts().create("other").await.unwrap().kairos;
    for (method, path) in [(Method::GET, "media"), (Method::GET, "analytics"), (Method::DELETE, "media")] {
        let mut request = request(&other, &format!("/v2/{path}/{id}"), Body::empty());
        *request.method_mut() = method;
        let answer = stage.server.send(request).await.json();
        assert!(answer["status_code"] == 3 || answer["code"] == 5003, "{answer}");
    }
    assert_eq!(stage.get(&format!("/v2/media/{id}")).await.json()["status_code"], 4);
}

#[tokio::test]
async fn too_many_media_are_refused_in_the_flat_shape() {
    let server = Server::new().await;
    let places: Vec<_> = std::iter::from_fn(|| server.bench.service.admit_media().ok()).collect();
    let answer = server.send(server.request("/v2/media", "{}")).await;
    snapshot("media_too_many", &answer);
    assert_eq!(answer.header("retry-after"), "1");
    drop(places);
}

//! Cameras from their address to their events.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures::StreamExt;
use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;
use vultus_face::FaceAnalyzer;
use vultus_face::fakes::{FakeAnalyzer, FakeFace};
use vultus_inference::WorkPool;
use vultus_media::{DecodeLimits, decode};
use vultus_types::{AccountId, CameraId, SystemClock, Template};
use vultus_video::{
    Camera, CameraSource, CameraSourceError, CameraState, CameraStates, CameraStatus, CameraWorker,
    CameraWorkerParts, EventSink, FaceEvent, Region, SinkError, VideoOptions, WatchSettings,
};

use crate::support::{BLUE, GREEN, RED, face, live, mp4, nobody, options, rules, serve, walk, write_mp4};

/// Tells of cameras; of none once it is given none.
struct Listed(Mutex<Option<Vec<Camera>>>);

#[async_trait]
impl CameraSource for Listed {
    async fn hold(&self) -> Result<Vec<Camera>, CameraSourceError> {
        self.0.lock().clone().ok_or_else(|| CameraSourceError("gone".into()))
    }

    async fn release(&self) -> Result<(), CameraSourceError> {
        if let Some(cameras) = &mut *self.0.lock() {
            cameras.clear();
        }
        Ok(())
    }
}

/// Keeps events; refuses the first `busy` of them once each.
#[derive(Default)]
struct Kept {
    events: Mutex<Vec<FaceEvent>>,
    busy: AtomicUsize,
}

#[async_trait]
impl EventSink for Kept {
    async fn post(&self, event: FaceEvent) -> Result<(), SinkError> {
        if self.busy.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |busy| busy.checked_sub(1)).is_ok() {
            return Err(SinkError::Busy);
        }
        self.events.lock().push(event);
        Ok(())
    }
}

/// A running worker.
struct Stage {
    cameras: Arc<Listed>,
    kept: Arc<Kept>,
    states: Arc<CameraStates>,
    pool: Arc<WorkPool>,
    stop: oneshot::Sender<()>,
    worker: JoinHandle<()>,
}

impl Stage {
    fn start(folder: Option<&Path>, video: VideoOptions) -> Self {
        let (cameras, kept) = (Arc::new(Listed(Mutex::new(Some(Vec::new())))), Arc::new(Kept::default()));
        let states = Arc::new(CameraStates::default());
        let pool = Arc::new(WorkPool::new(NonZeroUsize::MIN, 3).unwrap());
        let analyzer = FakeAnalyzer::default();
        let rule = analyzer.score_rule().clone();
        let likeness = move |one: &Template, other: &Template| {
            rule.similarity(one, other).ok().map(|similarity| similarity.0.clamp(0.0, 1.0))
        };
        let parts = CameraWorkerParts {
            cameras: cameras.clone(),
            events: kept.clone(),
            analyzer: Arc::new(analyzer),
            pool: Arc::clone(&pool),
            likeness: Arc::new(likeness),
            clock: Arc::new(SystemClock),
            states: Arc::clone(&states),
            settings: WatchSettings {
                video,
                look_every: Duration::from_millis(50),
                hold_for: Duration::from_millis(400),
                first_wait: Duration::from_millis(100),
                ..WatchSettings::new(rules(folder))
            },
        };
        let (stop, stopped) = oneshot::channel();
        let worker = CameraWorker::new(parts);
        let worker = tokio::spawn(worker.run(async {
            let _ = stopped.await;
        }));
        Self { cameras, kept, states, pool, stop, worker }
    }

    fn add(&self, number: u128, url: &str) {
        self.change(Camera { ..camera(number, url) });
    }

    fn change(&self, camera: Camera) {
        let mut cameras = self.cameras.0.lock();
        let cameras = cameras.get_or_insert_default();
        cameras.retain(|known| known.id != camera.id);
        cameras.push(camera);
    }

    /// Waits until a camera's status is as it should be.
    async fn until(&self, number: u128, what: &str, is_so: impl Fn(&CameraStatus) -> bool) -> CameraStatus {
        let mut latest = None;
        for _ in 0..600 {
            latest = self.states.get(CameraId(Uuid::from_u128(number)));
            if let Some(status) = latest.clone().filter(|status| is_so(status)) {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("never {what}: {latest:?}");
    }

    async fn until_finished(&self, number: u128) -> CameraStatus {
        self.until(number, "finished", |status| status.state == CameraState::Finished).await
    }

    /// The colours of the posted faces.
    fn posted(&self) -> Vec<[u8; 3]> {
        self.kept.events.lock().iter().map(colour).collect()
    }

    async fn stop(self) -> Vec<[u8; 3]> {
        let _ = self.stop.send(());
        self.worker.await.unwrap();
        self.kept.events.lock().iter().map(colour).collect()
    }
}

fn camera(number: u128, url: &str) -> Camera {
    Camera {
        id: CameraId(Uuid::from_u128(number)),
        account: AccountId(Uuid::from_u128(1)),
        url: url.to_owned(),
        tracked_region: None,
        posted_region: None,
    }
}

/// Which of the three colours the posted face has.
fn colour(event: &FaceEvent) -> [u8; 3] {
    let photo = decode(&event.photo, &DecodeLimits::default()).unwrap();
    let center = event.bounds.center();
    let seen = photo.pixel(center.x as u32, center.y as u32);
    let distance = |colour: &[u8; 3]| -> u32 {
        colour.iter().zip(seen).map(|(one, other)| u32::from(one.abs_diff(other))).sum()
    };
    [RED, BLUE, GREEN].into_iter().min_by_key(distance).unwrap()
}

/// One person, nobody, two people at one time.
fn passage() -> Vec<Vec<FakeFace>> {
    let mut scenes = walk(RED, 20, 8);
    scenes.extend(nobody(12));
    let (upper, lower) = (walk(BLUE, 20, 8), walk(GREEN, 150, 8));
    scenes.extend(upper.into_iter().zip(lower).map(|(one, other)| [one, other].concat()));
    scenes
}

fn is_waiting(status: &CameraStatus) -> bool {
    matches!(status.state, CameraState::Waiting { .. })
}

#[tokio::test]
async fn everyone_in_a_video_is_posted_once() {
    let body = Bytes::from(mp4(&passage()).await);
    let host = serve(Router::new().route("/video.mp4", get(async move || body))).await;
    let stage = Stage::start(None, options());
    stage.add(7, &format!("http://{host}/video.mp4"));
    let status = stage.until_finished(7).await;
    let mut posted = stage.posted();
    posted.sort_unstable();
    assert_eq!(posted, [BLUE, GREEN, RED]);
    assert_eq!((status.frames, status.dropped, status.events, status.lost), (28, 0, 3, 0));
    let event = stage.kept.events.lock()[0].clone();
    assert_eq!((event.camera.0, event.account.0), (Uuid::from_u128(7), Uuid::from_u128(1)));
}

#[tokio::test]
async fn file_that_does_not_tell_its_length_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.mkv"), live(&walk(RED, 20, 8)).await).unwrap();
    let stage = Stage::start(Some(folder.path()), options());
    stage.add(7, "a.mkv");
    let status = stage.until_finished(7).await;
    assert_eq!((status.frames, status.dropped), (8, 0));
    assert_eq!(stage.stop().await, [RED]);
}

#[tokio::test]
async fn someone_who_takes_anothers_place_is_posted_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut scenes = vec![vec![face(RED, 100, 100)]; 12];
    scenes.extend(vec![vec![face(BLUE, 100, 100)]; 12]);
    write_mp4(folder.path(), "cut.mp4", &scenes).await;
    let stage = Stage::start(Some(folder.path()), options());
    stage.add(7, "cut.mp4");
    stage.until_finished(7).await;
    assert_eq!(stage.stop().await, [RED, BLUE]);
}

/// A live stream: its pieces come with pauses. The first connection ends half way.
async fn unsteady_host(whole: Vec<u8>) -> (String, Arc<AtomicUsize>) {
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let stream = async move || {
        let is_first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        let length = if is_first { whole.len() / 2 } else { whole.len() };
        let pieces: Vec<_> = whole[..length].chunks(length / 20 + 1).map(Bytes::copy_from_slice).collect();
        let pieces = futures::stream::iter(pieces).then(async |piece| {
            tokio::time::sleep(Duration::from_millis(60)).await;
            Ok::<_, std::io::Error>(piece)
        });
        Body::from_stream(pieces)
    };
    let host = serve(Router::new().route("/live", get(stream))).await;
    (format!("http://{host}/live"), connections)
}

#[tokio::test]
async fn stream_that_breaks_off_is_opened_again() {
    let mut scenes = vec![vec![face(RED, 100, 100)]; 40];
    scenes.extend(vec![vec![face(BLUE, 200, 20)]; 40]);
    let (address, connections) = unsteady_host(live(&scenes).await).await;
    let stage = Stage::start(None, options());
    stage.add(7, &address);
    let waiting = stage.until(7, "waiting", is_waiting).await;
    let CameraState::Waiting { until, error } = waiting.state else { panic!() };
    assert_eq!(error, "the stream ended");
    assert!(until > waiting.since);
    stage.until(7, "running again", |status| status.events >= 2).await;
    assert!(connections.load(Ordering::SeqCst) >= 2);
    let posted = stage.stop().await;
    assert!(posted.contains(&RED) && posted.contains(&BLUE), "{posted:?}");
}

#[tokio::test]
async fn video_that_breaks_off_goes_on_where_it_stopped() {
    let whole = mp4(&passage()).await;
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    let broken = async move || {
        let is_first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        let length = if is_first { whole.len() * 6 / 10 } else { whole.len() };
        let mut pieces = vec![Ok(Bytes::copy_from_slice(&whole[..length]))];
        if is_first {
            pieces.push(Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)));
        }
        let pieces = futures::stream::iter(pieces).then(async |piece| {
            tokio::time::sleep(Duration::from_millis(100)).await;
            piece
        });
        ([("content-length", whole.len().to_string())], Body::from_stream(pieces))
    };
    let host = serve(Router::new().route("/video.mp4", get(broken))).await;
    let stage = Stage::start(None, options());
    stage.add(7, &format!("http://{host}/video.mp4"));
    let status = stage.until_finished(7).await;
    assert!((28..40).contains(&status.frames), "{status:?}");
    let posted = stage.stop().await;
    assert_eq!(posted.iter().filter(|colour| **colour == RED).count(), 1, "{posted:?}");
    assert!(posted.contains(&BLUE) && posted.contains(&GREEN), "{posted:?}");
}

#[tokio::test]
async fn failing_cameras_say_why_and_wait_ever_longer() {
    let stage = Stage::start(None, options());
    stage.add(1, "http://127.0.0.1:1/live");
    stage.add(2, "http://10.255.255.1/live");
    stage.add(3, "file:///etc/passwd");
    stage.add(4, "gopher://user:secret@x/");
    let mut errors = Vec::new();
    for number in 1..=4 {
        let status = stage.until(number, "waiting", is_waiting).await;
        let CameraState::Waiting { error, .. } = status.state else { panic!() };
        assert!(!error.contains("secret") && !error.contains("passwd") && !error.contains("127"), "{error}");
        errors.push(error);
    }
    assert!(errors[1].contains("may not be connected to"), "{errors:?}");
    assert_eq!(errors[2], "no folder for video files is configured");
    let wait = |status: &CameraStatus| match status.state {
        CameraState::Waiting { until, .. } => until.0 - status.since.0,
        _ => 0,
    };
    stage.until(4, "waiting longer", |status| wait(status) >= 400_000).await;
}

#[tokio::test]
async fn missing_ffmpeg_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    write_mp4(folder.path(), "a.mp4", &nobody(1)).await;
    let video = VideoOptions { program: "/nowhere/ffmpeg".into(), ..options() };
    let stage = Stage::start(Some(folder.path()), video);
    stage.add(7, "a.mp4");
    let status = stage.until(7, "waiting", is_waiting).await;
    let CameraState::Waiting { error, .. } = status.state else { panic!() };
    assert_eq!(error, "ffmpeg is not installed");
}

#[tokio::test]
async fn cameras_that_are_changed_or_removed_are_followed() {
    let folder = tempfile::tempdir().unwrap();
    write_mp4(folder.path(), "red.mp4", &walk(RED, 20, 8)).await;
    write_mp4(folder.path(), "blue.mp4", &walk(BLUE, 20, 8)).await;
    let stage = Stage::start(Some(folder.path()), options());
    stage.add(7, "red.mp4");
    stage.until_finished(7).await;
    stage.change(camera(7, "blue.mp4"));
    stage.until(7, "read anew", |status| status.state == CameraState::Finished && status.events == 1).await;
    for _ in 0..100 {
        if stage.posted() == [RED, BLUE] {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stage.cameras.0.lock().replace(Vec::new());
    for _ in 0..100 {
        if stage.states.all().is_empty() {
            assert_eq!(stage.stop().await, [RED, BLUE]);
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the camera is still there");
}

#[tokio::test]
async fn cameras_are_read_no_longer_than_they_are_held() {
    let stage = Stage::start(None, options());
    stage.add(7, "http://127.0.0.1:1/live");
    stage.until(7, "waiting", is_waiting).await;
    *stage.cameras.0.lock() = None;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(stage.states.all().len(), 1);
    for _ in 0..200 {
        if stage.states.all().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("still read");
}

#[tokio::test]
async fn stopped_worker_gives_its_cameras_up() {
    let stage = Stage::start(None, options());
    stage.add(7, "http://127.0.0.1:1/live");
    stage.until(7, "waiting", is_waiting).await;
    let cameras = Arc::clone(&stage.cameras);
    stage.stop().await;
    assert_eq!(*cameras.0.lock(), Some(Vec::new()));
}

#[tokio::test]
async fn regions_say_who_is_followed_and_who_is_posted() {
    let folder = tempfile::tempdir().unwrap();
    let scene = vec![face(RED, 10, 10), face(BLUE, 120, 10), face(GREEN, 230, 10)];
    write_mp4(folder.path(), "three.mp4", &vec![scene; 8]).await;
    let stage = Stage::start(Some(folder.path()), options());
    let tracked = Region { width: 210, height: 240, x: 100, y: 0 };
    let posted = Region { width: 100, height: 240, x: 210, y: 0 };
    stage.change(Camera { tracked_region: Some(tracked), ..camera(1, "three.mp4") });
    stage.until_finished(1).await;
    let mut seen = stage.posted();
    seen.sort_unstable();
    assert_eq!(seen, [BLUE, GREEN]);
    stage.kept.events.lock().clear();
    let both =
        Camera { tracked_region: Some(tracked), posted_region: Some(posted), ..camera(2, "three.mp4") };
    stage.change(both);
    stage.until_finished(2).await;
    assert_eq!(stage.stop().await, [GREEN]);
}

#[tokio::test]
async fn frames_of_a_live_stream_are_dropped_where_there_is_no_place() {
    let (address, _) = unsteady_host(live(&vec![vec![face(RED, 100, 100)]; 40]).await).await;
    let stage = Stage::start(None, options());
    let places: Vec<_> = (0..2).map(|_| stage.pool.try_permit().unwrap()).collect();
    stage.add(7, &address);
    let status = stage.until(7, "dropping frames", |status| status.dropped > 5).await;
    assert_eq!(status.frames, 0);
    assert_eq!(stage.pool.stats().permits, 2, "nothing waits for a place");
    drop(places);
    stage.until(7, "looking at frames", |status| status.frames > 0).await;
}

#[tokio::test]
async fn events_wait_for_a_sink_that_has_no_place() {
    let folder = tempfile::tempdir().unwrap();
    write_mp4(folder.path(), "red.mp4", &walk(RED, 20, 8)).await;
    let stage = Stage::start(Some(folder.path()), options());
    stage.kept.busy.store(2, Ordering::SeqCst);
    stage.add(7, "red.mp4");
    let status = stage.until_finished(7).await;
    assert_eq!((status.events, status.lost), (1, 0));
}

#[tokio::test]
async fn stopping_posts_who_is_still_there() {
    let (address, connections) = unsteady_host(live(&vec![vec![face(RED, 100, 100)]; 200]).await).await;
    connections.fetch_add(1, Ordering::SeqCst);
    let stage = Stage::start(None, options());
    stage.add(7, &address);
    stage.until(7, "looking at frames", |status| status.frames > 3).await;
    assert_eq!(stage.stop().await, [RED]);
}

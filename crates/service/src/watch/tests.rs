use bytes::Bytes;
use vultus_types::{AccountId, BoundingBox};
use vultus_video::SourceRules;

use super::*;
use crate::fakes::{ALICE, BOB, Bench, START, photo_of};
use crate::{CameraSettings, HistoryQuery};

async fn caller(bench: &Bench) -> Caller {
    bench.service.accounts().create("acme").await.unwrap();
    Caller { account: bench.service.accounts().list().await.unwrap()[0].id }
}

fn seen(caller: Caller, camera: CameraId, photo: Vec<u8>, bounds: BoundingBox) -> FaceEvent {
    FaceEvent { camera, account: caller.account, photo: Bytes::from(photo), bounds, seen_at: START }
}

async fn history(bench: &Bench, caller: Caller) -> Vec<crate::EnrolledFace> {
    bench.service.history(caller, HistoryQuery::default()).read().await.unwrap().unwrap_or_default()
}

#[tokio::test]
async fn face_that_a_camera_saw_is_an_event_of_the_history() {
    let bench = Bench::new().await.unwrap();
    let caller = caller(&bench).await;
    let camera = bench.service.create_camera(caller, CameraSettings::default()).await.unwrap().id;
    // Alice is the larger one, at the left.
    let (photo, place) = (photo_of(&[ALICE, BOB]).unwrap(), BoundingBox::new(170.0, 70.0, 100.0, 100.0));
    let watched = Watched(Arc::clone(&bench.service));
    watched.post(seen(caller, camera, photo, place)).await.unwrap();
    let events = history(&bench, caller).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].face.bounds, place);
    let event = events[0].event.as_ref().unwrap();
    assert_eq!((event.camera, event.occurred_at), (camera, START));
}

#[tokio::test]
async fn face_that_is_not_found_again_is_unusable() {
    let bench = Bench::new().await.unwrap();
    let caller = caller(&bench).await;
    let watched = Watched(Arc::clone(&bench.service));
    let (photo, camera) = (photo_of(&[]).unwrap(), CameraId(Uuid::from_u128(7)));
    let result = watched.post(seen(caller, camera, photo, BoundingBox::new(0.0, 0.0, 50.0, 50.0))).await;
    assert!(matches!(result, Err(SinkError::Unusable)), "{result:?}");
    assert!(history(&bench, caller).await.is_empty());
}

#[tokio::test]
async fn sink_without_a_place_is_busy() {
    let bench = Bench::new().await.unwrap();
    let caller = caller(&bench).await;
    let mut places = Vec::new();
    while let Ok(place) = bench.service.admit() {
        places.push(place);
    }
    let watched = Watched(Arc::clone(&bench.service));
    let (photo, camera) = (photo_of(&[ALICE]).unwrap(), CameraId(Uuid::from_u128(7)));
    let result = watched.post(seen(caller, camera, photo, BoundingBox::new(20.0, 60.0, 120.0, 120.0))).await;
    assert!(matches!(result, Err(SinkError::Busy)), "{result:?}");
}

/// A worker whose cameras cannot be connected to.
fn worker(bench: &Bench) -> CameraWorker {
    let rules = SourceRules { files: None, permits: Arc::new(|_| false) };
    let settings = WatchSettings { look_every: Duration::from_millis(10), ..WatchSettings::new(rules) };
    bench.service.camera_worker(settings).unwrap()
}

fn held(bench: &Bench, watcher: u128) -> HeldCameras {
    let hold_for = Duration::from_secs(15);
    HeldCameras { service: Arc::clone(&bench.service), watcher: WorkerId(Uuid::from_u128(watcher)), hold_for }
}

#[tokio::test]
async fn enabled_cameras_with_an_address_are_read_by_one_worker() {
    let bench = Bench::new().await.unwrap();
    let caller = caller(&bench).await;
    let region = CameraSettings::region([120, 110, 35, 50]).unwrap();
    for (url, is_enabled) in [("http://cam.example/1", true), ("", true), ("http://cam.example/2", false)] {
        let settings = CameraSettings {
            url: url.to_owned(),
            is_enabled,
            tracking_region: Some(region),
            ..CameraSettings::default()
        };
        bench.service.create_camera(caller, settings).await.unwrap();
    }
    let cameras = CameraSource::hold(&held(&bench, 1)).await.unwrap();
    assert_eq!(cameras.len(), 1);
    assert_eq!((cameras[0].url.as_str(), cameras[0].account), ("http://cam.example/1", caller.account));
    let expected = Region { width: 120, height: 110, x: 35, y: 50 };
    assert_eq!((cameras[0].tracked_region, cameras[0].posted_region), (Some(expected), None));
    assert!(CameraSource::hold(&held(&bench, 2)).await.unwrap().is_empty());
    held(&bench, 1).release().await.unwrap();
    assert_eq!(CameraSource::hold(&held(&bench, 2)).await.unwrap(), cameras);
}

#[tokio::test]
async fn what_comes_of_a_camera_is_told_to_its_owner_only() {
    let bench = Bench::new().await.unwrap();
    let caller = caller(&bench).await;
    let settings = CameraSettings { url: "rtsp://10.0.0.1/live".to_owned(), ..CameraSettings::default() };
    let camera = bench.service.create_camera(caller, settings).await.unwrap().id;
    assert!(bench.service.watch_reports(caller).await.unwrap().is_empty());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let worker = tokio::spawn(worker(&bench).run(async {
        let _ = stopped.await;
    }));
    let report = loop {
        let reports = bench.service.watch_reports(caller).await.unwrap();
        if let Some(report) = reports.get(&camera).filter(|known| known.activity == WatchActivity::Waiting) {
            break report.clone();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert!(report.error.unwrap().contains("may not be connected to"));
    assert!(report.retry_at.unwrap() > report.since);
    let stranger = Caller { account: AccountId(Uuid::from_u128(9)) };
    assert!(bench.service.watch_reports(stranger).await.unwrap().is_empty());
    drop(stop);
    worker.await.unwrap();
    assert!(bench.service.watch_reports(caller).await.unwrap().is_empty());
}

//! Who watches which camera.

use std::sync::Arc;

use uuid::Uuid;
use vultus_store::{CameraRecord, Store, WatchActivity, WatchReport, WorkerId};
use vultus_types::{CameraId, Timestamp};

use crate::Backend;
use crate::fixtures::{NOW, account_id, with_accounts};

const ONE: WorkerId = WorkerId(Uuid::from_u128(101));
const TWO: WorkerId = WorkerId(Uuid::from_u128(102));

/// A moment, in seconds after the suite's.
fn after(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds * 1_000_000)
}

fn camera(account: u128, number: u128) -> CameraRecord {
    CameraRecord {
        id: CameraId(Uuid::from_u128(number)),
        account: account_id(account),
        meta: String::new(),
        url: "rtsp://10.0.0.1/live".to_owned(),
        is_enabled: true,
        detector: String::new(),
        tracking_region: None,
        event_region: None,
        created_at: Timestamp(NOW.0 + number as i64),
    }
}

/// Holds what can be held from `now` on for ten seconds.
async fn held(store: &Arc<dyn Store>, watcher: WorkerId, now: i64) -> Vec<u128> {
    let cameras = store.hold_cameras(watcher, after(now), after(now + 10)).await.unwrap();
    cameras.iter().map(|camera| camera.id.0.as_u128()).collect()
}

/// The second watcher gets what the first has given up, or has not held again in time.
pub async fn camera_is_held_by_one_watcher_at_a_time(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_camera(&camera(1, 1)).await.unwrap();
    assert_eq!(held(&store, ONE, 0).await, [1]);
    assert_eq!(held(&store, TWO, 5).await, []);
    store.add_camera(&camera(2, 2)).await.unwrap();
    assert_eq!(held(&store, TWO, 6).await, [2]);
    assert_eq!(held(&store, ONE, 9).await, [1]);
    assert_eq!(held(&store, TWO, 15).await, [2]);
    // The first was last heard of at 9, for ten seconds.
    assert_eq!(held(&store, TWO, 19).await, [1, 2]);
    assert_eq!(held(&store, ONE, 20).await, []);
    store.release_cameras(TWO).await.unwrap();
    assert_eq!(held(&store, ONE, 21).await, [1, 2]);
}

/// A camera that is disabled or removed, or whose account is disabled, is held no longer.
pub async fn cameras_not_to_be_watched_are_given_up(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    for camera in [camera(1, 1), camera(1, 2), camera(1, 3), camera(2, 4)] {
        store.add_camera(&camera).await.unwrap();
    }
    assert_eq!(held(&store, ONE, 0).await, [1, 2, 3, 4]);
    store.update_camera(&CameraRecord { is_enabled: false, ..camera(1, 1) }).await.unwrap();
    store.update_camera(&CameraRecord { url: String::new(), ..camera(1, 2) }).await.unwrap();
    store.set_disabled(account_id(2), Some(NOW)).await.unwrap();
    assert_eq!(held(&store, ONE, 1).await, [3]);
    assert!(store.remove_camera(account_id(1), camera(1, 3).id).await.unwrap());
    assert_eq!(held(&store, ONE, 2).await, []);
    assert_eq!(store.watch_reports(account_id(1), after(2)).await.unwrap(), []);
}

/// Reports come back as they were made, to the camera's account and for as long as the camera is held.
pub async fn reports_are_those_of_whoever_holds_the_camera(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_camera(&camera(1, 1)).await.unwrap();
    let (id, account) = (camera(1, 1).id, account_id(1));
    held(&store, ONE, 0).await;
    assert_eq!(store.watch_reports(account, after(1)).await.unwrap(), [(id, WatchReport::begun(NOW))]);
    let report = WatchReport {
        activity: WatchActivity::Waiting,
        since: after(2),
        retry_at: Some(after(4)),
        error: Some("the stream ended".to_owned()),
        frames: 7,
        dropped: 3,
        events: 2,
        lost: 1,
    };
    store.report_watches(ONE, &[(id, report.clone())]).await.unwrap();
    store.report_watches(TWO, &[(id, WatchReport::begun(after(3)))]).await.unwrap();
    assert_eq!(store.watch_reports(account, after(3)).await.unwrap(), [(id, report.clone())]);
    assert_eq!(store.watch_reports(account_id(2), after(3)).await.unwrap(), []);
    // Holding it on changes nothing of what was told; taking it over does.
    held(&store, ONE, 4).await;
    assert_eq!(store.watch_reports(account, after(13)).await.unwrap(), [(id, report)]);
    assert_eq!(store.watch_reports(account, after(14)).await.unwrap(), []);
    held(&store, TWO, 15).await;
    assert_eq!(store.watch_reports(account, after(16)).await.unwrap(), [(id, WatchReport::begun(after(15)))]);
}

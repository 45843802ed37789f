//! Cameras.

use uuid::Uuid;
use vultus_store::{CameraRecord, CameraRegion, StoreError};
use vultus_types::{CameraId, Timestamp};

use crate::Backend;
use crate::fixtures::{NOW, account_id, with_accounts};

fn camera(account: u128, number: u128) -> CameraRecord {
    CameraRecord {
        id: CameraId(Uuid::from_u128(number)),
        account: account_id(account),
        meta: format!("door {number}"),
        url: "rtsp://user:secret@10.0.0.1/live".to_owned(),
        is_enabled: true,
        detector: "one".to_owned(),
        tracking_region: Some(CameraRegion { width: 640, height: 480, x: 0, y: 17 }),
        event_region: None,
        created_at: Timestamp(NOW.0 + number as i64),
    }
}

/// Every field comes back, oldest camera first, and the account's only.
pub async fn cameras_come_back_as_they_were_stored(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    for camera in [camera(1, 2), camera(1, 1), camera(2, 3)] {
        store.add_camera(&camera).await.unwrap();
    }
    let (one, two) = (account_id(1), account_id(2));
    assert_eq!(store.cameras(one).await.unwrap(), [camera(1, 1), camera(1, 2)]);
    assert_eq!(store.camera(one, camera(1, 2).id).await.unwrap(), Some(camera(1, 2)));
    assert_eq!(store.camera(two, camera(1, 2).id).await.unwrap(), None);
    let taken = store.add_camera(&camera(2, 1)).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
    let nobodys = store.add_camera(&camera(7, 9)).await;
    assert!(matches!(nobodys, Err(StoreError::NotFound(_))), "{nobodys:?}");
}

/// What is changed is changed, all but the creation.
pub async fn cameras_are_changed_and_removed_by_their_account(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_camera(&camera(1, 1)).await.unwrap();
    let region = Some(CameraRegion { width: 1, height: 2, x: 3, y: 4 });
    let changed = CameraRecord {
        meta: String::new(),
        url: "file:///video.mp4".to_owned(),
        is_enabled: false,
        detector: String::new(),
        tracking_region: None,
        event_region: region,
        ..camera(1, 1)
    };
    let later = CameraRecord { created_at: Timestamp(NOW.0 + 99), ..changed.clone() };
    store.update_camera(&later).await.unwrap();
    assert_eq!(store.cameras(account_id(1)).await.unwrap(), std::slice::from_ref(&changed));
    let others = store.update_camera(&CameraRecord { account: account_id(2), ..changed.clone() }).await;
    assert!(matches!(others, Err(StoreError::NotFound(_))));
    assert!(!store.remove_camera(account_id(2), changed.id).await.unwrap());
    assert!(store.remove_camera(account_id(1), changed.id).await.unwrap());
    assert!(!store.remove_camera(account_id(1), changed.id).await.unwrap());
    assert_eq!(store.cameras(account_id(1)).await.unwrap(), []);
}

use super::*;
use crate::events::tests::account;
use crate::fakes::Bench;

fn settings(url: &str) -> CameraSettings {
    CameraSettings {
        meta: "door".to_owned(),
        url: url.to_owned(),
        is_enabled: true,
        detector: "one".to_owned(),
        tracking_region: None,
        event_region: None,
    }
}

#[tokio::test]
async fn camera_is_created_changed_and_removed() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench, "demo").await;
    let service = &bench.service;
    let created = service.create_camera(caller, settings("rtsp://10.0.0.1/live")).await.unwrap();
    assert_eq!(service.cameras(caller).await.unwrap(), std::slice::from_ref(&created));
    let region = CameraSettings::region([640, 480, 0, 10]).unwrap();
    let change = |settings: &mut CameraSettings| {
        settings.is_enabled = false;
        settings.event_region = Some(region);
    };
    let changed = service.update_camera(caller, created.id, change).await.unwrap();
    assert_eq!(changed, CameraRecord { is_enabled: false, event_region: Some(region), ..created.clone() });
    assert_eq!(service.camera(caller, created.id).await.unwrap(), changed);
    service.remove_camera(caller, created.id).await.unwrap();
    let missing = ErrorKind::NotFound(What::Camera);
    assert_eq!(service.camera(caller, created.id).await.unwrap_err().kind(), missing);
    assert_eq!(service.remove_camera(caller, created.id).await.unwrap_err().kind(), missing);
    assert_eq!(service.update_camera(caller, created.id, |_| ()).await.unwrap_err().kind(), missing);
}

#[tokio::test]
async fn camera_of_another_account_is_unknown() {
    let bench = Bench::new().await.unwrap();
    let (one, two) = (account(&bench, "one").await, account(&bench, "two").await);
    let created = bench.service.create_camera(one, settings("http://camera/")).await.unwrap();
    assert_eq!(bench.service.cameras(two).await.unwrap(), []);
    assert!(bench.service.camera(two, created.id).await.is_err());
    assert!(bench.service.remove_camera(two, created.id).await.is_err());
}

#[tokio::test]
async fn settings_out_of_range_are_named() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench, "demo").await;
    let refused =
        async |settings| bench.service.create_camera(caller, settings).await.err().map(|e| e.kind());
    let bad_url = Some(ErrorKind::InvalidInput("url"));
    for url in [
        "camera",
        "gopher://host/",
        "http://",
        "file:///",
        "javascript:alert(1)",
        "concat:a|b",
        "rtmp://camera/live",
        "srt://camera:9000",
    ] {
        assert_eq!(refused(settings(url)).await, bad_url, "{url}");
    }
    for url in ["file:///srv/video.mp4", "https://camera/stream", "RTSP://user:secret@camera:554/1", ""] {
        assert_eq!(refused(settings(url)).await, None, "{url}");
    }
    let long = CameraSettings { meta: "x".repeat(5000), ..settings("http://camera/") };
    assert_eq!(refused(long).await, Some(ErrorKind::InvalidInput("meta")));
    let nul = CameraSettings { detector: "a\0b".to_owned(), ..settings("http://camera/") };
    assert_eq!(refused(nul).await, Some(ErrorKind::InvalidInput("detector")));
    let created = bench.service.create_camera(caller, settings("http://camera/")).await.unwrap();
    let changed = bench.service.update_camera(caller, created.id, |settings| settings.url = "x".into()).await;
    assert_eq!(changed.unwrap_err().kind(), ErrorKind::InvalidInput("url"));
}

#[test]
fn regions_lie_within_pictures() {
    assert!(CameraSettings::region([1, 1, 0, 0]).is_ok());
    for numbers in [[0, 1, 0, 0], [1, 0, 0, 0], [1, 1, -1, 0], [1, 1, 0, -1], [1 << 40, 1, 0, 0]] {
        assert!(CameraSettings::region(numbers).is_err(), "{numbers:?}");
    }
}

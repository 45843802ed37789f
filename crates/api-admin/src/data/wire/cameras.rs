//! Cameras.

use serde::Serialize;
use url::Url;
use utoipa::ToSchema;
use vultus_service::{CameraRecord, WatchReport, activity_name};
use vultus_types::Timestamp;

use super::Region;

/// Words in the names of query parameters whose values are secrets.
const SECRET_WORDS: [&str; 6] = ["pass", "pwd", "token", "secret", "key", "auth"];

/// A camera.
#[derive(Serialize, ToSchema)]
pub(crate) struct Camera {
    id: String,
    /// A note.
    meta: String,
    /// Where its video comes from, without passwords.
    url_shown: String,
    /// Whether it is watched.
    enabled: bool,
    detector: String,
    /// The part of the picture in which faces are followed; all of it where there is none.
    tracking_region: Option<Region>,
    /// The part of the picture in which faces become events; all of it where there is none.
    event_region: Option<Region>,
    created_at: String,
    /// What comes of it, while some process watches it.
    watch: Option<Watch>,
}

/// What comes of a camera.
#[derive(Serialize, ToSchema)]
pub(crate) struct Watch {
    /// `connecting`, `running`, `waiting` or `finished`.
    state: &'static str,
    since: String,
    /// When a stream that failed is tried again.
    retry_at: Option<String>,
    /// Why it failed.
    error: Option<String>,
    /// Frames that faces were looked for in.
    frames: u64,
    /// Frames that came while there was no place for work.
    dropped: u64,
    /// Faces that became events.
    events: u64,
    /// Faces that did not.
    lost: u64,
}

impl Camera {
    pub(crate) fn new(camera: CameraRecord, watch: Option<WatchReport>) -> Self {
        Self {
            id: camera.id.to_string(),
            meta: camera.meta,
            url_shown: without_secrets(&camera.url),
            enabled: camera.is_enabled,
            detector: camera.detector,
            tracking_region: camera.tracking_region.map(Into::into),
            event_region: camera.event_region.map(Into::into),
            created_at: camera.created_at.to_rfc3339(),
            watch: watch.map(Into::into),
        }
    }
}

impl From<WatchReport> for Watch {
    fn from(report: WatchReport) -> Self {
        Self {
            state: activity_name(report.activity),
            since: report.since.to_rfc3339(),
            retry_at: report.retry_at.map(Timestamp::to_rfc3339),
            error: report.error,
            frames: report.frames,
            dropped: report.dropped,
            events: report.events,
            lost: report.lost,
        }
    }
}

/// An address without its password and without the values of parameters that are named like secrets.
fn without_secrets(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else { return String::new() };
    // An address that cannot have a password has none.
    let _ = url.set_password(None);
    let is_secret = |name: &str| {
        let name = name.to_lowercase();
        SECRET_WORDS.iter().any(|word| name.contains(word))
    };
    if url.query_pairs().any(|(name, _)| is_secret(&name)) {
        let pairs: Vec<(String, String)> = url
            .query_pairs()
            .map(|(name, value)| {
                let shown = if is_secret(&name) { "***".to_owned() } else { value.into_owned() };
                (name.into_owned(), shown)
            })
            .collect();
        url.query_pairs_mut().clear().extend_pairs(pairs);
    }
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_secrets() {
        for (address, shown) in [
            ("rtsp://admin:hunter2@cam.example:554/live", "rtsp://admin@cam.example:554/live"),
            (
                "http://cam.example/v?size=2&PassWord=x&api_key=y",
                "http://cam.example/v?size=2&PassWord=***&api_key=***",
            ),
            ("http://cam.example/v?size=2", "http://cam.example/v?size=2"),
            ("file:///media/one.mp4", "file:///media/one.mp4"),
            ("", ""),
        ] {
            assert_eq!(without_secrets(address), shown);
        }
    }
}

//! The fields of requests, as the description shows them, and answers that are written piece by piece.

use serde_json::Value;
use utoipa::ToSchema;

use crate::handlers::history::{Event, Visit};

vultus_openapi::requests! {
    /// A photo.
    Detect: Text, Attributes, Region;
    /// A photo, as a file.
    DetectForm: File, Attributes, Region;
    /// Two photos.
    Verify: Texts, Regions, Threshold, Selector;
    /// Two photos, as a file.
    VerifyForm: Files, Regions, Threshold, Selector;
    /// A photo to search for.
    Identify: Text, Region, Threshold, Most, Selector, Strict;
    /// A photo to search for, as a file.
    IdentifyForm: File, Region, Threshold, Most, Selector, Strict;
    /// A photo to enrol.
    AddFace: Text, Enrolment, Region, Selector, Attributes;
    /// A photo to enrol, as a file.
    AddFaceForm: File, Enrolment, Region, Selector, Attributes;
}

/// A photo in JSON.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct Text {
    /// Base64, a data URI, or an address to fetch the photo from.
    #[schema(example = "https://photos.example/sample.jpg")]
    photo: String,
}

/// A photo in a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct File {
    /// A file; base64 text, a data URI or an address is read as well.
    #[schema(value_type = String, format = Binary)]
    photo: Vec<u8>,
}

/// Two photos in JSON.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct Texts {
    /// Base64, a data URI, or an address to fetch the photo from.
    #[schema(example = "https://photos.example/sample.jpg")]
    photo1: String,
    /// Base64, a data URI, or an address to fetch the photo from.
    #[schema(example = "https://photos.example/sample.jpg")]
    photo2: String,
}

/// Two photos in a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct Files {
    /// A file; base64 text, a data URI or an address is read as well.
    #[schema(value_type = String, format = Binary)]
    photo1: Vec<u8>,
    /// A file; base64 text, a data URI or an address is read as well.
    #[schema(value_type = String, format = Binary)]
    photo2: Vec<u8>,
}

/// What is told of faces.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct Attributes {
    /// The answer tells it, or null where it is unsure.
    #[schema(required = false)]
    gender: bool,
    /// The answer tells it, in years.
    #[schema(required = false)]
    age: bool,
    /// The answer tells the two most probable ones.
    #[schema(required = false)]
    emotions: bool,
}

/// Where faces are meant.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct Region {
    /// A box `[x1, y1, x2, y2]` or a list of boxes: only faces in them are meant.
    #[schema(
        required = false,
        value_type = Vec<i64>,
        example = json!([20, 60, 140, 180]),
        min_items = 4,
        max_items = 4
    )]
    bbox: Value,
    /// An edge of one box, instead of `bbox`; all four together.
    #[schema(required = false)]
    x1: f64,
    /// An edge of one box, instead of `bbox`; all four together.
    #[schema(required = false)]
    y1: f64,
    /// An edge of one box, instead of `bbox`; all four together.
    #[schema(required = false)]
    x2: f64,
    /// An edge of one box, instead of `bbox`; all four together.
    #[schema(required = false)]
    y2: f64,
}

/// Where faces of two photos are meant.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct Regions {
    /// A box `[x1, y1, x2, y2]` or a list of boxes: only faces in them are meant.
    #[schema(
        required = false,
        value_type = Vec<i64>,
        example = json!([20, 60, 140, 180]),
        min_items = 4,
        max_items = 4
    )]
    bbox1: Value,
    /// A box `[x1, y1, x2, y2]` or a list of boxes: only faces in them are meant.
    #[schema(
        required = false,
        value_type = Vec<i64>,
        example = json!([20, 60, 140, 180]),
        min_items = 4,
        max_items = 4
    )]
    bbox2: Value,
}

/// How alike two faces must be.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct Threshold {
    /// `strict`, `medium`, `low`, `none`, or a number from 0 to 1; 0.75 by default.
    #[schema(required = false, pattern = "^(strict|medium|low|none|0|1|0?\\.[0-9]{1,6})$")]
    threshold: String,
}

/// How many faces are told.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct Most {
    /// How many faces at most, 1 by default.
    #[schema(required = false, minimum = 1)]
    n: u32,
}

/// Which face is meant.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct Selector {
    /// Which of several faces: `reject`, `biggest` (by default) or `all`.
    #[schema(required = false, pattern = "^(reject|biggest|all)$")]
    mf_selector: String,
}

/// How whole an answer must be.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct Strict {
    /// Refused while some of the search servers do not answer.
    #[schema(required = false)]
    strict: bool,
}

/// What is kept of a face.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
struct Enrolment {
    /// Any text, such as the person's name.
    #[schema(required = false, max_length = 2048)]
    meta: String,
    /// Galleries beside `default`; in forms a text with commas.
    #[schema(required = false)]
    galleries: Vec<String>,
    /// The camera that took the photo: a UUID or a number.
    #[schema(required = false, format = "uuid")]
    cam_id: String,
    /// When the camera took it, now by default.
    #[schema(required = false, format = "date-time")]
    timestamp: String,
}

/// What changes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct ChangeFace {
    /// The new meta.
    #[schema(required = false, max_length = 2048)]
    meta: String,
    /// The person whose face it is.
    #[schema(required = false, minimum = 1)]
    person_id: u64,
    /// In forms its JSON text.
    #[schema(required = false)]
    galleries: GalleryChange,
}

/// One of the three: galleries to add, to delete, or all of them.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct GalleryChange {
    /// Put into these.
    #[schema(required = false)]
    add: Vec<String>,
    /// Taken out of these.
    #[schema(required = false)]
    del: Vec<String>,
    /// In these and no others.
    #[schema(required = false)]
    set: Vec<String>,
}

/// A gallery.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct NewGallery {
    /// 1 to 48 letters, digits, `_` or `-`.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,48}$")]
    name: String,
}

/// The settings of a camera.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct NewCamera {
    /// Any text.
    #[schema(required = false)]
    meta: String,
    /// The address of the stream: http, https, rtsp, rtmp, rtp, udp, srt or file.
    #[schema(required = false, example = "rtsp://camera.example/stream")]
    url: String,
    /// Any text.
    #[schema(required = false)]
    detector: String,
    /// false: the camera is not watched.
    #[schema(required = false)]
    enabled: bool,
    /// `[W, H, X, Y]`: faces are followed in this part of the picture only.
    #[schema(required = false, example = json!([640, 480, 0, 0]))]
    rot: [u32; 4],
    /// `[W, H, X, Y]`: faces in this part of the picture only are events.
    #[schema(required = false, example = json!([640, 480, 0, 0]))]
    roi: [u32; 4],
}

/// What to look for.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes fields, which handlers read by their names")]
pub(crate) struct HistorySearch {
    /// Only events of this person.
    #[schema(required = false, minimum = 1)]
    person_id: u64,
    /// Only events of these cameras.
    #[schema(required = false)]
    cam_ids: Vec<String>,
    /// No event before it.
    #[schema(required = false, format = "date-time")]
    start: String,
    /// No event after it.
    #[schema(required = false, format = "date-time")]
    end: String,
    /// true: only of regular guests; false: only of others.
    #[schema(required = false)]
    friend: bool,
    /// Events on a page, 0 (by default) for all.
    #[schema(required = false)]
    limit: u64,
    /// The page begins at the newest event with at most this id.
    #[schema(required = false)]
    max_id: u64,
}

/// A camera: a UUID without hyphens, or a number.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the choice")]
pub(crate) enum CameraKey {
    Text(String),
    Number(u64),
}

/// Events, newest first. They are written one by one, see `handlers/history.rs`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is written piece by piece")]
pub(crate) struct Events {
    results: Vec<Event>,
    /// The address of the next page, where there is one.
    #[schema(nullable = false)]
    next_page: Option<String>,
}

/// The events of a person, newest first.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is written piece by piece")]
pub(crate) struct Visits {
    results: Vec<Visit>,
}

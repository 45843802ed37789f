//! What is peculiar to FindFace and its clients, and what was decided about it.
//!
//! - Every face is in `default`: `galleries` of an answer always begins with it, and a request about the gallery
//!   `default` is about all faces of the account. Kairos knows no such gallery. There, `default` is the gallery
//!   of the faces that lie in no other: a face posted without `galleries` is a Kairos subject of `default`, one
//!   posted with others is not, and one that Kairos enrols in `default` is a face without other galleries. A
//!   face that is put into another gallery leaves Kairos' `default`, and comes back when it left the last one.
//! - A face that Kairos takes out of its last gallery is gone; the original, which knows faces of no gallery,
//!   would keep it. A deletion through one dialect is one through all.
//! - A gallery that came with a face goes with its last one; one that was created by `POST /galleries/…` stays.
//! - `DELETE /galleries/…` removes the gallery's faces as Kairos does: those in another gallery than `default`
//!   stay there.
//! - Names of new galleries have the documented characters; galleries that Kairos named otherwise can be used.
//!   A meta may be any text: one that is no Kairos name is listed there and cannot be asked for.
//! - Lists are newest first, as recorded from the original; the documentation's samples are the other way round.
//!   `max_id` and `min_id` are inclusive. `min_id` alone begins at that id and reaches to newer faces, which is
//!   what `prev_page` is made of; with `max_id` it is a lower bound.
//! - Keys of `/identify` are `[x1, y1, x2, y2]`, as every known client reads them; the documentation's sample
//!   has another order.
//! - `n` over 1000 is taken as 1000.
//! - `gender`, `age` and `emotions` that cannot be told are `null`, `null` and `[]`. They are told when they are
//!   asked for and not stored. The two most probable emotions are told, as documented, however improbable.
//! - `orientation` of `/detect` is always 1: boxes are those of the upright photo, whatever its EXIF data says.
//! - `photo` is the address a photo was fetched from and empty for others: photos are not served. `photo_hash`
//!   is empty for faces of versions before it was stored.
//! - `bbox` chooses among the faces that were found; a box with no face in it has no face, as in an empty photo.
//! - Errors have the documented codes, and `NO_FACES`, `BAD_IMAGE` and `EXTRACTION_ERROR` that clients know;
//!   where none fits, `NOT_FOUND`, `METHOD_NOT_ALLOWED`, `TOO_LARGE`, `TOO_MANY_REQUESTS` and `INTERNAL_ERROR`. The one
//!   with a list of faces has a number for its code.
//! - A face with `cam_id` is an event, whether a camera of that id is configured or not, and its `timestamp` is the
//!   one that was sent. `cam_id` is 32 hexadecimal digits, as in the sample of `/history/search`; `/camera` writes
//!   hyphens, as recorded. Whole numbers, which the sample of `/person/history` has, are ids too and are answered
//!   as numbers.
//! - A person's `meta` is that of their first face. A person goes with the last face, and `person_id` of `PUT
//!   /face/id/…` must be one that is there.
//! - Histories are newest first, by face, as lists of faces are. `next_page` carries the whole search, so that it
//!   goes on whether or not the body is sent again, by `POST` or `GET`.
//! - `PUT /camera/…` deletes a region that is not sent, as documented; anything else that is not sent stays.
//! - `X-Live-Servers` is `1/1` where the faces lie in one place; with search shards it tells how many of them answered,
//!   and `strict` refuses where one is missing.

use serde_json::Value;
use uuid::Uuid;
use vultus_http::Cors;
use vultus_types::{CameraId, Expression};

/// The versions of the interface, as they stand in paths. They differ in nothing known: `gender`, `age` and
/// `emotions` of a face came with `v1`, and are told below every version.
pub(crate) const VERSIONS: [&str; 2] = ["v0", "v1"];

/// The gallery that every face is in.
pub(crate) const DEFAULT_GALLERY: &str = "default";

/// The longest name of a gallery, in bytes, by the documentation.
const MOST_GALLERY_BYTES: usize = 48;

/// The confidence a match needs where the request does not say otherwise, by the documentation.
pub(crate) const DEFAULT_THRESHOLD: f32 = 0.75;

/// Names of thresholds and their values, by the documentation.
pub(crate) const THRESHOLDS: [(&str, f32); 3] = [("strict", 0.7834), ("medium", 0.6616), ("low", 0.5690)];

/// Faces per face that a search finds at most.
pub(crate) const MOST_RESULTS: usize = 1000;

/// Faces on a page where the request does not say otherwise; the original's number is not known.
pub(crate) const PAGE: u32 = 1000;

/// The longest meta, in bytes; the original's is not known.
pub(crate) const MOST_META_BYTES: usize = 2048;

/// The content type of every answer with a body, as the original writes it.
pub(crate) const JSON: &str = "application/json; charset=UTF-8";

/// The header that tells how many servers were searched, as `available/total`.
pub(crate) const LIVE_SERVERS: &str = "x-live-servers";

/// What browsers are told.
pub(crate) const CORS: Cors = Cors {
    methods: "GET, POST, PUT, DELETE, OPTIONS",
    headers: "Authorization,Content-Type,X-Requested-With",
};

/// The least number that is no camera's: the greatest whole number that clients read exactly, and one.
const CAMERA_NUMBERS: u128 = 1 << 53;

/// A camera's id, from a UUID with or without hyphens, or a whole number.
pub(crate) fn read_camera(text: &str) -> Option<CameraId> {
    let is_number = text.len() < 17 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number =
        if is_number { text.parse::<u128>().ok().filter(|&number| number < CAMERA_NUMBERS) } else { None };
    let id = number.map(Uuid::from_u128).or_else(|| Uuid::try_parse(text).ok());
    id.map(CameraId)
}

/// A camera's id as it is answered.
pub(crate) fn camera_value(camera: CameraId) -> Value {
    match camera.0.as_u128() {
        number if number < CAMERA_NUMBERS => (number as u64).into(),
        _ => camera.0.simple().to_string().into(),
    }
}

/// Whether a gallery may be created under this name.
pub(crate) fn is_gallery_name(name: &str) -> bool {
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    !name.is_empty() && name.len() <= MOST_GALLERY_BYTES && name.bytes().all(is_fit)
}

/// The names of the two most probable emotions, the more probable first.
pub(crate) fn emotions(expression: Expression) -> [&'static str; 2] {
    let Expression { angry, disgusted, fearful, happy, neutral, sad, surprised } = expression;
    let mut named = [
        ("neutral", neutral),
        ("sad", sad),
        ("happy", happy),
        ("surprise", surprised),
        ("fear", fearful),
        ("angry", angry),
        ("disgust", disgusted),
    ];
    named.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    [named[0].0, named[1].0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gallery_names_have_the_documented_characters() {
        for name in ["a", "My_Gallery-2", &"x".repeat(48)] {
            assert!(is_gallery_name(name), "{name}");
        }
        for name in ["", "a b", "a.b", "ä", "a/b", &"x".repeat(49)] {
            assert!(!is_gallery_name(name), "{name}");
        }
    }

    #[test]
    fn cameras_are_uuids_or_numbers() {
        let simple = "12345678123456781234567812345678";
        let camera = read_camera("12345678-1234-5678-1234-567812345678");
        assert_eq!((read_camera(simple), camera.map(camera_value)), (camera, Some(simple.into())));
        assert_eq!(read_camera("25").map(camera_value), Some(25.into()));
        for text in ["", "door", "-1", "1.5", "99999999999999999", "1234567812345678123456781234567"] {
            assert_eq!(read_camera(text), None, "{text}");
        }
    }

    #[test]
    fn two_most_probable_emotions_are_told_best_first() {
        let flat = Expression {
            angry: 0.1,
            disgusted: 0.0,
            fearful: 0.0,
            happy: 0.5,
            neutral: 0.3,
            sad: 0.1,
            surprised: 0.0,
        };
        assert_eq!(emotions(flat), ["happy", "neutral"]);
        assert_eq!(emotions(Expression { happy: 0.0, fearful: 0.4, ..flat }), ["fear", "neutral"]);
        assert_eq!(emotions(Expression { surprised: 0.6, ..flat }), ["surprise", "happy"]);
    }
}

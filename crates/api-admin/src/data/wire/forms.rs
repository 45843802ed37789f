//! Bodies of requests. Those with files are described here and read field by field.

use serde::Deserialize;
use utoipa::ToSchema;

use super::Region;
use crate::input::present;

/// A new gallery.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewGallery {
    /// 1 to 255 bytes without control characters.
    pub(crate) name: String,
}

/// The subject to merge into.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeInto {
    /// A subject of the same gallery.
    pub(crate) into: String,
}

/// The gallery to move to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveTo {
    /// The gallery, made where there is none.
    pub(crate) gallery: String,
}

/// Faces to enrol.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field")]
pub(crate) struct EnrolForm {
    /// 1 to 255 bytes without control characters.
    subject: String,
    #[schema(value_type = String, format = Binary)]
    photo: Vec<u8>,
    /// Enrol every face instead of refusing a photo with several.
    all_faces: Option<bool>,
    /// Whether the photo is kept; it is where nothing is said.
    keep_photo: Option<bool>,
}

/// A photo.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field")]
pub(crate) struct PhotoForm {
    #[schema(value_type = String, format = Binary)]
    photo: Vec<u8>,
}

/// Two photos, and which of their faces.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field")]
pub(crate) struct CompareForm {
    #[schema(value_type = String, format = Binary)]
    photo1: Vec<u8>,
    #[schema(value_type = String, format = Binary)]
    photo2: Vec<u8>,
    /// Which face of the first photo, counted from 0, the largest.
    face1: Option<u32>,
    /// Which face of the second photo.
    face2: Option<u32>,
}

/// A photo and how many candidates.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field")]
pub(crate) struct IdentifyForm {
    #[schema(value_type = String, format = Binary)]
    photo: Vec<u8>,
    /// Subjects per face at most, 1 to 50; 10 where nothing is said.
    limit: Option<u32>,
}

/// An image or a video.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field")]
pub(crate) struct MediaForm {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Whether the points of faces are wanted.
    landmarks: Option<bool>,
}

/// What is to be set of a camera; what is not named stays, or is empty in a new one.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CameraForm {
    /// A note.
    pub(crate) meta: Option<String>,
    /// An address of the schemes http, https, rtsp or file.
    pub(crate) url: Option<String>,
    /// Whether it is watched; a new one is where nothing is said.
    pub(crate) enabled: Option<bool>,
    /// The name of the detector that should watch it.
    pub(crate) detector: Option<String>,
    /// The part of the picture in which faces are followed; `null` for all of it.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<Region>)]
    pub(crate) tracking_region: Option<Option<Region>>,
    /// The part of the picture in which faces become events; `null` for all of it.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<Region>)]
    pub(crate) event_region: Option<Option<Region>>,
}

//! What is seen in an image or a video: who, when, where, and how they look.
//!
//! People are found in each frame, followed from frame to frame, and known again when they come back, so that a
//! person has one number from the first frame to the last. Frames are handed on while the video is read: what is
//! kept in memory does not grow with its length.

mod analyze;
mod attention;
mod blink;
mod cut;
mod error;
mod format;
mod looks;
mod people;
mod person;
mod points;

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use analyze::{MediaParts, MediaSettings, MediaSource, analyze_media};
pub use blink::eyes_are_closed;
pub use error::MediaError;

/// Image or video.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaKind {
    /// One picture; its time and length are 0.
    Image,
    /// Pictures in time.
    Video,
}

/// What a medium is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaInfo {
    /// Image or video.
    pub kind: MediaKind,
    /// The format by the usual ending of its files, as `jpg`, `png`, `mp4`, `webm`, `flv`.
    pub format: String,
    /// Pixels from left to right, as displayed.
    pub width: u32,
    /// Pixels from top to bottom, as displayed.
    pub height: u32,
    /// How long it lasts: for a video that does not tell, up to its last frame.
    pub length: Duration,
}

/// A frame that was looked at, with the people in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MediaFrame {
    /// Time since the beginning.
    pub time: Duration,
    /// The people, by their numbers.
    pub people: Vec<SeenPerson>,
}

/// A person in a frame. What could not be told is `None`, never made up. Pixels are those of the original medium.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeenPerson {
    /// The person's number in the medium, from 0 in the order in which they came.
    pub person: u32,
    /// When the person was first seen.
    pub first_seen: Duration,
    /// Where the face is: left, top, width, height.
    pub bounds: [f32; 4],
    /// Yaw, pitch and roll in degrees, as in [`vultus_types::HeadPose`].
    pub pose: Option<[f32; 3]>,
    /// 68 points in the usual order (jaw 0–16, brows 17–26, nose 27–35, eyes 36–47, mouth 48–67), as x and y; "left"
    /// parts of that order are those at the left of the image.
    pub points: Option<Vec<[f32; 2]>>,
    /// Shares of the expressions.
    pub expression: Option<SeenExpression>,
    /// Whether glasses of any kind are worn.
    pub has_glasses: Option<bool>,
    /// Years.
    pub age: Option<f32>,
    /// Whether the person is a woman, where that is sure enough.
    pub is_female: Option<bool>,
    /// Whether the person blinks in this frame; see `blink.rs`.
    pub is_blinking: Option<bool>,
    /// Separate looks at the camera so far, this one included; see `attention.rs`.
    pub glances: u32,
    /// How much of the person's attention is the camera's, 0 to 100; see `attention.rs`.
    pub attention: Option<f32>,
}

/// Shares of seven expressions, each 0 to 1; together 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the expression's name says it")]
pub struct SeenExpression {
    pub anger: f32,
    pub disgust: f32,
    pub fear: f32,
    pub joy: f32,
    pub neutral: f32,
    pub sadness: f32,
    pub surprise: f32,
}

/// A person over the whole medium.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonSummary {
    /// The person's number.
    pub person: u32,
    /// When the person was first seen.
    pub first_seen: Duration,
    /// When the person was last seen.
    pub last_seen: Duration,
    /// How long the person was to be seen: absences are not counted.
    pub seen_for: Duration,
    /// Frames with the person.
    pub frames: u64,
    /// The mean of the expressions of the frames in which they could be told.
    pub expression: Option<SeenExpression>,
    /// Whether glasses are worn in most frames.
    pub has_glasses: Option<bool>,
    /// The median of the ages.
    pub age: Option<f32>,
    /// Whether the person is a woman, by the mean of the frames.
    pub is_female: Option<bool>,
    /// The mean attention.
    pub attention: Option<f32>,
    /// Separate looks at the camera.
    pub glances: u32,
    /// How long the person looked at the camera.
    pub looked_for: Duration,
    /// Blinks.
    pub blinks: u32,
}

/// What an analysis tells at its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MediaSummary {
    /// What the medium is.
    pub info: MediaInfo,
    /// Frames that were looked at.
    pub frames: u64,
    /// The people, by their numbers.
    pub persons: Vec<PersonSummary>,
}

/// The frames could not be handed on.
#[derive(Debug, thiserror::Error)]
#[error("the frames of a medium could not be handed on")]
pub struct MediaSinkError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Takes frames while a medium is read.
#[async_trait]
pub trait MediaSink: Send {
    /// What the medium is, as far as it is known before its end: a length that is not told is 0.
    ///
    /// # Errors
    /// [`MediaSinkError`] ends the analysis.
    async fn begin(&mut self, info: &MediaInfo) -> Result<(), MediaSinkError>;

    /// A frame, in the order of their times, also where nobody is in it.
    ///
    /// # Errors
    /// [`MediaSinkError`] ends the analysis.
    async fn frame(&mut self, frame: MediaFrame) -> Result<(), MediaSinkError>;
}

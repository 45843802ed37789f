//! Video: frames out of a child process, faces tracked across them, the best shot of each, and cameras.
//!
//! ```text
//! VideoSource ── Gateway (checks every address) ── ffmpeg child ── FrameStream ── FaceAnalyzer on the work pool
//!                                                                                      │
//!          EventSink ◁── best shot of each track ◁── Tracker (motion and appearance) ◁─┘
//! ```
//!
//! Nothing of a video is decoded in this process: `ffmpeg` runs as a child with limits on its memory,
//! protocols, formats and frame sizes, and whatever becomes of it is a [`VideoError`]. It opens no connection
//! by itself: it reads from the network through a gateway of this process only, which checks the address
//! really connected to.

mod best_shot;
mod camera;
mod error;
mod ffmpeg;
mod frames;
mod gateway;
mod media;
mod messages;
mod place;
mod ppm;
mod region;
mod source;
mod tracker;

pub use best_shot::{BestShot, shot_score};
pub use camera::{
    Camera, CameraSource, CameraSourceError, CameraState, CameraStates, CameraStatus, CameraWorker,
    CameraWorkerParts, EventSink, FaceEvent, SinkError, WatchSettings,
};
pub use error::{Failure, SourceError, VideoError};
pub use ffmpeg::{VideoOptions, ffmpeg_version};
pub use frames::{Frame, FrameStream};
pub use media::{
    MediaError, MediaFrame, MediaInfo, MediaKind, MediaParts, MediaSettings, MediaSink, MediaSinkError,
    MediaSource, MediaSummary, PersonSummary, SeenExpression, SeenPerson, analyze_media, eyes_are_closed,
};
pub use messages::SourceInfo;
pub use region::Region;
pub use source::{SourceRules, VideoSource};
pub use tracker::{Likeness, Sighting, TrackId, Tracker, TrackerParams};

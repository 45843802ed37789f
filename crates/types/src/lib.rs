//! The domain vocabulary of Vultus: identifiers, geometry, templates, scores and what is known of a face
//! or a voice.
//!
//! No input or output happens here, no wire format of any dialect is known here, and every other crate may
//! depend on this one.

mod analysis;
mod civil;
mod clock;
mod geometry;
mod ids;
mod score;
mod template;
mod voice;

pub use analysis::{
    AnalyzedFace, Demographics, Ethnicity, EthnicityEstimate, Expression, Eyes, Gender, GenderEstimate,
    Glasses, Landmarks, Lips, LivenessEstimate, PhotoAnalysis, PhotoQuality, Quality, StageTimings, Wanted,
};
pub use civil::{CalendarMonth, CivilTime};
pub use clock::{Clock, FaceIdSource, ManualClock, SystemClock, Timestamp};
pub use geometry::{BoundingBox, HeadPose, Point};
pub use ids::{AccountId, CameraId, FaceId, MediaId, ModelDigest, ParseIdError, PersonId};
pub use score::{
    Confidence, IDENTICAL_COSINE, IncomparableTemplate, PartRule, ScoreRule, Scoring, Similarity,
};
pub use template::{CohortSpread, Template, TemplateError, TemplatePart};
pub use voice::{VoiceAnalysis, VoiceTimings};

//! The seam between the use cases and the engine.

use vultus_inference::{Cancel, InferenceError};
use vultus_media::{RgbPhoto, encode_png};
use vultus_types::{PhotoAnalysis, ScoreRule, Wanted};

use crate::recipe::RawPart;

/// What to look for in a photo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnalyzeOptions {
    /// The stages to run.
    pub wanted: Wanted,
    /// The smallest face to look for, as a share of the photo's larger side: 0.015 (1:64) to 0.5 (1:2).
    pub min_head_scale: f32,
    /// The faces to keep, largest first; the rest is dropped before any stage but detection runs.
    pub max_faces: usize,
    /// Whether faces that the photo's border cuts off are dropped, before the largest are counted.
    pub whole_faces: bool,
}

impl AnalyzeOptions {
    /// 1:64, the smallest face any dialect lets a client ask for.
    pub const SMALLEST_HEAD_SCALE: f32 = 0.015;
    /// 1:2.
    pub const LARGEST_HEAD_SCALE: f32 = 0.5;
    /// No photo is analysed for more faces than this.
    pub const MAX_FACES: usize = 256;

    /// The given stages with default settings.
    pub const fn new(wanted: Wanted) -> Self {
        Self {
            wanted,
            min_head_scale: Self::SMALLEST_HEAD_SCALE,
            max_faces: Self::MAX_FACES,
            whole_faces: false,
        }
    }
}

/// What the installed pack can do beyond finding faces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each flag is one independent capability")]
pub struct Capabilities {
    /// Makes templates.
    pub template: bool,
    /// Estimates age and gender.
    pub demographics: bool,
    /// Estimates ethnicity.
    pub ethnicity: bool,
    /// Tells glasses.
    pub glasses: bool,
    /// Tells how far the eyes are open.
    pub eyes: bool,
    /// Tells expressions.
    pub expression: bool,
    /// Detects presentation attacks.
    pub liveness: bool,
}

/// Finds and describes faces. Implementations block on the calling thread: call them on the work pool.
pub trait FaceAnalyzer: Send + Sync {
    /// Decodes `photo` (an image file) and analyses the faces in it.
    ///
    /// # Errors
    /// [`FaceError`]; a photo without faces is not an error.
    fn analyze(
        &self,
        photo: &[u8],
        options: &AnalyzeOptions,
        cancel: &Cancel,
    ) -> Result<PhotoAnalysis, FaceError>;

    /// Analyses a photo that is decoded already, a frame of a video for one; otherwise as [`Self::analyze`].
    /// An engine that cannot take pixels gets them as a file.
    ///
    /// # Errors
    /// As [`Self::analyze`].
    fn analyze_pixels(
        &self,
        photo: &RgbPhoto,
        options: &AnalyzeOptions,
        cancel: &Cancel,
    ) -> Result<PhotoAnalysis, FaceError> {
        self.analyze(&encode_png(photo)?, options, cancel)
    }

    /// What the installed pack can do.
    fn capabilities(&self) -> Capabilities;

    /// The models that tell liveness scores, for the label of an answer: `human-liveness`, or the names of a pack's
    /// `MiniFASNet` models joined by `+`. `None` where there are none, or where the implementation does not say.
    fn liveness_model(&self) -> Option<&str> {
        None
    }

    /// How the pack's templates are compared.
    fn score_rule(&self) -> &ScoreRule;
}

/// Tells what each embedding model says of a face, before any recipe: what recipes are fitted to.
pub trait PartSource: Send + Sync {
    /// The faces of `photo` as [`FaceAnalyzer::analyze`] finds them and, for each, one part of every model
    /// that could say something of it.
    ///
    /// # Errors
    /// As [`FaceAnalyzer::analyze`].
    fn raw_parts(
        &self,
        photo: &[u8],
        options: &AnalyzeOptions,
        cancel: &Cancel,
    ) -> Result<(PhotoAnalysis, Vec<Vec<RawPart>>), FaceError>;
}

/// Why a photo could not be analysed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FaceError {
    /// The bytes are not a photo that can be read, or larger than allowed.
    #[error(transparent)]
    Image(#[from] vultus_media::ImageError),
    /// A model failed.
    #[error(transparent)]
    Inference(#[from] InferenceError),
    /// Nobody waits for the result any more.
    #[error("analysis was cancelled")]
    Cancelled,
}

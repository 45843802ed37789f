//! The seam between the use cases and the engine.

use vultus_inference::{Cancel, InferenceError};
use vultus_media::AudioError;
use vultus_types::{ScoreRule, VoiceAnalysis};

/// Recordings with less speech than this are refused, in seconds: the encoder hears 1.6 s at a time, and from less the
/// error rates are several times as high.
pub const LEAST_SPEECH_SECONDS: f32 = 1.6;

/// Below this much speech, in seconds, comparisons are unsure, and the analysis says so.
pub const SHORT_SPEECH_SECONDS: f32 = 3.0;

/// A recording with a greater share of its moments at full scale is refused as clipped. Measured on LibriSpeech, ten
/// speakers, amplified beyond full scale: speech that just reaches it has a share of 0 and an equal error rate of 0.5 %,
/// a mean share of 1 % one of 1.9 %, and a mean share of 6 % one of 4 %.
pub const MOST_FULL_SCALE: f32 = 0.02;

/// Makes templates of voices. Implementations block on the calling thread: call them on the work pool.
pub trait VoiceAnalyzer: Send + Sync {
    /// Decodes `recording` (an audio file) and makes a template of the voice in it. Who else speaks in it is not told
    /// apart: it should hold one speaker.
    ///
    /// # Errors
    /// [`VoiceError`].
    fn analyze(&self, recording: &[u8], cancel: &Cancel) -> Result<VoiceAnalysis, VoiceError>;

    /// Analyses every whole piece of `seconds` of the recording's speech as a recording of its own, for measurements of
    /// what lengths are worth. No pieces are left where there is less speech.
    ///
    /// # Errors
    /// [`VoiceError`], [`VoiceError::TooLittleSpeech`] where pieces of `seconds` would be refused.
    fn analyze_pieces(
        &self,
        recording: &[u8],
        seconds: f32,
        cancel: &Cancel,
    ) -> Result<Vec<VoiceAnalysis>, VoiceError>;

    /// How templates are compared.
    fn score_rule(&self) -> &ScoreRule;
}

/// Why no template could be made of a recording.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VoiceError {
    /// The bytes are no recording that can be read, or longer than allowed.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// Nothing can be heard: no 30 ms are louder than [`SILENCE_DBFS`](crate::loudness::SILENCE_DBFS).
    #[error("the recording is silent")]
    Silent,
    /// The recording is clipped: see [`MOST_FULL_SCALE`].
    #[error("the recording is clipped: {:.1} % of it is at full scale", share * 100.0)]
    Clipped {
        /// The share at full scale, 0..=1.
        share: f32,
    },
    /// There is less speech than [`LEAST_SPEECH_SECONDS`].
    #[error("the recording holds {seconds:.1} s of speech, less than the {LEAST_SPEECH_SECONDS} s needed")]
    TooLittleSpeech {
        /// Seconds of speech.
        seconds: f32,
    },
    /// The model failed.
    #[error(transparent)]
    Inference(#[from] InferenceError),
    /// Nobody waits for the result any more.
    #[error("analysis was cancelled")]
    Cancelled,
}

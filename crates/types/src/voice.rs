//! What is known of a recorded voice.

use std::ops::Add;
use std::time::Duration;

use crate::Template;

/// A recording of one voice.
#[derive(Clone, Debug, PartialEq)]
pub struct VoiceAnalysis {
    /// What identifies the speaker.
    pub template: Template,
    /// The recording's length in seconds.
    pub seconds: f32,
    /// How many seconds of it are speech; the template is made of these alone.
    pub speech_seconds: f32,
    /// Whether there is so little speech that comparisons with it are unsure.
    pub is_short: bool,
    /// Time spent in each stage.
    pub timings: VoiceTimings,
}

/// Time spent per stage of the analysis of a recording, waiting for a busy model included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VoiceTimings {
    /// Decoding the recording.
    pub decode: Duration,
    /// Loudness and voice activity.
    pub activity: Duration,
    /// Mel spectra.
    pub features: Duration,
    /// The template.
    pub template: Duration,
}

impl Add for VoiceTimings {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            decode: self.decode + other.decode,
            activity: self.activity + other.activity,
            features: self.features + other.features,
            template: self.template + other.template,
        }
    }
}

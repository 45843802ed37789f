//! The voice engine: finds the speech in a recording and makes a template of the speaker.
//!
//! The stages are public modules, each a pure function of samples; [`VoiceAnalyzer::analyze`] runs them all: decode,
//! [`loudness`], [`activity`], [`mel`] spectra, [`windows`] through the speaker encoder, mean.

pub mod activity;
mod analyzer;
mod engine;
#[cfg(any(test, feature = "testing"))]
pub mod fakes;
pub mod loudness;
pub mod mel;
pub mod windows;

pub use analyzer::{LEAST_SPEECH_SECONDS, MOST_FULL_SCALE, SHORT_SPEECH_SECONDS, VoiceAnalyzer, VoiceError};
pub use engine::{LoadError, VoiceEngine};

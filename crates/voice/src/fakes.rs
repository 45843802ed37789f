//! An analyzer without weights, for tests of what stands on top of the engine.
//!
//! A test recording is a tone, and its pitch is the person: tones of one pitch give nearly the same template, tones
//! that differ by a third or more unrelated ones. Everything that is loud enough counts as speech.

use vultus_inference::Cancel;
use vultus_media::{AudioLimits, SAMPLE_RATE, decode_audio};
use vultus_types::{ModelDigest, ScoreRule, Template, TemplatePart, VoiceAnalysis, VoiceTimings};

use crate::loudness::{is_silent, level};
use crate::{LEAST_SPEECH_SECONDS, MOST_FULL_SCALE, SHORT_SPEECH_SECONDS, VoiceAnalyzer, VoiceError};

/// The number of numbers in a template.
pub const DIMENSION: usize = 64;
/// The model that made the templates.
pub const DIGEST: ModelDigest = ModelDigest([0xF0; 32]);
/// Lowest and highest pitch that has a place in a template, in Hz.
const PITCHES: (f32, f32) = (50.0, 4_000.0);

/// A WAV file, 16 bits, 16 kHz, of a tone.
pub fn fake_recording(pitch_hz: f32, seconds: f32) -> Vec<u8> {
    let count = (seconds * SAMPLE_RATE as f32) as usize;
    let step = f64::from(pitch_hz) / f64::from(SAMPLE_RATE) * std::f64::consts::TAU;
    let samples: Vec<f32> = (0..count).map(|index| ((index as f64 * step).sin() * 0.25) as f32).collect();
    wav(&samples)
}

/// A WAV file, 16 bits, 16 kHz, one channel.
pub fn wav(samples: &[f32]) -> Vec<u8> {
    let size = (samples.len() * 2) as u32;
    let mut file = Vec::with_capacity(44 + samples.len() * 2);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + size).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend_from_slice(&SAMPLE_RATE.to_le_bytes());
    file.extend_from_slice(&(SAMPLE_RATE * 2).to_le_bytes());
    file.extend_from_slice(b"\x02\0\x10\0data");
    file.extend_from_slice(&size.to_le_bytes());
    let whole = |sample: &f32| (sample * 32_767.0) as i16;
    file.extend(samples.iter().flat_map(|sample| whole(sample).to_le_bytes()));
    file
}

/// Tells tones apart.
#[derive(Debug)]
pub struct FakeVoiceAnalyzer {
    rule: ScoreRule,
}

impl Default for FakeVoiceAnalyzer {
    fn default() -> Self {
        Self { rule: ScoreRule::single(DIGEST, DIMENSION) }
    }
}

impl VoiceAnalyzer for FakeVoiceAnalyzer {
    fn analyze(&self, recording: &[u8], cancel: &Cancel) -> Result<VoiceAnalysis, VoiceError> {
        if cancel.is_cancelled() {
            return Err(VoiceError::Cancelled);
        }
        let clip = decode_audio(recording, &AudioLimits::default())?;
        let seconds = clip.seconds();
        if clip.full_scale_share > MOST_FULL_SCALE {
            return Err(VoiceError::Clipped { share: clip.full_scale_share });
        }
        if is_silent(&clip.samples) {
            return Err(VoiceError::Silent);
        }
        let loud = clip.samples.chunks(480).filter(|moment| level(moment) > -40.0);
        let speech_seconds = loud.map(<[f32]>::len).sum::<usize>() as f32 / SAMPLE_RATE as f32;
        if speech_seconds < LEAST_SPEECH_SECONDS {
            return Err(VoiceError::TooLittleSpeech { seconds: speech_seconds });
        }
        let rises = clip.samples.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
        let vector = vector(rises as f32 / speech_seconds, speech_seconds);
        let part = TemplatePart { model: DIGEST, vector, cohort: None };
        Ok(VoiceAnalysis {
            template: Template::new(vec![part]).map_err(|_| VoiceError::Silent)?,
            seconds,
            speech_seconds,
            is_short: speech_seconds < SHORT_SPEECH_SECONDS,
            timings: VoiceTimings::default(),
        })
    }

    fn score_rule(&self) -> &ScoreRule {
        &self.rule
    }
}

/// A bump at the pitch's place, moved a little by the length so that recordings of one person differ.
fn vector(pitch_hz: f32, seconds: f32) -> Vec<f32> {
    let (low, high) = PITCHES;
    let place = (pitch_hz / low).ln() / (high / low).ln() * DIMENSION as f32 + seconds * 0.01;
    let mut vector: Vec<f32> = (0..DIMENSION).map(|at| (-(at as f32 - place).powi(2)).exp()).collect();
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    vector.iter_mut().for_each(|value| *value /= length);
    vector
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tones_of_one_pitch_are_one_person() {
        let analyzer = FakeVoiceAnalyzer::default();
        let template = |pitch, seconds| {
            analyzer.analyze(&fake_recording(pitch, seconds), &Cancel::default()).unwrap().template
        };
        let similarity = |one, other| analyzer.score_rule().similarity(&one, &other).unwrap().0;
        let same = similarity(template(200.0, 2.0), template(200.0, 4.0));
        let different = similarity(template(200.0, 2.0), template(300.0, 2.0));
        assert!(same > 0.95 && same < 1.0 && different < 0.3, "{same} {different}");
    }

    #[test]
    fn unusable_recordings_are_refused() {
        let refused = |samples: &[f32]| {
            FakeVoiceAnalyzer::default().analyze(&wav(samples), &Cancel::default()).unwrap_err()
        };
        assert!(matches!(refused(&[0.0; 48_000]), VoiceError::Silent));
        assert!(matches!(refused(&[0.1; 16_000]), VoiceError::TooLittleSpeech { .. }));
        assert!(matches!(refused(&[1.0; 48_000]), VoiceError::Clipped { .. }));
    }
}

//! An analyzer without weights, for tests of what stands on top of the engine.
//!
//! A test recording is a tone, and its pitch is the person: tones of one pitch give nearly the same template, tones
//! that differ by a third or more unrelated ones. Everything that is loud enough counts as speech.
//!
//! For tests of the real engine there is [`synthetic_voice`], which its detector takes for speech.

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

/// Formants of five vowels, in Hz.
const VOWELS: [[f64; 3]; 5] = [
    [730.0, 1_090.0, 2_440.0],
    [270.0, 2_290.0, 3_010.0],
    [300.0, 870.0, 2_240.0],
    [530.0, 1_840.0, 2_480.0],
    [570.0, 840.0, 2_410.0],
];

/// Speech-like sound, 16 kHz: pulses of a pitch that wanders, through the formants of vowels that change four times a
/// second. `tract` is how much higher the formants are than a man's: about 1.17 for women.
pub fn synthetic_voice(pitch_hz: f64, tract: f64, seconds: f64) -> Vec<f32> {
    let rate = f64::from(SAMPLE_RATE);
    let (mut turns, mut memory) = (0.0f64, [[0.0f64; 2]; 3]);
    let sample = |index: usize| {
        let t = index as f64 / rate;
        let wander = |depth: f64, hertz: f64| depth * (std::f64::consts::TAU * hertz * t).sin();
        let before = turns.floor();
        turns += pitch_hz * (1.0 + wander(0.08, 0.7) + wander(0.03, 2.3)) / rate;
        let (syllable, part) = ((t * 4.0) as usize, (t * 4.0).fract());
        let [from, to] = [0, 1].map(|step| VOWELS[((syllable + step) * 7 + 3) % VOWELS.len()]);
        let mut value = turns.floor() - before;
        for (formant, state) in memory.iter_mut().enumerate() {
            let frequency = (from[formant] * (1.0 - part) + to[formant] * part) * tract;
            let radius = (-std::f64::consts::PI * (60.0 + 40.0 * formant as f64) / rate).exp();
            let turn = 2.0 * radius * (std::f64::consts::TAU * frequency / rate).cos();
            value = (1.0 - radius) * value + turn * state[0] - radius * radius * state[1];
            *state = [value, state[0]];
        }
        (value * (0.15 + 0.85 * (std::f64::consts::PI * part).sin())) as f32
    };
    let mut samples: Vec<f32> = (0..(seconds * rate) as usize).map(sample).collect();
    let loudest = samples.iter().fold(f32::MIN_POSITIVE, |loudest, sample| loudest.max(sample.abs()));
    for sample in &mut samples {
        *sample *= 0.3 / loudest;
    }
    samples
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

    /// As many times the whole as it has pieces.
    fn analyze_pieces(
        &self,
        recording: &[u8],
        seconds: f32,
        cancel: &Cancel,
    ) -> Result<Vec<VoiceAnalysis>, VoiceError> {
        let whole = self.analyze(recording, cancel)?;
        Ok(vec![whole.clone(); (whole.speech_seconds / seconds) as usize])
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
    for value in &mut vector {
        *value /= length;
    }
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
        assert!(matches!(refused(&vec![0.0; 48_000]), VoiceError::Silent));
        assert!(matches!(refused(&vec![0.1; 16_000]), VoiceError::TooLittleSpeech { .. }));
        assert!(matches!(refused(&vec![1.0; 48_000]), VoiceError::Clipped { .. }));
    }
}

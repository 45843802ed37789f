//! The engine: decoding, speech, spectra and the speaker encoder of an installed pack.

use std::sync::Arc;
use std::time::{Duration, Instant};

use vultus_inference::{Cancel, InferenceError, Model, ModelOptions, Provider, Runtime, Tensor};
use vultus_media::{AudioClip, AudioLimits, SAMPLE_RATE, decode_audio};
use vultus_models::{ModelKind, Pack, Task};
use vultus_types::{ScoreRule, Template, TemplatePart, VoiceAnalysis, VoiceTimings};

use crate::activity::only_speech;
use crate::loudness::{is_silent, raise};
use crate::mel::{BANDS, MelSpectrum};
use crate::windows::{FRAMES, padded_length, windows};
use crate::{LEAST_SPEECH_SECONDS, MOST_FULL_SCALE, SHORT_SPEECH_SECONDS, VoiceAnalyzer, VoiceError};

/// Numbers of a template.
const DIMENSION: usize = 256;

/// Why a pack gives no engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A model that the engine cannot use.
    #[error("model {0} is no speaker encoder")]
    Kind(String),
    /// The model could not be loaded.
    #[error(transparent)]
    Inference(#[from] InferenceError),
}

/// Makes templates of voices with the speaker encoder of a pack.
pub struct VoiceEngine {
    encoder: Arc<dyn Model>,
    mel: MelSpectrum,
    rule: ScoreRule,
    limits: AudioLimits,
}

impl VoiceEngine {
    /// Opens the speaker encoder of `pack`; `None` where it has none. It computes at most `sessions` windows at one
    /// time.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn load(pack: &Pack, runtime: &Runtime, sessions: usize) -> Result<Option<Self>, LoadError> {
        let Some(model) = pack.model(Task::Voice) else { return Ok(None) };
        if model.kind != ModelKind::VoiceEncoder {
            return Err(LoadError::Kind(model.name.clone()));
        }
        let options = ModelOptions { max_sessions: sessions, provider: Some(Provider::Cpu) };
        let encoder = runtime.open(&model.name, &model.path, model.digest, options)?;
        Ok(Some(Self::new(Arc::new(encoder))))
    }

    /// An engine with this encoder: input (1, 160, 40), output 256 numbers.
    pub fn new(encoder: Arc<dyn Model>) -> Self {
        let rule = ScoreRule::single(encoder.digest(), DIMENSION);
        Self { encoder, mel: MelSpectrum::default(), rule, limits: AudioLimits::default() }
    }

    /// The same with other limits for the recordings it reads.
    #[must_use]
    pub fn with_limits(self, limits: AudioLimits) -> Self {
        Self { limits, ..self }
    }

    /// The template of a clip that is decoded already; otherwise as [`VoiceAnalyzer::analyze`].
    ///
    /// # Errors
    /// As [`VoiceAnalyzer::analyze`].
    pub fn analyze_clip(&self, clip: AudioClip, cancel: &Cancel) -> Result<VoiceAnalysis, VoiceError> {
        let seconds = clip.seconds();
        let mut timings = VoiceTimings::default();
        let speech = timed(&mut timings.activity, || speech_of(clip))?;
        self.describe(speech, seconds, timings, cancel)
    }

    /// The template of speech.
    fn describe(
        &self,
        speech: Vec<f32>,
        seconds: f32,
        mut timings: VoiceTimings,
        cancel: &Cancel,
    ) -> Result<VoiceAnalysis, VoiceError> {
        let speech_seconds = speech.len() as f32 / SAMPLE_RATE as f32;
        if speech_seconds < LEAST_SPEECH_SECONDS {
            return Err(VoiceError::TooLittleSpeech { seconds: speech_seconds });
        }
        let spectra = timed(&mut timings.features, || self.spectra(speech));
        let vector = timed(&mut timings.template, || self.embed(&spectra, cancel))?;
        let part = TemplatePart { model: self.encoder.digest(), vector, cohort: None };
        let no_template = |error: vultus_types::TemplateError| InferenceError::Shape {
            expected: format!("an embedding ({error})"),
            actual: vec![DIMENSION],
        };
        Ok(VoiceAnalysis {
            template: Template::new(vec![part]).map_err(no_template)?,
            seconds,
            speech_seconds,
            is_short: speech_seconds < SHORT_SPEECH_SECONDS,
            timings,
        })
    }

    /// The embedding of samples as they are, with neither loudness nor voice activity: a vector of length 1.
    ///
    /// # Errors
    /// [`VoiceError::Inference`], [`VoiceError::Cancelled`].
    pub fn embed_samples(&self, samples: Vec<f32>, cancel: &Cancel) -> Result<Vec<f32>, VoiceError> {
        self.embed(&self.spectra(samples), cancel)
    }

    /// The frames of each window.
    fn spectra(&self, mut speech: Vec<f32>) -> Vec<Vec<f32>> {
        let windows = windows(speech.len());
        speech.resize(padded_length(speech.len(), &windows), 0.0);
        let frames = self.mel.frames(&speech);
        windows.iter().map(|window| frames[window.start * BANDS..window.end * BANDS].to_vec()).collect()
    }

    /// The direction of the mean of all windows' embeddings.
    fn embed(&self, spectra: &[Vec<f32>], cancel: &Cancel) -> Result<Vec<f32>, VoiceError> {
        let mut sum = vec![0.0; DIMENSION];
        for window in spectra {
            check(cancel)?;
            let input = Tensor::new(vec![1, FRAMES, BANDS], window.clone())?;
            let output = self.encoder.run(&input)?.into_iter().next();
            let embedding = output.map(Tensor::into_data).unwrap_or_default();
            if embedding.len() != DIMENSION {
                return Err(no_embedding(embedding.len()).into());
            }
            sum.iter_mut().zip(embedding).for_each(|(sum, value)| *sum += value);
        }
        let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
        if !length.is_normal() {
            return Err(no_embedding(DIMENSION).into());
        }
        Ok(sum.into_iter().map(|value| value / length).collect())
    }
}

impl VoiceAnalyzer for VoiceEngine {
    fn analyze(&self, recording: &[u8], cancel: &Cancel) -> Result<VoiceAnalysis, VoiceError> {
        check(cancel)?;
        let mut time = Duration::ZERO;
        let clip = timed(&mut time, || decode_audio(recording, &self.limits))?;
        let mut analysis = self.analyze_clip(clip, cancel)?;
        analysis.timings.decode = time;
        Ok(analysis)
    }

    fn analyze_pieces(
        &self,
        recording: &[u8],
        seconds: f32,
        cancel: &Cancel,
    ) -> Result<Vec<VoiceAnalysis>, VoiceError> {
        if seconds < LEAST_SPEECH_SECONDS {
            return Err(VoiceError::TooLittleSpeech { seconds });
        }
        let speech = speech_of(decode_audio(recording, &self.limits)?)?;
        let pieces = speech.chunks_exact((seconds * SAMPLE_RATE as f32) as usize);
        let describe =
            |piece: &[f32]| self.describe(piece.to_vec(), seconds, VoiceTimings::default(), cancel);
        pieces.map(describe).collect()
    }

    fn score_rule(&self) -> &ScoreRule {
        &self.rule
    }
}

/// The speech of a clip, loud enough for the encoder.
///
/// # Errors
/// [`VoiceError::Silent`], [`VoiceError::Clipped`].
fn speech_of(clip: AudioClip) -> Result<Vec<f32>, VoiceError> {
    let AudioClip { mut samples, full_scale_share } = clip;
    if full_scale_share > MOST_FULL_SCALE {
        return Err(VoiceError::Clipped { share: full_scale_share });
    }
    if is_silent(&samples) {
        return Err(VoiceError::Silent);
    }
    raise(&mut samples);
    Ok(only_speech(&samples))
}

fn no_embedding(count: usize) -> InferenceError {
    let expected = format!("an embedding of {DIMENSION} numbers and a length above 0");
    InferenceError::Shape { expected, actual: vec![count] }
}

fn check(cancel: &Cancel) -> Result<(), VoiceError> {
    if cancel.is_cancelled() { Err(VoiceError::Cancelled) } else { Ok(()) }
}

/// What `work` returns; its time is added to `total`.
fn timed<T>(total: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    *total += start.elapsed();
    result
}

#[cfg(test)]
mod tests;

//! Recording against recording, nothing enrolled.

use std::sync::Arc;

use bytes::Bytes;
use vultus_search::Calibration;
use vultus_types::{Confidence, Similarity, VoiceAnalysis, VoiceTimings};
use vultus_voice::VoiceAnalyzer;

use crate::{Capability, ErrorKind, Permit, Service, ServiceError};

/// What a service compares voices with. `calibration` must belong to the analyser's model.
#[derive(Clone)]
pub struct Voices {
    /// Makes templates of voices.
    pub analyzer: Arc<dyn VoiceAnalyzer>,
    /// From similarities of voices to confidences.
    pub calibration: Arc<Calibration>,
}

/// Two recordings.
#[derive(Clone, Debug)]
pub struct CompareVoicesCommand {
    /// One audio file.
    pub first: Bytes,
    /// The other.
    pub second: Bytes,
}

/// How much was heard in a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeardVoice {
    /// The recording's length in seconds.
    pub seconds: f32,
    /// Seconds of speech in it.
    pub speech_seconds: f32,
    /// Whether there is so little speech that the confidence is unsure.
    pub is_short: bool,
}

/// How alike the voices are.
#[derive(Clone, Debug)]
pub struct CompareVoicesOutcome {
    /// How sure it is that both are the same person.
    pub confidence: Confidence,
    /// The similarity behind it, on the scale of the model.
    pub similarity: Similarity,
    /// What was heard in the first recording.
    pub first: HeardVoice,
    /// What was heard in the second.
    pub second: HeardVoice,
    /// Time spent per stage, over both recordings.
    pub timings: VoiceTimings,
}

impl Service {
    /// Compares the voice of one recording with that of another.
    ///
    /// # Errors
    /// [`ErrorKind::UnusableAudio`] where either is no recording that can be used,
    /// [`ErrorKind::ModelUnavailable`] where the pack has no model for voices, and other kinds of
    /// [`ServiceError`].
    pub async fn compare_voices(
        &self,
        permit: Permit,
        command: CompareVoicesCommand,
    ) -> Result<CompareVoicesOutcome, ServiceError> {
        let missing = || ErrorKind::ModelUnavailable(Capability::Voice);
        let voices = self.voices.clone().ok_or_else(missing)?;
        let job = move |cancel: &_| {
            let analyze = |recording: &Bytes| voices.analyzer.analyze(recording, cancel);
            let (first, second) = (analyze(&command.first)?, analyze(&command.second)?);
            let similarity = voices.analyzer.score_rule().similarity(&first.template, &second.template)?;
            Ok(CompareVoicesOutcome {
                confidence: voices.calibration.confidence(similarity),
                similarity,
                first: HeardVoice::from(&first),
                second: HeardVoice::from(&second),
                timings: first.timings + second.timings,
            })
        };
        self.pool.run(permit, job).await?
    }
}

impl From<&VoiceAnalysis> for HeardVoice {
    fn from(analysis: &VoiceAnalysis) -> Self {
        let VoiceAnalysis { seconds, speech_seconds, is_short, .. } = *analysis;
        Self { seconds, speech_seconds, is_short }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AudioFault;
    use crate::fakes::{Bench, BenchOptions, fake_recording, photo_of, wav};

    async fn compared(first: Vec<u8>, second: Vec<u8>) -> Result<CompareVoicesOutcome, ErrorKind> {
        let bench = Bench::new().await.unwrap();
        let command = CompareVoicesCommand { first: first.into(), second: second.into() };
        let outcome = bench.service.compare_voices(bench.service.admit().unwrap(), command).await;
        outcome.map_err(|error| error.kind())
    }

    #[tokio::test]
    async fn same_voice_is_confident_and_another_is_not() {
        let same = compared(fake_recording(200.0, 4.0), fake_recording(200.0, 2.0)).await.unwrap();
        assert!(same.confidence.get() > 0.9 && same.confidence.get() < 1.0, "{same:?}");
        assert!((same.first.speech_seconds - 4.0).abs() < 0.1 && !same.first.is_short);
        assert!(same.second.is_short);
        let other = compared(fake_recording(200.0, 4.0), fake_recording(310.0, 4.0)).await.unwrap();
        assert!(other.confidence.get() < 0.6 && other.similarity.0 < same.similarity.0);
    }

    #[tokio::test]
    async fn unusable_recordings_are_told_apart() {
        let good = || fake_recording(200.0, 3.0);
        let truncated = good()[..40_000].to_vec();
        let faults = [
            (Vec::new(), AudioFault::Empty),
            (wav(&[]), AudioFault::Empty),
            (photo_of(&[]).unwrap(), AudioFault::Unsupported),
            (b"text".to_vec(), AudioFault::Unsupported),
            (truncated, AudioFault::Damaged),
            (wav(&vec![0.1; 130 * 16_000]), AudioFault::TooLong),
            (vec![0; 64 << 20], AudioFault::TooLarge),
            (wav(&vec![0.0; 48_000]), AudioFault::Silent),
            (wav(&vec![1.0; 48_000]), AudioFault::Clipped),
            (fake_recording(200.0, 1.0), AudioFault::TooLittleSpeech),
        ];
        for (bytes, fault) in faults {
            assert_eq!(compared(good(), bytes.clone()).await.unwrap_err(), ErrorKind::UnusableAudio(fault));
            assert_eq!(compared(bytes, good()).await.unwrap_err(), ErrorKind::UnusableAudio(fault));
        }
    }

    #[tokio::test]
    async fn pack_without_a_voice_model_compares_no_voices() {
        let bench = Bench::with(BenchOptions { voice: None, ..BenchOptions::default() }).await.unwrap();
        let recording = Bytes::from(fake_recording(200.0, 3.0));
        let command = CompareVoicesCommand { first: recording.clone(), second: recording };
        let error = bench.service.compare_voices(bench.service.admit().unwrap(), command).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelUnavailable(Capability::Voice));
    }
}

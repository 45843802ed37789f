use vultus_inference::FakeModel;
use vultus_types::ModelDigest;

use super::*;

const DIGEST: ModelDigest = ModelDigest([3; 32]);

/// An encoder whose answer points into the direction of the window's loudest band.
fn engine() -> VoiceEngine {
    VoiceEngine::new(Arc::new(FakeModel::new(DIGEST, &["embedding"], |input| {
        let power = |band: usize| input.data().iter().skip(band).step_by(BANDS).sum::<f32>();
        let loudest = (0..BANDS).max_by(|&one, &other| power(one).total_cmp(&power(other)));
        let mut embedding = vec![0.0; DIMENSION];
        embedding[loudest.unwrap_or_default()] = 1.0;
        Ok(vec![Tensor::new(vec![1, DIMENSION], embedding)?])
    })))
}

fn clip(samples: Vec<f32>, full_scale_share: f32) -> AudioClip {
    AudioClip { samples, full_scale_share }
}

fn tone(frequency: f32, seconds: f32) -> Vec<f32> {
    let step = frequency / SAMPLE_RATE as f32 * std::f32::consts::TAU;
    (0..(seconds * SAMPLE_RATE as f32) as usize).map(|index| (index as f32 * step).sin() * 0.1).collect()
}

#[test]
fn embedding_is_the_mean_of_the_windows() {
    let samples = [tone(300.0, 1.6), tone(3_000.0, 1.6)].concat();
    let vector = engine().embed_samples(samples, &Cancel::default()).unwrap();
    let mut parts: Vec<f32> = vector.iter().copied().filter(|value| *value > 0.0).collect();
    parts.sort_by(f32::total_cmp);
    // Three windows: the first hears the low tone, the last the high one, the middle one of both.
    let expected = [1.0 / 5f32.sqrt(), 2.0 / 5f32.sqrt()];
    assert!(parts.iter().zip(expected).all(|(part, expected)| (part - expected).abs() < 1e-5), "{parts:?}");
    assert_eq!(parts.len(), 2);
}

#[test]
fn recordings_without_speech_are_refused_by_kind() {
    let refused = |samples: Vec<f32>, share: f32| {
        engine().analyze_clip(clip(samples, share), &Cancel::default()).unwrap_err()
    };
    assert!(matches!(refused(vec![0.0; 48_000], 0.0), VoiceError::Silent));
    assert!(matches!(refused(tone(440.0, 3.0), 0.03), VoiceError::Clipped { .. }));
    let VoiceError::TooLittleSpeech { seconds } = refused(tone(440.0, 3.0), 0.0) else {
        panic!("a tone is no speech")
    };
    assert!(seconds < LEAST_SPEECH_SECONDS);
}

#[test]
fn bytes_that_are_no_recording_are_refused() {
    let error = engine().analyze(b"text", &Cancel::default()).unwrap_err();
    assert!(matches!(error, VoiceError::Audio(vultus_media::AudioError::UnsupportedFormat)));
}

#[test]
fn cancelled_work_ends() {
    let cancel = Cancel::default();
    cancel.cancel();
    assert!(matches!(engine().embed_samples(tone(300.0, 2.0), &cancel), Err(VoiceError::Cancelled)));
    assert!(matches!(engine().analyze(b"", &cancel), Err(VoiceError::Cancelled)));
}

#[test]
fn model_without_direction_is_an_error() {
    let silent =
        FakeModel::new(DIGEST, &["embedding"], |_| Ok(vec![Tensor::new(vec![1, 256], vec![0.0; 256])?]));
    let result = VoiceEngine::new(Arc::new(silent)).embed_samples(tone(300.0, 2.0), &Cancel::default());
    assert!(matches!(result, Err(VoiceError::Inference(InferenceError::Shape { .. }))));
}

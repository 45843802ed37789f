//! Spectra and embedding of a synthetic waveform against those of an independent implementation.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::path::{Path, PathBuf};

use serde::Deserialize;
use vultus_inference::{Cancel, Runtime, RuntimeOptions};
use vultus_models::{installed_pack, runtime_library};
use vultus_voice::VoiceEngine;
use vultus_voice::mel::{BANDS, MelSpectrum};
use vultus_voice::windows::windows;

/// The allowed deviation of a band's power, relative to it.
const MEL_TOLERANCE: f64 = 1e-3;
/// The least cosine of the embeddings.
const LEAST_COSINE: f32 = 0.999;

#[derive(Deserialize)]
struct Golden {
    frame_count: usize,
    frames: Vec<Frame>,
    window_starts: Vec<usize>,
    embedding: Vec<f32>,
}

#[derive(Deserialize)]
struct Frame {
    index: usize,
    bands: Vec<f64>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden/synthetic.json")).unwrap()
}

fn waveform() -> Vec<f32> {
    let sine = |cycles: f64| (std::f64::consts::TAU * cycles).sin();
    let sample = |n: u32| {
        let t = f64::from(n) / 16_000.0;
        let voice = 0.08 * sine(180.0 * t) + 0.05 * sine(320.0 * t + 45.0 * t * t);
        let breath = 0.03 * sine(900.0 * t) * sine(4.0 * t);
        let noise = 0.01 * (f64::from(n * 7_919 % 1_000) / 1_000.0 - 0.5);
        (voice + breath + noise) as f32
    };
    (0..48_000).map(sample).collect()
}

fn engine() -> VoiceEngine {
    let models: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/models");
    let library = runtime_library(&models).expect("the models are installed: run `make test` once");
    let runtime = Runtime::load(&library, RuntimeOptions::default()).unwrap();
    let pack = installed_pack(&models, "default").expect("the default pack is installed");
    VoiceEngine::load(&pack, &runtime, 1).unwrap().expect("the default pack has a speaker encoder")
}

#[test]
fn mel_spectra_are_those_of_the_reference() {
    let golden = golden();
    let frames = MelSpectrum::default().frames(&waveform());
    assert_eq!(frames.len(), golden.frame_count * BANDS);
    for frame in &golden.frames {
        let computed = &frames[frame.index * BANDS..(frame.index + 1) * BANDS];
        for (band, (value, expected)) in computed.iter().zip(&frame.bands).enumerate() {
            let deviation = (f64::from(*value) - expected).abs() / expected;
            assert!(deviation < MEL_TOLERANCE, "frame {}, band {band}: {value} for {expected}", frame.index);
        }
    }
}

#[test]
fn embedding_is_that_of_the_reference() {
    let golden = golden();
    let samples = waveform();
    let starts: Vec<usize> = windows(samples.len()).iter().map(|window| window.start).collect();
    assert_eq!(starts, golden.window_starts);
    let embedding = engine().embed_samples(samples, &Cancel::default()).unwrap();
    let length: f32 = embedding.iter().map(|value| value * value).sum();
    let cosine: f32 = embedding.iter().zip(&golden.embedding).map(|(one, other)| one * other).sum();
    assert!((length - 1.0).abs() < 1e-5 && cosine > LEAST_COSINE, "{length} {cosine}");
}

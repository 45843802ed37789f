//! The stages of a voice's analysis and the whole of it, on the real model. At the end the ratio of a whole analysis to
//! its model calls is printed.
#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a benchmark stops at what it lacks and prints its ratio"
)]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use vultus_inference::{Cancel, Model, ModelOptions, Provider, Runtime, RuntimeOptions, Tensor};
use vultus_media::{AudioLimits, decode_audio};
use vultus_models::{Task, installed_pack, runtime_library};
use vultus_voice::VoiceEngine;
use vultus_voice::activity::speech_steps;
use vultus_voice::mel::{BANDS, MelSpectrum};
use vultus_voice::windows::{FRAMES, windows};

/// Whole analyses over which the ratio is taken.
const ROUNDS: u32 = 20;
/// Seconds of the recording.
const SECONDS: u32 = 10;
const RATE: u32 = 44_100;

/// A stereo WAV file at 44.1 kHz: a buzz that rises and falls, so that resampling has its work.
fn recording() -> Vec<u8> {
    let count = RATE * SECONDS;
    let size = count * 4;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + size).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    file.extend(RATE.to_le_bytes());
    file.extend((RATE * 4).to_le_bytes());
    file.extend(b"\x04\0\x10\0data");
    file.extend(size.to_le_bytes());
    for index in 0..count {
        let t = f64::from(index) / f64::from(RATE);
        let pitch = 140.0 * t + 8.0 * (t * 2.0).sin();
        let buzz: f64 =
            (1..20).map(|n| (std::f64::consts::TAU * pitch * f64::from(n)).sin() / f64::from(n)).sum();
        let sample = ((buzz * 0.1) * 32_767.0) as i16;
        file.extend([sample, sample].iter().flat_map(|sample| sample.to_le_bytes()));
    }
    file
}

fn voice(criterion: &mut Criterion) {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/models");
    let library = runtime_library(&models).expect("the models are installed: run `make bench`");
    let runtime = Runtime::load(&library, RuntimeOptions::default()).expect("the runtime loads");
    let pack = installed_pack(&models, "default").expect("the default pack is installed");
    let engine = VoiceEngine::load(&pack, &runtime, 1).expect("it loads").expect("the pack has an encoder");
    let model = pack.model(Task::Voice).expect("the pack has an encoder");
    let options = ModelOptions { max_sessions: 1, provider: Some(Provider::Cpu) };
    let model = runtime.open(&model.name, &model.path, model.digest, options).expect("the model opens");
    let file = recording();
    let limits = AudioLimits::default();
    let clip = decode_audio(&file, &limits).expect("the recording is whole");
    let mel = MelSpectrum::default();
    let window = Tensor::new(vec![1, FRAMES, BANDS], mel.frames(&clip.samples)[..FRAMES * BANDS].to_vec());
    let window = window.expect("a window has its shape");
    let mut group = criterion.benchmark_group("10 s, stereo, 44.1 kHz");
    group.sample_size(20);
    group.bench_function("decode and resample", |bencher| {
        bencher.iter(|| decode_audio(black_box(&file), &limits))
    });
    group.bench_function("voice activity", |bencher| bencher.iter(|| speech_steps(black_box(&clip.samples))));
    group.bench_function("mel spectra", |bencher| bencher.iter(|| mel.frames(black_box(&clip.samples))));
    group.bench_function("encoder, one window", |bencher| bencher.iter(|| model.run(black_box(&window))));
    group.finish();
    print_ratio(&engine, &model, &window, &file);
}

/// Every stage over the whole recording, whatever of it the detector takes for speech, against its model calls.
fn print_ratio(engine: &VoiceEngine, model: &dyn Model, window: &Tensor, file: &[u8]) {
    let (mut whole, mut calls) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let clip = decode_audio(file, &AudioLimits::default()).expect("the recording is whole");
        black_box(speech_steps(&clip.samples));
        let count = windows(clip.samples.len()).len();
        black_box(engine.embed_samples(clip.samples, &Cancel::default()).expect("the model runs"));
        whole += start.elapsed();
        let start = Instant::now();
        for _ in 0..count {
            black_box(model.run(window).expect("the model runs"));
        }
        calls += start.elapsed();
    }
    let (whole, calls) = (whole.as_secs_f64(), calls.as_secs_f64());
    let each = 1e3 / f64::from(ROUNDS);
    eprintln!(
        "whole analysis {:.1} ms, its model calls {:.1} ms, ratio {:.3}",
        whole * each,
        calls * each,
        whole / calls
    );
}

criterion_group!(benches, voice);
criterion_main!(benches);

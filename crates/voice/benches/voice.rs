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
use vultus_media::{AudioLimits, SAMPLE_RATE, decode_audio};
use vultus_models::{Task, installed_pack, runtime_library};
use vultus_voice::activity::speech_steps;
use vultus_voice::fakes::{synthetic_voice, wav};
use vultus_voice::mel::{BANDS, MelSpectrum};
use vultus_voice::windows::{FRAMES, windows};
use vultus_voice::{VoiceAnalyzer, VoiceEngine};

/// Whole analyses over which the ratio is taken.
const ROUNDS: u32 = 20;
/// Seconds of the recording.
const SECONDS: f64 = 10.0;

/// A stereo WAV file at 44.1 kHz with speech-like sound, so that resampling has its work: one made of 16 kHz, played
/// faster.
fn recording() -> Vec<u8> {
    let samples = synthetic_voice(60.0, 0.4, SECONDS * 44_100.0 / 16_000.0);
    let samples: Vec<f32> = samples.iter().flat_map(|&sample| [sample, sample]).collect();
    let mut file = wav(&samples);
    // Two channels, rate, bytes per second, bytes of a moment.
    file[22..24].copy_from_slice(&2u16.to_le_bytes());
    file[24..28].copy_from_slice(&44_100u32.to_le_bytes());
    file[28..32].copy_from_slice(&176_400u32.to_le_bytes());
    file[32..34].copy_from_slice(&4u16.to_le_bytes());
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
        bencher.iter(|| decode_audio(black_box(&file), &limits));
    });
    group.bench_function("voice activity", |bencher| bencher.iter(|| speech_steps(black_box(&clip.samples))));
    group.bench_function("mel spectra", |bencher| bencher.iter(|| mel.frames(black_box(&clip.samples))));
    group.bench_function("encoder, one window", |bencher| bencher.iter(|| model.run(black_box(&window))));
    group.finish();
    print_ratio(&engine, &model, &window, &file);
}

/// Whole analyses against their model calls alone.
fn print_ratio(engine: &VoiceEngine, model: &dyn Model, window: &Tensor, file: &[u8]) {
    let (mut whole, mut calls, mut count) = (Duration::ZERO, Duration::ZERO, 0);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let analysis =
            engine.analyze(black_box(file), &Cancel::default()).expect("the recording holds speech");
        whole += start.elapsed();
        count = windows((analysis.speech_seconds * SAMPLE_RATE as f32) as usize).len();
        let start = Instant::now();
        for _ in 0..count {
            black_box(model.run(window).expect("the model runs"));
        }
        calls += start.elapsed();
    }
    let (whole, calls) = (whole.as_secs_f64(), calls.as_secs_f64());
    let each = 1e3 / f64::from(ROUNDS);
    eprintln!(
        "whole analysis {:.1} ms, its {count} model calls {:.1} ms, ratio {:.3}",
        whole * each,
        calls * each,
        whole / calls
    );
}

criterion_group!(benches, voice);
criterion_main!(benches);

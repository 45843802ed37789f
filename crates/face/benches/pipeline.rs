//! The stages of the pipeline and the whole of it, on real models and photos. At the end the ratio of a whole
//! analysis to the sum of its model calls is printed.
#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a benchmark stops at what it lacks and prints its ratio"
)]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use vultus_face::{AnalyzeOptions, FaceAnalyzer, FaceEngine};
use vultus_inference::{Cancel, Runtime, RuntimeOptions};
use vultus_media::{DecodeLimits, decode};
use vultus_models::{installed_pack, runtime_library};
use vultus_types::Wanted;

/// Whole analyses over which the ratio is taken.
const ROUNDS: usize = 20;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn open() -> (Runtime, FaceEngine) {
    let models = workspace().join("data/models");
    let library = runtime_library(&models).expect("the models are installed: run `make bench`");
    let runtime = Runtime::load(&library, RuntimeOptions::default()).expect("the runtime loads");
    let pack = installed_pack(&models, "default").expect("the default pack is installed");
    let engine = FaceEngine::load(&pack, &runtime, 1).expect("the pack makes an engine");
    (runtime, engine)
}

fn photo(number: usize) -> Vec<u8> {
    let path = workspace().join(format!(".cache/photos/sample{number}.jpg"));
    std::fs::read(path).expect("the test photos are there: run `make bench`")
}

fn pipeline(criterion: &mut Criterion) {
    let (runtime, engine) = open();
    let bytes = photo(3);
    let decoded = decode(&bytes, &DecodeLimits::default()).expect("the photo is whole");
    let mut group = criterion.benchmark_group("three faces, 1920 x 1350");
    group.sample_size(20);
    group.bench_function("decode", |bencher| {
        bencher.iter(|| decode(black_box(&bytes), &DecodeLimits::default()));
    });
    let stages = [
        ("detect", Wanted::BOXES),
        ("detect, landmarks", Wanted { landmarks: true, ..Wanted::BOXES }),
        ("detect, align, embed", Wanted { template: true, ..Wanted::BOXES }),
        ("everything", Wanted::EVERYTHING),
    ];
    for (name, wanted) in stages {
        let options = AnalyzeOptions::new(wanted);
        group.bench_function(name, |bencher| {
            bencher.iter(|| engine.analyze_photo(black_box(&decoded), &options, &Cancel::default()));
        });
    }
    group.finish();
    print_ratio(&runtime, &engine);
}

fn print_ratio(runtime: &Runtime, engine: &FaceEngine) {
    let photos: Vec<_> = (1..=6).map(photo).collect();
    for (name, wanted) in [("template", Wanted::TEMPLATE), ("everything", Wanted::EVERYTHING)] {
        let options = AnalyzeOptions::new(wanted);
        let in_models = runtime.model_time();
        let start = Instant::now();
        for bytes in photos.iter().cycle().take(ROUNDS) {
            engine.analyze(bytes, &options, &Cancel::default()).expect("the photo can be analysed");
        }
        let whole = start.elapsed().as_secs_f64();
        let models = runtime.model_time().saturating_sub(in_models).as_secs_f64();
        let millis = 1e3 * whole / ROUNDS as f64;
        eprintln!(
            "whole analysis with decoding ({name}): {millis:.1} ms a photo, {:.2} x its model calls",
            whole / models
        );
    }
}

criterion_group!(benches, pipeline);
criterion_main!(benches);

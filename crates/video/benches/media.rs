//! The analysis of a video on real models: people in a photo over which a camera pans. At the end the seconds of video
//! per second are printed, and how much of the threads' time its model calls take.
#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a benchmark stops at what it lacks and prints its ratio"
)]

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use criterion::{Criterion, criterion_group, criterion_main};
use vultus_face::{FaceAnalyzer, FaceEngine};
use vultus_inference::{Runtime, RuntimeOptions, WorkPool};
use vultus_models::{installed_pack, runtime_library};
use vultus_types::Template;
use vultus_video::{
    MediaFrame, MediaInfo, MediaParts, MediaSettings, MediaSink, MediaSinkError, MediaSource, analyze_media,
};

/// Length of the video in seconds.
const SECONDS: u32 = 4;
/// Analyses over which the ratio is taken.
const ROUNDS: u32 = 3;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn open(threads: NonZeroUsize) -> (Runtime, MediaParts) {
    let models = workspace().join("data/models");
    let library = runtime_library(&models).expect("the models are installed: run `make bench`");
    let runtime = Runtime::load(&library, RuntimeOptions::default()).expect("the runtime loads");
    let pack = installed_pack(&models, "default").expect("the default pack is installed");
    let engine = FaceEngine::load(&pack, &runtime, threads.get()).expect("the pack makes an engine");
    let rule = engine.score_rule().clone();
    // Strangers rarely reach the similarity of a false match rate of 1e-3.
    let likeness = move |one: &Template, other: &Template| {
        let similarity = rule.similarity(one, other).ok()?.0;
        Some(if similarity > 0.9 { 0.7 } else { 0.3 })
    };
    let pool = WorkPool::new(threads, threads.get()).expect("threads can be started");
    (runtime, MediaParts { analyzer: Arc::new(engine), pool: Arc::new(pool), likeness: Arc::new(likeness) })
}

/// A photo of three people over which a camera pans.
fn write_video(path: &Path) {
    let photo = workspace().join(".cache/photos/sample3.jpg");
    let length = SECONDS.to_string();
    let pan = "scale=1600:-2,crop=1280:720:x='60*t':y='40*t',fps=24";
    let mut command = Command::new("ffmpeg");
    command.args(["-loglevel", "error", "-y", "-loop", "1", "-t", &length, "-i"]).arg(photo);
    command.args(["-vf", pan, "-pix_fmt", "yuv420p"]).arg(path);
    let status = command.status().expect("ffmpeg is installed");
    assert!(status.success(), "the test photos are there: run `make bench`");
}

/// Counts persons seen.
#[derive(Default)]
struct Seen(usize);

#[async_trait]
impl MediaSink for Seen {
    async fn begin(&mut self, _: &MediaInfo) -> Result<(), MediaSinkError> {
        Ok(())
    }

    async fn frame(&mut self, frame: MediaFrame) -> Result<(), MediaSinkError> {
        self.0 += frame.people.len();
        Ok(())
    }
}

async fn analyze(parts: &MediaParts, path: &Path) -> usize {
    let mut seen = Seen::default();
    let source = MediaSource::File(path.to_owned());
    let result = analyze_media(parts, source, &MediaSettings::default(), &mut seen).await;
    result.expect("the video can be analysed");
    seen.0
}

fn media(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("pan.mp4");
    write_video(&path);
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let (runtime, parts) = open(threads);
    let tokio = tokio::runtime::Runtime::new().expect("threads can be started");
    let mut group = criterion.benchmark_group("4 s of 1280 x 720, three people");
    group.sample_size(10).measurement_time(Duration::from_secs(30));
    group.bench_function("analyse", |bencher| bencher.iter(|| tokio.block_on(analyze(&parts, &path))));
    group.finish();
    let in_models = runtime.model_time();
    let start = Instant::now();
    let mut faces = 0;
    for _ in 0..ROUNDS {
        faces += tokio.block_on(analyze(&parts, &path));
    }
    let whole = start.elapsed().as_secs_f64();
    let models = runtime.model_time().saturating_sub(in_models).as_secs_f64();
    let video = f64::from(SECONDS * ROUNDS);
    eprintln!(
        "{:.2} seconds of video per second, {:.1} faces a frame; {threads} threads take {:.2} x the time of the \
         model calls",
        video / whole,
        faces as f64 / (video * 12.0),
        whole * threads.get() as f64 / models
    );
}

criterion_group!(benches, media);
criterion_main!(benches);

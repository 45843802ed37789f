//! How long an exact search takes, beside one pass over as much memory. Templates are of the default pack's shape.
//!
//! `scan/<faces>` searches one gallery for the best ten subjects at a high threshold, `all` with none;
//! `memory/<faces>` adds up the same number of floats, which is as fast as memory can be read by one thread.
//! The ratio of the two, the time per face and the memory per face are printed at the end.
#![expect(clippy::unwrap_used, reason = "a benchmark may stop")]
#![expect(clippy::print_stderr, reason = "the summary is for whoever runs the benchmark")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use uuid::Uuid;
use vultus_search::{ExactIndex, VectorIndex};
use vultus_store::IndexEntry;
use vultus_types::{
    AccountId, CohortSpread, FaceId, ModelDigest, PartRule, ScoreRule, Similarity, Template, TemplatePart,
    Timestamp,
};

/// Numbers of each part.
const DIMENSION: usize = 128;
/// Numbers of a row: two parts, a factor for each, and the bias.
const WIDTH: usize = 2 * DIMENSION + 3;
const ACCOUNT: AccountId = AccountId(Uuid::nil());
const MODELS: [ModelDigest; 2] = [ModelDigest([1; 32]), ModelDigest([2; 32])];

/// Numbers that look random and are the same each time (an LCG with Knuth's MMIX constants).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }

    fn part(&mut self, model: ModelDigest) -> TemplatePart {
        let raw: Vec<f32> = (0..DIMENSION).map(|_| self.next()).collect();
        let length = raw.iter().map(|value| value * value).sum::<f32>().sqrt();
        let vector = raw.iter().map(|value| value / length).collect();
        TemplatePart { model, vector, cohort: Some(CohortSpread { mean: 0.2, deviation: 0.05 }) }
    }

    fn template(&mut self) -> Template {
        Template::new(MODELS.map(|model| self.part(model)).into()).unwrap()
    }
}

/// The memory that the process holds, in bytes; 0 where the system does not tell.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    let kibibytes = line.split_whitespace().nth(1).and_then(|number| number.parse::<u64>().ok());
    kibibytes.unwrap_or_default() * 1024
}

/// An index of that many faces, three to a subject.
fn filled(faces: u64) -> ExactIndex {
    let part = |model| PartRule { model, dimension: DIMENSION, weight: 0.5, is_normalised: true };
    let index = ExactIndex::new(ScoreRule { parts: MODELS.map(part).into() });
    let mut numbers = Numbers(faces);
    for id in 1..=faces {
        index.upsert(&IndexEntry {
            id: FaceId::new(id).unwrap(),
            account: ACCOUNT,
            subject: format!("subject {}", id / 3),
            enrolled_at: Timestamp(0),
            galleries: vec!["gallery".into()],
            template: numbers.template(),
            exemplar: None,
        });
    }
    index
}

/// One pass of the memory: sixteen sums, so that the additions never wait for each other.
fn sum(values: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 16];
    for chunk in values.chunks_exact(16) {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += value;
        }
    }
    sums.iter().sum()
}

fn best_of(runs: u32, mut run: impl FnMut()) -> Duration {
    let time = |run: &mut dyn FnMut()| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..runs).map(|_| time(&mut run)).min().unwrap()
}

fn scan(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("search");
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    for faces in [10_000_u64, 100_000] {
        let before = resident_bytes();
        let index = filled(faces);
        let per_face = (resident_bytes().saturating_sub(before)) as f64 / faces as f64;
        let probe = Numbers(7).template();
        // Similarities of normalised templates are numbers of deviations.
        let search = |least: f32, results| {
            let hits = index.search(ACCOUNT, "gallery", &probe, Similarity(least), results).unwrap();
            black_box(hits);
        };
        let memory = vec![0.5_f32; faces as usize * WIDTH];
        group.bench_function(BenchmarkId::new("scan", faces), |bencher| bencher.iter(|| search(3.0, 10)));
        group.bench_function(BenchmarkId::new("all", faces), |bencher| bencher.iter(|| search(-50.0, 10)));
        group.bench_function(BenchmarkId::new("memory", faces), |bencher| {
            bencher.iter(|| black_box(sum(black_box(&memory))));
        });
        let scanned = best_of(30, || search(3.0, 10));
        let read = best_of(30, || {
            black_box(sum(black_box(&memory)));
        });
        let ratio = scanned.as_secs_f64() / read.as_secs_f64();
        let vectors = index.stats().vector_bytes as f64 / faces as f64;
        eprintln!(
            "{faces} faces: best search {scanned:?}, {:.1} ns per face, best memory pass {read:?}, ratio {ratio:.2}; \
             {per_face:.0} bytes per face, {vectors:.0} of them vectors",
            1e9 * scanned.as_secs_f64() / faces as f64
        );
    }
    group.finish();
}

criterion_group!(benches, scan);
criterion_main!(benches);

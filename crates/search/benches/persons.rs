//! How long it takes to give a new event to its person, as the history grows.
//!
//! `decide/<events>` finds the person of a face among a twentieth as many persons as there are events; `event/<events>`
//! does all that a server does for an event, once its face is found: it brings the index up to the store, finds the
//! person and stores face, event and exemplar in one transaction that reaches the disk. The ratios to the smallest
//! history and the share of faces given to the right person are printed at the end.
#![expect(clippy::unwrap_used, reason = "a benchmark may stop")]
#![expect(clippy::print_stderr, reason = "the summary is for whoever runs the benchmark")]

use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use uuid::Uuid;
use vultus_search::{ExactIndex, ExemplarChange, IndexFeed, MOST_EXEMPLARS, PersonIndex};
use vultus_store::{
    Account, AccountStore, EventBatch, FaceRecord, FriendRule, HistoryStore, NewEvent, PersonChoice,
    PersonScope, Store,
};
use vultus_store_sql::SqliteStore;
use vultus_types::{
    AccountId, BoundingBox, CameraId, FaceId, ModelDigest, PersonId, ScoreRule, Similarity, Template,
    TemplatePart, Timestamp,
};

const DIMENSION: usize = 128;
const ACCOUNT: AccountId = AccountId(Uuid::nil());
const CAMERA: CameraId = CameraId(Uuid::nil());
const MODEL: ModelDigest = ModelDigest([1; 32]);
const FRIEND: FriendRule = FriendRule { days: 5, within_days: 7 };
/// Events of a person.
const EVENTS_EACH: u64 = 20;
/// Faces of one person are about this far from the person's own vector, relative to its length, so that two have
/// a similarity of about 0.7; those of strangers have one near 0.
const NOISE: f32 = 0.65;
const LEAST: Similarity = Similarity(0.45);
/// Events that are stored in one transaction while a history is made.
const BATCH: u64 = 500;

/// Numbers that look random and are the same each time (an LCG with Knuth's MMIX constants).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }

    fn direction(&mut self) -> Vec<f32> {
        unit((0..DIMENSION).map(|_| self.next()).collect())
    }
}

fn unit(vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    vector.into_iter().map(|value| value / length).collect()
}

/// The face of an event: of the person with that number modulo the number of persons.
fn template(event: u64, persons: u64) -> Template {
    let own = Numbers(1 + event % persons).direction();
    let noise = Numbers(1_000_003 * (event + 1)).direction();
    let vector = unit(own.iter().zip(noise).map(|(own, noise)| own + NOISE * noise).collect());
    Template::new(vec![TemplatePart { model: MODEL, vector, cohort: None }]).unwrap()
}

fn record(event: u64, persons: u64) -> FaceRecord {
    FaceRecord {
        id: FaceId::new(event + 1).unwrap(),
        account: ACCOUNT,
        subject: String::new(),
        enrolled_at: Timestamp(event as i64 * 60_000_000),
        bounds: BoundingBox::new(0.0, 0.0, 1.0, 1.0),
        quality: 1.0,
        template: template(event, persons),
        photo_digest: [0; 32],
        photo_key: None,
        photo_md5: None,
        photo_url: None,
    }
}

fn new_event(record: &FaceRecord, person: PersonChoice, change: ExemplarChange) -> NewEvent {
    NewEvent {
        face: record.id,
        camera: CAMERA,
        occurred_at: record.enrolled_at,
        person,
        is_exemplar: change.is_exemplar,
        replaces: change.replaces,
    }
}

/// A store with a history, and what a server keeps level with it.
struct History {
    store: Arc<SqliteStore>,
    persons: Arc<PersonIndex>,
    feed: IndexFeed,
    count: u64,
    next: Cell<u64>,
    _folder: tempfile::TempDir,
}

impl History {
    /// So many events of a twentieth as many persons, each with all its exemplars.
    async fn new(events: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(&folder.path().join("vultus.db")).await.unwrap());
        let account = Account::new(ACCOUNT, "a", Timestamp(0));
        store.create_account(&account, &[]).await.unwrap();
        let count = events / EVENTS_EACH;
        for start in (0..events).step_by(BATCH as usize) {
            let records: Vec<_> =
                (start..events.min(start + BATCH)).map(|event| record(event, count)).collect();
            let event = |(record, event): (&FaceRecord, u64)| {
                let known = PersonId::new(event % count + 1).filter(|_| event >= count);
                let person = known.map_or(PersonChoice::New, PersonChoice::Known);
                let is_exemplar = event / count < MOST_EXEMPLARS as u64;
                new_event(record, person, ExemplarChange { is_exemplar, replaces: None })
            };
            let events: Vec<_> = records.iter().zip(start..).map(event).collect();
            let batch = EventBatch { events: &events, decided: None, friend: FRIEND };
            store.add_events(&["default"], &records, batch).await.unwrap();
        }
        let rule = ScoreRule::single(MODEL, DIMENSION);
        let persons = Arc::new(PersonIndex::new(rule.clone(), false));
        let index = Arc::new(ExactIndex::new(rule));
        let feed = IndexFeed::new(Arc::clone(&store) as Arc<dyn Store>, index, vec![MODEL]);
        let feed = feed.with_persons(Arc::clone(&persons));
        feed.build(|_| ()).await.unwrap();
        Self { store, persons, feed, count, next: Cell::new(events), _folder: folder }
    }

    fn scope(&self) -> PersonScope {
        self.persons.scope(ACCOUNT, CAMERA)
    }

    fn decide(&self, face: &Template) -> (Option<PersonId>, ExemplarChange) {
        let (known, change) = self.persons.decide(self.scope(), face, LEAST).unwrap();
        (known.map(|hit| hit.person), change)
    }

    /// One event, from its face to the disk. Tells whether the right person was found.
    async fn take(&self) -> bool {
        let number = self.next.replace(self.next.get() + 1);
        let record = record(number, self.count);
        self.feed.catch_up().await.unwrap();
        let known = self.feed.applied().unwrap();
        let (person, change) = self.decide(&record.template);
        let choice = person.map_or(PersonChoice::New, PersonChoice::Known);
        let events = [new_event(&record, choice, change)];
        let decided = Some((self.scope(), known));
        let batch = EventBatch { events: &events, decided, friend: FRIEND };
        self.store.add_events(&["default"], std::slice::from_ref(&record), batch).await.unwrap();
        person.is_some_and(|person| person.get() == number % self.count + 1)
    }
}

/// The median time of one run.
fn median(runs: usize, mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[runs / 2]
}

fn assignment(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut group = criterion.benchmark_group("persons");
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    let first: RefCell<Option<(Duration, Duration)>> = RefCell::default();
    for events in [1_000_u64, 10_000, 100_000] {
        let history = runtime.block_on(History::new(events));
        let probe = template(events + 7, history.count);
        group.bench_function(BenchmarkId::new("decide", events), |bencher| {
            bencher.iter(|| black_box(history.decide(&probe)));
        });
        let (right, taken) = (Cell::new(0_u32), Cell::new(0_u32));
        let take = || {
            let is_right = runtime.block_on(history.take());
            right.set(right.get() + u32::from(is_right));
            taken.set(taken.get() + 1);
        };
        group.bench_function(BenchmarkId::new("event", events), |bencher| bencher.iter(take));
        let decided = median(200, || {
            black_box(history.decide(&probe));
        });
        let stored = median(200, take);
        let (least, whole) = *first.borrow_mut().get_or_insert((decided, stored));
        let ratio = |one: Duration, other: Duration| one.as_secs_f64() / other.as_secs_f64();
        eprintln!(
            "{events} events of {} persons, {} exemplars: decision {decided:?} (x{:.1}), whole event {stored:?} \
             (x{:.2}), {} of {} given to the right person",
            history.count,
            history.persons.exemplars(),
            ratio(decided, least),
            ratio(stored, whole),
            right.get(),
            taken.get(),
        );
    }
    group.finish();
}

criterion_group!(benches, assignment);
criterion_main!(benches);

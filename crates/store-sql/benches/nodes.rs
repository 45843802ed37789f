//! How many enrolments a store takes, and how soon another node could search for them.
//!
//! Templates are of the size of the default pack's; writes reach the disk. `enrolments` compares one writer and eight
//! on a SQLite file and on PostgreSQL, in one run. `lag` enrols at a steady pace on one node; another one, which waits
//! for changes as servers do, notes how long after the acknowledgement it has read the face's index entry.
//! PostgreSQL is the one that `scripts/setup.sh test` installs.
#![expect(clippy::unwrap_used, reason = "a benchmark may stop")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;
use vultus_store::{Account, FaceRecord, Store};
use vultus_store_sql::{PostgresStore, SqliteStore};
use vultus_store_tests::postgres::PostgresServer;
use vultus_types::{AccountId, BoundingBox, FaceId, ModelDigest, Template, TemplatePart, Timestamp};

const ACCOUNT: AccountId = AccountId(Uuid::nil());
/// How long each measurement takes.
const SPAN: Duration = Duration::from_secs(5);
/// Enrolments per second whose lag is measured.
const PACE: u32 = 200;
/// How long a server waits for changes that nobody tells of.
const POLL: Duration = Duration::from_millis(250);
/// Changes that are read at a time.
const PAGE: u32 = 1000;

static NEXT: AtomicU64 = AtomicU64::new(1);

fn new_face() -> FaceRecord {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let part = |model: u8| TemplatePart {
        model: ModelDigest([model; 32]),
        vector: (0..128).map(|index| ((number * 31 + index) as f32).sin()).collect(),
        cohort: None,
    };
    FaceRecord {
        id: FaceId::new(number).unwrap(),
        account: ACCOUNT,
        subject: format!("subject {number}"),
        enrolled_at: Timestamp(number as i64),
        bounds: BoundingBox::new(0.0, 0.0, 100.0, 100.0),
        quality: 0.9,
        template: Template::new(vec![part(1), part(2)]).unwrap(),
        photo_digest: [1; 32],
        photo_key: None,
        photo_md5: None,
        photo_url: None,
    }
}

/// Enrolments per second of that many writers.
async fn rate(store: &Arc<dyn Store>, writers: u32) -> f64 {
    let start = Instant::now();
    let write = || {
        let store = Arc::clone(store);
        tokio::spawn(async move {
            let mut count = 0_u32;
            while start.elapsed() < SPAN {
                store.add_faces(&["gallery"], &[new_face()]).await.unwrap();
                count += 1;
            }
            count
        })
    };
    let running: Vec<_> = (0..writers).map(|_| write()).collect();
    let mut total = 0;
    for writer in running {
        total += writer.await.unwrap();
    }
    f64::from(total) / start.elapsed().as_secs_f64()
}

/// When each face was acknowledged, and when another node had read it.
type Moments = Arc<Mutex<HashMap<FaceId, Instant>>>;

async fn enrol_steadily(store: Arc<dyn Store>, acknowledged: Moments) {
    let mut ticks = interval(Duration::from_secs(1) / PACE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut writers = Vec::new();
    for _ in 0..PACE * SPAN.as_secs() as u32 {
        ticks.tick().await;
        let (store, acknowledged) = (Arc::clone(&store), Arc::clone(&acknowledged));
        writers.push(tokio::spawn(async move {
            let face = new_face();
            store.add_faces(&["gallery"], std::slice::from_ref(&face)).await.unwrap();
            acknowledged.lock().await.insert(face.id, Instant::now());
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
}

async fn follow(store: Arc<dyn Store>, read: Moments) {
    let mut place = store.last_change().await.unwrap();
    loop {
        store.await_change(POLL).await.unwrap();
        store.last_change().await.unwrap();
        let changes = store.changes_after(place, PAGE).await.unwrap();
        let faces: Vec<FaceId> = changes.iter().filter_map(|change| change.face).collect();
        let entries = store.index_entries(&faces).await.unwrap();
        let now = Instant::now();
        read.lock().await.extend(entries.iter().map(|entry| (entry.id, now)));
        place = changes.last().map_or(place, |last| last.sequence);
    }
}

/// Sorted lags in milliseconds.
async fn lags(writer: Arc<dyn Store>, reader: Arc<dyn Store>) -> (Vec<f64>, f64) {
    let (acknowledged, read) = (Moments::default(), Moments::default());
    let following = tokio::spawn(follow(reader, Arc::clone(&read)));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let start = Instant::now();
    enrol_steadily(writer, Arc::clone(&acknowledged)).await;
    let acknowledged = std::mem::take(&mut *acknowledged.lock().await);
    let pace = acknowledged.len() as f64 / start.elapsed().as_secs_f64();
    while !acknowledged.keys().all({
        let read = read.lock().await.clone();
        move |face| read.contains_key(face)
    }) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    following.abort();
    let read = read.lock().await;
    let lag = |(face, at): (&FaceId, &Instant)| read[face].saturating_duration_since(*at).as_secs_f64() * 1e3;
    let mut lags: Vec<f64> = acknowledged.iter().map(lag).collect();
    lags.sort_unstable_by(f64::total_cmp);
    (lags, pace)
}

async fn with_account(store: Arc<dyn Store>) -> Arc<dyn Store> {
    let account = Account::new(ACCOUNT, "bench", Timestamp(0));
    store.create_account(&account, &[]).await.unwrap();
    store
}

async fn open_file(folder: &Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(&folder.join("bench.db")).await.unwrap())
}

async fn open_server(url: &str) -> Arc<dyn Store> {
    Arc::new(PostgresStore::connect(url, 16).await.unwrap())
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let server = PostgresServer::start(true);
    let url = server.new_database();
    let file = with_account(open_file(folder.path()).await).await;
    let node = with_account(open_server(&url).await).await;
    let base = rate(&file, 1).await;
    println!("enrolments per second   writers   to SQLite with one writer");
    println!("SQLite       {base:11.0} {:9}   {:.2}", 1, 1.0);
    for (name, store, writers) in [("SQLite", &file, 8), ("PostgreSQL", &node, 1), ("PostgreSQL", &node, 8)] {
        let rate = rate(store, writers).await;
        println!("{name:10}   {rate:11.0} {writers:9}   {:.2}", rate / base);
    }
    let (lags, pace) = lags(node, open_server(&url).await).await;
    let at = |share: f64| lags[((lags.len() - 1) as f64 * share) as usize];
    println!("\nlag of another node at {pace:.0} enrolments per second: {} faces", lags.len());
    println!("half within {:.0} ms, 99 % within {:.0} ms, all within {:.0} ms", at(0.5), at(0.99), at(1.0));
}

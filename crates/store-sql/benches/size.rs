//! What a face takes in a SQLite file and in PostgreSQL, and how fast a server that starts reads all of them.
//!
//! Templates are of the default pack's shape; each face is of a subject of its own, lies in one gallery and has a photo.
//! `docs/capacity/measured.json` holds what was measured. PostgreSQL is the one that `scripts/setup.sh test` installs.
#![expect(clippy::unwrap_used, reason = "a benchmark may stop")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use uuid::Uuid;
use vultus_search::{ExactIndex, IndexFeed, VectorIndex};
use vultus_store::{Account, FaceRecord, Store};
use vultus_store_sql::{PostgresStore, SqliteStore};
use vultus_store_tests::postgres::PostgresServer;
use vultus_types::{
    AccountId, BoundingBox, CohortSpread, FaceId, ModelDigest, PartRule, ScoreRule, Template, TemplatePart,
    Timestamp,
};

const ACCOUNT: AccountId = AccountId(Uuid::nil());
const MODELS: [ModelDigest; 2] = [ModelDigest([1; 32]), ModelDigest([2; 32])];
const DIMENSION: usize = 128;
/// Faces that are stored.
const FACES: u64 = 50_000;
/// Faces of one call.
const BATCH: u64 = 500;

/// Every table with its indexes.
const TABLES: &str = "SELECT relname, pg_total_relation_size(oid) FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 2 DESC LIMIT 4";

fn part(number: u64, model: ModelDigest) -> TemplatePart {
    TemplatePart {
        model,
        vector: (0..DIMENSION as u64).map(|index| ((number * 31 + index) as f32).sin()).collect(),
        cohort: Some(CohortSpread { mean: 0.2, deviation: 0.05 }),
    }
}

fn face(number: u64) -> FaceRecord {
    FaceRecord {
        id: FaceId::new(number << 20).unwrap(),
        account: ACCOUNT,
        subject: format!("person {number:010}"),
        enrolled_at: Timestamp(1_700_000_000_000_000 + number as i64),
        bounds: BoundingBox::new(10.5, 20.5, 100.25, 120.75),
        quality: 0.912_345,
        template: Template::new(MODELS.map(|model| part(number, model)).into()).unwrap(),
        photo_digest: [number as u8; 32],
        photo_key: Some(format!("photos/{}/{}", ACCOUNT.0, Uuid::from_u128(u128::from(number)))),
        photo_md5: Some([number as u8; 16]),
        photo_url: None,
    }
}

async fn fill(store: &dyn Store) {
    let account = Account::new(ACCOUNT, "bench", Timestamp(0));
    store.create_account(&account, &[]).await.unwrap();
    for batch in 0..FACES / BATCH {
        let faces: Vec<FaceRecord> = (1..=BATCH).map(|number| face(batch * BATCH + number)).collect();
        store.add_faces(&["gallery"], &faces).await.unwrap();
    }
    store.last_change().await.unwrap();
}

/// Faces per second from the store into an index in memory.
async fn reading(store: Arc<dyn Store>) -> f64 {
    let rule = |model| PartRule { model, dimension: DIMENSION, weight: 0.5, is_normalised: true };
    let index: Arc<dyn VectorIndex> = Arc::new(ExactIndex::new(ScoreRule { parts: MODELS.map(rule).into() }));
    let feed = IndexFeed::new(store, Arc::clone(&index), MODELS.into());
    let start = Instant::now();
    feed.build(|_| ()).await.unwrap();
    assert_eq!(index.stats().faces as u64, FACES);
    FACES as f64 / start.elapsed().as_secs_f64()
}

async fn in_file(folder: &Path) {
    let path = folder.join("bench.db");
    let store = Arc::new(SqliteStore::open(&path).await.unwrap());
    let empty = std::fs::metadata(&path).unwrap().len();
    fill(&*store).await;
    let rate = reading(Arc::<SqliteStore>::clone(&store)).await;
    store.close().await;
    let bytes = std::fs::metadata(&path).unwrap().len() - empty;
    println!(
        "SQLite       {:6.0} bytes per face, {rate:6.0} faces read per second",
        bytes as f64 / FACES as f64
    );
}

async fn in_server() {
    let server = PostgresServer::start(false);
    let url = server.new_database();
    let database = url.rsplit('/').next().unwrap();
    let store = Arc::new(PostgresStore::connect(&url, 4).await.unwrap());
    let size = || -> f64 {
        let all = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class
             WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
        server.run(database, all).parse().unwrap()
    };
    let empty = size();
    fill(&*store).await;
    server.run(database, "VACUUM ANALYZE");
    let rate = reading(Arc::<PostgresStore>::clone(&store)).await;
    let bytes = size() - empty;
    println!("PostgreSQL   {:6.0} bytes per face, {rate:6.0} faces read per second", bytes / FACES as f64);
    println!("{}", server.run(database, TABLES));
    store.close().await;
}

#[tokio::main]
async fn main() {
    println!("{FACES} faces, templates of {} bytes", face(1).template.to_bytes().len());
    let folder = tempfile::tempdir().unwrap();
    in_file(folder.path()).await;
    in_server().await;
}

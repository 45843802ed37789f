//! What a face takes in a search shard, how long a new one is filled, and how long a search of it takes.
//!
//! `docs/capacity/measured.json` holds what was measured. PostgreSQL is the one that `scripts/setup.sh test` installs;
//! another number of faces is given as `FACES`.
#![expect(clippy::unwrap_used, reason = "a benchmark may stop")]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::time::Instant;

use uuid::Uuid;
use vultus_search::shards::{NearestQuery, SearchShard, ShardMark, ShardScope};
use vultus_search_postgres::{PgvectorOptions, PostgresShard};
use vultus_store::IndexEntry;
use vultus_store_tests::fixtures::face_id;
use vultus_store_tests::postgres::PostgresServer;
use vultus_types::{AccountId, Template, Timestamp};

use synthetic::{Synthesis, query, rule};

#[path = "../tests/recall/synthetic.rs"]
mod synthetic;

const ACCOUNT: AccountId = AccountId(Uuid::nil());
/// Faces of a statement.
const PAGE: u64 = 1000;
/// Searches that are timed, one after the other.
const SEARCHES: u64 = 200;
/// Candidates of a search.
const LIMIT: u32 = 200;

/// The table with its key and the index of galleries, and the index of vectors.
const SIZES: &str = "SELECT sum(pg_relation_size(oid)) FILTER (WHERE relname NOT LIKE '%vector'),
         sum(pg_relation_size(oid)) FILTER (WHERE relname LIKE '%vector')
     FROM pg_class WHERE relname LIKE 'entries%' OR relname LIKE 'pg_toast%' AND oid IN
         (SELECT reltoastrelid FROM pg_class WHERE relname LIKE 'entries%')";

fn entry(number: u64, template: Template) -> IndexEntry {
    IndexEntry {
        id: face_id(number),
        account: ACCOUNT,
        subject: format!("person {number:010}"),
        enrolled_at: Timestamp(number as i64),
        galleries: vec!["gallery".to_owned()],
        template,
        exemplar: None,
    }
}

async fn fill(shard: &PostgresShard, faces: u64, synthesis: &mut Synthesis) -> f64 {
    let store = Uuid::nil();
    let mark = shard.mark(store).await.unwrap();
    assert!(shard.begin_filling(mark, 0, 1).await.unwrap());
    let mut spent = 0.0;
    for page in 0..faces / PAGE {
        let entries = (1..=PAGE).map(|number| {
            let person = synthesis.person();
            entry(page * PAGE + number, synthesis.face(&person))
        });
        let entries: Vec<IndexEntry> = entries.collect();
        let start = Instant::now();
        let seen = shard.mark(store).await.unwrap();
        assert!(shard.fill(seen, entries.last().unwrap().id, &entries).await.unwrap());
        spent += start.elapsed().as_secs_f64();
    }
    let start = Instant::now();
    let seen: ShardMark = shard.mark(store).await.unwrap();
    assert!(shard.finish_filling(seen).await.unwrap());
    println!("rows {spent:.1} s, indexes {:.1} s", start.elapsed().as_secs_f64());
    faces as f64 / (spent + start.elapsed().as_secs_f64())
}

/// Seconds of one search.
async fn search(shard: &PostgresShard, synthesis: &mut Synthesis) -> f64 {
    let scope = ShardScope { account: ACCOUNT, gallery: Some("gallery".to_owned()), subject: None };
    let mut probes = || -> Vec<NearestQuery> {
        let probe = |_| {
            let person = synthesis.person();
            query(scope.clone(), &synthesis.face(&person), LIMIT)
        };
        (0..SEARCHES).map(probe).collect()
    };
    let mut best = f64::INFINITY;
    for queries in [probes(), probes()] {
        let start = Instant::now();
        for query in &queries {
            assert_eq!(shard.nearest(query).await.unwrap().faces.len(), LIMIT as usize);
        }
        best = best.min(start.elapsed().as_secs_f64() / SEARCHES as f64);
    }
    best
}

#[tokio::main]
async fn main() {
    let faces = std::env::var("FACES").map_or(100_000, |number| number.parse().unwrap());
    let server = PostgresServer::start(false);
    let url = server.new_database();
    let database = url.rsplit('/').next().unwrap();
    let shard = PostgresShard::new("bench", &url, 2, &rule(), PgvectorOptions::default()).unwrap();
    let mut synthesis = Synthesis::new(faces);
    let rate = fill(&shard, faces, &mut synthesis).await;
    let sizes = server.run(database, SIZES);
    let (rows, index) = sizes.split_once('|').unwrap();
    let each = |bytes: &str| bytes.trim().parse::<f64>().unwrap() / faces as f64;
    println!("{faces} faces: {:.0} bytes of rows and {:.0} of vectors' index each", each(rows), each(index));
    println!("filled with {rate:.0} faces per second");
    let seconds = search(&shard, &mut synthesis).await;
    println!("{:.2} ms a search for {LIMIT} candidates", seconds * 1e3);
    shard.close().await;
}

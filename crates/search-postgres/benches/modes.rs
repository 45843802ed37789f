//! The index in memory beside a shard with pgvector, in one run: speed, recall, size, and the time to build it.
//!
//! Templates are synthetic, in the shape of the default pack's, all of one account; one of ten lies in the gallery
//! `tenth`. One thread searches, one search after the other, for ten faces like new photos of enrolled persons. The
//! shard is asked for 200 faces, which are scored exactly; `pgvector, index` never compares every face of a scope that
//! is large enough for the index. Recall is the share of the ten best of all faces that is found. PostgreSQL is the one
//! that `scripts/setup.sh test` installs, with its default settings. `VULTUS_BENCH_SIZES` chooses the numbers of faces,
//! 10000 and 100000 by default.
#![expect(clippy::unwrap_used, reason = "a benchmark may stop")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::time::{Duration, Instant};

use uuid::Uuid;
use vultus_search::shards::{SearchShard, ShardScope};
use vultus_search::{ExactIndex, VectorIndex};
use vultus_search_postgres::{PgvectorOptions, PostgresShard};
use vultus_store::IndexEntry;
use vultus_store_tests::postgres::PostgresServer;
use vultus_types::{AccountId, FaceId, Similarity, Template, Timestamp};

#[path = "../tests/recall/synthetic.rs"]
mod synthetic;

use synthetic::{Synthesis, query, rule};

const ACCOUNT: AccountId = AccountId(Uuid::nil());
const STORE: Uuid = Uuid::from_u128(7);
const TENTH: &str = "tenth";
const SEARCHES: usize = 300;
const RESULTS: usize = 10;
const LIMIT: u32 = 200;
/// Enough for the index of a million faces.
const BUILD_MEMORY_MIB: u32 = 2048;

/// What is measured of one index.
struct Row {
    name: &'static str,
    build: Duration,
    bytes: u64,
    scope: &'static str,
    /// Sorted.
    times: Vec<Duration>,
    recall: f64,
}

/// Ten faces like each of the probes, and how long each search took.
type Searches = (Vec<Vec<FaceId>>, Vec<Duration>);

fn entries(synthesis: &mut Synthesis, count: u64) -> (Vec<IndexEntry>, Vec<Template>) {
    let (mut entries, mut probes) = (Vec::new(), Vec::new());
    for number in 1..=count {
        let person = synthesis.person();
        let galleries = if number % 10 == 0 { &["all", TENTH][..] } else { &["all"] };
        entries.push(IndexEntry {
            id: FaceId::new(number).unwrap(),
            account: ACCOUNT,
            subject: format!("person {number}"),
            enrolled_at: Timestamp(number as i64),
            galleries: galleries.iter().map(|&name| name.to_owned()).collect(),
            template: synthesis.face(&person),
            exemplar: None,
        });
        if number.is_multiple_of(count / SEARCHES as u64) && probes.len() < SEARCHES {
            probes.push(synthesis.face(&person));
        }
    }
    (entries, probes)
}

fn search_memory(index: &ExactIndex, gallery: Option<&str>, probes: &[Template]) -> Searches {
    let search = |probe| {
        let start = Instant::now();
        let lowest = Similarity(f32::NEG_INFINITY);
        let hits = index.search_faces(ACCOUNT, gallery, probe, lowest, RESULTS).unwrap();
        (hits.into_iter().map(|hit| hit.face).collect(), start.elapsed())
    };
    probes.iter().map(search).unzip()
}

async fn search_shard(shard: &PostgresShard, gallery: Option<&str>, probes: &[Template]) -> Searches {
    let (rule, mut searches) = (rule(), (Vec::new(), Vec::new()));
    for probe in probes {
        let start = Instant::now();
        let scope = ShardScope { account: ACCOUNT, gallery: gallery.map(str::to_owned), subject: None };
        let found = shard.nearest(&query(scope, probe, LIMIT)).await.unwrap();
        let score = |face: &vultus_search::shards::ShardFace| {
            (rule.similarity(probe, &face.template).unwrap().0, face.id)
        };
        let mut scored: Vec<_> = found.faces.iter().map(score).collect();
        scored.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        searches.0.push(scored.into_iter().take(RESULTS).map(|(_, face)| face).collect());
        searches.1.push(start.elapsed());
    }
    searches
}

async fn fill(shard: &PostgresShard, entries: &[IndexEntry]) -> Duration {
    let start = Instant::now();
    let mark = shard.mark(STORE).await.unwrap();
    assert!(shard.begin_filling(mark, 0, 1).await.unwrap());
    for page in entries.chunks(1000) {
        let mark = shard.mark(STORE).await.unwrap();
        assert!(shard.fill(mark, page.last().unwrap().id, page).await.unwrap());
    }
    let mark = shard.mark(STORE).await.unwrap();
    assert!(shard.finish_filling(mark).await.unwrap());
    start.elapsed()
}

fn recall(truth: &[Vec<FaceId>], found: &[Vec<FaceId>]) -> f64 {
    let hits = truth.iter().zip(found).flat_map(|(best, found)| best.iter().map(|face| found.contains(face)));
    let (count, all) = hits.fold((0, 0), |(count, all), is_found| (count + u32::from(is_found), all + 1));
    f64::from(count) / f64::from(all)
}

async fn measure(count: u64) -> Vec<Row> {
    let (entries, probes) = entries(&mut Synthesis::new(count), count);
    let start = Instant::now();
    let index = ExactIndex::new(rule());
    for entry in &entries {
        index.upsert(entry);
    }
    let (memory_build, memory_bytes) = (start.elapsed(), index.stats().vector_bytes as u64);
    let url = PostgresServer::shared().new_database();
    let open = |exact_limit| {
        let deadline = Duration::from_mins(1);
        let options =
            PgvectorOptions { deadline, build_memory_mib: BUILD_MEMORY_MIB, ..PgvectorOptions::default() };
        let options = PgvectorOptions { exact_limit, ..options };
        PostgresShard::new("a", &url, 1, &rule(), options).unwrap()
    };
    let shards = [("pgvector", open(PgvectorOptions::default().exact_limit)), ("pgvector, index", open(0))];
    let build = fill(&shards[0].1, &entries).await;
    drop(entries);
    let size =
        "SELECT sum(pg_total_relation_size(relid)) FROM pg_stat_user_tables WHERE schemaname = 'search'";
    let bytes: u64 = PostgresServer::shared().run(url.rsplit('/').next().unwrap(), size).parse().unwrap();
    let mut rows = Vec::new();
    for (scope, gallery) in [("all", None), (TENTH, Some(TENTH))] {
        search_memory(&index, gallery, &probes[..20]);
        let (truth, times) = search_memory(&index, gallery, &probes);
        rows.push(Row {
            name: "memory",
            build: memory_build,
            bytes: memory_bytes,
            scope,
            times,
            recall: 1.0,
        });
        for (name, shard) in &shards {
            search_shard(shard, gallery, &probes[..20]).await;
            let (found, times) = search_shard(shard, gallery, &probes).await;
            rows.push(Row { name, build, bytes, scope, times, recall: recall(&truth, &found) });
        }
    }
    for row in &mut rows {
        row.times.sort_unstable();
    }
    rows
}

fn main() {
    let sizes = std::env::var("VULTUS_BENCH_SIZES").unwrap_or_else(|_| "10000,100000".into());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    println!(
        "|   faces | scope | index           | searches/s | of memory |  p50 ms |  p99 ms | recall@10 | bytes/face | build s |"
    );
    println!(
        "| ------: | ----- | --------------- | ---------: | --------: | ------: | ------: | --------: | ---------: | ------: |"
    );
    for size in sizes.split(',').map(|size| size.trim().parse::<u64>().unwrap()) {
        let rows = runtime.block_on(measure(size));
        let rate = |row: &Row| row.times.len() as f64 / row.times.iter().sum::<Duration>().as_secs_f64();
        let mut memory_rate = 1.0;
        for row in &rows {
            if row.name == "memory" {
                memory_rate = rate(row);
            }
            let at =
                |share: f64| row.times[((row.times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
            println!(
                "| {size:>7} | {:<5} | {:<15} | {:>10.0} | {:>9.2} | {:>7.2} | {:>7.2} | {:>9.4} | {:>10} | {:>7.1} |",
                row.scope,
                row.name,
                rate(row),
                rate(row) / memory_rate,
                at(0.5),
                at(0.99),
                row.recall,
                row.bytes / size,
                row.build.as_secs_f64(),
            );
        }
    }
}

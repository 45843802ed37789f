//! Faces are spread anew while another process makes the index of a shard.
#![expect(clippy::unwrap_used, reason = "this crate is nothing but tests")]

use std::sync::Arc;
use std::time::Duration;

use sqlx::{AssertSqlSafe, PgPool};
use tokio::sync::Notify;
use uuid::Uuid;
use vultus_search::LiveServers;
use vultus_search::shards::{
    Grouping, RebalanceProgress, RebalanceStep, Rendezvous, SearchRequest, SearchShard, ShardMark,
    ShardProgress, ShardSettings, ShardedSearch,
};
use vultus_search_postgres::{PgvectorOptions, PostgresShard};
use vultus_store::{AccountStore, FaceStore, Store, Topology, TopologyStore};
use vultus_store_sql::SqliteStore;
use vultus_store_tests::fixtures::{account, account_id, face, template};
use vultus_store_tests::postgres::PostgresServer;
use vultus_types::{ModelDigest, PartRule, ScoreRule, Similarity};

const STORE: Uuid = Uuid::from_u128(7);
const FACES: u64 = 40;
/// No test depends on how long a search takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// How the templates of the fixtures are compared.
fn rule() -> ScoreRule {
    let part = |dimension, is_normalised| PartRule {
        model: ModelDigest([9; 32]),
        dimension,
        weight: 1.0,
        is_normalised,
    };
    ScoreRule { parts: vec![part(2, false), part(1, true)] }
}

fn open(name: &str, url: &str) -> Arc<PostgresShard> {
    Arc::new(PostgresShard::new(name, url, 4, &rule(), PgvectorOptions::default()).unwrap())
}

/// A store whose faces are on the shards a and b.
async fn store() -> SqliteStore {
    let store = SqliteStore::in_memory().await.unwrap();
    store.create_account(&account(1, "one"), &[]).await.unwrap();
    let faces: Vec<_> = (1..=FACES).map(|number| face(1, number, &format!("person {number}"))).collect();
    store.add_faces(&["g"], &faces).await.unwrap();
    let shards = ["a", "b"].map(str::to_owned).to_vec();
    store.set_topology(&Topology { store: STORE, epoch: 1, shards, plan: None }).await.unwrap();
    store
}

/// Puts all its faces on the shard b; only its index is not made yet.
async fn fill(shard: &PostgresShard, store: &SqliteStore) -> ShardMark {
    let empty = shard.mark(STORE).await.unwrap();
    assert!(shard.begin_filling(empty, store.last_change().await.unwrap(), 1).await.unwrap());
    let mut entries = store.index_page(None, 1000).await.unwrap();
    let last = entries.last().unwrap().id;
    let owners = Rendezvous::new(&["a", "b"].map(str::to_owned));
    entries.retain(|entry| owners.owner(entry.id) == Some("b"));
    assert!(shard.fill(shard.mark(STORE).await.unwrap(), last, &entries).await.unwrap());
    shard.mark(STORE).await.unwrap()
}

#[tokio::test]
async fn rebalance_waits_for_an_index_that_another_node_makes() {
    let urls = [0, 1].map(|_| PostgresServer::shared().new_database());
    let (store, shard) = (store().await, open("b", &urls[1]));
    let full = fill(&shard, &store).await;
    let pool = PgPool::connect(&urls[1]).await.unwrap();
    let tables = "SELECT 'search.' || tablename FROM pg_tables WHERE schemaname = 'search' AND tablename LIKE 'entries%'";
    let table: String = sqlx::query_scalar(tables).fetch_one(&pool).await.unwrap();
    // No index is made before who changes the table is done.
    let mut writer = pool.begin().await.unwrap();
    let lock = format!("LOCK TABLE {table} IN ROW EXCLUSIVE MODE");
    sqlx::query(AssertSqlSafe(lock)).execute(&mut *writer).await.unwrap();
    let building = tokio::spawn(async move { shard.finish_filling(full).await });
    let waiting =
        format!("SELECT count(*) > 0 FROM pg_locks WHERE relation = '{table}'::regclass AND NOT granted");
    let is_waiting = async || -> bool {
        sqlx::query_scalar(AssertSqlSafe(waiting.clone())).fetch_one(&pool).await.unwrap()
    };
    while !building.is_finished() && !is_waiting().await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let shards = ["a", "b"].into_iter().zip(&urls).map(|(name, url)| open(name, url) as Arc<dyn SearchShard>);
    let settings = ShardSettings { deadline: PATIENCE };
    let store: Arc<dyn Store> = Arc::new(store);
    let node = ShardedSearch::new(store, rule(), shards.collect(), settings, STORE);
    let is_at_the_index = Notify::new();
    let spread = async {
        let mut tell = |progress: RebalanceProgress| {
            if progress.step == RebalanceStep::Index {
                is_at_the_index.notify_one();
            }
        };
        node.rebalance(&["b".to_owned()], &mut tell).await.unwrap()
    };
    let release = async {
        is_at_the_index.notified().await;
        writer.rollback().await.unwrap();
    };
    let (end, ()) = tokio::join!(spread, release);
    assert_eq!((end.topology.shards, end.topology.plan), (vec!["b".to_owned()], None));
    assert!(!building.await.unwrap().unwrap(), "the epoch was raised meanwhile");
    let mark = open("b", &urls[1]).mark(STORE).await.unwrap();
    assert!(matches!(mark.progress, ShardProgress::Level(_)), "{mark:?}");
    let request = SearchRequest {
        account: account_id(1),
        gallery: None,
        grouping: Grouping::Faces,
        min_similarity: Similarity(f32::NEG_INFINITY),
        max_results: 100,
    };
    let found = node.search(&request, &template(3)).await.unwrap();
    assert_eq!(found.servers, LiveServers { available: 1, total: 1 });
    assert_eq!(found.hits.len() as u64, FACES);
}

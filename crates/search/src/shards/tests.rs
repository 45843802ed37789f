use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;
use vultus_store::{Account, AccountStore, FaceRecord, FaceStore, IndexEntry, Topology, TopologyStore};
use vultus_store_sql::SqliteStore;
use vultus_types::{
    AccountId, BoundingBox, FaceId, ModelDigest, ScoreRule, Similarity, Template, TemplatePart, Timestamp,
};

use super::testing::FakeShard;
use super::*;
use crate::LiveServers;

mod health;
mod level;
mod rebalance;
mod search;

const MODEL: ModelDigest = ModelDigest([1; 32]);
const ACCOUNT: AccountId = AccountId(Uuid::nil());
const NUMBER: Uuid = Uuid::from_u128(7);
const NOW: Timestamp = Timestamp(0);
const EVERYTHING: Similarity = Similarity(f32::NEG_INFINITY);

/// Small, so that few faces take many steps.
const PAGE: u32 = 8;

/// No test waits so long: where a shard is silent, the clock is put forward.
const DEADLINE: Duration = Duration::from_mins(5);

/// A store and the shards that any number of nodes share.
struct World {
    store: Arc<SqliteStore>,
    shards: Vec<Arc<FakeShard>>,
}

impl World {
    async fn new(names: &[&str]) -> Self {
        let store = SqliteStore::in_memory().await.unwrap();
        let account = Account::new(ACCOUNT, "one", NOW);
        store.create_account(&account, &[]).await.unwrap();
        let shards = names.iter().map(|name| FakeShard::new(name, ScoreRule::single(MODEL, 4))).collect();
        Self { store: Arc::new(store), shards }
    }

    /// A process that knows these shards.
    fn node_of(&self, names: &[&str]) -> ShardedSearch {
        let known = self.shards.iter().filter(|shard| names.contains(&shard.name()));
        let shards = known.map(|shard| Arc::clone(shard) as Arc<dyn SearchShard>).collect();
        let store = Arc::clone(&self.store) as Arc<dyn vultus_store::Store>;
        let settings = ShardSettings { deadline: DEADLINE };
        let rule = ScoreRule::single(MODEL, 4);
        let mut node = ShardedSearch::new(store, rule, shards, settings, NUMBER);
        node.page = PAGE;
        node.at_a_time = DEADLINE;
        node
    }

    /// A process that knows all shards.
    fn node(&self) -> ShardedSearch {
        self.node_of(&self.shards.iter().map(|shard| shard.name()).collect::<Vec<_>>())
    }

    fn shard(&self, name: &str) -> &FakeShard {
        self.shards.iter().find(|shard| shard.name() == name).unwrap()
    }

    async fn enrol(&self, numbers: impl IntoIterator<Item = u64>) {
        let faces: Vec<_> = numbers.into_iter().map(face).collect();
        self.store.add_faces(&["g"], &faces).await.unwrap();
    }

    async fn remove(&self, number: u64) {
        self.store.remove_subject(ACCOUNT, "g", &number.to_string(), None, NOW).await.unwrap().unwrap();
    }

    async fn topology(&self) -> Topology {
        self.store.topology().await.unwrap().unwrap()
    }

    /// The faces in the store, with what an index needs of them.
    async fn entries(&self) -> Vec<IndexEntry> {
        self.store.index_page(None, u32::MAX).await.unwrap()
    }

    async fn numbers(&self) -> Vec<u64> {
        self.entries().await.iter().map(|entry| entry.id.get()).collect()
    }

    /// Whether each shard of the topology holds its faces and no others.
    async fn assert_each_holds_its_own(&self) {
        let names = self.topology().await.shards;
        let places = Rendezvous::new(&names);
        let numbers = self.numbers().await;
        for name in &names {
            let own = numbers.iter().map(|&number| FaceId::new(number).unwrap());
            let own: Vec<_> = own.filter(|&face| places.owner(face) == Some(name)).collect();
            assert_eq!(self.shard(name).faces(), own, "shard {name}");
        }
    }

    /// Whether that node finds every face of the store and no other, on all shards.
    async fn assert_complete(&self, node: &ShardedSearch) {
        let found = node.search(&all_faces(), &template(1)).await.unwrap();
        assert!(found.servers.is_complete(), "{:?}", found.servers);
        assert_eq!(ids(&found), self.numbers().await);
    }
}

/// Asks for every face of the account.
fn all_faces() -> SearchRequest {
    SearchRequest {
        account: ACCOUNT,
        gallery: None,
        grouping: Grouping::Faces,
        min_similarity: EVERYTHING,
        max_results: usize::MAX,
    }
}

/// The faces found, sorted.
fn ids(found: &Found) -> Vec<u64> {
    let mut ids: Vec<_> = found.hits.iter().map(|hit| hit.face.get()).collect();
    ids.sort_unstable();
    ids
}

fn template_of(vector: [f32; 4]) -> Template {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    let vector = vector.iter().map(|value| value / length).collect();
    Template::new(vec![TemplatePart { model: MODEL, vector, cohort: None }]).unwrap()
}

fn template(number: u64) -> Template {
    let angle = number as f32;
    template_of([angle.cos(), angle.sin(), (2.0 * angle).cos(), (3.0 * angle).sin()])
}

fn record(number: u64, subject: &str, template: Template) -> FaceRecord {
    FaceRecord {
        id: FaceId::new(number).unwrap(),
        account: ACCOUNT,
        subject: subject.to_owned(),
        enrolled_at: NOW,
        bounds: BoundingBox::default(),
        quality: 1.0,
        template,
        photo_digest: [0; 32],
        photo_key: None,
        photo_md5: None,
        photo_url: None,
    }
}

fn face(number: u64) -> FaceRecord {
    record(number, &number.to_string(), template(number))
}

/// Puts the clock forward. Nothing may be under way in the store.
async fn wait(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn live(available: usize, total: usize) -> LiveServers {
    LiveServers { available, total }
}

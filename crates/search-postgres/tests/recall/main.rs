//! One suite for the index in memory and for shards in PostgreSQL: both have to find what a comparison with every face
//! finds.
#![expect(clippy::unwrap_used, reason = "this crate is nothing but tests")]

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;
use vultus_search::shards::{
    Grouping, Rendezvous, SearchRequest, SearchShard, ShardMark, ShardProgress, ShardScope, ShardSettings,
    ShardedSearch,
};
use vultus_search::{ExactIndex, Hit, LiveServers, VectorIndex};
use vultus_search_postgres::{PgvectorOptions, PostgresShard};
use vultus_store::{IndexEntry, Topology, TopologyStore};
use vultus_store_sql::SqliteStore;
use vultus_store_tests::postgres::PostgresServer;
use vultus_types::{AccountId, FaceId, Similarity, Template};

mod suite;
mod synthetic;
mod world;

use suite::{Changing, Index};
use synthetic::{query, rule};
use world::World;

const STORE: Uuid = Uuid::from_u128(7);
/// No test depends on how long a search takes.
const PATIENCE: Duration = Duration::from_mins(1);
const LOWEST: Similarity = Similarity(f32::NEG_INFINITY);

struct Memory(ExactIndex);

impl Memory {
    async fn large() -> Self {
        Self::of(World::large()).await
    }

    #[expect(clippy::unused_async, reason = "other indexes have to wait")]
    async fn of(world: &World) -> Self {
        let index = ExactIndex::new(rule());
        for entry in &world.entries {
            index.upsert(entry);
        }
        Self(index)
    }
}

#[async_trait]
impl Index for Memory {
    async fn faces(
        &self,
        account: AccountId,
        gallery: Option<&str>,
        probe: &Template,
        count: usize,
    ) -> Vec<Hit> {
        self.0.search_faces(account, gallery, probe, LOWEST, count).unwrap()
    }

    async fn subject(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
        probe: &Template,
    ) -> Option<Hit> {
        self.0.search_subject(account, gallery, subject, probe).unwrap()
    }
}

#[async_trait]
impl Changing for Memory {
    async fn remove(&self, faces: &[FaceId]) {
        for &face in faces {
            self.0.remove(face);
        }
    }
}

struct Shard(PostgresShard);

impl Shard {
    /// A connection to the one database with the large world.
    async fn large(exact_limit: u64) -> Self {
        static DATABASE: OnceLock<tokio::sync::OnceCell<String>> = OnceLock::new();
        let fill = async || {
            let url = PostgresServer::shared().new_database();
            Self::open(&url, "a", 0).fill(&World::large().entries).await;
            url
        };
        let url = DATABASE.get_or_init(Default::default).get_or_init(fill).await;
        Self::open(url, "a", exact_limit)
    }

    async fn of(world: &World, exact_limit: u64) -> Self {
        let shard = Self::open(&PostgresServer::shared().new_database(), "a", exact_limit);
        shard.fill(&world.entries).await;
        shard
    }

    fn open(url: &str, name: &str, exact_limit: u64) -> Self {
        let deadline = PATIENCE;
        let options = PgvectorOptions { exact_limit, deadline, ..PgvectorOptions::default() };
        Self(PostgresShard::new(name, url, 2, &rule(), options).unwrap())
    }

    async fn fill(&self, entries: &[IndexEntry]) {
        let mut mark = self.0.mark(STORE).await.unwrap();
        assert!(self.0.begin_filling(mark, 0, 1).await.unwrap());
        for page in entries.chunks(1000) {
            mark = self.0.mark(STORE).await.unwrap();
            assert!(self.0.fill(mark, page.last().unwrap().id, page).await.unwrap());
        }
        mark = self.0.mark(STORE).await.unwrap();
        assert!(self.0.finish_filling(mark).await.unwrap());
    }

    /// Hits of the shard, scored exactly.
    async fn nearest(&self, scope: ShardScope, probe: &Template, count: usize) -> Vec<Hit> {
        let limit = (4 * count).max(200) as u32;
        let found = self.0.nearest(&query(scope, probe, limit)).await.unwrap();
        assert!(matches!(found.mark.progress, ShardProgress::Level(_)));
        let rule = rule();
        let score = |face: vultus_search::shards::ShardFace| Hit {
            face: face.id,
            subject: face.subject,
            similarity: rule.similarity(probe, &face.template).unwrap(),
            enrolled_at: face.enrolled_at,
        };
        let mut hits: Vec<Hit> = found.faces.into_iter().map(score).collect();
        hits.sort_by(|one, other| {
            other.similarity.0.total_cmp(&one.similarity.0).then(one.face.cmp(&other.face))
        });
        hits.truncate(count);
        hits
    }
}

#[async_trait]
impl Index for Shard {
    async fn faces(
        &self,
        account: AccountId,
        gallery: Option<&str>,
        probe: &Template,
        count: usize,
    ) -> Vec<Hit> {
        let scope = ShardScope { account, gallery: gallery.map(str::to_owned), subject: None };
        self.nearest(scope, probe, count).await
    }

    async fn subject(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
        probe: &Template,
    ) -> Option<Hit> {
        let scope =
            ShardScope { account, gallery: Some(gallery.to_owned()), subject: Some(subject.to_owned()) };
        self.nearest(scope, probe, 1).await.pop()
    }
}

#[async_trait]
impl Changing for Shard {
    async fn remove(&self, faces: &[FaceId]) {
        let mark = self.0.mark(STORE).await.unwrap();
        let ShardMark { progress: ShardProgress::Level(last), .. } = mark else { panic!("{mark:?}") };
        assert!(self.0.apply(mark, last + 1, &[], faces).await.unwrap());
    }
}

/// Two shards, each of which holds the faces that are its own.
struct Spread(ShardedSearch);

impl Spread {
    async fn large() -> Self {
        static DATABASES: OnceLock<tokio::sync::OnceCell<[String; 2]>> = OnceLock::new();
        let names = ["a", "b"].map(str::to_owned);
        let fill = async || {
            let urls = [0, 1].map(|_| PostgresServer::shared().new_database());
            let owners = Rendezvous::new(&names);
            for (name, url) in names.iter().zip(&urls) {
                let is_own = |entry: &&IndexEntry| owners.owner(entry.id) == Some(name);
                let entries: Vec<IndexEntry> =
                    World::large().entries.iter().filter(is_own).cloned().collect();
                Shard::open(url, name, 0).fill(&entries).await;
            }
            urls
        };
        let urls = DATABASES.get_or_init(Default::default).get_or_init(fill).await;
        // The store holds no face: searches ask it for the topology and the last change only.
        let store = SqliteStore::in_memory().await.unwrap();
        let topology = Topology { store: STORE, epoch: 1, shards: names.to_vec(), plan: None };
        store.set_topology(&topology).await.unwrap();
        let open = |(name, url): (&String, &String)| {
            let shard: Arc<dyn SearchShard> = Arc::new(Shard::open(url, name, 0).0);
            shard
        };
        let shards = names.iter().zip(urls).map(open).collect();
        let settings = ShardSettings { deadline: PATIENCE };
        Self(ShardedSearch::new(Arc::new(store), rule(), shards, settings, STORE))
    }
}

#[async_trait]
impl Index for Spread {
    async fn faces(
        &self,
        account: AccountId,
        gallery: Option<&str>,
        probe: &Template,
        count: usize,
    ) -> Vec<Hit> {
        let request = SearchRequest {
            account,
            gallery: gallery.map(str::to_owned),
            grouping: Grouping::Faces,
            min_similarity: LOWEST,
            max_results: count,
        };
        let found = self.0.search(&request, probe).await.unwrap();
        assert_eq!(found.servers, LiveServers { available: 2, total: 2 });
        found.hits
    }

    async fn subject(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
        probe: &Template,
    ) -> Option<Hit> {
        self.0.search_subject(account, gallery, subject, probe).await.unwrap().0
    }
}

mod in_memory {
    crate::suite::suite!(super::Memory::large(), super::Memory::of);
}

/// Every face of a scope is compared.
mod exact_on_server {
    const LIMIT: u64 = 1_000_000;
    crate::suite::suite!(super::Shard::large(LIMIT), async |world: &super::World| super::Shard::of(
        world, LIMIT
    )
    .await);
}

/// The index of vectors is followed.
mod indexed_on_server {
    crate::suite::suite!(super::Shard::large(0), async |world: &super::World| super::Shard::of(world, 0)
        .await);
}

/// Over two shards, whose indexes of vectors are followed.
mod spread_over_servers {
    crate::suite::suite!(super::Spread::large());
}

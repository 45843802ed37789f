//! One suite for the index in memory and for shards in PostgreSQL: both have to find what a comparison with every face
//! finds.
#![expect(clippy::unwrap_used, reason = "this crate is nothing but tests")]

use std::sync::OnceLock;

use async_trait::async_trait;
use uuid::Uuid;
use vultus_search::shards::{SearchShard, ShardMark, ShardProgress, ShardScope};
use vultus_search::{ExactIndex, Hit, VectorIndex};
use vultus_search_postgres::{PgvectorOptions, PostgresShard};
use vultus_store_tests::postgres::PostgresServer;
use vultus_types::{AccountId, FaceId, Similarity, Template};

mod suite;
mod synthetic;
mod world;

use suite::{Index, suite};
use synthetic::{query, rule};
use world::World;

const STORE: Uuid = Uuid::from_u128(7);
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
            Self::open(&url, 0).fill(World::large()).await;
            url
        };
        let url = DATABASE.get_or_init(Default::default).get_or_init(fill).await;
        Self::open(url, exact_limit)
    }

    async fn of(world: &World, exact_limit: u64) -> Self {
        let shard = Self::open(&PostgresServer::shared().new_database(), exact_limit);
        shard.fill(world).await;
        shard
    }

    fn open(url: &str, exact_limit: u64) -> Self {
        let deadline = std::time::Duration::from_mins(1);
        let options = PgvectorOptions { exact_limit, deadline, ..PgvectorOptions::default() };
        Self(PostgresShard::new("a", url, 2, &rule(), options).unwrap())
    }

    async fn fill(&self, world: &World) {
        let mut mark = self.0.mark(STORE).await.unwrap();
        assert!(self.0.begin_filling(mark, 0, 1).await.unwrap());
        for page in world.entries.chunks(1000) {
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

    async fn remove(&self, faces: &[FaceId]) {
        let mark = self.0.mark(STORE).await.unwrap();
        let ShardMark { progress: ShardProgress::Level(last), .. } = mark else { panic!("{mark:?}") };
        assert!(self.0.apply(mark, last + 1, &[], faces).await.unwrap());
    }
}

mod in_memory {
    crate::suite!(super::Memory::large(), super::Memory::of);
}

/// Every face of a scope is compared.
mod exact_on_server {
    const LIMIT: u64 = 1_000_000;
    crate::suite!(super::Shard::large(LIMIT), async |world: &super::World| super::Shard::of(world, LIMIT)
        .await);
}

/// The index of vectors is followed.
mod indexed_on_server {
    crate::suite!(super::Shard::large(0), async |world: &super::World| super::Shard::of(world, 0).await);
}

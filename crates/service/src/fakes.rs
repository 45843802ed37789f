//! A whole service in memory with a fake engine, a clock that stands still and fixed randomness, for tests.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use uuid::Uuid;
use vultus_face::FaceAnalyzer;
use vultus_face::fakes::{DIGEST, FakeAnalyzer, FakeFace, fake_photo};
use vultus_inference::WorkPool;
pub use vultus_search::shards::testing::FakeShard;
use vultus_search::shards::{SearchShard, ShardSettings, ShardedSearch};
use vultus_search::{Calibration, ExactIndex, IndexFeed, VectorIndex};
use vultus_store::{AccountStore, BlobStore, Store};
use vultus_store_sql::SqliteStore;
use vultus_types::{Clock, ManualClock, ModelDigest, Timestamp};
use vultus_voice::VoiceAnalyzer;
use vultus_voice::fakes::{DIGEST as VOICE_DIGEST, FakeVoiceAnalyzer};
pub use vultus_voice::fakes::{fake_recording, wav};

use crate::{
    Accounts, Entropy, EntropyError, FaceSearch, Policy, SecretHasher, Service, ServiceParts, Voices,
};

/// Bytes that look random and are the same in every run.
#[derive(Debug, Default)]
pub struct SeededEntropy {
    counter: AtomicU64,
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        for chunk in bytes.chunks_mut(32) {
            let count = self.counter.fetch_add(1, Ordering::SeqCst);
            let digest = Sha256::digest(count.to_le_bytes());
            chunk.copy_from_slice(&digest[..chunk.len()]);
        }
        Ok(())
    }
}

/// The moment at which a bench's clock stands: 2026-03-13 07:57:22.681 UTC.
pub const START: Timestamp = Timestamp(1_773_388_642_681_000);

/// By what shards know a bench's store.
const STORE: Uuid = Uuid::from_u128(7);

/// What a bench is made of where a test does not say otherwise.
pub struct BenchOptions {
    /// The engine.
    pub analyzer: Arc<dyn FaceAnalyzer>,
    /// The engine for voices; without it, the pack has none.
    pub voice: Option<Arc<dyn VoiceAnalyzer>>,
    /// Where photos are kept.
    pub blobs: BlobStore,
    /// The operator's decisions.
    pub policy: Policy,
    /// Places for requests that wait; one more runs.
    pub queue: usize,
    /// The names of the shards that are searched; without any, the service searches in memory.
    pub shards: &'static [&'static str],
}

impl Default for BenchOptions {
    fn default() -> Self {
        Self {
            analyzer: Arc::new(FakeAnalyzer::default()),
            voice: Some(Arc::new(FakeVoiceAnalyzer::default())),
            blobs: BlobStore::in_memory(),
            policy: Policy::default(),
            queue: 8,
            shards: &[],
        }
    }
}

/// A service in memory and the parts a test looks into.
pub struct Bench {
    /// The service.
    pub service: Arc<Service>,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    /// Its database.
    pub store: Arc<SqliteStore>,
    /// Its photos.
    pub blobs: BlobStore,
    /// The shards that it searches, in the order of their names.
    pub shards: Vec<Arc<FakeShard>>,
}

impl Bench {
    /// A bench with the fake engine.
    ///
    /// # Errors
    /// Where the database or a thread cannot be had.
    pub async fn new() -> Result<Self, Box<dyn std::error::Error>> {
        Self::with(BenchOptions::default()).await
    }

    /// A bench of the given parts.
    ///
    /// # Errors
    /// Where the database or a thread cannot be had.
    pub async fn with(options: BenchOptions) -> Result<Self, Box<dyn std::error::Error>> {
        let store = Arc::new(SqliteStore::in_memory().await?);
        let bench = Self::over(store, options)?;
        if let FaceSearch::Shards(shards) = &bench.service.search {
            shards.follow().await?;
        }
        Ok(bench)
    }

    /// Another process with an engine of its own on the same data.
    ///
    /// # Errors
    /// Where a thread cannot be had.
    pub fn beside(&self, analyzer: Arc<dyn FaceAnalyzer>) -> Result<Self, Box<dyn std::error::Error>> {
        let options = BenchOptions { analyzer, blobs: self.blobs.clone(), ..BenchOptions::default() };
        Self::over(Arc::clone(&self.store), options)
    }

    fn over(store: Arc<SqliteStore>, options: BenchOptions) -> Result<Self, Box<dyn std::error::Error>> {
        let clock = Arc::new(ManualClock::new(START));
        let entropy = Arc::new(SeededEntropy::default());
        let rule = options.analyzer.score_rule();
        let models = rule.parts.iter().map(|part| part.model).collect();
        let persons = Arc::new(options.policy.persons.index(rule.clone()));
        let all = Arc::clone(&store) as Arc<dyn Store>;
        let shards: Vec<_> = options.shards.iter().map(|name| FakeShard::new(name, rule.clone())).collect();
        let (feed, search) = if shards.is_empty() {
            let index: Arc<dyn VectorIndex> = Arc::new(ExactIndex::new(rule.clone()));
            let feed = IndexFeed::new(all, Arc::clone(&index), models);
            (feed.with_persons(Arc::clone(&persons)), FaceSearch::Memory(index))
        } else {
            let feed = IndexFeed::of_persons(Arc::clone(&all), Arc::clone(&persons), models);
            let shards = shards.iter().map(|shard| Arc::clone(shard) as Arc<dyn SearchShard>).collect();
            let (rule, settings) = (rule.clone(), ShardSettings::default());
            let sharded = ShardedSearch::new(all, rule, shards, settings, STORE);
            (feed, FaceSearch::Shards(Arc::new(sharded)))
        };
        let accounts = Accounts::new(
            Arc::clone(&store) as Arc<dyn AccountStore>,
            SecretHasher::new([7; 32]),
            Arc::clone(&clock) as Arc<dyn Clock>,
            entropy.clone(),
        );
        let voices = options.voice.map(|analyzer| {
            Ok::<_, vultus_search::CalibrationError>(Voices {
                analyzer,
                calibration: Arc::new(calibration(VOICE_DIGEST)?),
            })
        });
        let service = Service::new(ServiceParts {
            store: store.clone(),
            blobs: options.blobs.clone(),
            accounts,
            analyzer: options.analyzer,
            voices: voices.transpose()?,
            pool: Arc::new(WorkPool::new(NonZeroUsize::MIN, options.queue)?),
            search,
            persons,
            feed: Arc::new(feed),
            calibration: Arc::new(calibration(DIGEST)?),
            clock: clock.clone(),
            entropy,
            policy: options.policy,
        });
        Ok(Self { service: Arc::new(service), clock, store, blobs: options.blobs, shards })
    }
}

/// A calibration of a fake engine's templates: rectangles of one colour (similarity about 0.99) have a
/// confidence above 0.92, those of different colours (mostly below 0.5) one below 0.6. Tones likewise.
fn calibration(model: ModelDigest) -> Result<Calibration, vultus_search::CalibrationError> {
    let points = [(0.0, 0.5), (0.4, 1e-2), (0.6, 1e-3), (0.8, 1e-4), (0.9, 1e-5), (0.95, 1e-6)];
    let points: Vec<String> = points
        .iter()
        .map(|(similarity, fmr)| {
            format!(r#"{{"similarity":{similarity},"fmr":{fmr},"source":"extrapolated"}}"#)
        })
        .collect();
    Calibration::from_json(&format!(
        r#"{{"models":["{model}"],"data_set":"none","data_set_licence":"none","pairs":0,"command":"none","points":[{}]}}"#,
        points.join(",")
    ))
}

/// A person of the fake engine: red.
pub const ALICE: [u8; 3] = [200, 40, 40];
/// Another: blue.
pub const BOB: [u8; 3] = [40, 40, 200];
/// A third: green.
pub const CAROL: [u8; 3] = [40, 201, 40];

/// A photo of 640 x 480 pixels with these people side by side, the first the largest.
///
/// # Errors
/// Where the photo cannot be encoded.
pub fn photo_of(people: &[[u8; 3]]) -> Result<Vec<u8>, vultus_face::FaceError> {
    let face = |(place, colour): (u32, &[u8; 3])| FakeFace {
        colour: *colour,
        x: 20 + place * 150,
        y: 60 + place * 10,
        side: 120 - place * 20,
    };
    let faces: Vec<FakeFace> = (0..4).zip(people).map(face).collect();
    fake_photo(640, 480, &faces)
}

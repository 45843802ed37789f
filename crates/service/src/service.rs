//! What the use cases share.

use std::sync::Arc;

use vultus_face::FaceAnalyzer;
use vultus_inference::{Permit, WorkPool};
use vultus_search::{Calibration, IndexFeed, PersonIndex};
use vultus_store::{BlobStore, Store};
use vultus_types::{Clock, FaceIdSource};
use vultus_video::CameraStates;

use crate::entropy::random;
use crate::events::Turns;
use crate::media::MediaNews;
use crate::readiness::Lag;
use crate::search::KnownShards;
use crate::{Accounts, Entropy, FaceSearch, PersonPolicy, ServiceError, Traffic, Voices};

/// What an operator decides for everyone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// Whether age, gender and ethnicity are estimated at all.
    pub demographics: bool,
    /// How the persons that cameras see are told apart.
    pub persons: PersonPolicy,
    /// Media of all accounts that may wait to be analysed; one more is refused.
    pub most_media: u32,
    /// Changes that the search index may be behind the store for a while; with more, the process is not ready.
    pub max_lag_changes: u64,
    /// Whether searches are answered while some of the servers that hold faces do not answer, where the caller does
    /// not say.
    pub partial_answers: bool,
}

/// Some fifty seconds of 200 enrolments each.
const MAX_LAG_CHANGES: u64 = 10_000;

impl Default for Policy {
    fn default() -> Self {
        Self {
            demographics: true,
            persons: PersonPolicy::default(),
            most_media: 32,
            max_lag_changes: MAX_LAG_CHANGES,
            partial_answers: false,
        }
    }
}

/// What a [`Service`] is made of. `store`, `accounts`, `search`, `persons` and `feed` must belong to the same
/// database; `calibration`, `search` and the index of persons to the analyser's pack.
pub struct ServiceParts {
    /// Faces and galleries.
    pub store: Arc<dyn Store>,
    /// Photos.
    pub blobs: BlobStore,
    /// Accounts.
    pub accounts: Accounts,
    /// Finds and describes faces.
    pub analyzer: Arc<dyn FaceAnalyzer>,
    /// Compares voices, where the pack has a model for them.
    pub voices: Option<Voices>,
    /// Where heavy work runs.
    pub pool: Arc<WorkPool>,
    /// Where enrolled faces are searched.
    pub search: FaceSearch,
    /// The persons that cameras saw, as [`PersonPolicy::index`] makes it.
    pub persons: Arc<PersonIndex>,
    /// Keeps the indexes of this process level with the store.
    pub feed: Arc<IndexFeed>,
    /// From similarities to confidences and back.
    pub calibration: Arc<Calibration>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// What the operator decided.
    pub policy: Policy,
}

/// The use cases; see the crate's documentation. Cheap to share behind an [`Arc`].
pub struct Service {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) blobs: BlobStore,
    pub(crate) accounts: Accounts,
    pub(crate) analyzer: Arc<dyn FaceAnalyzer>,
    pub(crate) voices: Option<Voices>,
    pub(crate) pool: Arc<WorkPool>,
    pub(crate) search: FaceSearch,
    pub(crate) known_shards: KnownShards,
    pub(crate) persons: Arc<PersonIndex>,
    pub(crate) feed: Arc<IndexFeed>,
    pub(crate) calibration: Arc<Calibration>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) policy: Policy,
    pub(crate) ids: FaceIdSource,
    pub(crate) camera_states: Arc<CameraStates>,
    pub(crate) turns: Turns,
    pub(crate) media_news: MediaNews,
    pub(crate) traffic: Traffic,
    pub(crate) lag: Lag,
}

impl Service {
    /// The use cases over the given parts.
    pub fn new(parts: ServiceParts) -> Self {
        let ServiceParts {
            store,
            blobs,
            accounts,
            analyzer,
            voices,
            pool,
            search,
            persons,
            feed,
            calibration,
            clock,
            entropy,
            policy,
        } = parts;
        Self {
            store,
            blobs,
            accounts,
            analyzer,
            voices,
            pool,
            search,
            known_shards: KnownShards::default(),
            persons,
            feed,
            calibration,
            traffic: Traffic::new(Arc::clone(&clock)),
            clock,
            entropy,
            policy,
            ids: FaceIdSource::default(),
            camera_states: Arc::default(),
            turns: Turns::default(),
            media_news: MediaNews::default(),
            lag: Lag::default(),
        }
    }

    /// The use cases around accounts.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Takes a place in the queue for one photo request, to be obtained before the request's body is read.
    ///
    /// # Errors
    /// [`ErrorKind::Overloaded`](crate::ErrorKind::Overloaded) where the queue is full.
    pub fn admit(&self) -> Result<Permit, ServiceError> {
        Ok(self.pool.try_permit()?)
    }

    /// A random id for a request, 16 hexadecimal digits; zeros where the system has no randomness.
    pub fn request_id(&self) -> String {
        hex::encode(random::<8>(&*self.entropy).unwrap_or_default())
    }

    /// A random UUID for a request.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal) where the system has no randomness.
    pub fn request_uuid(&self) -> Result<uuid::Uuid, ServiceError> {
        Ok(uuid::Builder::from_random_bytes(random::<16>(&*self.entropy)?).into_uuid())
    }

    /// The time by the clock of this process.
    pub fn now(&self) -> vultus_types::Timestamp {
        self.clock.now()
    }

    /// A random name for something that was sent without one, 20 hexadecimal digits.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal) where the system has no randomness.
    pub fn random_name(&self) -> Result<String, ServiceError> {
        Ok(hex::encode(random::<10>(&*self.entropy)?))
    }
}

//! What the console sees of the server as a whole.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use vultus_inference::PoolStats;
use vultus_store::{AccountCount, AuditStore, Inventory, OperatorStore};
use vultus_types::{AccountId, Timestamp};

use crate::{Account, Audit, Operators, SearchGauges, Service, ServiceError};

/// How many galleries the overview shows.
const SHOWN_GALLERIES: u32 = 20;

/// How long counts of everything are shown before they are counted again.
const COUNTED_FOR: Duration = Duration::from_secs(10);

/// The days that an account's requests are added up over in the list of accounts.
pub const LISTED_DAYS: i64 = 30;

/// What does not change while the process runs.
#[derive(Clone, Debug)]
pub struct ServerFacts {
    /// The version of the program.
    pub version: &'static str,
    /// When the process started.
    pub started_at: Timestamp,
    /// The name of the machine, which tells several servers on one store apart.
    pub node: String,
    /// The models in use.
    pub models: Vec<ModelFacts>,
    /// Where models are installed, packs that are not in use among them.
    pub models_dir: PathBuf,
    /// The data directory.
    pub data_dir: PathBuf,
    /// Whether the program that reads videos was found.
    pub has_ffmpeg: bool,
}

/// A model in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFacts {
    /// What it is used for.
    pub task: String,
    /// Its name.
    pub name: String,
    /// The SHA-256 digest of its file, in hexadecimal digits.
    pub digest: String,
    /// Its licence.
    pub licence: String,
    /// Where its weights come from.
    pub package: String,
    /// The size of its file.
    pub bytes: u64,
}

/// How busy the server is at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gauges {
    /// The work pool.
    pub pool: PoolStats,
    /// Where it searches.
    pub search: SearchGauges,
    /// Changes of the store that the indexes of this process, or one of the shards that answer, have not seen yet; they
    /// see them before the next search.
    pub lag_changes: u64,
}

/// What an installed pack can do, and the server with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerCapabilities {
    /// It detects presentation attacks.
    pub liveness: bool,
    /// It compares voices.
    pub voice: bool,
    /// It tells age and gender or expressions.
    pub attributes: bool,
}

/// How the server is doing.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Whether requests can be served.
    pub is_ready: bool,
    /// How busy it is.
    pub gauges: Gauges,
    /// How much there is, as of some seconds ago at most.
    pub inventory: Arc<Inventory>,
    /// What it can do.
    pub capabilities: ServerCapabilities,
}

/// An account with what it has and uses.
#[derive(Clone, Debug)]
pub struct AccountState {
    /// The account.
    pub account: Account,
    /// Liveness verifications that were answered this month.
    pub liveness_used: u64,
    /// Its faces, as of some seconds ago at most.
    pub faces: u64,
    /// Its requests of the last [`LISTED_DAYS`] days.
    pub requests: u64,
}

/// The use cases of the console, beside those that every dialect has.
pub struct Administration {
    service: Arc<Service>,
    operators: Operators,
    audit: Audit,
    facts: ServerFacts,
    counted: Mutex<Option<(Timestamp, Arc<Inventory>)>>,
}

impl Administration {
    /// The console's use cases over those of a service.
    ///
    /// # Errors
    /// Where the operating system refuses a thread.
    pub fn new(service: Arc<Service>, facts: ServerFacts) -> std::io::Result<Self> {
        let accounts = service.accounts();
        let operators = Operators::new(Arc::clone(&service.store) as Arc<dyn OperatorStore>, accounts)?;
        let audit = Audit::new(Arc::clone(&service.store) as Arc<dyn AuditStore>, accounts);
        Ok(Self { service, operators, audit, facts, counted: Mutex::new(None) })
    }

    /// The use cases that every dialect has.
    pub fn service(&self) -> &Arc<Service> {
        &self.service
    }

    /// The operators.
    pub fn operators(&self) -> &Operators {
        &self.operators
    }

    /// The audit log.
    pub fn audit(&self) -> &Audit {
        &self.audit
    }

    /// What does not change while the process runs.
    pub fn facts(&self) -> &ServerFacts {
        &self.facts
    }

    /// How the server is doing.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal).
    pub async fn overview(&self) -> Result<Overview, ServiceError> {
        Ok(Overview {
            is_ready: self.service.check_ready().await.is_ok(),
            gauges: self.service.gauges().await?,
            inventory: self.inventory().await?,
            capabilities: self.service.capabilities(),
        })
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal).
    pub async fn accounts(&self) -> Result<Vec<AccountState>, ServiceError> {
        let (inventory, requests) = (self.inventory().await?, self.requests().await?);
        let mut states = Vec::new();
        for account in self.service.accounts().list().await? {
            states.push(self.state_of(account, &inventory, &requests).await?);
        }
        Ok(states)
    }

    /// The account of that name.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
    pub async fn account(&self, name: &str) -> Result<AccountState, ServiceError> {
        let account = self.service.accounts().named(name).await?;
        let (inventory, requests) = (self.inventory().await?, self.requests().await?);
        self.state_of(account, &inventory, &requests).await
    }

    /// The requests of an account on its last days, this one among them, in the order of days.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
    pub async fn account_usage(&self, name: &str, days: u16) -> Result<Vec<AccountCount>, ServiceError> {
        let account = self.service.accounts().named(name).await?;
        let since = self.service.now().day_number() - i64::from(days) + 1;
        Ok(self.service.store.account_usage(account.id, since).await?)
    }

    async fn state_of(
        &self,
        account: Account,
        inventory: &Inventory,
        requests: &[(AccountId, u64)],
    ) -> Result<AccountState, ServiceError> {
        let count = |counts: &[(AccountId, u64)]| {
            counts.iter().find(|(id, _)| *id == account.id).map_or(0, |(_, count)| *count)
        };
        Ok(AccountState {
            liveness_used: self.service.accounts().liveness_this_month(&account).await?,
            faces: count(&inventory.faces_of),
            requests: count(requests),
            account,
        })
    }

    async fn requests(&self) -> Result<Vec<(AccountId, u64)>, ServiceError> {
        let since = self.service.now().day_number() - LISTED_DAYS + 1;
        Ok(self.service.store.requests_since(since).await?)
    }

    /// Counts everything, at most once in [`COUNTED_FOR`]: whoever comes meanwhile waits for the count under way.
    async fn inventory(&self) -> Result<Arc<Inventory>, ServiceError> {
        let mut counted = self.counted.lock().await;
        let now = self.service.now();
        if let Some((at, inventory)) = &*counted
            && (at.0..at.0 + COUNTED_FOR.as_micros() as i64).contains(&now.0)
        {
            return Ok(Arc::clone(inventory));
        }
        let inventory = Arc::new(self.service.store.inventory(SHOWN_GALLERIES).await?);
        *counted = Some((now, Arc::clone(&inventory)));
        Ok(inventory)
    }
}

impl Service {
    /// How busy the process is.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal).
    pub async fn gauges(&self) -> Result<Gauges, ServiceError> {
        let last = self.store.last_change().await?;
        let lag = last.saturating_sub(self.feed.applied().unwrap_or(0));
        let search = self.search_gauges().await?;
        let lag_changes = search.shards.iter().filter_map(|shard| shard.changes).fold(lag, u64::max);
        Ok(Gauges { pool: self.pool.stats(), search, lag_changes })
    }

    /// What the installed pack can do.
    pub fn capabilities(&self) -> ServerCapabilities {
        let can = self.analyzer.capabilities();
        ServerCapabilities {
            liveness: can.liveness,
            voice: self.voices.is_some(),
            attributes: can.demographics && self.policy.demographics || can.expression,
        }
    }
}

//! How many requests came, how they ended and how long they took; and how much there is of everything.

use async_trait::async_trait;
use vultus_types::{AccountId, Timestamp};

use crate::StoreError;

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OutcomeClass {
    /// With its answer.
    Ok,
    /// With an error of the client's.
    ClientError,
    /// With an error of the server's.
    ServerError,
    /// For want of room, of quota, or of time between two attempts.
    Refused,
}

impl OutcomeClass {
    /// Every class.
    pub const ALL: [Self; 4] = [Self::Ok, Self::ClientError, Self::ServerError, Self::Refused];

    /// Its name in stores and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::ClientError => "client_error",
            Self::ServerError => "server_error",
            Self::Refused => "refused",
        }
    }

    /// The class of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }
}

/// The length of the steps in which traffic is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TrafficStep {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
}

impl TrafficStep {
    /// Its length in seconds.
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3600,
        }
    }
}

/// Requests that ended in one step, in one way, in about the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficCount {
    /// When the step began.
    pub at: Timestamp,
    /// The dialect.
    pub dialect: String,
    /// How they ended.
    pub class: OutcomeClass,
    /// The bucket of the histogram of durations; what it means is the caller's.
    pub bucket: u8,
    /// How many.
    pub count: u64,
}

/// Requests of an account on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountCount {
    /// Whose.
    pub account: AccountId,
    /// The day, counted from 1970-01-01 in UTC.
    pub day: i64,
    /// The dialect.
    pub dialect: String,
    /// How they ended.
    pub class: OutcomeClass,
    /// How many.
    pub count: u64,
}

/// A gallery by its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GallerySize {
    /// The name of its account.
    pub account: String,
    /// Its name.
    pub gallery: String,
    /// Its faces.
    pub faces: u64,
    /// Its subjects.
    pub subjects: u64,
}

/// How much there is of everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Accounts, disabled ones too.
    pub accounts: u64,
    /// Galleries.
    pub galleries: u64,
    /// Faces.
    pub faces: u64,
    /// The faces of each account that has any.
    pub faces_of: Vec<(AccountId, u64)>,
    /// The galleries with the most faces, biggest first; equal ones by account and name.
    pub biggest: Vec<GallerySize>,
}

/// Counts of requests, added up by every process on the store.
#[async_trait]
pub trait UsageStore: Send + Sync {
    /// Adds counts of minutes, which are added to their hours too, and of accounts. Counts of accounts that do not
    /// exist are left out.
    async fn add_usage(&self, traffic: &[TrafficCount], accounts: &[AccountCount]) -> Result<(), StoreError>;

    /// The traffic of the steps that began at `from` or later and before `to`, in the order of time, added up in
    /// groups of `every` seconds, which are multiples of the step's length counted from 1970.
    async fn traffic(
        &self,
        step: TrafficStep,
        from: Timestamp,
        to: Timestamp,
        every: i64,
    ) -> Result<Vec<TrafficCount>, StoreError>;

    /// Forgets the traffic of steps of that length that began before a moment.
    async fn forget_traffic(&self, step: TrafficStep, before: Timestamp) -> Result<(), StoreError>;

    /// The requests of an account since a day, in the order of days.
    async fn account_usage(&self, account: AccountId, since: i64) -> Result<Vec<AccountCount>, StoreError>;

    /// How many requests each account has made since a day; those without any are left out.
    async fn requests_since(&self, since: i64) -> Result<Vec<(AccountId, u64)>, StoreError>;

    /// How much there is of everything, with the `biggest` galleries. Takes time that grows with the store.
    async fn inventory(&self, biggest: u32) -> Result<Inventory, StoreError>;
}

//! The people who run the server, and their sessions in its console.

use std::time::Duration;

use async_trait::async_trait;
use vultus_types::Timestamp;

use crate::{SecretHash, StoreError};

/// What an operator may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything.
    Administrator,
    /// Work with people's data.
    Operator,
    /// Look at what was done, never at people's data.
    Auditor,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Administrator, Self::Operator, Self::Auditor];

    /// Its name in stores and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// Somebody who may sign in to the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The name, unique.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether the password was given by somebody else and must be changed before anything else is done.
    pub must_change_password: bool,
    /// When they were created.
    pub created_at: Timestamp,
    /// Since when they may not sign in, if so.
    pub disabled_at: Option<Timestamp>,
    /// When they last signed in.
    pub last_sign_in_at: Option<Timestamp>,
}

/// A password as a PHC string of Argon2id. Not printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// What may change of an operator; what is `None` stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OperatorUpdate {
    /// The role.
    pub role: Option<Role>,
    /// Since when they may not sign in; `Some(None)` lets them in again.
    pub disabled_at: Option<Option<Timestamp>>,
}

/// A signed-in browser. The token itself is stored nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleSession {
    /// The keyed hash of its token.
    pub token_hash: SecretHash,
    /// Whose it is.
    pub operator: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub used_at: Timestamp,
}

/// Sign-ins that failed are forgotten after this time without another of the same origin.
pub const FAILURES_LAST: Duration = Duration::from_hours(1);

/// How sign-ins of one origin are slowed down that fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptLimit {
    /// The keyed hash of the name, or of the address they come from.
    pub origin: SecretHash,
    /// Attempts that may fail before the next must wait.
    pub free: u32,
    /// The longest wait; the first is a second, and each is twice the one before.
    pub most: Duration,
}

impl AttemptLimit {
    /// How long the next attempt must wait after so many that failed.
    pub fn wait(&self, failures: u32, last: Timestamp, now: Timestamp) -> Duration {
        let Some(beyond) = failures.checked_sub(self.free) else { return Duration::ZERO };
        let whole = Duration::from_secs(1_u64 << beyond.min(20)).min(self.most);
        whole.saturating_sub(Duration::from_micros(now.0.saturating_sub(last.0).max(0) as u64))
    }
}

/// Operators and their sessions.
#[async_trait]
pub trait OperatorStore: Send + Sync {
    /// Creates an operator.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the name is taken.
    async fn create_operator(&self, operator: &Operator, password: &PasswordHash) -> Result<(), StoreError>;

    /// Creates an operator where there is none at all, and tells whether it did.
    async fn create_first_operator(
        &self,
        operator: &Operator,
        password: &PasswordHash,
    ) -> Result<bool, StoreError>;

    /// All operators, by name.
    async fn operators(&self) -> Result<Vec<Operator>, StoreError>;

    /// The operator of that name, with their password.
    async fn operator(&self, name: &str) -> Result<Option<(Operator, PasswordHash)>, StoreError>;

    /// Changes an operator. The sessions of one who is disabled end. The last administrator who may sign in stays
    /// one.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such operator, [`StoreError::Conflict`] where no administrator
    /// would be left; then nothing changes.
    async fn update_operator(&self, name: &str, update: OperatorUpdate) -> Result<Operator, StoreError>;

    /// Replaces a password, says whether it must be changed, and ends the operator's sessions but for `keep`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such operator.
    async fn set_password(
        &self,
        name: &str,
        password: &PasswordHash,
        must_change: bool,
        keep: Option<SecretHash>,
    ) -> Result<(), StoreError>;

    /// Begins a session, notes that the operator signed in, and forgets the sessions that ended before it began.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such operator.
    async fn begin_session(&self, session: &ConsoleSession) -> Result<(), StoreError>;

    /// The session of that token, whether it still lasts or not, with its operator.
    async fn session(&self, token: SecretHash) -> Result<Option<(ConsoleSession, Operator)>, StoreError>;

    /// Notes that a session was used; nothing happens where there is none.
    async fn use_session(&self, token: SecretHash, at: Timestamp) -> Result<(), StoreError>;

    /// Ends a session; nothing happens where there is none.
    async fn end_session(&self, token: SecretHash) -> Result<(), StoreError>;

    /// Counts a sign-in as failed before it is made, for each of its origins, so that many at once are no way around
    /// the limits, however many processes they reach. Where one of the limits makes it wait, nothing is counted and
    /// the answer is the longest wait.
    async fn begin_attempt(
        &self,
        limits: &[AttemptLimit],
        now: Timestamp,
    ) -> Result<Option<Duration>, StoreError>;

    /// A sign-in that was counted did not fail: forgets the failures of the name, and one of the address.
    async fn attempt_succeeded(&self, name: SecretHash, address: SecretHash) -> Result<(), StoreError>;
}

//! Accounts and their credentials.

use async_trait::async_trait;
use vultus_types::{AccountId, CalendarMonth, Timestamp};

use crate::StoreError;

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its name, unique.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// Since when it may not be used, if so.
    pub disabled_at: Option<Timestamp>,
    /// How many liveness verifications it may have answered per month; any number where there is no limit.
    pub liveness_per_month: Option<u32>,
    /// How many requests it may make per minute, at least 1; any number where there is no limit.
    pub requests_per_minute: Option<u32>,
}

impl Account {
    /// A new account that may be used without limit.
    pub fn new(id: AccountId, name: impl Into<String>, created_at: Timestamp) -> Self {
        Self {
            id,
            name: name.into(),
            created_at,
            disabled_at: None,
            liveness_per_month: None,
            requests_per_minute: None,
        }
    }
}

/// What an account has used of something that is limited per month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// How often it was counted.
    pub count: u64,
    /// How often it may be, where there is a limit.
    pub limit: Option<u32>,
}

impl Usage {
    /// Whether one more is within the limit.
    pub fn has_room(&self) -> bool {
        self.limit.is_none_or(|limit| self.count < u64::from(limit))
    }
}

/// What a credential opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CredentialKind {
    /// Kairos `app_key`; the public id is the `app_id`.
    KairosAppKey,
    /// FindFace token.
    FindFaceToken,
    /// Perse private key, traded for a token at login.
    PersePrivateKey,
    /// Perse `x-api-key`.
    PerseApiKey,
    /// MachineSense `api_key`.
    MachineSenseApiKey,
}

/// A keyed hash of a secret. Not printed by `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretHash(pub [u8; 32]);

impl std::fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// One credential of an account. The secret itself is stored nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// What it opens.
    pub kind: CredentialKind,
    /// The part that is no secret and by which the credential is found: the Kairos `app_id`; for the others
    /// the first 16 hexadecimal digits of the secret's hash.
    pub public_id: String,
    /// The keyed hash of the secret.
    pub secret_hash: SecretHash,
    /// When it stops working by itself, if it does.
    pub expires_at: Option<Timestamp>,
}

/// Accounts.
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// Creates an account with its credentials.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the name or a public id is taken.
    async fn create_account(&self, account: &Account, credentials: &[Credential]) -> Result<(), StoreError>;

    /// All accounts, by name.
    async fn accounts(&self) -> Result<Vec<Account>, StoreError>;

    /// The account of that name.
    async fn account_by_name(&self, name: &str) -> Result<Option<Account>, StoreError>;

    /// Replaces every credential of an account.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such account.
    async fn replace_credentials(
        &self,
        account: AccountId,
        credentials: &[Credential],
    ) -> Result<(), StoreError>;

    /// Gives an account credentials beside those it has, and forgets those of all accounts that expired before `now`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such account, [`StoreError::Conflict`] where a public id is taken.
    async fn add_credentials(
        &self,
        account: AccountId,
        credentials: &[Credential],
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Disables an account from the given moment, or enables it again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such account.
    async fn set_disabled(&self, account: AccountId, since: Option<Timestamp>) -> Result<(), StoreError>;

    /// Sets or lifts the limit of an account's liveness verifications per month. What was counted stays.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such account.
    async fn set_liveness_limit(&self, account: AccountId, per_month: Option<u32>) -> Result<(), StoreError>;

    /// How far an account's limit of liveness verifications is used up in a month.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such account.
    async fn liveness_usage(&self, account: AccountId, month: CalendarMonth) -> Result<Usage, StoreError>;

    /// Counts one more liveness verification, unless the account's limit is reached: then nothing changes and the
    /// answer is `false`. However many processes count at once, the count never exceeds the limit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such account.
    async fn count_liveness(&self, account: AccountId, month: CalendarMonth) -> Result<bool, StoreError>;

    /// Sets or lifts the limit of an account's requests per minute; it is at least 1. What was counted stays.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such account.
    async fn set_request_limit(&self, account: AccountId, per_minute: Option<u32>) -> Result<(), StoreError>;

    /// Counts one more request in a minute, numbered since 1970, unless the account's limit is reached: then nothing
    /// changes and the answer is `false`. However many processes count at once, the count never exceeds the limit.
    ///
    /// Of each account only the latest minute is kept. A process whose clock is behind counts in the minute of the one
    /// that is ahead, by a minute at most: where clocks differ by more, each change between them begins the count anew.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such account.
    async fn count_request(&self, account: AccountId, minute: i64) -> Result<bool, StoreError>;

    /// The credential of that kind and public id, whether it has expired or not, with its account.
    async fn find_credential(
        &self,
        kind: CredentialKind,
        public_id: &str,
    ) -> Result<Option<(Account, Credential)>, StoreError>;

    /// The keyed hash of a constant under the server's key; `None` where none was noted yet.
    async fn server_key(&self) -> Result<Option<SecretHash>, StoreError>;

    /// Notes the keyed hash of a constant under the server's key, unless one is noted already, and tells which one is.
    async fn note_server_key(&self, check: SecretHash) -> Result<SecretHash, StoreError>;

    /// Notes it in the place of another one.
    async fn replace_server_key(&self, check: SecretHash) -> Result<(), StoreError>;
}

//! Accounts and their credentials.

use async_trait::async_trait;
use vultus_types::{AccountId, Timestamp};

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

    /// Disables an account from the given moment, or enables it again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such account.
    async fn set_disabled(&self, account: AccountId, since: Option<Timestamp>) -> Result<(), StoreError>;

    /// The credential of that kind and public id, with its account.
    async fn find_credential(
        &self,
        kind: CredentialKind,
        public_id: &str,
    ) -> Result<Option<(Account, Credential)>, StoreError>;
}

//! Accounts and the credentials they are given for every dialect.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use vultus_store::{Account, AccountStore, Credential, CredentialKind, SecretHash, StoreError};
use vultus_types::{AccountId, Clock, Timestamp};

use crate::entropy::{Entropy, random};
use crate::secrets::new_secret;
use crate::{ErrorKind, SecretHasher, ServiceError, What};

/// How often new random ids are tried when one is taken.
const ATTEMPTS: usize = 5;

/// The longest name of an account, in bytes.
const MOST_NAME_BYTES: usize = 64;

/// The highest limit of an account's requests per minute. Whoever may make more than 16,000 in a second is not limited.
pub const MOST_REQUESTS_PER_MINUTE: u32 = 1_000_000;

/// The use cases around accounts. They need no engine, so that the command line can use them beside a running
/// server.
#[derive(Clone)]
pub struct Accounts {
    pub(crate) store: Arc<dyn AccountStore>,
    pub(crate) hasher: SecretHasher,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

/// Credentials of an account, shown once: only their hashes are stored. Serialises to what the command line
/// prints as JSON.
#[derive(Clone, Serialize)]
pub struct IssuedCredentials {
    /// The account's name.
    pub account: String,
    /// Kairos.
    pub kairos: KairosSecrets,
    /// FindFace.
    pub findface: FindFaceSecrets,
    /// Perse.
    pub perse: PerseSecrets,
    /// MachineSense.
    pub machinesense: MachineSenseSecrets,
}

/// Credentials for Kairos.
#[derive(Clone, Serialize)]
pub struct KairosSecrets {
    /// Public: 8 hexadecimal digits.
    pub app_id: String,
    /// Secret.
    pub app_key: String,
}

/// Credentials for FindFace.
#[derive(Clone, Serialize)]
pub struct FindFaceSecrets {
    /// Secret.
    pub token: String,
}

/// Credentials for Perse.
#[derive(Clone, Serialize)]
pub struct PerseSecrets {
    /// Secret, traded for a token at login.
    pub private_key: String,
    /// Secret.
    pub api_key: String,
}

/// Credentials for MachineSense.
#[derive(Clone, Serialize)]
pub struct MachineSenseSecrets {
    /// Secret.
    pub api_key: String,
}

impl Accounts {
    /// The use cases over a store. `hasher` must have the same key in every process that uses the store.
    pub fn new(
        store: Arc<dyn AccountStore>,
        hasher: SecretHasher,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { store, hasher, clock, entropy }
    }

    /// Whether the hasher's key is that of the credentials in the store. On a store that no process has used before
    /// it becomes their key.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn has_key(&self) -> Result<bool, ServiceError> {
        let own = self.key_check();
        Ok(self.store.note_server_key(own).await? == own)
    }

    /// The same where nothing is to become the key: `None` on a store that no process has used before.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn has_noted_key(&self) -> Result<Option<bool>, ServiceError> {
        let noted = self.store.server_key().await?;
        Ok(noted.map(|noted| noted == self.key_check()))
    }

    /// Makes the hasher's key that of the store. Credentials that were made with another one do not work any more.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn adopt_key(&self) -> Result<(), ServiceError> {
        Ok(self.store.replace_server_key(self.key_check()).await?)
    }

    /// What keys are told apart by, and not found from.
    fn key_check(&self) -> SecretHash {
        self.hasher.hash_as("server key", "")
    }

    /// Creates an account with credentials for every dialect. Names have 1 to 64 letters, digits, `-`, `_` or
    /// `.`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for other names, [`ErrorKind::AlreadyExists`] where the name is taken.
    pub async fn create(&self, name: &str) -> Result<IssuedCredentials, ServiceError> {
        let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || name.len() > MOST_NAME_BYTES || !name.bytes().all(is_fit) {
            return Err(ErrorKind::InvalidInput("name").into());
        }
        let created_at = self.clock.now();
        for _ in 0..ATTEMPTS {
            if self.store.account_by_name(name).await?.is_some() {
                return Err(ErrorKind::AlreadyExists(What::Account).into());
            }
            let random = random::<10>(&*self.entropy)?;
            let millis = created_at.as_millis().max(0) as u64;
            let id = AccountId(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid());
            let account = Account::new(id, name, created_at);
            let (issued, credentials) = self.issue(name)?;
            match self.store.create_account(&account, &credentials).await {
                Ok(()) => return Ok(issued),
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ErrorKind::AlreadyExists(What::Account).into())
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn list(&self) -> Result<Vec<Account>, ServiceError> {
        Ok(self.store.accounts().await?)
    }

    /// Replaces every credential of an account; the old ones stop working at once.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn rotate(&self, name: &str) -> Result<IssuedCredentials, ServiceError> {
        let account = self.named(name).await?;
        let (issued, credentials) = self.issue(name)?;
        self.store.replace_credentials(account.id, &credentials).await?;
        Ok(issued)
    }

    /// Gives an account credentials beside its own, which stop working after `lasting`. They can do what its own can.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn lend(
        &self,
        name: &str,
        lasting: Duration,
    ) -> Result<(IssuedCredentials, Timestamp), ServiceError> {
        let account = self.named(name).await?;
        let now = self.clock.now();
        let until = Timestamp(now.0 + lasting.as_micros() as i64);
        let (issued, mut credentials) = self.issue(name)?;
        for credential in &mut credentials {
            credential.expires_at = Some(until);
        }
        self.store.add_credentials(account.id, &credentials, now).await?;
        Ok((issued, until))
    }

    /// Whether a credential opens its account now.
    pub(crate) fn opens(&self, account: &Account, credential: &Credential) -> bool {
        let has_expired = credential.expires_at.is_some_and(|at| at <= self.clock.now());
        account.disabled_at.is_none() && !has_expired
    }

    /// Shuts an account out, keeping what it enrolled; it may be disabled already.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn disable(&self, name: &str) -> Result<(), ServiceError> {
        let account = self.named(name).await?;
        let since = account.disabled_at.unwrap_or_else(|| self.clock.now());
        Ok(self.store.set_disabled(account.id, Some(since)).await?)
    }

    /// Lets a disabled account in again.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn enable(&self, name: &str) -> Result<(), ServiceError> {
        let account = self.named(name).await?;
        Ok(self.store.set_disabled(account.id, None).await?)
    }

    /// Limits how many liveness verifications of an account are answered per month, or lifts the limit.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn limit_liveness(&self, name: &str, per_month: Option<u32>) -> Result<(), ServiceError> {
        let account = self.named(name).await?;
        Ok(self.store.set_liveness_limit(account.id, per_month).await?)
    }

    /// Limits how many requests an account may make per minute, over all servers and dialects together, or lifts the
    /// limit.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for 0 and for more than [`MOST_REQUESTS_PER_MINUTE`], [`ErrorKind::NotFound`].
    pub async fn limit_requests(&self, name: &str, per_minute: Option<u32>) -> Result<(), ServiceError> {
        if per_minute.is_some_and(|limit| !(1..=MOST_REQUESTS_PER_MINUTE).contains(&limit)) {
            return Err(ErrorKind::InvalidInput("requests_per_minute").into());
        }
        let account = self.named(name).await?;
        Ok(self.store.set_request_limit(account.id, per_minute).await?)
    }

    /// The liveness verifications of an account that were answered this month.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn liveness_this_month(&self, account: &Account) -> Result<u64, ServiceError> {
        Ok(self.store.liveness_usage(account.id, self.clock.now().into()).await?.count)
    }

    /// The account of that name.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn named(&self, name: &str) -> Result<Account, ServiceError> {
        let account = self.store.account_by_name(name).await?;
        account.ok_or_else(|| ErrorKind::NotFound(What::Account).into())
    }

    /// New secrets and what is stored of them.
    fn issue(&self, name: &str) -> Result<(IssuedCredentials, Vec<Credential>), ServiceError> {
        let entropy = &*self.entropy;
        let issued = IssuedCredentials {
            account: name.to_owned(),
            kairos: KairosSecrets {
                app_id: hex::encode(random::<4>(entropy)?),
                app_key: new_secret(entropy)?,
            },
            findface: FindFaceSecrets { token: new_secret(entropy)? },
            perse: PerseSecrets { private_key: new_secret(entropy)?, api_key: new_secret(entropy)? },
            machinesense: MachineSenseSecrets { api_key: new_secret(entropy)? },
        };
        let kairos = CredentialKind::KairosAppKey;
        let credentials = vec![
            Credential {
                kind: kairos,
                public_id: issued.kairos.app_id.clone(),
                secret_hash: self.hasher.hash(kairos, &issued.kairos.app_key),
                expires_at: None,
            },
            self.hasher.credential(CredentialKind::FindFaceToken, &issued.findface.token),
            self.hasher.credential(CredentialKind::PersePrivateKey, &issued.perse.private_key),
            self.hasher.credential(CredentialKind::PerseApiKey, &issued.perse.api_key),
            self.hasher.credential(CredentialKind::MachineSenseApiKey, &issued.machinesense.api_key),
        ];
        Ok((issued, credentials))
    }
}

#[cfg(test)]
mod tests;

//! Who calls, and whether they may yet.

use std::time::Duration;

use vultus_store::{Account, CredentialKind};
use vultus_types::AccountId;

use crate::secrets::public_id;
use crate::{Accounts, ErrorKind, Service, ServiceError};

/// The seconds of the minutes in which requests are counted.
const MINUTE_SECONDS: i64 = 60;

/// An account that proved who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
}

/// Credentials as a request presents them.
#[derive(Clone, Copy)]
pub enum Presented<'a> {
    /// A public id and its secret.
    Pair {
        /// What they open.
        kind: CredentialKind,
        /// The id.
        public_id: &'a str,
        /// The secret.
        secret: &'a str,
    },
    /// A secret alone.
    Secret {
        /// What it opens.
        kind: CredentialKind,
        /// The secret.
        secret: &'a str,
    },
    /// The token of a session that a private key was traded for.
    Session {
        /// The token.
        token: &'a str,
    },
}

impl<'a> Presented<'a> {
    /// The credentials of a Kairos client.
    pub const fn kairos(app_id: &'a str, app_key: &'a str) -> Self {
        Self::Pair { kind: CredentialKind::KairosAppKey, public_id: app_id, secret: app_key }
    }

    /// The credentials of a FindFace client.
    pub const fn findface(token: &'a str) -> Self {
        Self::Secret { kind: CredentialKind::FindFaceToken, secret: token }
    }

    /// The key of a Perse client that needs no session.
    pub const fn perse(api_key: &'a str) -> Self {
        Self::Secret { kind: CredentialKind::PerseApiKey, secret: api_key }
    }

    /// The token of a Perse client's session.
    pub const fn session(token: &'a str) -> Self {
        Self::Session { token }
    }

    /// The credentials of a MachineSense client.
    pub const fn machinesense(api_key: &'a str) -> Self {
        Self::Secret { kind: CredentialKind::MachineSenseApiKey, secret: api_key }
    }
}

impl Accounts {
    /// Tells whose credentials these are, and counts the request against the account's limit per minute. An account
    /// without a limit is not counted.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`] where they are nobody's or the account is disabled, [`ErrorKind::RateLimited`]
    /// where the limit is reached; then [`ServiceError::caller`] tells whose.
    pub async fn authenticate(&self, presented: Presented<'_>) -> Result<Caller, ServiceError> {
        let account = match presented {
            Presented::Pair { kind, public_id, secret } => self.holder(kind, public_id, secret).await?,
            Presented::Secret { kind, secret } => {
                self.holder(kind, &public_id(self.hasher.hash(kind, secret)), secret).await?
            }
            Presented::Session { token } => self.holder_of_session(token).await?,
        };
        self.count_request(&account).await?;
        Ok(Caller { account: account.id })
    }

    /// The account of a credential.
    async fn holder(&self, kind: CredentialKind, id: &str, secret: &str) -> Result<Account, ServiceError> {
        let found = self.store.find_credential(kind, id).await?;
        let account = found.and_then(|(account, credential)| {
            let is_valid = self.hasher.verify(&credential, secret) && self.opens(&account, &credential);
            is_valid.then_some(account)
        });
        account.ok_or_else(|| ErrorKind::Unauthenticated.into())
    }

    /// Counts a request of an account that has a limit.
    async fn count_request(&self, account: &Account) -> Result<(), ServiceError> {
        if account.requests_per_minute.is_none() {
            return Ok(());
        }
        let now = self.clock.now().as_secs();
        if self.store.count_request(account.id, now.div_euclid(MINUTE_SECONDS)).await? {
            return Ok(());
        }
        let left = MINUTE_SECONDS - now.rem_euclid(MINUTE_SECONDS);
        Err(ServiceError::rate_limited(account.id, Duration::from_secs(left as u64)))
    }
}

impl Service {
    /// Tells whose credentials these are, and counts the request; see [`Accounts::authenticate`].
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`] and [`ErrorKind::RateLimited`].
    pub async fn authenticate(&self, presented: Presented<'_>) -> Result<Caller, ServiceError> {
        self.accounts.authenticate(presented).await
    }
}

//! Who calls.

use vultus_store::CredentialKind;
use vultus_types::AccountId;

use crate::secrets::public_id;
use crate::{Accounts, ErrorKind, Service, ServiceError};

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

    /// The credentials of a MachineSense client.
    pub const fn machinesense(api_key: &'a str) -> Self {
        Self::Secret { kind: CredentialKind::MachineSenseApiKey, secret: api_key }
    }
}

impl Accounts {
    /// Tells whose credentials these are.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`] where they are nobody's or the account is disabled.
    pub async fn authenticate(&self, presented: Presented<'_>) -> Result<Caller, ServiceError> {
        let (kind, id, secret) = match presented {
            Presented::Pair { kind, public_id, secret } => (kind, public_id.to_owned(), secret),
            Presented::Secret { kind, secret } => (kind, public_id(self.hasher.hash(kind, secret)), secret),
        };
        let found = self.store.find_credential(kind, &id).await?;
        let account = found.and_then(|(account, credential)| {
            let is_valid = self.hasher.verify(&credential, secret) && self.opens(&account, &credential);
            is_valid.then_some(account)
        });
        let account = account.ok_or(ErrorKind::Unauthenticated)?;
        Ok(Caller { account: account.id })
    }
}

impl Service {
    /// Tells whose credentials these are; see [`Accounts::authenticate`].
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`].
    pub async fn authenticate(&self, presented: Presented<'_>) -> Result<Caller, ServiceError> {
        self.accounts.authenticate(presented).await
    }
}

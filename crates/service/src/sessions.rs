//! Sessions: a private key is traded for a token that lasts a while.
//!
//! A token is a JWT that nothing is stored of. Its signing key follows from the server's secret key and the number of
//! the day, so that every process with the same secret key knows it and each key is used for a day only.

use hmac::{Hmac, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use vultus_store::{Account, Credential, CredentialKind};

use crate::secrets::public_id;
use crate::{Accounts, ErrorKind, Presented, SecretHasher, Service, ServiceError};

/// How long a token lasts, in seconds: a quarter of an hour, as the service documented it whose dialect uses them.
pub const SESSION_SECONDS: i64 = 15 * 60;

/// How long a signing key is used, in seconds: a day, much longer than a token lasts, so that the key before the
/// present one is the oldest that a valid token can have.
const KEY_SECONDS: i64 = 24 * 60 * 60;

/// How much later a token may have been issued than this process's clock shows, in seconds: clocks of servers differ.
const CLOCK_SKEW_SECONDS: i64 = 60;

/// What a token is signed with. Pinned: no other is accepted, whatever a token says.
const ALGORITHM: Algorithm = Algorithm::HS256;

/// What tells the signing keys of sessions from other uses of the server's key.
const KEY_LABEL: &[u8] = b"perse session";

/// What a token says.
#[derive(Serialize, Deserialize)]
struct Claims {
    /// The account.
    sub: String,
    /// The public id of the private key that was traded.
    key: String,
    /// When it was issued, in seconds since 1970.
    iat: i64,
    /// When it ends, in seconds since 1970.
    exp: i64,
}

impl Accounts {
    /// Trades a private key for the token of a session of [`SESSION_SECONDS`], which is a request that counts.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`] where the key is nobody's or the account is disabled, and
    /// [`ErrorKind::RateLimited`].
    pub async fn log_in(&self, private_key: &str) -> Result<String, ServiceError> {
        let kind = CredentialKind::PersePrivateKey;
        let caller = self.authenticate(Presented::Secret { kind, secret: private_key }).await?;
        let now = self.clock.now().as_secs();
        let claims = Claims {
            sub: caller.account.to_string(),
            key: public_id(self.hasher.hash(kind, private_key)),
            iat: now,
            exp: now + SESSION_SECONDS,
        };
        let period = now.div_euclid(KEY_SECONDS);
        let header = Header { kid: Some(period.to_string()), ..Header::new(ALGORITHM) };
        let key = EncodingKey::from_secret(&self.hasher.session_key(period));
        encode(&header, &claims, &key).map_err(|error| ServiceError::new(ErrorKind::Internal, error))
    }

    /// Tells whose session the token is of. The private key is looked up, so that tokens end with the key when it is
    /// replaced and with the account when it is disabled.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`] where the token is not valid, not any more, or not yet.
    pub(crate) async fn holder_of_session(&self, token: &str) -> Result<Account, ServiceError> {
        let now = self.clock.now().as_secs();
        let claims = self.claims(token, now).ok_or(ErrorKind::Unauthenticated)?;
        let found = self.store.find_credential(CredentialKind::PersePrivateKey, &claims.key).await?;
        let is_valid = |account: &Account, credential: &Credential| {
            account.id.to_string() == claims.sub && self.opens(account, credential)
        };
        let found = found.filter(|(account, credential)| is_valid(account, credential));
        found.map(|(account, _)| account).ok_or_else(|| ErrorKind::Unauthenticated.into())
    }

    /// What a token says whose signature and times are right.
    fn claims(&self, token: &str, now: i64) -> Option<Claims> {
        let period: i64 = decode_header(token).ok()?.kid?.parse().ok()?;
        let present = now.div_euclid(KEY_SECONDS);
        if period != present && period != present - 1 {
            return None;
        }
        let mut validation = Validation::new(ALGORITHM);
        // The times are checked below, against the clock that was given to this process.
        validation.validate_exp = false;
        validation.validate_aud = false;
        let key = DecodingKey::from_secret(&self.hasher.session_key(period));
        let claims = decode::<Claims>(token, &key, &validation).ok()?.claims;
        (claims.iat <= now + CLOCK_SKEW_SECONDS && now < claims.exp).then_some(claims)
    }
}

impl SecretHasher {
    /// The key that signs the sessions of a day, numbered since 1970.
    fn session_key(&self, period: i64) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key())
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(KEY_LABEL);
        mac.update(&[0]);
        mac.update(&period.to_be_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl Service {
    /// Trades a private key for a token; see [`Accounts::log_in`].
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`] and [`ErrorKind::RateLimited`].
    pub async fn log_in(&self, private_key: &str) -> Result<String, ServiceError> {
        self.accounts.log_in(private_key).await
    }
}

#[cfg(test)]
mod tests;

//! The people who run the server: their passwords, their sessions, and what each role may do.
//!
//! A session is a random token in a cookie; the store holds a keyed hash of it. It ends with its hours, with a calm
//! hour, with its operator, and with a password that somebody else sets.

mod access;
mod attempts;
mod error;
mod password;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use subtle::ConstantTimeEq;
use vultus_inference::{Permit, WorkPool};
use vultus_store::{ConsoleSession, Operator, OperatorStore, OperatorUpdate, PasswordHash, Role, SecretHash};
use vultus_types::{Clock, Timestamp};

pub use access::Access;
pub use error::OperatorError;
pub use password::PASSWORD_BYTES;

use crate::entropy::{Entropy, random};
use crate::secrets::new_secret;
use crate::{Accounts, SecretHasher};

/// How long a session lasts at most.
pub const SESSION_LASTS: Duration = Duration::from_hours(12);

/// How long a session lasts that nobody uses.
pub const SESSION_IDLE: Duration = Duration::from_hours(1);

/// How often the use of a session is noted.
const NOTE_USE_AFTER: Duration = Duration::from_mins(1);

/// Passwords that may wait to be checked; each check takes tens of milliseconds and 19 MiB.
const WAITING_PASSWORDS: usize = 8;

/// The operator that is made at the first start.
pub const FIRST_OPERATOR: &str = "admin";

/// The longest name of an operator, in bytes.
const MOST_NAME_BYTES: usize = 64;

const TOKEN_LABEL: &str = "console session";
const CSRF_LABEL: &str = "console csrf";

/// The use cases around operators. They need no engine, so that the command line can use them beside a running
/// server.
#[derive(Clone)]
pub struct Operators {
    store: Arc<dyn OperatorStore>,
    hasher: SecretHasher,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// Where passwords are hashed: not on the threads that answer requests, and not in the way of photos.
    pool: Arc<WorkPool>,
}

/// A password that is shown once and must be changed at the first sign-in.
#[derive(Clone)]
pub struct OneTimePassword {
    /// Whose.
    pub operator: Operator,
    /// The password.
    pub password: String,
}

/// A session that lasts.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who is signed in.
    pub operator: Operator,
    /// What every call that changes something must bring along.
    pub csrf_token: String,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    token_hash: SecretHash,
}

impl Session {
    /// Whether that is the session's token against forged requests, in time that does not depend on where they
    /// differ.
    pub fn is_csrf_token(&self, presented: &str) -> bool {
        self.csrf_token.as_bytes().ct_eq(presented.as_bytes()).into()
    }
}

/// A session that began, with the token for its cookie.
pub struct SignedIn {
    /// The token, which is stored nowhere.
    pub token: String,
    /// The session.
    pub session: Session,
}

impl Operators {
    /// The use cases over a store, with the key, clock and randomness of `accounts`.
    ///
    /// # Errors
    /// Where the operating system refuses a thread.
    pub fn new(store: Arc<dyn OperatorStore>, accounts: &Accounts) -> std::io::Result<Self> {
        Ok(Self {
            store,
            hasher: accounts.hasher.clone(),
            clock: Arc::clone(&accounts.clock),
            entropy: Arc::clone(&accounts.entropy),
            pool: Arc::new(WorkPool::new(NonZeroUsize::MIN, WAITING_PASSWORDS)?),
        })
    }

    /// Where there is no operator at all, makes the administrator [`FIRST_OPERATOR`]. Of two processes that try at
    /// once, one does.
    ///
    /// # Errors
    /// [`OperatorError::Internal`].
    pub async fn create_first(&self) -> Result<Option<OneTimePassword>, OperatorError> {
        if !self.store.operators().await?.is_empty() {
            return Ok(None);
        }
        let (operator, password, hash) = self.new_operator(FIRST_OPERATOR, Role::Administrator).await?;
        let is_made = self.store.create_first_operator(&operator, &hash).await?;
        Ok(is_made.then_some(OneTimePassword { operator, password }))
    }

    /// Creates an operator. Names have 1 to 64 letters, digits, `-`, `_` or `.`.
    ///
    /// # Errors
    /// [`OperatorError::UnfitName`], [`OperatorError::AlreadyExists`].
    pub async fn create(&self, name: &str, role: Role) -> Result<OneTimePassword, OperatorError> {
        if !is_name(name) {
            return Err(OperatorError::UnfitName);
        }
        let (operator, password, hash) = self.new_operator(name, role).await?;
        self.store.create_operator(&operator, &hash).await?;
        Ok(OneTimePassword { operator, password })
    }

    /// All operators, by name.
    ///
    /// # Errors
    /// [`OperatorError::Internal`].
    pub async fn list(&self) -> Result<Vec<Operator>, OperatorError> {
        Ok(self.store.operators().await?)
    }

    /// Changes an operator's role, shuts them out or lets them in again; what is `None` stays.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`], [`OperatorError::LastAdministrator`].
    pub async fn update(
        &self,
        name: &str,
        role: Option<Role>,
        disabled: Option<bool>,
    ) -> Result<Operator, OperatorError> {
        let disabled_at = match disabled {
            None => None,
            Some(false) => Some(None),
            Some(true) => {
                let (present, _) = self.store.operator(name).await?.ok_or(OperatorError::NotFound)?;
                Some(Some(present.disabled_at.unwrap_or_else(|| self.clock.now())))
            }
        };
        Ok(self.store.update_operator(name, OperatorUpdate { role, disabled_at }).await?)
    }

    /// Gives an operator a one-time password and ends all their sessions.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`].
    pub async fn reset_password(&self, name: &str) -> Result<OneTimePassword, OperatorError> {
        let (mut operator, _) = self.store.operator(name).await?.ok_or(OperatorError::NotFound)?;
        let (password, hash) = self.new_password().await?;
        self.store.set_password(name, &hash, true, None).await?;
        operator.must_change_password = true;
        Ok(OneTimePassword { operator, password })
    }

    /// Begins a session. It takes as long for a name that nobody has as for a wrong password. Attempts are counted in
    /// the store, by name and by the address they come from; after a few that failed each waits longer.
    ///
    /// # Errors
    /// [`OperatorError::TooManyAttempts`], [`OperatorError::Busy`], [`OperatorError::WrongPassword`] also where the
    /// operator may not sign in or does not exist.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
        address: &str,
    ) -> Result<SignedIn, OperatorError> {
        let now = self.clock.now();
        // Nobody has a name that could not be given.
        let name = if is_name(name) { name } else { "" };
        // Attempts are counted no faster than passwords are checked.
        let permit = self.admit()?;
        let attempt = self.begin_attempt(name, address).await?;
        let (operator, hash) = self.store.operator(name).await?.unzip();
        if !self.check(permit, password, hash).await? {
            return Err(OperatorError::WrongPassword);
        }
        let operator = operator.filter(|operator| operator.disabled_at.is_none());
        let operator = operator.ok_or(OperatorError::WrongPassword)?;
        self.succeeded(attempt).await?;
        let token = new_secret(&*self.entropy)?;
        let session = ConsoleSession {
            token_hash: self.hasher.hash_as(TOKEN_LABEL, &token),
            operator: operator.name.clone(),
            created_at: now,
            expires_at: later(now, SESSION_LASTS),
            used_at: now,
        };
        self.store.begin_session(&session).await?;
        let session = self.lasting(&token, &session, operator);
        Ok(SignedIn { token, session })
    }

    /// Whether there is an operator of that name, for the audit log, which must not hold a password that was typed
    /// into the wrong field.
    ///
    /// # Errors
    /// [`OperatorError::Internal`].
    pub async fn exists(&self, name: &str) -> Result<bool, OperatorError> {
        Ok(is_name(name) && self.store.operator(name).await?.is_some())
    }

    /// The session of that token, which it keeps from ending for another while.
    ///
    /// # Errors
    /// [`OperatorError::SignedOut`] where it has ended or never was.
    pub async fn session(&self, token: &str) -> Result<Session, OperatorError> {
        let token_hash = self.hasher.hash_as(TOKEN_LABEL, token);
        let found = self.store.session(token_hash).await?;
        let (session, operator) = found.ok_or(OperatorError::SignedOut)?;
        let now = self.clock.now();
        let lasts = now < session.expires_at
            && now < later(session.used_at, SESSION_IDLE)
            && operator.disabled_at.is_none();
        if !lasts {
            return Err(OperatorError::SignedOut);
        }
        if now >= later(session.used_at, NOTE_USE_AFTER) {
            self.store.use_session(token_hash, now).await?;
        }
        Ok(self.lasting(token, &session, operator))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`OperatorError::Internal`].
    pub async fn sign_out(&self, session: &Session) -> Result<(), OperatorError> {
        Ok(self.store.end_session(session.token_hash).await?)
    }

    /// Replaces the password of whoever is signed in and ends their other sessions.
    ///
    /// # Errors
    /// [`OperatorError::WrongPassword`] where `current` is not it, [`OperatorError::UnfitPassword`] where the new one
    /// is too short, too long, or no new one; [`OperatorError::TooManyAttempts`], [`OperatorError::Busy`].
    pub async fn change_password(
        &self,
        session: &Session,
        current: &str,
        new: &str,
        address: &str,
    ) -> Result<(), OperatorError> {
        let name = &session.operator.name;
        if !PASSWORD_BYTES.contains(&new.len()) || new == current || new == name {
            return Err(OperatorError::UnfitPassword);
        }
        let permit = self.admit()?;
        let attempt = self.begin_attempt(name, address).await?;
        let (_, hash) = self.store.operator(name).await?.ok_or(OperatorError::SignedOut)?;
        if !self.check(permit, current, Some(hash)).await? {
            return Err(OperatorError::WrongPassword);
        }
        self.succeeded(attempt).await?;
        let hash = self.hash(new.to_owned()).await?;
        Ok(self.store.set_password(name, &hash, false, Some(session.token_hash)).await?)
    }

    fn lasting(&self, token: &str, session: &ConsoleSession, operator: Operator) -> Session {
        Session {
            operator,
            csrf_token: hex::encode(self.hasher.hash_as(CSRF_LABEL, token).0),
            expires_at: session.expires_at,
            token_hash: session.token_hash,
        }
    }

    async fn new_operator(
        &self,
        name: &str,
        role: Role,
    ) -> Result<(Operator, String, PasswordHash), OperatorError> {
        let (password, hash) = self.new_password().await?;
        let operator = Operator {
            name: name.to_owned(),
            role,
            must_change_password: true,
            created_at: self.clock.now(),
            disabled_at: None,
            last_sign_in_at: None,
        };
        Ok((operator, password, hash))
    }

    async fn new_password(&self) -> Result<(String, PasswordHash), OperatorError> {
        let password = password::in_groups(random(&*self.entropy)?);
        let hash = self.hash(password.clone()).await?;
        Ok((password, hash))
    }

    async fn hash(&self, password: String) -> Result<PasswordHash, OperatorError> {
        let salt = random(&*self.entropy)?;
        self.on_pool(self.admit()?, move || password::hash(&password, salt)).await?
    }

    /// Whether the password is the one that was hashed; never where none was.
    async fn check(
        &self,
        permit: Permit,
        password: &str,
        hash: Option<PasswordHash>,
    ) -> Result<bool, OperatorError> {
        let password = password.to_owned();
        self.on_pool(permit, move || password::check(&password, hash.as_ref())).await
    }

    /// Takes a place among the passwords that wait.
    fn admit(&self) -> Result<Permit, OperatorError> {
        self.pool.try_permit().map_err(|_| OperatorError::Busy)
    }

    async fn on_pool<T: Send + 'static>(
        &self,
        permit: Permit,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, OperatorError> {
        Ok(self.pool.run(permit, move |_| job()).await?)
    }
}

/// Whether an operator may have that name.
fn is_name(text: &str) -> bool {
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=MOST_NAME_BYTES).contains(&text.len()) && text.bytes().all(is_fit)
}

const fn later(moment: Timestamp, time: Duration) -> Timestamp {
    Timestamp(moment.0 + time.as_micros() as i64)
}

#[cfg(test)]
mod tests;

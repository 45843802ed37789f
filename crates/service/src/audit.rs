//! Who did what to whom. Entries are written after what they tell of, with its outcome.

mod action;

use std::sync::Arc;

use vultus_store::{AuditFilter, AuditRecord, AuditStore, Role};
use vultus_types::Clock;

pub use action::Action;

use crate::{Accounts, ServiceError};

/// The actor of what is done on the command line.
pub const CLI_ACTOR: &str = "cli";

/// The actor of a failed sign-in under a name that nobody has. The name itself is not kept: it may be a password.
pub const UNKNOWN_ACTOR: &str = "unknown";

/// The outcome of what was done.
pub const DONE: &str = "ok";

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The operator's name, or [`CLI_ACTOR`], or [`UNKNOWN_ACTOR`].
    pub name: String,
    /// The role they acted in.
    pub role: Option<Role>,
    /// The network address they came from.
    pub address: Option<String>,
}

impl Actor {
    /// Whoever is at the command line.
    pub fn cli() -> Self {
        Self { name: CLI_ACTOR.to_owned(), role: None, address: None }
    }
}

/// What something was done to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The name of the account whose data it was.
    pub account: Option<String>,
    /// The name or id of the thing itself.
    pub target: Option<String>,
}

impl Subject {
    /// An account itself.
    pub fn account(name: impl Into<String>) -> Self {
        Self { account: Some(name.into()), target: None }
    }

    /// Something that is no account's.
    pub fn target(name: impl Into<String>) -> Self {
        Self { account: None, target: Some(name.into()) }
    }

    /// Something of an account.
    pub fn of(account: impl Into<String>, target: impl Into<String>) -> Self {
        Self { account: Some(account.into()), target: Some(target.into()) }
    }
}

/// The audit log; needs no engine.
#[derive(Clone)]
pub struct Audit {
    store: Arc<dyn AuditStore>,
    clock: Arc<dyn Clock>,
}

impl Audit {
    /// The log of a store, with the clock of `accounts`.
    pub fn new(store: Arc<dyn AuditStore>, accounts: &Accounts) -> Self {
        Self { store, clock: Arc::clone(&accounts.clock) }
    }

    /// Adds an entry; `outcome` is [`DONE`] or the kind of refusal or error.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal).
    pub async fn record(
        &self,
        actor: &Actor,
        action: Action,
        subject: &Subject,
        outcome: &str,
    ) -> Result<(), ServiceError> {
        let record = AuditRecord {
            at: self.clock.now(),
            actor: actor.name.clone(),
            role: actor.role,
            action: action.name().to_owned(),
            account: subject.account.clone(),
            target: subject.target.clone(),
            outcome: outcome.to_owned(),
            address: actor.address.clone(),
        };
        Ok(self.store.append_audit(&record).await?)
    }

    /// At most `limit` entries, the latest first, of those numbered below `before`.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal).
    pub async fn page(
        &self,
        filter: &AuditFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<(u64, AuditRecord)>, ServiceError> {
        Ok(self.store.audit(filter, before, limit).await?)
    }
}

//! Who did what to whom.

use async_trait::async_trait;
use vultus_types::Timestamp;

use crate::{Role, StoreError};

/// One thing that somebody did, or tried to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// When.
    pub at: Timestamp,
    /// The operator's name, or where it came from if it was none, such as `cli`.
    pub actor: String,
    /// The role they acted in, where they had one.
    pub role: Option<Role>,
    /// What it was, a dotted name such as `account.create`.
    pub action: String,
    /// The name of the account whose data it was about.
    pub account: Option<String>,
    /// What it was done to: the name or id of an operator, a subject, a face.
    pub target: Option<String>,
    /// `ok`, or the kind of refusal or error.
    pub outcome: String,
    /// The network address it came from.
    pub address: Option<String>,
}

/// Which entries are asked for; everything where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Those of this actor.
    pub actor: Option<String>,
    /// Those of this action.
    pub action: Option<String>,
    /// Those about this account, by its name.
    pub account: Option<String>,
    /// Those at this moment or later.
    pub from: Option<Timestamp>,
    /// Those before this moment.
    pub to: Option<Timestamp>,
}

/// The audit log. Entries are added and read, never changed.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Adds an entry.
    async fn append_audit(&self, record: &AuditRecord) -> Result<(), StoreError>;

    /// At most `limit` entries, the latest first, of those numbered below `before`. Numbers begin above 0 and grow,
    /// so that reading page after page meets every entry once, whatever is added meanwhile.
    async fn audit(
        &self,
        filter: &AuditFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<(u64, AuditRecord)>, StoreError>;
}

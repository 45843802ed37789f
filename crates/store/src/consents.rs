//! What clients declared about the consent of the persons whose photos and recordings they sent.

use async_trait::async_trait;
use vultus_types::{AccountId, Timestamp};

use crate::StoreError;

/// What was done with a person's photo or recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentOperation {
    /// Faces were found and described.
    Detect,
    /// Faces of two photos were compared.
    CompareFaces,
    /// A face was compared with a user's.
    CompareWithUser,
    /// A user was enrolled.
    Enrol,
    /// A user's face was replaced.
    Replace,
    /// Two recordings were compared.
    CompareVoices,
}

impl ConsentOperation {
    /// Every operation.
    pub const ALL: [Self; 6] = [
        Self::Detect,
        Self::CompareFaces,
        Self::CompareWithUser,
        Self::Enrol,
        Self::Replace,
        Self::CompareVoices,
    ];

    /// Its name in lists and in stores.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Detect => "detect",
            Self::CompareFaces => "compare_faces",
            Self::CompareWithUser => "compare_with_user",
            Self::Enrol => "enrol",
            Self::Replace => "replace",
            Self::CompareVoices => "compare_voices",
        }
    }

    /// The operation of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }
}

/// One call that processed a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRecord {
    /// Whose call it was.
    pub account: AccountId,
    /// When it came.
    pub recorded_at: Timestamp,
    /// What was done.
    pub operation: ConsentOperation,
    /// The enrolled subject it was about, where one is known.
    pub subject: Option<String>,
    /// Whether the client declared that the person consents; else it said nothing.
    pub is_declared: bool,
}

/// The log of consents. Entries are added and read, never changed.
#[async_trait]
pub trait ConsentStore: Send + Sync {
    /// Adds an entry.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such account.
    async fn record_consent(&self, consent: &ConsentRecord) -> Result<(), StoreError>;

    /// The first `limit` entries after the one numbered `after`, of one account or of all, in the order in which
    /// they were added. Numbers begin above 0 and grow.
    async fn consents(
        &self,
        account: Option<AccountId>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<(u64, ConsentRecord)>, StoreError>;
}

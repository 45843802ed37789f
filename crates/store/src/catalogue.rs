//! What people look through: galleries with their counts, subjects by name, small pictures of faces; and the changes
//! they make to a subject as a whole.

use async_trait::async_trait;
use vultus_types::{AccountId, FaceId, Timestamp};

use crate::StoreError;

/// A gallery with what lies in it counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GalleryCount {
    /// Its name.
    pub name: String,
    /// Different names that its faces carry.
    pub subjects: u64,
    /// Its faces.
    pub faces: u64,
}

/// Which subjects of a gallery.
///
/// Subjects are read by name: a page that begins after the last name read meets every subject that was there at the
/// start and stays, once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SubjectQuery<'a> {
    /// Those with this text in their name, upper and lower case alike; all where there is none.
    pub part: Option<&'a str>,
    /// Those whose names come after this one.
    pub after: Option<&'a str>,
    /// How many at most.
    pub limit: u32,
}

/// A subject of a gallery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectSummary {
    /// The name.
    pub name: String,
    /// How many faces of the gallery carry it.
    pub faces: u64,
    /// The one with the least id.
    pub first: FaceId,
    /// When the latest of them was enrolled.
    pub latest_at: Timestamp,
}

/// Galleries and subjects as people look through them.
#[async_trait]
pub trait CatalogueStore: Send + Sync {
    /// The account's galleries, by name, counted.
    async fn gallery_counts(&self, account: AccountId) -> Result<Vec<GalleryCount>, StoreError>;

    /// The first subjects of a gallery that the query covers, by name; `None` where there is no such gallery.
    async fn subject_page(
        &self,
        account: AccountId,
        gallery: &str,
        query: SubjectQuery<'_>,
    ) -> Result<Option<Vec<SubjectSummary>>, StoreError>;

    /// Takes a subject's faces out of one gallery and puts them into another, which is created where it does not
    /// exist; the first goes with its last face, unless it lasts. Tells how many faces moved; `None` where there is
    /// no such gallery or subject in it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the other gallery holds other faces of that name: they may be somebody else's.
    async fn move_subject(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
        to: &str,
    ) -> Result<Option<u64>, StoreError>;

    /// Gives a subject's faces of a gallery the name of another subject there. A face has one name, so that those
    /// which lie in other galleries too carry the new one there. Tells how many faces were renamed; `None` where
    /// there is no such gallery or subject in it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where the gallery has no subject of the new name.
    async fn merge_subjects(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
        into: &str,
    ) -> Result<Option<u64>, StoreError>;

    /// The blob that holds a small picture of the face, where one was made.
    async fn thumbnail(&self, account: AccountId, id: FaceId) -> Result<Option<String>, StoreError>;

    /// Notes the blob of a face's small picture, which is orphaned with the face, and takes it off the pending list.
    /// False, and nothing is changed, where the account has no such face or the face has a picture already.
    async fn set_thumbnail(&self, account: AccountId, id: FaceId, key: &str) -> Result<bool, StoreError>;
}

//! Enrolled faces, the galleries they are in, and the log of changes that feeds search indexes.
//!
//! A face has one subject name (which may be empty) and lies in one or more named galleries of its account.
//! A subject of a gallery is a name that at least one face of the gallery carries.
//!
//! A gallery exists as long as it has faces; one that was created by itself lasts until it is removed. A face
//! that is to lie in no gallery in particular lies in [`HOME_GALLERY`].

use std::time::Duration;

use async_trait::async_trait;
use vultus_types::{AccountId, BoundingBox, FaceId, PersonId, Template, Timestamp};

use crate::{FaceEvent, FaceQuery, FaceUpdate, FacesToRemove, Sighting, StoreError, SubjectCount};

/// The gallery of faces that lie in no other: a face leaves it when it joins another by a [`FaceUpdate`] and
/// comes back when it left the last one. Beside that it is a gallery like any other.
pub const HOME_GALLERY: &str = "default";

/// A face to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct FaceRecord {
    /// Its id.
    pub id: FaceId,
    /// Whose it is.
    pub account: AccountId,
    /// The name it was enrolled under.
    pub subject: String,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// Where it is in its photo.
    pub bounds: BoundingBox,
    /// Its overall quality, 0..=1.
    pub quality: f32,
    /// Its template.
    pub template: Template,
    /// The SHA-256 digest of the photo's file, by which the same file is known again.
    pub photo_digest: [u8; 32],
    /// The blob that holds its photo, where one is kept.
    pub photo_key: Option<String>,
    /// The MD5 digest of the photo's file, which clients know photos by; nothing for faces of earlier versions.
    pub photo_md5: Option<[u8; 16]>,
    /// Where the photo was fetched from, if it was.
    pub photo_url: Option<String>,
}

/// A face with the galleries it lies in and what the history knows of it.
#[derive(Clone, Debug, PartialEq)]
pub struct EnrolledFace {
    /// The face.
    pub face: FaceRecord,
    /// The names of its galleries, sorted.
    pub galleries: Vec<String>,
    /// The person it was given.
    pub person: Option<PersonId>,
    /// Where and when a camera saw it, if one did.
    pub event: Option<FaceEvent>,
}

/// What listings show of a face.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaceSummary {
    /// Its id.
    pub id: FaceId,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
}

/// What a search index needs of a face.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexEntry {
    /// Its id.
    pub id: FaceId,
    /// Whose it is.
    pub account: AccountId,
    /// Its subject.
    pub subject: String,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// Its galleries.
    pub galleries: Vec<String>,
    /// Its template.
    pub template: Template,
    /// Where it stands for its person, if it does.
    pub exemplar: Option<Sighting>,
}

/// One entry of the change log. Reading the face again tells what became of it: an entry means "look again",
/// so that applying entries twice or late does no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its place in the log, ever greater.
    pub sequence: u64,
    /// The face that was added, changed or removed; nothing where all templates were replaced at once, so
    /// that an index must be built anew.
    pub face: Option<FaceId>,
}

/// What a removal took away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// The faces that no longer exist.
    pub faces: Vec<FaceId>,
    /// The blobs that nothing refers to any more; they are listed as pending until
    /// [`FaceStore::forget_blobs`] is told that they were deleted.
    pub orphaned_blobs: Vec<String>,
}

/// Faces and galleries.
#[async_trait]
pub trait FaceStore: Send + Sync {
    /// Notes blobs that are about to be written, so that those of an enrolment which never finishes are found.
    async fn expect_blobs(&self, keys: &[String], now: Timestamp) -> Result<(), StoreError>;

    /// Stores faces in one transaction, all in each of the galleries (at least one; created where they do not
    /// exist), and takes their blobs off the pending list. The first face binds a store that is bound to no
    /// embedder.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where a face id is taken, [`StoreError::NotFound`] where there is no such
    /// account, [`StoreError::OtherEmbedder`] where a template was made by other models than those the store
    /// is bound to.
    async fn add_faces(&self, galleries: &[&str], faces: &[FaceRecord]) -> Result<(), StoreError>;

    /// Puts a face of the account into one more gallery (created where it does not exist); nothing happens
    /// where it lies in it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where the account has no such face.
    async fn add_to_gallery(&self, account: AccountId, id: FaceId, gallery: &str) -> Result<(), StoreError>;

    /// Creates a gallery that lasts without faces, or makes one last that exists. False where it lasts already.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such account.
    async fn create_gallery(&self, account: AccountId, gallery: &str) -> Result<bool, StoreError>;

    /// Names of the account's galleries, sorted.
    async fn galleries(&self, account: AccountId) -> Result<Vec<String>, StoreError>;

    /// Whether the account has a gallery of that name.
    async fn has_gallery(&self, account: AccountId, gallery: &str) -> Result<bool, StoreError>;

    /// Names of the gallery's subjects, sorted; `None` where there is no such gallery.
    async fn subjects(&self, account: AccountId, gallery: &str) -> Result<Option<Vec<String>>, StoreError>;

    /// The subject's faces in the gallery, oldest first; `None` where there is no such gallery, empty where
    /// there is no such subject.
    async fn faces_of_subject(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
    ) -> Result<Option<Vec<FaceSummary>>, StoreError>;

    /// Whether a face of the subject in the gallery was enrolled from the photo file with this digest.
    async fn is_photo_enrolled(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
        photo_digest: &[u8; 32],
    ) -> Result<bool, StoreError>;

    /// One face of the account.
    async fn face(&self, account: AccountId, id: FaceId) -> Result<Option<EnrolledFace>, StoreError>;

    /// Those of these faces that exist and are the account's, by id.
    async fn faces(&self, account: AccountId, ids: &[FaceId]) -> Result<Vec<EnrolledFace>, StoreError>;

    /// The first faces of the account that the query covers, in its order. Empty where there is no such
    /// gallery.
    async fn list_faces(
        &self,
        account: AccountId,
        query: &FaceQuery<'_>,
    ) -> Result<Vec<EnrolledFace>, StoreError>;

    /// The subjects of the account, or of one of its galleries, sorted, with their faces counted. Empty where
    /// there is no such gallery.
    async fn subject_counts(
        &self,
        account: AccountId,
        gallery: Option<&str>,
    ) -> Result<Vec<SubjectCount>, StoreError>;

    /// Changes a face and tells what it is then; `None` where the account has no such face. Galleries that it
    /// joins are created where they do not exist; those it leaves last go as in [`Self::remove_subject`].
    async fn update_face(
        &self,
        account: AccountId,
        id: FaceId,
        update: &FaceUpdate,
    ) -> Result<Option<EnrolledFace>, StoreError>;

    /// Removes faces of the account from all their galleries, in one transaction; those that do not exist are
    /// passed over.
    async fn remove_faces(
        &self,
        account: AccountId,
        which: FacesToRemove<'_>,
        now: Timestamp,
    ) -> Result<Removal, StoreError>;

    /// Removes a gallery. Faces that lie in no other gallery are removed with it. `None` where there is no
    /// such gallery.
    async fn remove_gallery(
        &self,
        account: AccountId,
        gallery: &str,
        now: Timestamp,
    ) -> Result<Option<Removal>, StoreError>;

    /// Takes a subject's faces, or the one face `only`, out of the gallery. Faces that then lie in no gallery
    /// are removed; a gallery that is left without faces is removed too, unless it lasts. `None` where there is no such
    /// gallery, subject or face in it.
    async fn remove_subject(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
        only: Option<FaceId>,
        now: Timestamp,
    ) -> Result<Option<Removal>, StoreError>;

    /// Puts new faces of a subject into a gallery in the place of those it has there, in one transaction, so that no
    /// reader sees the subject without a face. The old faces are taken out as by [`Self::remove_subject`], the new
    /// ones stored as by [`Self::add_faces`]. `None`, and nothing is changed, where there is no such gallery or
    /// subject in it.
    ///
    /// # Errors
    /// As [`Self::add_faces`].
    async fn replace_subject(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
        faces: &[FaceRecord],
        now: Timestamp,
    ) -> Result<Option<Removal>, StoreError>;

    /// Blobs that were noted or orphaned before `before` and neither claimed by a face nor forgotten.
    async fn pending_blobs(&self, before: Timestamp) -> Result<Vec<String>, StoreError>;

    /// Those of these blobs that a face, its small picture or a medium refers to, or that are on the pending list, in
    /// any order: all others are nobody's.
    async fn blobs_in_use(&self, keys: &[String]) -> Result<Vec<String>, StoreError>;

    /// Takes deleted blobs off the pending list.
    async fn forget_blobs(&self, keys: &[String]) -> Result<(), StoreError>;

    /// The greatest sequence in the change log, 0 where it is empty. Cheap: asked before every search.
    async fn last_change(&self) -> Result<u64, StoreError>;

    /// Returns when another node told of changes, or else after that time; where nobody tells, always after that
    /// time. Whether there are changes only [`last_change`](Self::last_change) says.
    async fn await_change(&self, at_most: Duration) -> Result<(), StoreError>;

    /// The first `limit` entries of the change log after `sequence`. Entries are numbered from 1 without gaps.
    async fn changes_after(&self, sequence: u64, limit: u32) -> Result<Vec<Change>, StoreError>;

    /// Index entries of those of `ids` that exist, in any order.
    async fn index_entries(&self, ids: &[FaceId]) -> Result<Vec<IndexEntry>, StoreError>;

    /// The first `limit` index entries with ids greater than `after`, by id; for building an index from
    /// nothing.
    async fn index_page(&self, after: Option<FaceId>, limit: u32) -> Result<Vec<IndexEntry>, StoreError>;

    /// The first `limit` index entries of faces that stand for their persons with ids greater than `after`, by id; for
    /// building an index of persons alone.
    async fn exemplar_page(&self, after: Option<FaceId>, limit: u32) -> Result<Vec<IndexEntry>, StoreError>;

    /// How many faces are stored, over all accounts.
    async fn face_count(&self) -> Result<u64, StoreError>;
}

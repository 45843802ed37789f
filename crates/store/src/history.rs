//! What cameras saw: events, and the persons they are attributed to.
//!
//! An event is a face together with the camera that saw it; it goes when its face goes. A person is a number
//! that faces share; it goes with its last face. Few events of a person are its *exemplars*: the templates
//! that new faces are compared with to tell whether they are the same person. Where an exemplar goes, or is
//! given to another person, another event of the person on that camera takes its place.

use async_trait::async_trait;
use vultus_types::{AccountId, CameraId, FaceId, PersonId, Timestamp};

use crate::{EnrolledFace, FaceRecord, StoreError};

/// Where and when a camera saw a face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaceEvent {
    /// The camera; it may not be configured, or not any more.
    pub camera: CameraId,
    /// When it saw the face.
    pub occurred_at: Timestamp,
    /// Whether the person was a regular guest of this camera then, by the [`FriendRule`].
    pub is_friend: bool,
}

/// A person seen by a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sighting {
    /// The camera.
    pub camera: CameraId,
    /// The person.
    pub person: PersonId,
}

/// Someone whom cameras saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRecord {
    /// The number, counted within the account.
    pub id: PersonId,
    /// The subject of the first face, which may be empty.
    pub meta: String,
    /// When the first face was enrolled.
    pub created_at: Timestamp,
}

/// How often and when a camera saw a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonSighting {
    /// The person.
    pub person: PersonId,
    /// The camera.
    pub camera: CameraId,
    /// How many events there are.
    pub events: u64,
    /// When the first was.
    pub first_at: Timestamp,
    /// When the last was.
    pub last_at: Timestamp,
    /// The event with the greatest face id.
    pub latest: FaceId,
}

/// Among whose events persons are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PersonScope {
    /// The account.
    pub account: AccountId,
    /// The camera; all cameras of the account where there is none.
    pub camera: Option<CameraId>,
}

/// Whose face a new event shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonChoice {
    /// Nobody's: persons are not told apart.
    Nobody,
    /// Someone new.
    New,
    /// A person who is known.
    Known(PersonId),
    /// The same person as an earlier face of the batch.
    SameAs(FaceId),
}

/// A new face as an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// The face, one of the batch.
    pub face: FaceId,
    /// The camera that saw it.
    pub camera: CameraId,
    /// When it saw it.
    pub occurred_at: Timestamp,
    /// Whose face it is.
    pub person: PersonChoice,
    /// Whether the face becomes an exemplar of its person.
    pub is_exemplar: bool,
    /// The face whose place as an exemplar it takes.
    pub replaces: Option<FaceId>,
}

/// Who is a friend: someone who was seen on at least `days` different days (of UTC) within the `within_days`
/// times 24 hours that end with the event, by the event's camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FriendRule {
    /// Different days, the event's own among them.
    pub days: u32,
    /// The length of the time looked at, in days.
    pub within_days: u32,
}

/// New events and what they rest on.
#[derive(Clone, Copy, Debug)]
pub struct EventBatch<'a> {
    /// One event for each face of the batch, in the same order.
    pub events: &'a [NewEvent],
    /// The state of the store that the choice of [`PersonChoice::New`] rests on: the scope that was looked at
    /// and the last change that was known.
    pub decided: Option<(PersonScope, u64)>,
    /// Who is a friend.
    pub friend: FriendRule,
}

/// Which events of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryFilter {
    /// Of this person.
    pub person: Option<PersonId>,
    /// Of one of these cameras.
    pub cameras: Option<Vec<CameraId>>,
    /// Not before this moment.
    pub start: Option<Timestamp>,
    /// Not after this moment.
    pub end: Option<Timestamp>,
    /// Of friends, or of others.
    pub is_friend: Option<bool>,
}

/// Events and persons.
#[async_trait]
pub trait HistoryStore: Send + Sync {
    /// Stores faces as [`FaceStore::add_faces`](crate::FaceStore::add_faces) does, and with them, in the same
    /// transaction, their events and new persons. Tells for each face its person and its event.
    ///
    /// # Errors
    /// Those of [`FaceStore::add_faces`](crate::FaceStore::add_faces); [`StoreError::NotFound`] where a known
    /// person is gone; [`StoreError::Stale`] where somebody new was decided on and the scope has got an exemplar
    /// since: the decision is to be taken again.
    async fn add_events(
        &self,
        galleries: &[&str],
        faces: &[FaceRecord],
        batch: EventBatch<'_>,
    ) -> Result<Vec<(Option<PersonId>, FaceEvent)>, StoreError>;

    /// Gives a face to a person who has faces already, or nothing happens where it is that person's. Whether
    /// its event was a friend's is found out anew, and it becomes an exemplar; where the person then has more
    /// than `most_exemplars` on that camera, the oldest are none any more. The person it had goes where this
    /// was the last face.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where the account has no such face or no such person.
    async fn set_person(
        &self,
        account: AccountId,
        face: FaceId,
        person: PersonId,
        friend: FriendRule,
        most_exemplars: u32,
    ) -> Result<(), StoreError>;

    /// The first `limit` persons of the account with numbers greater than `after`, by number.
    async fn persons(
        &self,
        account: AccountId,
        after: Option<PersonId>,
        limit: u32,
    ) -> Result<Vec<PersonRecord>, StoreError>;

    /// One person of the account.
    async fn person(&self, account: AccountId, id: PersonId) -> Result<Option<PersonRecord>, StoreError>;

    /// Which cameras saw these persons of the account, by person, then by camera. Persons without events are left
    /// out.
    async fn sightings(
        &self,
        account: AccountId,
        persons: &[PersonId],
    ) -> Result<Vec<PersonSighting>, StoreError>;

    /// The first `limit` events that the filter lets through with face ids up to `max_id`, greatest id first.
    /// Reading page after page, each with the greatest id not yet read, meets every event that was there at
    /// the start and was not removed once, and none twice, whatever is stored meanwhile.
    async fn history(
        &self,
        account: AccountId,
        filter: &HistoryFilter,
        max_id: Option<FaceId>,
        limit: u32,
    ) -> Result<Vec<EnrolledFace>, StoreError>;
}

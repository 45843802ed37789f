//! The persons whom cameras saw.

use vultus_search::{MOST_EXEMPLARS, PersonIndex};
use vultus_store::{FriendRule, PersonRecord, PersonScope, PersonSighting, StoreError};
use vultus_types::{AccountId, CameraId, Confidence, FaceId, PersonId, ScoreRule};

use crate::{Caller, ErrorKind, Service, ServiceError, What};

/// Among whose events persons are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PersonMode {
    /// Events are given no persons.
    Off,
    /// Each camera has persons of its own.
    #[default]
    PerCamera,
    /// The cameras of an account share their persons.
    Global,
}

/// How the persons that cameras see are told apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PersonPolicy {
    /// Among whose events.
    pub mode: PersonMode,
    /// The confidence from which on a face is the person's whom it is most like; else it is someone new.
    pub threshold: Confidence,
    /// Who is a friend.
    pub friend: FriendRule,
}

/// The confidence from which on a face belongs to a known person, unless the operator says otherwise: the
/// FindFace default.
const THRESHOLD: f32 = 0.75;

/// Who is a friend unless the operator says otherwise: the FindFace default.
const FRIEND: FriendRule = FriendRule { days: 5, within_days: 7 };

impl Default for PersonPolicy {
    fn default() -> Self {
        Self { mode: PersonMode::default(), threshold: Confidence::new(THRESHOLD), friend: FRIEND }
    }
}

impl PersonPolicy {
    /// The index of persons that goes with this policy, empty, for templates that `rule` compares.
    pub fn index(&self, rule: ScoreRule) -> PersonIndex {
        PersonIndex::new(rule, self.mode == PersonMode::Global)
    }

    /// Among whose events the persons of a camera are told apart; nothing where they are not.
    pub(crate) fn scope(&self, account: AccountId, camera: CameraId) -> Option<PersonScope> {
        match self.mode {
            PersonMode::Off => None,
            PersonMode::PerCamera => Some(PersonScope { account, camera: Some(camera) }),
            PersonMode::Global => Some(PersonScope { account, camera: None }),
        }
    }
}

/// A person with what cameras saw of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenPersonRecord {
    /// The person.
    pub person: PersonRecord,
    /// Which cameras saw them; none where no event is left.
    pub sightings: Vec<PersonSighting>,
}

impl Service {
    /// Persons with which cameras saw them, in the same order.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn sightings(
        &self,
        caller: Caller,
        persons: Vec<PersonRecord>,
    ) -> Result<Vec<SeenPersonRecord>, ServiceError> {
        let ids: Vec<PersonId> = persons.iter().map(|person| person.id).collect();
        let all = self.store.sightings(caller.account, &ids).await?;
        let with = |person: PersonRecord| SeenPersonRecord {
            sightings: all.iter().filter(|sighting| sighting.person == person.id).copied().collect(),
            person,
        };
        Ok(persons.into_iter().map(with).collect())
    }

    /// The first `limit` of the caller's persons with numbers greater than `after`, by number.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn persons(
        &self,
        caller: Caller,
        after: Option<PersonId>,
        limit: u32,
    ) -> Result<Vec<PersonRecord>, ServiceError> {
        Ok(self.store.persons(caller.account, after, limit).await?)
    }

    /// One of the caller's persons.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn person(&self, caller: Caller, id: PersonId) -> Result<PersonRecord, ServiceError> {
        Self::found(What::Person, self.store.person(caller.account, id).await?)
    }

    /// Gives a face to another person, who has faces already. From then on the face stands for that person:
    /// new faces like it are given to them. The person it had goes where this was the last face.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn set_person(
        &self,
        caller: Caller,
        face: FaceId,
        person: PersonId,
    ) -> Result<(), ServiceError> {
        let most = MOST_EXEMPLARS as u32;
        let friend = self.policy.persons.friend;
        match self.store.set_person(caller.account, face, person, friend, most).await {
            Err(StoreError::NotFound("face")) => Err(ErrorKind::NotFound(What::Face).into()),
            Err(StoreError::NotFound(_)) => Err(ErrorKind::NotFound(What::Person).into()),
            result => Ok(result?),
        }
    }
}

//! Galleries, subjects and faces.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::{EnrolledFace, GalleryCount, PersonSighting, SeenPersonRecord, SubjectSummary};
use vultus_types::Timestamp;

use super::Place;

/// A gallery.
#[derive(Serialize, ToSchema)]
pub(crate) struct Gallery {
    pub(crate) name: String,
    /// Different names that its faces carry.
    pub(crate) subjects: u64,
    pub(crate) faces: u64,
}

impl From<GalleryCount> for Gallery {
    fn from(GalleryCount { name, subjects, faces }: GalleryCount) -> Self {
        Self { name, subjects, faces }
    }
}

/// A subject in the list of a gallery.
#[derive(Serialize, ToSchema)]
pub(crate) struct SubjectRow {
    subject: String,
    /// How many faces of the gallery carry the name.
    faces: u64,
    /// The first of them.
    first_face: String,
    /// When the latest of them was enrolled.
    latest_at: String,
}

impl From<SubjectSummary> for SubjectRow {
    fn from(subject: SubjectSummary) -> Self {
        Self {
            subject: subject.name,
            faces: subject.faces,
            first_face: subject.first.to_string(),
            latest_at: subject.latest_at.to_rfc3339(),
        }
    }
}

/// A subject with a page of its faces.
#[derive(Serialize, ToSchema)]
pub(crate) struct Subject {
    pub(crate) gallery: String,
    pub(crate) subject: String,
    /// Newest first.
    pub(crate) faces: Vec<Face>,
    /// The cursor of the next page.
    pub(crate) next: Option<String>,
}

/// An enrolled face.
#[derive(Serialize, ToSchema)]
pub(crate) struct Face {
    id: String,
    subject: String,
    enrolled_at: String,
    #[serde(rename = "box")]
    place: Place,
    /// Its quality, 0 to 1.
    quality: f32,
    /// Whether its photo is kept, so that there is a thumbnail.
    has_photo: bool,
    galleries: Vec<String>,
    /// The person it was given, where a camera saw it.
    person: Option<String>,
    /// The camera that saw it.
    camera: Option<String>,
    /// When the camera saw it.
    seen_at: Option<String>,
}

impl From<EnrolledFace> for Face {
    fn from(EnrolledFace { face, galleries, person, event }: EnrolledFace) -> Self {
        Self {
            id: face.id.to_string(),
            subject: face.subject,
            enrolled_at: face.enrolled_at.to_rfc3339(),
            place: face.bounds.into(),
            quality: face.quality,
            has_photo: face.photo_key.is_some(),
            galleries,
            person: person.map(|person| person.to_string()),
            camera: event.map(|event| event.camera.to_string()),
            seen_at: event.map(|event| event.occurred_at.to_rfc3339()),
        }
    }
}

/// What was enrolled of a photo.
#[derive(Serialize, ToSchema)]
pub(crate) struct Enrolled {
    pub(crate) faces: Vec<EnrolledPart>,
}

/// A face that was enrolled.
#[derive(Serialize, ToSchema)]
pub(crate) struct EnrolledPart {
    pub(crate) id: String,
    #[serde(rename = "box")]
    pub(crate) place: Place,
}

/// What a camera saw.
#[derive(Serialize, ToSchema)]
pub(crate) struct Event {
    face: String,
    person: Option<String>,
    /// The camera, which may not be configured any more.
    camera: String,
    at: String,
    /// Whether the person was a regular guest of this camera then.
    friend: bool,
    subject: String,
    galleries: Vec<String>,
    /// Its quality, 0 to 1.
    quality: f32,
    has_photo: bool,
}

impl Event {
    /// The event of a face that a camera saw.
    pub(crate) fn of(face: EnrolledFace) -> Option<Self> {
        let event = face.event?;
        Some(Self {
            face: face.face.id.to_string(),
            person: face.person.map(|person| person.to_string()),
            camera: event.camera.to_string(),
            at: event.occurred_at.to_rfc3339(),
            friend: event.is_friend,
            subject: face.face.subject,
            galleries: face.galleries,
            quality: face.face.quality,
            has_photo: face.face.photo_key.is_some(),
        })
    }
}

/// A person whom cameras saw.
#[derive(Serialize, ToSchema)]
pub(crate) struct Person {
    id: String,
    /// The subject of the first face; empty where it had none.
    name: String,
    created_at: String,
    events: u64,
    first_at: Option<String>,
    last_at: Option<String>,
    /// The newest face.
    face: Option<String>,
    /// Which cameras saw the person; only of one person.
    #[serde(skip_serializing_if = "Option::is_none")]
    cameras: Option<Vec<SeenBy>>,
}

/// How often and when a camera saw a person.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeenBy {
    camera: String,
    events: u64,
    first_at: String,
    last_at: String,
    face: String,
}

impl From<&PersonSighting> for SeenBy {
    fn from(sighting: &PersonSighting) -> Self {
        Self {
            camera: sighting.camera.to_string(),
            events: sighting.events,
            first_at: sighting.first_at.to_rfc3339(),
            last_at: sighting.last_at.to_rfc3339(),
            face: sighting.latest.to_string(),
        }
    }
}

impl From<&SeenPersonRecord> for Person {
    fn from(SeenPersonRecord { person, sightings }: &SeenPersonRecord) -> Self {
        Self {
            id: person.id.to_string(),
            name: person.meta.clone(),
            created_at: person.created_at.to_rfc3339(),
            events: sightings.iter().map(|sighting| sighting.events).sum(),
            first_at: sightings.iter().map(|sighting| sighting.first_at).min().map(Timestamp::to_rfc3339),
            last_at: sightings.iter().map(|sighting| sighting.last_at).max().map(Timestamp::to_rfc3339),
            face: sightings.iter().map(|sighting| sighting.latest).max().map(|face| face.to_string()),
            cameras: None,
        }
    }
}

impl Person {
    /// The same with the cameras.
    pub(crate) fn in_full(seen: &SeenPersonRecord) -> Self {
        Self { cameras: Some(seen.sightings.iter().map(SeenBy::from).collect()), ..seen.into() }
    }
}

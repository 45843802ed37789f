//! Enrolling faces.

use bytes::Bytes;
use sha2::{Digest, Sha256};
use vultus_store::{BlobStore, FaceEvent, FaceRecord, StoreError};
use vultus_types::{AnalyzedFace, FaceId, PersonId, PhotoAnalysis, StageTimings, Timestamp};

use crate::entropy::random;
use crate::{Caller, ErrorKind, EventSource, Permit, PhotoSettings, Service, ServiceError};

/// How often new face ids are tried when one is taken.
const ATTEMPTS: usize = 5;

/// Which faces of a photo are enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaceSelection {
    /// The photo must show one face.
    Single,
    /// All of them.
    Every,
}

/// Faces to enrol.
#[derive(Clone, Debug)]
pub struct EnrolCommand {
    /// The image file.
    pub photo: Bytes,
    /// The gallery; it is created where it does not exist.
    pub gallery: String,
    /// The subject, who may be new or not.
    pub subject: String,
    /// Which faces.
    pub selection: FaceSelection,
    /// Whether the photo is kept, until its last face is removed.
    pub keep_photo: bool,
    /// The camera that took the photo, whose faces then are events of the history and are given persons.
    pub event: Option<EventSource>,
    /// How to look at the photo.
    pub settings: PhotoSettings,
}

/// A face that was enrolled.
#[derive(Clone, Debug)]
pub struct EnrolledPhotoFace {
    /// Its id.
    pub id: FaceId,
    /// What is known of it.
    pub face: AnalyzedFace,
    /// The person it was given.
    pub person: Option<PersonId>,
    /// Where and when a camera saw it, if one did.
    pub event: Option<FaceEvent>,
}

/// Faces that were enrolled.
#[derive(Clone, Debug)]
pub struct EnrolOutcome {
    /// The faces, largest first; at least one.
    pub faces: Vec<EnrolledPhotoFace>,
    /// When.
    pub enrolled_at: Timestamp,
    /// Time spent per stage.
    pub timings: StageTimings,
}

impl Service {
    /// Enrols the faces of a photo under one subject, with their events and persons where a camera took it.
    /// When it returns, all of this is stored durably; when it fails, nothing is.
    ///
    /// # Errors
    /// [`ErrorKind::NoFace`], [`ErrorKind::MultipleFaces`], [`ErrorKind::UnusableFace`] and other kinds of
    /// [`ServiceError`].
    pub async fn enrol(
        &self,
        caller: Caller,
        permit: Permit,
        command: EnrolCommand,
    ) -> Result<EnrolOutcome, ServiceError> {
        let options = self.options(command.settings.for_templates())?;
        let (analysis, permit) = self.analyze_keeping(permit, command.photo.clone(), options).await?;
        // Without an event the place is free from here on.
        let source = command.event.map(|source| (source, permit));
        let timings = analysis.timings;
        let faces = select(analysis, command.selection)?;
        let photo_digest = Sha256::digest(&command.photo).into();
        let photo_key = if command.keep_photo { Some(self.keep(caller, command.photo).await?) } else { None };
        let enrolled_at = self.clock.now();
        let origin = PhotoOrigin { digest: photo_digest, key: photo_key.as_deref() };
        let mut records = records(caller, &command.subject, &faces, enrolled_at, &origin);
        let stored = match source {
            Some((source, permit)) => self.add_events(permit, &command.gallery, &mut records, source).await,
            None => self.add(&command.gallery, &mut records).await.map(|()| Vec::new()),
        };
        if let (Err(_), Some(key)) = (&stored, &photo_key) {
            self.delete_blobs(std::slice::from_ref(key)).await;
        }
        let mut events = stored?.into_iter();
        let ids = records.into_iter().map(|record| record.id);
        let enrolled = |(id, face)| match events.next() {
            Some((person, event)) => EnrolledPhotoFace { id, face, person, event: Some(event) },
            None => EnrolledPhotoFace { id, face, person: None, event: None },
        };
        let faces = ids.zip(faces).map(enrolled).collect();
        Ok(EnrolOutcome { faces, enrolled_at, timings })
    }

    /// Whether this very photo file was enrolled under the subject already.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn is_photo_enrolled(
        &self,
        caller: Caller,
        gallery: &str,
        subject: &str,
        photo: &[u8],
    ) -> Result<bool, ServiceError> {
        let digest = Sha256::digest(photo).into();
        Ok(self.store.is_photo_enrolled(caller.account, gallery, subject, &digest).await?)
    }

    /// Stores the records under new ids in one transaction.
    async fn add(&self, gallery: &str, records: &mut [FaceRecord]) -> Result<(), ServiceError> {
        let mut attempts = 0;
        loop {
            self.number(records)?;
            attempts += 1;
            match self.store.add_faces(gallery, records).await {
                Err(StoreError::Conflict(_)) if attempts < ATTEMPTS => {}
                result => return Ok(result?),
            }
        }
    }

    /// Gives the records new ids.
    pub(crate) fn number(&self, records: &mut [FaceRecord]) -> Result<(), ServiceError> {
        for record in records {
            let salt = u16::from_le_bytes(random(&*self.entropy)?);
            record.id = self.ids.next(self.clock.now(), salt);
        }
        Ok(())
    }

    /// Keeps a photo. It is noted before it is written, so that it is found should the enrolment never finish.
    async fn keep(&self, caller: Caller, photo: Bytes) -> Result<String, ServiceError> {
        let id = uuid::Builder::from_random_bytes(random(&*self.entropy)?).into_uuid();
        let key = BlobStore::photo_key(caller.account, id);
        self.store.expect_blobs(std::slice::from_ref(&key), self.clock.now()).await?;
        self.blobs.put(&key, photo).await?;
        Ok(key)
    }
}

/// The faces to enrol: those that a template could be made of.
fn select(analysis: PhotoAnalysis, selection: FaceSelection) -> Result<Vec<AnalyzedFace>, ServiceError> {
    match analysis.faces.len() {
        0 => return Err(ErrorKind::NoFace.into()),
        2.. if selection == FaceSelection::Single => return Err(ErrorKind::MultipleFaces.into()),
        _ => {}
    }
    let usable: Vec<_> = analysis.faces.into_iter().filter(|face| face.template.is_some()).collect();
    if usable.is_empty() { Err(ErrorKind::UnusableFace.into()) } else { Ok(usable) }
}

/// The photo that faces come from.
struct PhotoOrigin<'a> {
    digest: [u8; 32],
    key: Option<&'a str>,
}

/// Records of the faces, with ids yet to be given.
fn records(
    caller: Caller,
    subject: &str,
    faces: &[AnalyzedFace],
    enrolled_at: Timestamp,
    photo: &PhotoOrigin<'_>,
) -> Vec<FaceRecord> {
    let with_template = faces.iter().filter_map(|face| Some((face, face.template.clone()?)));
    with_template
        .zip(1..)
        .filter_map(|((face, template), number)| {
            Some(FaceRecord {
                id: FaceId::new(number)?,
                account: caller.account,
                subject: subject.to_owned(),
                enrolled_at,
                bounds: face.bounds,
                quality: face.quality.map_or(0.0, |quality| quality.overall),
                template,
                photo_digest: photo.digest,
                photo_key: photo.key.map(str::to_owned),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;

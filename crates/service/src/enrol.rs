//! Enrolling faces.

use bytes::Bytes;
use md5::Md5;
use sha2::{Digest, Sha256};
use vultus_store::{BlobStore, EnrolledFace, FaceRecord, HOME_GALLERY, StoreError};
use vultus_types::{AnalyzedFace, FaceId, StageTimings, Timestamp};

use crate::entropy::random;
use crate::text::check_text;
use crate::{Caller, ErrorKind, EventSource, FaceChoice, Permit, PhotoSettings, Service, ServiceError};

/// How often new face ids are tried when one is taken.
pub(crate) const ATTEMPTS: usize = 5;

/// Faces to enrol.
#[derive(Clone, Debug)]
pub struct EnrolCommand {
    /// The image file.
    pub photo: Bytes,
    /// Where it was fetched from, if it was.
    pub photo_url: Option<String>,
    /// The galleries, created where they do not exist; [`HOME_GALLERY`] where there are none.
    pub galleries: Vec<String>,
    /// The subject, who may be new or not, or no name.
    pub subject: String,
    /// Which faces.
    pub faces: FaceChoice,
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
    /// What is stored of it.
    pub stored: EnrolledFace,
    /// What is known of it.
    pub face: AnalyzedFace,
}

impl EnrolledPhotoFace {
    /// Its id.
    pub const fn id(&self) -> FaceId {
        self.stored.face.id
    }
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
    /// [`ErrorKind::InvalidInput`] of a name with a NUL character, [`ErrorKind::NoFace`],
    /// [`ErrorKind::MultipleFaces`], [`ErrorKind::UnusableFace`] and other kinds of [`ServiceError`].
    pub async fn enrol(
        &self,
        caller: Caller,
        permit: Permit,
        command: EnrolCommand,
    ) -> Result<EnrolOutcome, ServiceError> {
        check_text("subject", &command.subject)?;
        command.galleries.iter().try_for_each(|name| check_text("galleries", name))?;
        let options = command.faces.limit(self.options(command.settings.for_templates())?);
        let (analysis, permit) = self.analyze_keeping(permit, command.photo.clone(), options).await?;
        // Without an event the place is free from here on.
        let source = command.event.map(|source| (source, permit));
        let timings = analysis.timings;
        let mut faces = command.faces.choose(analysis.faces)?;
        faces.retain(|face| face.template.is_some());
        if faces.is_empty() {
            return Err(ErrorKind::UnusableFace.into());
        }
        let mut galleries = command.galleries;
        galleries.sort_unstable();
        galleries.dedup();
        if galleries.is_empty() {
            galleries.push(HOME_GALLERY.to_owned());
        }
        let photo = PhotoToKeep { photo: command.photo, url: command.photo_url, is_kept: command.keep_photo };
        let origin = self.keep_photo(caller, photo).await?;
        let enrolled_at = self.clock.now();
        let mut records = origin.records(caller, &command.subject, &faces, enrolled_at);
        let stored = match source {
            Some((source, permit)) => self.add_events(permit, &galleries, &mut records, source).await,
            None => self.add(&galleries, &mut records).await.map(|()| Vec::new()),
        };
        if stored.is_err() {
            self.drop_photo(&origin).await;
        }
        let mut events = stored?.into_iter();
        let stored = records.into_iter().map(|face| {
            let (person, event) = events.next().map_or((None, None), |(person, event)| (person, Some(event)));
            EnrolledFace { face, galleries: galleries.clone(), person, event }
        });
        let faces = stored.zip(faces).map(|(stored, face)| EnrolledPhotoFace { stored, face }).collect();
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
    pub(crate) async fn add(
        &self,
        galleries: &[String],
        records: &mut [FaceRecord],
    ) -> Result<(), ServiceError> {
        let galleries: Vec<&str> = galleries.iter().map(String::as_str).collect();
        let mut attempts = 0;
        loop {
            self.number(records)?;
            attempts += 1;
            match self.store.add_faces(&galleries, records).await {
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

    /// Keeps a photo where it is to be kept; tells what is stored of it with its faces.
    pub(crate) async fn keep_photo(
        &self,
        caller: Caller,
        photo: PhotoToKeep,
    ) -> Result<PhotoOrigin, ServiceError> {
        let PhotoToKeep { photo, url, is_kept } = photo;
        Ok(PhotoOrigin {
            digest: Sha256::digest(&photo).into(),
            md5: <Md5 as md5::Digest>::digest(&photo).into(),
            url,
            key: if is_kept { Some(self.keep(caller, photo).await?) } else { None },
        })
    }

    /// Deletes a photo whose faces were not stored.
    pub(crate) async fn drop_photo(&self, origin: &PhotoOrigin) {
        if let Some(key) = &origin.key {
            self.delete_blobs(std::slice::from_ref(key)).await;
        }
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

/// A photo whose faces are to be stored.
pub(crate) struct PhotoToKeep {
    /// The image file.
    pub(crate) photo: Bytes,
    /// Where it was fetched from, if it was.
    pub(crate) url: Option<String>,
    /// Whether the file is kept.
    pub(crate) is_kept: bool,
}

/// The photo that faces come from.
pub(crate) struct PhotoOrigin {
    digest: [u8; 32],
    md5: [u8; 16],
    url: Option<String>,
    key: Option<String>,
}

impl PhotoOrigin {
    /// Records of those of the photo's faces that have a template, with ids yet to be given.
    pub(crate) fn records(
        &self,
        caller: Caller,
        subject: &str,
        faces: &[AnalyzedFace],
        enrolled_at: Timestamp,
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
                    photo_digest: self.digest,
                    photo_key: self.key.clone(),
                    photo_md5: Some(self.md5),
                    photo_url: self.url.clone(),
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;

//! Users: subjects that have a random token for a name and one face each, in a gallery that is kept for them.

use std::fmt;

use bytes::Bytes;
use uuid::Uuid;
use vultus_store::{FaceRecord, StoreError};
use vultus_types::{AnalyzedFace, StageTimings, Wanted};

use crate::enrol::{ATTEMPTS, PhotoToKeep};
use crate::entropy::random;
use crate::{
    Caller, ErrorKind, FaceChoice, Permit, PhotoSettings, Service, ServiceError, VerifyCommand,
    VerifyOutcome, What,
};

/// The gallery of the users. Beside that it is a gallery like any other, which every dialect may show and change. A
/// subject that was enrolled into it otherwise is a user where its name is a [`UserToken`] as this service writes it;
/// others are no users and are left alone.
pub const USER_GALLERY: &str = "perse-users";

/// What a user is called: a random UUID, written in lower case with hyphens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UserToken(Uuid);

impl UserToken {
    /// The token that a text names, in any of the usual forms of a UUID.
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::parse_str(text.trim()).ok().map(Self)
    }

    /// The token that is the name of a subject, which must be written as this service writes it.
    fn of_subject(subject: &str) -> Option<Self> {
        Self::parse(subject).filter(|token| token.to_string() == subject)
    }
}

impl fmt::Display for UserToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.hyphenated())
    }
}

/// The worst light in which a face is enrolled: see [`Quality`](vultus_types::Quality).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExposureLimits {
    /// Underexposure of a face must not be greater.
    pub underexposure: f32,
    /// Overexposure of a face must not be greater.
    pub overexposure: f32,
}

/// A user to be enrolled, or a new face for one.
#[derive(Clone, Debug)]
pub struct EnrolUserCommand {
    /// The user.
    pub token: UserToken,
    /// The image file; of its faces the largest that is whole counts.
    pub photo: Bytes,
    /// In which light the face must be.
    pub limits: ExposureLimits,
}

/// What became of an enrolment.
#[derive(Clone, Copy, Debug)]
pub enum EnrolUserOutcome {
    /// The face is stored.
    Enrolled(StageTimings),
    /// The face is too dark; nothing is stored.
    Underexposed,
    /// The face is too bright; nothing is stored.
    Overexposed,
}

/// A photo to be compared with a user.
#[derive(Clone, Debug)]
pub struct CompareUserCommand {
    /// The user.
    pub token: UserToken,
    /// The image file; of its faces the largest that is whole counts.
    pub photo: Bytes,
    /// What the answer needs of the photo's face.
    pub wanted: Wanted,
}

/// How a user's face is stored: as their first, or in the place of the former one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Storing {
    First,
    Replacement,
}

impl Service {
    /// A token for a new user.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] where the system has no randomness.
    pub fn new_user_token(&self) -> Result<UserToken, ServiceError> {
        Ok(UserToken(uuid::Builder::from_random_bytes(random(&*self.entropy)?).into_uuid()))
    }

    /// Enrols a user under a new token. When it returns that the face is stored, it is stored durably.
    ///
    /// # Errors
    /// [`ErrorKind::NoFace`] where no face is whole, [`ErrorKind::UnusableFace`] and other kinds of
    /// [`ServiceError`].
    pub async fn enrol_user(
        &self,
        caller: Caller,
        permit: Permit,
        command: EnrolUserCommand,
    ) -> Result<EnrolUserOutcome, ServiceError> {
        self.store_user(caller, permit, command, Storing::First).await
    }

    /// Puts another face in the place of a user's, in one transaction: at every moment the user has a face.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] where there is no such user, and those of [`Self::enrol_user`].
    pub async fn replace_user(
        &self,
        caller: Caller,
        permit: Permit,
        command: EnrolUserCommand,
    ) -> Result<EnrolUserOutcome, ServiceError> {
        self.require_user(caller, command.token).await?;
        self.store_user(caller, permit, command, Storing::Replacement).await
    }

    /// The caller's users, sorted.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn users(&self, caller: Caller) -> Result<Vec<UserToken>, ServiceError> {
        let subjects = self.store.subjects(caller.account, USER_GALLERY).await?.unwrap_or_default();
        Ok(subjects.iter().filter_map(|subject| UserToken::of_subject(subject)).collect())
    }

    /// Removes a user. Faces of theirs that lie in other galleries too stay there.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] where there is no such user.
    pub async fn remove_user(&self, caller: Caller, token: UserToken) -> Result<(), ServiceError> {
        self.remove_subject(caller, USER_GALLERY, &token.to_string()).await.map_err(user_missing)
    }

    /// Compares the largest whole face of a photo with a user's.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] where there is no such user, [`ErrorKind::NoFace`], [`ErrorKind::UnusableFace`],
    /// [`ErrorKind::IncompatibleTemplate`] and other kinds of [`ServiceError`].
    pub async fn compare_with_user(
        &self,
        caller: Caller,
        permit: Permit,
        command: CompareUserCommand,
    ) -> Result<VerifyOutcome, ServiceError> {
        let verify = VerifyCommand {
            photo: command.photo,
            gallery: USER_GALLERY.to_owned(),
            subject: command.token.to_string(),
            settings: PhotoSettings::new(command.wanted).of_whole_faces(),
        };
        self.verify_chosen(caller, permit, verify, FaceChoice::LARGEST).await.map_err(user_missing)
    }

    /// Refuses a token that is nobody's.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn require_user(&self, caller: Caller, token: UserToken) -> Result<(), ServiceError> {
        let found = self.subject_faces(caller, USER_GALLERY, &token.to_string()).await;
        found.map(drop).map_err(user_missing)
    }

    async fn store_user(
        &self,
        caller: Caller,
        permit: Permit,
        command: EnrolUserCommand,
        storing: Storing,
    ) -> Result<EnrolUserOutcome, ServiceError> {
        let EnrolUserCommand { token, photo, limits } = command;
        let settings = PhotoSettings::new(Wanted::TEMPLATE).of_whole_faces();
        let options = FaceChoice::LARGEST.limit(self.options(settings)?);
        let analysis = self.analyze(permit, photo.clone(), options).await?;
        let faces = FaceChoice::LARGEST.choose(analysis.faces)?;
        if let Some(refusal) = refusal(&faces, limits) {
            return Ok(refusal);
        }
        if faces.iter().any(|face| face.template.is_none()) {
            return Err(ErrorKind::UnusableFace.into());
        }
        let subject = token.to_string();
        let origin = self.keep_photo(caller, PhotoToKeep { photo, url: None, is_kept: true }).await?;
        let mut records = origin.records(caller, &subject, &faces, self.clock.now());
        let stored = match storing {
            Storing::First => self.add(&[USER_GALLERY.to_owned()], &mut records).await,
            Storing::Replacement => self.replace(caller, &subject, &mut records).await,
        };
        if stored.is_err() {
            self.drop_photo(&origin).await;
        }
        stored.map(|()| EnrolUserOutcome::Enrolled(analysis.timings))
    }

    /// Stores the records under new ids in the place of the user's faces.
    async fn replace(
        &self,
        caller: Caller,
        subject: &str,
        records: &mut [FaceRecord],
    ) -> Result<(), ServiceError> {
        let mut attempts = 0;
        let removal = loop {
            self.number(records)?;
            attempts += 1;
            let now = self.clock.now();
            match self.store.replace_subject(caller.account, USER_GALLERY, subject, records, now).await {
                Err(StoreError::Conflict(_)) if attempts < ATTEMPTS => {}
                result => break result?,
            }
        };
        let removal = Self::found(What::Subject, removal)?;
        self.finish(removal).await;
        Ok(())
    }
}

/// Why a face of that light is not enrolled.
fn refusal(faces: &[AnalyzedFace], limits: ExposureLimits) -> Option<EnrolUserOutcome> {
    let quality = faces.first()?.quality?;
    if quality.underexposure > limits.underexposure {
        Some(EnrolUserOutcome::Underexposed)
    } else if quality.overexposure > limits.overexposure {
        Some(EnrolUserOutcome::Overexposed)
    } else {
        None
    }
}

/// Without the gallery there is no user either.
fn user_missing(error: ServiceError) -> ServiceError {
    match error.kind() {
        ErrorKind::NotFound(What::Gallery) => ErrorKind::NotFound(What::Subject).into(),
        _ => error,
    }
}

#[cfg(test)]
mod tests;

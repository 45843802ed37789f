//! One to one: is the person in the photo the enrolled subject?

use bytes::Bytes;
use vultus_types::{AnalyzedFace, Confidence, FaceId, StageTimings};

use crate::{Caller, ErrorKind, FaceChoice, Permit, PhotoSettings, Service, ServiceError, What};

/// A photo to be compared with a subject.
#[derive(Clone, Debug)]
pub struct VerifyCommand {
    /// The image file.
    pub photo: Bytes,
    /// The gallery.
    pub gallery: String,
    /// The subject.
    pub subject: String,
    /// How to look at the photo.
    pub settings: PhotoSettings,
}

/// How alike they are.
#[derive(Clone, Debug)]
pub struct VerifyOutcome {
    /// The face in the photo.
    pub face: AnalyzedFace,
    /// The subject's face it is most alike to.
    pub best: FaceId,
    /// How sure it is that both are the same person.
    pub confidence: Confidence,
    /// Time spent per stage.
    pub timings: StageTimings,
}

impl Service {
    /// Compares the one face of a photo with every face of a subject; the best counts.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`], [`ErrorKind::NoFace`], [`ErrorKind::MultipleFaces`],
    /// [`ErrorKind::UnusableFace`], [`ErrorKind::IncompatibleTemplate`] where no face of the subject can be
    /// compared, and other kinds of [`ServiceError`].
    pub async fn verify(
        &self,
        caller: Caller,
        permit: Permit,
        command: VerifyCommand,
    ) -> Result<VerifyOutcome, ServiceError> {
        self.verify_chosen(caller, permit, command, FaceChoice::SINGLE).await
    }

    /// Compares the meant face of a photo with every face of a subject; otherwise as [`Self::verify`].
    pub(crate) async fn verify_chosen(
        &self,
        caller: Caller,
        permit: Permit,
        command: VerifyCommand,
        choice: FaceChoice,
    ) -> Result<VerifyOutcome, ServiceError> {
        let options = choice.limit(self.options(command.settings.for_templates())?);
        self.subject_faces(caller, &command.gallery, &command.subject).await?;
        self.feed.catch_up().await?;
        let (index, calibration) = (self.index.clone(), self.calibration.clone());
        self.on_pool(permit, move |analyzer, cancel| {
            let analysis = analyzer.analyze(&command.photo, &options, cancel)?;
            let face = choice.choose(analysis.faces)?.into_iter().next().ok_or(ErrorKind::NoFace)?;
            let probe = face.template.as_ref().ok_or(ErrorKind::UnusableFace)?;
            let best = index.search_subject(caller.account, &command.gallery, &command.subject, probe)?;
            let best = best.ok_or(ErrorKind::IncompatibleTemplate)?;
            let confidence = calibration.confidence(best.similarity);
            Ok(VerifyOutcome { face, best: best.face, confidence, timings: analysis.timings })
        })
        .await
    }

    /// Refuses a gallery or subject that does not exist.
    pub(crate) fn found<T>(what: What, found: Option<T>) -> Result<T, ServiceError> {
        found.ok_or_else(|| ErrorKind::NotFound(what).into())
    }
}

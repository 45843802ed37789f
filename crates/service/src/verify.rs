//! One to one: is the person in the photo the enrolled subject?

use std::sync::Arc;

use bytes::Bytes;
use vultus_face::FaceAnalyzer;
use vultus_inference::Cancel;
use vultus_types::{AnalyzedFace, Confidence, FaceId, StageTimings, Template};

use crate::{Caller, ErrorKind, FaceChoice, FaceSearch, Permit, PhotoSettings, Service, ServiceError, What};

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
    /// compared, [`ErrorKind::IncompleteSearch`] and other kinds of [`ServiceError`].
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
        let VerifyCommand { photo, gallery, subject, .. } = command;
        let look = move |analyzer: &dyn FaceAnalyzer, cancel: &Cancel| {
            let analysis = analyzer.analyze(&photo, &options, cancel)?;
            let face = choice.choose(analysis.faces)?.into_iter().next().ok_or(ErrorKind::NoFace)?;
            Ok((face, analysis.timings))
        };
        let (face, timings, best) = match &self.search {
            FaceSearch::Memory(index) => {
                self.feed.catch_up().await?;
                let index = Arc::clone(index);
                let job = move |analyzer: &dyn FaceAnalyzer, cancel: &Cancel| {
                    let (face, timings) = look(analyzer, cancel)?;
                    let best = index.search_subject(caller.account, &gallery, &subject, probe(&face)?)?;
                    Ok((face, timings, best.ok_or(ErrorKind::IncompatibleTemplate)?))
                };
                self.on_pool(permit, job).await?
            }
            FaceSearch::Shards(shards) => {
                // The place in the queue is kept: it bounds the searches that are under way, too.
                let ((face, timings), _permit) = self.on_pool_keeping(permit, look).await?;
                let whose = (caller.account, gallery.as_str(), subject.as_str());
                let best = self.best_on_shards(shards, whose, probe(&face)?).await?;
                (face, timings, best)
            }
        };
        let confidence = self.calibration.confidence(best.similarity);
        Ok(VerifyOutcome { face, best: best.face, confidence, timings })
    }

    /// Refuses a gallery or subject that does not exist.
    pub(crate) fn found<T>(what: What, found: Option<T>) -> Result<T, ServiceError> {
        found.ok_or_else(|| ErrorKind::NotFound(what).into())
    }
}

/// What is compared of a face.
fn probe(face: &AnalyzedFace) -> Result<&Template, ServiceError> {
    face.template.as_ref().ok_or_else(|| ErrorKind::UnusableFace.into())
}

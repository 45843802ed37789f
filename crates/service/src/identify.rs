//! One to many: who of a gallery are the people in the photo?

use bytes::Bytes;
use vultus_search::{Calibration, Hit, VectorIndex};
use vultus_types::{AccountId, AnalyzedFace, Confidence, FaceId, Similarity, StageTimings, Timestamp};

use crate::{Caller, ErrorKind, Permit, PhotoSettings, Service, ServiceError};

/// A photo whose faces are looked for.
#[derive(Clone, Debug)]
pub struct IdentifyCommand {
    /// The image file.
    pub photo: Bytes,
    /// The gallery.
    pub gallery: String,
    /// The confidence a candidate needs at least.
    pub threshold: Confidence,
    /// Candidates per face at most.
    pub max_results: usize,
    /// How to look at the photo.
    pub settings: PhotoSettings,
}

/// A subject that a face may belong to.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The subject.
    pub subject: String,
    /// The subject's face that is most alike.
    pub best: FaceId,
    /// How sure it is.
    pub confidence: Confidence,
    /// When that face was enrolled.
    pub enrolled_at: Timestamp,
}

/// A face of the photo and whose it may be.
#[derive(Clone, Debug)]
pub struct IdentifiedFace {
    /// The face.
    pub face: AnalyzedFace,
    /// Candidates, the surest first, each subject once.
    pub candidates: Vec<Candidate>,
}

/// Every face of the photo.
#[derive(Clone, Debug)]
pub struct IdentifyOutcome {
    /// The faces, largest first; at least one.
    pub faces: Vec<IdentifiedFace>,
    /// Time spent per stage.
    pub timings: StageTimings,
}

impl Service {
    /// Looks for every face of a photo in a gallery. A write that was acknowledged before is seen.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`], [`ErrorKind::NoFace`] and other kinds of [`ServiceError`].
    pub async fn identify(
        &self,
        caller: Caller,
        permit: Permit,
        command: IdentifyCommand,
    ) -> Result<IdentifyOutcome, ServiceError> {
        let options = self.options(command.settings.for_templates())?;
        self.require_gallery(caller, &command.gallery).await?;
        self.feed.catch_up().await?;
        let (index, calibration) = (self.index.clone(), self.calibration.clone());
        self.on_pool(permit, move |analyzer, cancel| {
            let analysis = analyzer.analyze(&command.photo, &options, cancel)?;
            if analysis.faces.is_empty() {
                return Err(ErrorKind::NoFace.into());
            }
            let search = Search { index: &*index, calibration: &calibration, account: caller.account };
            let faces = analysis.faces.into_iter();
            let faces: Result<_, _> = faces.map(|face| search.identify(face, &command)).collect();
            Ok(IdentifyOutcome { faces: faces?, timings: analysis.timings })
        })
        .await
    }
}

struct Search<'a> {
    index: &'a dyn VectorIndex,
    calibration: &'a Calibration,
    account: AccountId,
}

impl Search<'_> {
    /// A face without a template has no candidates.
    fn identify(
        &self,
        face: AnalyzedFace,
        command: &IdentifyCommand,
    ) -> Result<IdentifiedFace, ServiceError> {
        let Some(probe) = &face.template else {
            return Ok(IdentifiedFace { face, candidates: Vec::new() });
        };
        let least: Similarity = self.calibration.similarity_at(command.threshold);
        let hits = self.index.search(self.account, &command.gallery, probe, least, command.max_results)?;
        let candidates = hits.into_iter().map(|hit| self.candidate(hit)).collect();
        Ok(IdentifiedFace { face, candidates })
    }

    fn candidate(&self, hit: Hit) -> Candidate {
        Candidate {
            confidence: self.calibration.confidence(hit.similarity),
            subject: hit.subject,
            best: hit.face,
            enrolled_at: hit.enrolled_at,
        }
    }
}

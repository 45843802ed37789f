//! One to many: who of those enrolled are the people in the photo?

use bytes::Bytes;
use vultus_search::{Calibration, Hit, LiveServers, VectorIndex};
use vultus_types::{AccountId, AnalyzedFace, Confidence, FaceId, Similarity, StageTimings, Timestamp};

use crate::{Caller, ErrorKind, FaceChoice, Permit, PhotoSettings, Service, ServiceError};

/// What is found for a face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidates {
    /// Subjects, each once with its best face.
    Subjects,
    /// Faces, whoever they belong to.
    Faces,
}

/// A photo whose faces are looked for.
#[derive(Clone, Debug)]
pub struct IdentifyCommand {
    /// The image file.
    pub photo: Bytes,
    /// Which of its faces.
    pub faces: FaceChoice,
    /// The gallery; nothing for all of the account, where [`Candidates::Faces`] are looked for.
    pub gallery: Option<String>,
    /// What is found for each.
    pub candidates: Candidates,
    /// The confidence a candidate needs at least.
    pub threshold: Confidence,
    /// Candidates per face at most.
    pub max_results: usize,
    /// Whether the search is refused while some of the servers that hold faces do not answer.
    pub needs_every_server: bool,
    /// How to look at the photo.
    pub settings: PhotoSettings,
}

/// A subject or face that a face may belong to.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The subject.
    pub subject: String,
    /// The face, or the subject's face that is most alike.
    pub best: FaceId,
    /// How alike it is.
    pub similarity: Similarity,
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
    /// Candidates, the surest first.
    pub candidates: Vec<Candidate>,
}

/// The faces that were looked for.
#[derive(Clone, Debug)]
pub struct IdentifyOutcome {
    /// Width of the displayed photo in pixels.
    pub width: u32,
    /// Height of the displayed photo in pixels.
    pub height: u32,
    /// The faces, largest first; at least one.
    pub faces: Vec<IdentifiedFace>,
    /// How many servers were searched.
    pub servers: LiveServers,
    /// Time spent per stage.
    pub timings: StageTimings,
}

impl Service {
    /// Looks for faces of a photo in a gallery or in all of the account. A write that was acknowledged before is
    /// seen.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`], [`ErrorKind::NoFace`], [`ErrorKind::MultipleFaces`],
    /// [`ErrorKind::IncompleteSearch`] and other kinds of [`ServiceError`].
    pub async fn identify(
        &self,
        caller: Caller,
        permit: Permit,
        command: IdentifyCommand,
    ) -> Result<IdentifyOutcome, ServiceError> {
        let options = command.faces.limit(self.options(command.settings.for_templates())?);
        if let Some(gallery) = &command.gallery {
            self.require_gallery(caller, gallery).await?;
        } else if command.candidates == Candidates::Subjects {
            return Err(ErrorKind::InvalidInput("gallery").into());
        }
        self.feed.catch_up().await?;
        let servers = self.index.servers();
        check_servers(servers, command.needs_every_server)?;
        let (index, calibration) = (self.index.clone(), self.calibration.clone());
        self.on_pool(permit, move |analyzer, cancel| {
            let analysis = analyzer.analyze(&command.photo, &options, cancel)?;
            let (width, height) = (analysis.width, analysis.height);
            let faces = command.faces.choose(analysis.faces)?;
            let search = Search { index: &*index, calibration: &calibration, account: caller.account };
            let faces: Result<_, _> = faces.into_iter().map(|face| search.identify(face, &command)).collect();
            Ok(IdentifyOutcome { width, height, faces: faces?, servers, timings: analysis.timings })
        })
        .await
    }
}

fn check_servers(servers: LiveServers, needs_every: bool) -> Result<(), ServiceError> {
    let is_refused = needs_every && !servers.is_complete();
    if is_refused { Err(ErrorKind::IncompleteSearch.into()) } else { Ok(()) }
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
        let most = command.max_results;
        let hits = match (&command.gallery, command.candidates) {
            (Some(gallery), Candidates::Subjects) => {
                self.index.search(self.account, gallery, probe, least, most)?
            }
            (gallery, _) => self.index.search_faces(self.account, gallery.as_deref(), probe, least, most)?,
        };
        let candidates = hits.into_iter().map(|hit| self.candidate(hit)).collect();
        Ok(IdentifiedFace { face, candidates })
    }

    fn candidate(&self, hit: Hit) -> Candidate {
        Candidate {
            similarity: hit.similarity,
            confidence: self.calibration.confidence(hit.similarity),
            subject: hit.subject,
            best: hit.face,
            enrolled_at: hit.enrolled_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_is_refused_only_where_every_server_is_needed_and_one_is_silent() {
        let some = LiveServers { available: 1, total: 2 };
        let refused = check_servers(some, true).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::IncompleteSearch);
        assert!(check_servers(some, false).is_ok());
        assert!(check_servers(LiveServers::ONE, true).is_ok());
    }
}

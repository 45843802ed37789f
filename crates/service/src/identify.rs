//! One to many: who of those enrolled are the people in the photo?

use std::sync::Arc;

use bytes::Bytes;
use vultus_face::FaceAnalyzer;
use vultus_inference::Cancel;
use vultus_search::shards::{Grouping, SearchRequest};
use vultus_search::{Hit, LiveServers};
use vultus_types::{AnalyzedFace, Confidence, FaceId, PhotoAnalysis, Similarity, StageTimings, Timestamp};

use crate::search::{in_memory, over_shards};
use crate::{
    Caller, Completeness, ErrorKind, FaceChoice, FaceSearch, Permit, PhotoSettings, Service, ServiceError,
};

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
    /// Whether the search is answered while some of the servers that hold faces do not answer.
    pub completeness: Completeness,
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
        let request = SearchRequest {
            account: caller.account,
            gallery: command.gallery,
            grouping: command.candidates.into(),
            min_similarity: self.calibration.similarity_at(command.threshold),
            max_results: command.max_results,
        };
        let (photo, choice) = (command.photo, command.faces);
        let look = move |analyzer: &dyn FaceAnalyzer, cancel: &Cancel| {
            let analysis = analyzer.analyze(&photo, &options, cancel)?;
            Ok(PhotoAnalysis { faces: choice.choose(analysis.faces)?, ..analysis })
        };
        let (analysis, hits, servers) = match &self.search {
            FaceSearch::Memory(index) => {
                self.feed.catch_up().await?;
                let index = Arc::clone(index);
                let job = move |analyzer: &dyn FaceAnalyzer, cancel: &Cancel| {
                    let analysis = look(analyzer, cancel)?;
                    let found = analysis.faces.iter().map(|face| match &face.template {
                        Some(probe) => in_memory(&*index, &request, probe),
                        None => Ok(Vec::new()),
                    });
                    let found = found.collect::<Result<Vec<_>, _>>()?;
                    Ok((analysis, found, LiveServers::ONE))
                };
                self.on_pool(permit, job).await?
            }
            FaceSearch::Shards(shards) => {
                // The place in the queue is kept: it bounds the searches that are under way, too.
                let (analysis, _permit) = self.on_pool_keeping(permit, look).await?;
                let (found, servers) = over_shards(shards, &request, &analysis.faces).await?;
                (analysis, found, servers)
            }
        };
        self.check_servers(servers, command.completeness)?;
        let PhotoAnalysis { width, height, faces, timings, .. } = analysis;
        let faces = faces.into_iter().zip(hits).map(|(face, hits)| IdentifiedFace {
            face,
            candidates: hits.into_iter().map(|hit| self.candidate(hit)).collect(),
        });
        Ok(IdentifyOutcome { width, height, faces: faces.collect(), servers, timings })
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

impl From<Candidates> for Grouping {
    fn from(candidates: Candidates) -> Self {
        match candidates {
            Candidates::Subjects => Self::Subjects,
            Candidates::Faces => Self::Faces,
        }
    }
}

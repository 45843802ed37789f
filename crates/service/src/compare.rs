//! Photo against photo, nothing enrolled.

use bytes::Bytes;
use vultus_face::AnalyzeOptions;
use vultus_search::Calibration;
use vultus_types::{AnalyzedFace, Confidence, ScoreRule, Similarity, StageTimings, Wanted};

use crate::{ErrorKind, FaceChoice, Permit, PhotoSettings, Service, ServiceError};

/// Two photos.
#[derive(Clone, Debug)]
pub struct CompareCommand {
    /// One image file.
    pub source: Bytes,
    /// Which of its faces are compared.
    pub source_faces: FaceChoice,
    /// The other image file.
    pub target: Bytes,
    /// Which of its faces they are compared with.
    pub target_faces: FaceChoice,
    /// How to look at the photos; of the source's faces only what a comparison needs and their liveness are found
    /// out.
    pub settings: PhotoSettings,
}

/// A face of the target.
#[derive(Clone, Debug)]
pub struct ComparedFace {
    /// The face.
    pub face: AnalyzedFace,
    /// How alike it is to the source's face; nothing where either has no template.
    pub similarity: Option<Similarity>,
    /// How sure it is that it belongs to the source's person.
    pub confidence: Confidence,
}

/// A face of the source with the target's faces.
#[derive(Clone, Debug)]
pub struct ComparedSource {
    /// The face.
    pub face: AnalyzedFace,
    /// The target's faces, largest first; at least one.
    pub targets: Vec<ComparedFace>,
}

/// Every pair of faces.
#[derive(Clone, Debug)]
pub struct CompareOutcome {
    /// Width and height of each displayed photo in pixels, the source's first.
    pub sizes: [[u32; 2]; 2],
    /// The source's faces, largest first; at least one.
    pub sources: Vec<ComparedSource>,
    /// Time spent per stage, over both photos.
    pub timings: StageTimings,
}

impl Service {
    /// Compares faces of one photo with faces of another.
    ///
    /// # Errors
    /// [`ErrorKind::NoFace`] where either shows none, [`ErrorKind::MultipleFaces`] where either shows several
    /// and one is needed, [`ErrorKind::UnusableFace`] where no template can be made of any of the source's faces,
    /// and other kinds of [`ServiceError`].
    pub async fn compare(
        &self,
        permit: Permit,
        command: CompareCommand,
    ) -> Result<CompareOutcome, ServiceError> {
        let options = self.options(command.settings.for_templates())?;
        let source_wanted = Wanted { liveness: options.wanted.liveness, ..Wanted::TEMPLATE };
        let source_options = AnalyzeOptions { wanted: source_wanted, ..options };
        let source_options = command.source_faces.limit(source_options);
        let target_options = command.target_faces.limit(options);
        let calibration = self.calibration.clone();
        self.on_pool(permit, move |analyzer, cancel| {
            let source = analyzer.analyze(&command.source, &source_options, cancel)?;
            let sources = command.source_faces.choose(source.faces)?;
            let target = analyzer.analyze(&command.target, &target_options, cancel)?;
            let sizes = [[source.width, source.height], [target.width, target.height]];
            let targets = command.target_faces.choose(target.faces)?;
            if sources.iter().all(|face| face.template.is_none()) {
                return Err(ErrorKind::UnusableFace.into());
            }
            let pairs = Pairs { rule: analyzer.score_rule(), calibration: &calibration };
            let sources: Result<_, _> = sources.into_iter().map(|face| pairs.of(face, &targets)).collect();
            Ok(CompareOutcome { sizes, sources: sources?, timings: sum(source.timings, target.timings) })
        })
        .await
    }
}

struct Pairs<'a> {
    rule: &'a ScoreRule,
    calibration: &'a Calibration,
}

impl Pairs<'_> {
    /// A face with each of the others; faces without a template are like nobody.
    fn of(&self, face: AnalyzedFace, targets: &[AnalyzedFace]) -> Result<ComparedSource, ServiceError> {
        let compare = |target: &AnalyzedFace| {
            let similarity = match (&face.template, &target.template) {
                (Some(one), Some(other)) => Some(self.rule.similarity(one, other)?),
                _ => None,
            };
            let confidence = similarity.map(|similarity| self.calibration.confidence(similarity));
            let confidence = confidence.unwrap_or_default();
            Ok(ComparedFace { face: target.clone(), similarity, confidence })
        };
        let targets: Result<_, ServiceError> = targets.iter().map(compare).collect();
        Ok(ComparedSource { targets: targets?, face })
    }
}

fn sum(one: StageTimings, other: StageTimings) -> StageTimings {
    StageTimings {
        decode: one.decode + other.decode,
        detect: one.detect + other.detect,
        landmarks: one.landmarks + other.landmarks,
        template: one.template + other.template,
        attributes: one.attributes + other.attributes,
    }
}

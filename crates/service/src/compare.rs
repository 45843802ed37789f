//! Photo against photo, nothing enrolled.

use bytes::Bytes;
use vultus_face::AnalyzeOptions;
use vultus_types::{AnalyzedFace, Confidence, StageTimings, Wanted};

use crate::{ErrorKind, Permit, PhotoSettings, Service, ServiceError};

/// Two photos.
#[derive(Clone, Debug)]
pub struct CompareCommand {
    /// The image file whose largest face is compared.
    pub source: Bytes,
    /// The image file whose every face is compared with it.
    pub target: Bytes,
    /// How to look at the photos; of the source's face only what a comparison needs is found out.
    pub settings: PhotoSettings,
}

/// A face of the target.
#[derive(Clone, Debug)]
pub struct ComparedFace {
    /// The face.
    pub face: AnalyzedFace,
    /// How sure it is that it belongs to the source's person.
    pub confidence: Confidence,
}

/// The source's face and the target's faces.
#[derive(Clone, Debug)]
pub struct CompareOutcome {
    /// The largest face of the source.
    pub source: AnalyzedFace,
    /// The target's faces, largest first; at least one.
    pub targets: Vec<ComparedFace>,
    /// Time spent per stage, over both photos.
    pub timings: StageTimings,
}

impl Service {
    /// Compares the largest face of one photo with every face of another.
    ///
    /// # Errors
    /// [`ErrorKind::NoFace`] where either shows none, [`ErrorKind::UnusableFace`] where no template can be made
    /// of the source's face, and other kinds of [`ServiceError`].
    pub async fn compare(
        &self,
        permit: Permit,
        command: CompareCommand,
    ) -> Result<CompareOutcome, ServiceError> {
        let options = self.options(command.settings.for_templates())?;
        let source_options = AnalyzeOptions { wanted: Wanted::TEMPLATE, max_faces: 1, ..options };
        let calibration = self.calibration.clone();
        self.on_pool(permit, move |analyzer, cancel| {
            let source = analyzer.analyze(&command.source, &source_options, cancel)?;
            let source_face = source.faces.into_iter().next().ok_or(ErrorKind::NoFace)?;
            let target = analyzer.analyze(&command.target, &options, cancel)?;
            if target.faces.is_empty() {
                return Err(ErrorKind::NoFace.into());
            }
            let template = source_face.template.as_ref().ok_or(ErrorKind::UnusableFace)?;
            let rule = analyzer.score_rule();
            let compare = |face: AnalyzedFace| {
                let similarity = match &face.template {
                    Some(other) => Some(rule.similarity(template, other)?),
                    None => None,
                };
                let confidence = similarity.map(|similarity| calibration.confidence(similarity));
                Ok(ComparedFace { face, confidence: confidence.unwrap_or_default() })
            };
            let targets: Result<_, ServiceError> = target.faces.into_iter().map(compare).collect();
            let timings = sum(source.timings, target.timings);
            Ok(CompareOutcome { targets: targets?, source: source_face, timings })
        })
        .await
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

//! Scores and what they stand for.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::{Candidate, CompareOutcome, IdentifyOutcome, MatchRate, Scale, Service};
use vultus_types::{AnalyzedFace, Similarity};

use super::Place;

/// Two photos compared.
#[derive(Serialize, ToSchema)]
pub(crate) struct Comparison {
    /// Both photos, in the order in which they were sent.
    photos: Vec<ComparedPhoto>,
    /// Which face of each was compared.
    chosen: [usize; 2],
    /// How sure it is that both are one person, on the calibrated scale from 0 to 1.
    score: f32,
    /// How alike they are on the models' own scale; null where both inputs are identical.
    similarity: Option<f32>,
    /// The share of comparisons of different people that are as alike.
    false_match_rate: f64,
    /// Whether that rate was drawn on from measured ones.
    extrapolated: bool,
}

/// A photo that was compared.
#[derive(Serialize, ToSchema)]
pub(crate) struct ComparedPhoto {
    width: u32,
    height: u32,
    /// Largest first.
    faces: Vec<BareFace>,
}

/// Where a face is.
#[derive(Serialize, ToSchema)]
pub(crate) struct BareFace {
    #[serde(rename = "box")]
    place: Place,
}

impl From<&AnalyzedFace> for BareFace {
    fn from(face: &AnalyzedFace) -> Self {
        Self { place: face.bounds.into() }
    }
}

impl Comparison {
    /// The comparison of the chosen faces; `None` where there is no such face, or where no template can be made of
    /// one.
    pub(crate) fn new(service: &Service, outcome: &CompareOutcome, chosen: [usize; 2]) -> Option<Self> {
        let source = outcome.sources.get(chosen[0])?;
        let pair = source.targets.get(chosen[1])?;
        let similarity = pair.similarity?;
        let MatchRate { rate, is_extrapolated } = service.match_rate(similarity);
        let [source_size, target_size] = outcome.sizes;
        let photo = |[width, height]: [u32; 2], faces| ComparedPhoto { width, height, faces };
        Some(Self {
            photos: vec![
                photo(source_size, outcome.sources.iter().map(|source| (&source.face).into()).collect()),
                photo(target_size, source.targets.iter().map(|target| (&target.face).into()).collect()),
            ],
            chosen,
            score: pair.confidence.get(),
            similarity: finite(similarity),
            false_match_rate: rate,
            extrapolated: is_extrapolated,
        })
    }
}

/// A photo looked for in a gallery.
#[derive(Serialize, ToSchema)]
pub(crate) struct Identification {
    width: u32,
    height: u32,
    /// How many faces were searched.
    gallery_faces: u64,
    /// The faces of the photo, largest first.
    probes: Vec<Probe>,
}

/// A face that was looked for.
#[derive(Serialize, ToSchema)]
pub(crate) struct Probe {
    #[serde(rename = "box")]
    place: Place,
    /// The subjects most like it, best first.
    candidates: Vec<FoundSubject>,
}

/// A subject that a face is like.
#[derive(Serialize, ToSchema)]
pub(crate) struct FoundSubject {
    subject: String,
    /// The subject's face that is most like it.
    face: String,
    /// How sure it is, on the calibrated scale from 0 to 1.
    score: f32,
    /// How alike it is on the models' own scale; null where both inputs are identical.
    similarity: Option<f32>,
    /// The share of comparisons of different people that are as alike.
    false_match_rate: f64,
    /// Whether that rate was drawn on from measured ones.
    extrapolated: bool,
    /// How many faces of strangers would be as alike in a gallery of this size: the rate times the faces searched.
    expected_false_positives: f64,
}

impl Identification {
    pub(crate) fn new(service: &Service, outcome: IdentifyOutcome, gallery_faces: u64) -> Self {
        let found = |candidate: Candidate| {
            let MatchRate { rate, is_extrapolated } = service.match_rate(candidate.similarity);
            FoundSubject {
                subject: candidate.subject,
                face: candidate.best.to_string(),
                score: candidate.confidence.get(),
                similarity: finite(candidate.similarity),
                false_match_rate: rate,
                extrapolated: is_extrapolated,
                expected_false_positives: rate * gallery_faces as f64,
            }
        };
        let probes = outcome.faces.into_iter().map(|probe| Probe {
            place: probe.face.bounds.into(),
            candidates: probe.candidates.into_iter().map(found).collect(),
        });
        Self { width: outcome.width, height: outcome.height, gallery_faces, probes: probes.collect() }
    }
}

/// The calibration of the installed models.
#[derive(Serialize, ToSchema)]
pub(crate) struct CalibrationCurve {
    /// The digests of the models whose scores it is for.
    models: Vec<String>,
    /// From low to high.
    points: Vec<CurvePoint>,
    /// Thresholds with a name, from low to high.
    named: Vec<Threshold>,
}

/// A row of the calibration.
#[derive(Serialize, ToSchema)]
pub(crate) struct CurvePoint {
    score: f32,
    similarity: f32,
    false_match_rate: f64,
    extrapolated: bool,
}

/// A threshold with a name.
#[derive(Serialize, ToSchema)]
pub(crate) struct Threshold {
    name: &'static str,
    score: f32,
    /// The rate that it stands for at most.
    false_match_rate: f64,
}

impl From<Scale> for CalibrationCurve {
    fn from(scale: Scale) -> Self {
        let points = scale.points.iter().map(|point| CurvePoint {
            score: point.confidence.get(),
            similarity: point.similarity.0,
            false_match_rate: point.rate.rate,
            extrapolated: point.rate.is_extrapolated,
        });
        let named = scale.named.iter().map(|threshold| Threshold {
            name: threshold.name,
            score: threshold.confidence.get(),
            false_match_rate: threshold.rate,
        });
        Self {
            models: scale.models.iter().map(ToString::to_string).collect(),
            points: points.collect(),
            named: named.collect(),
        }
    }
}

/// JSON has no infinity.
fn finite(similarity: Similarity) -> Option<f32> {
    similarity.0.is_finite().then_some(similarity.0)
}

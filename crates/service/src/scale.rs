//! What scores stand for: the calibration of the installed pack, as people read it.

use vultus_search::{ANCHORS, PointSource};
use vultus_types::{Confidence, ModelDigest, Similarity};

use crate::Service;

/// The thresholds that have a name, with their confidence: the dialects' defaults and `FindFace`'s levels.
const NAMED: [(&str, f32); 6] = [
    ("findface_low", 0.5690),
    ("kairos_default", 0.60),
    ("findface_medium", 0.6616),
    ("perse_default", 0.71),
    ("findface_default", 0.75),
    ("findface_strict", 0.7834),
];

/// How often strangers are as alike as that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatchRate {
    /// The share of comparisons of different people that reach the similarity, 0..=1.
    pub rate: f64,
    /// Whether it was drawn on from measured rates: there were too few comparisons to count.
    pub is_extrapolated: bool,
}

/// A row of the calibration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScalePoint {
    /// A similarity on the models' own scale.
    pub similarity: Similarity,
    /// Its confidence.
    pub confidence: Confidence,
    /// What it stands for.
    pub rate: MatchRate,
}

/// A threshold with a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NamedThreshold {
    /// The name.
    pub name: &'static str,
    /// The confidence.
    pub confidence: Confidence,
    /// The false match rate that it stands for at most.
    pub rate: f64,
}

/// The calibration of the installed pack.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// The models whose scores it is for, in the order of a template's parts.
    pub models: Vec<ModelDigest>,
    /// Its rows, from low to high similarity.
    pub points: Vec<ScalePoint>,
    /// Thresholds with a name, from low to high.
    pub named: Vec<NamedThreshold>,
}

impl Service {
    /// How often strangers are as alike as that.
    pub fn match_rate(&self, similarity: Similarity) -> MatchRate {
        MatchRate {
            rate: self.calibration.fmr_at(similarity),
            is_extrapolated: self.calibration.is_extrapolated_at(similarity),
        }
    }

    /// The calibration of the installed pack.
    pub fn scale(&self) -> Scale {
        let table = self.calibration.table();
        let points = table.points.iter().map(|point| {
            let similarity = Similarity(point.similarity);
            let is_extrapolated = point.source == PointSource::Extrapolated;
            let rate = MatchRate { rate: point.fmr, is_extrapolated };
            ScalePoint { similarity, confidence: self.calibration.confidence(similarity), rate }
        });
        let named = NAMED.iter().filter_map(|&(name, confidence)| {
            let (_, rate) = ANCHORS.iter().find(|anchor| anchor.0.to_bits() == confidence.to_bits())?;
            Some(NamedThreshold { name, confidence: Confidence::new(confidence), rate: *rate })
        });
        Scale { models: table.models.clone(), points: points.collect(), named: named.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::Bench;

    #[tokio::test]
    async fn every_named_threshold_has_the_rate_of_the_scale() {
        let scale = Bench::new().await.unwrap().service.scale();
        let rates: Vec<f64> = scale.named.iter().map(|named| named.rate).collect();
        assert_eq!(rates, [3e-3, 1e-3, 3e-4, 2e-4, 1e-4, 3e-5]);
        assert_eq!(scale.models.len(), 1);
    }

    #[tokio::test]
    async fn rows_and_rates_are_those_of_the_table() {
        let service = Bench::new().await.unwrap().service;
        for point in service.scale().points {
            let told = service.match_rate(point.similarity);
            assert!((told.rate / point.rate.rate - 1.0).abs() < 1e-9, "{point:?}");
            assert_eq!(told.is_extrapolated, point.rate.is_extrapolated);
        }
        assert_eq!(service.match_rate(Similarity::IDENTICAL).rate, 0.0);
    }
}

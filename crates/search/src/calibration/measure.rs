//! Measuring a table from comparisons of different people.

use vultus_types::ModelDigest;

use super::{
    ANCHORS, CalibrationError, CalibrationPoint, CalibrationTable, IDENTICAL_SIMILARITY, PointSource,
};

/// What a table says about its own origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The models of the template's parts, in template order.
    pub models: Vec<ModelDigest>,
    /// The photos.
    pub data_set: String,
    /// Their licence.
    pub data_set_licence: String,
    /// The command.
    pub command: String,
}

/// Rates at which a table gets a row: the anchors of the confidence scale and steps between them.
const RATES: [f64; 22] = [
    0.5, 0.3, 0.2, 0.1, 5e-2, 3e-2, 2e-2, 1e-2, 5e-3, 3e-3, 2e-3, 1e-3, 5e-4, 3e-4, 2e-4, 1e-4, 5e-5, 3e-5,
    2e-5, 1e-5, 3e-6, 1e-6,
];

/// A rate counts as measured where at least this many comparisons lie above it: with 30 counts the true rate
/// is within about a third of the measured one (Doddington's rule of 30: 90 % confidence, ±30 %).
const LEAST_COUNT: f64 = 30.0;

/// The tail is drawn through the last measured rate and this many times it, so over one decade.
const TAIL_DECADE: f64 = 10.0;

/// The last row may not come closer to an identical input than this.
const HIGHEST: f32 = 0.9999;

impl CalibrationTable {
    /// Measures a table from similarities of different people, in any order; they are sorted in place.
    ///
    /// At each rate the row's similarity is the least one that no more than this share of the comparisons
    /// reaches. Where fewer than 30 comparisons would lie above, the row is extrapolated: linear in the
    /// logarithm of the rate over the last measured decade, and flatter where it would come closer than 1e-4
    /// to the similarity of identical inputs.
    pub fn measure(similarities: &mut [f32], provenance: Provenance) -> Result<Self, CalibrationError> {
        let pairs = similarities.len();
        let is_measured = |rate: f64| rate * pairs as f64 >= LEAST_COUNT;
        if !is_measured(1e-2) {
            return Err(CalibrationError::TooFewPairs(pairs));
        }
        if similarities.iter().any(|value| !value.is_finite()) {
            return Err(CalibrationError::Degenerate);
        }
        similarities.sort_unstable_by(|one, other| other.total_cmp(one));

        let mut points: Vec<CalibrationPoint> = Vec::with_capacity(RATES.len());
        for rate in RATES.into_iter().filter(|&rate| is_measured(rate)) {
            // The first one that is too many, less one step, is the threshold that keeps it out.
            let similarity = similarities[(rate * pairs as f64) as usize].next_up();
            if points.last().is_none_or(|last| last.similarity < similarity) && similarity < HIGHEST {
                points.push(CalibrationPoint { similarity, fmr: rate, source: PointSource::Measured });
            }
        }
        extrapolate(&mut points)?;
        let Provenance { models, data_set, data_set_licence, command } = provenance;
        Ok(Self { models, data_set, data_set_licence, pairs: pairs as u64, command, points })
    }
}

fn extrapolate(points: &mut Vec<CalibrationPoint>) -> Result<(), CalibrationError> {
    let last = *points.last().ok_or(CalibrationError::Degenerate)?;
    let before = points.iter().rev().find(|point| point.fmr >= last.fmr * TAIL_DECADE);
    let before = *before.ok_or(CalibrationError::Degenerate)?;
    let per_log_rate = f64::from(last.similarity - before.similarity) / (before.fmr / last.fmr).ln();
    let (_, least) = ANCHORS[ANCHORS.len() - 1];
    let room = f64::from(HIGHEST - last.similarity) / (last.fmr / least).ln().max(f64::MIN_POSITIVE);
    let slope = per_log_rate.min(room);
    for rate in RATES.into_iter().filter(|&rate| rate < last.fmr) {
        let similarity = (f64::from(last.similarity) + slope * (last.fmr / rate).ln()) as f32;
        let similarity = similarity.min(IDENTICAL_SIMILARITY.next_down());
        if points.last().is_some_and(|last| last.similarity >= similarity) {
            return Err(CalibrationError::Degenerate);
        }
        points.push(CalibrationPoint { similarity, fmr: rate, source: PointSource::Extrapolated });
    }
    Ok(())
}

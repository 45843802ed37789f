//! Measuring a table from comparisons of different people.

use vultus_types::ModelDigest;

use super::{CalibrationError, CalibrationPoint, CalibrationTable, PointSource};

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

impl CalibrationTable {
    /// Measures a table from similarities of different people, in any order; they are sorted in place. Each
    /// population is a collection of photos of its own: strangers within one collection share cameras and light
    /// and are more alike than strangers across.
    ///
    /// At each rate the row's similarity is the least one that, in no population, more than this share of the
    /// comparisons reaches, divided by `margin` (1 or more), which makes room for populations that were not
    /// measured. Where fewer than 30 comparisons would lie above, a population's threshold is extrapolated:
    /// linear in the logarithm of the rate over its last measured decade.
    pub fn measure(
        populations: &mut [Vec<f32>],
        margin: f64,
        provenance: Provenance,
    ) -> Result<Self, CalibrationError> {
        let pairs = populations.iter().map(Vec::len).sum::<usize>();
        let mut rows: Option<Vec<CalibrationPoint>> = None;
        for similarities in populations {
            let thresholds = thresholds(similarities, margin)?;
            rows = Some(rows.map_or_else(|| thresholds.clone(), |rows| greater(&rows, &thresholds)));
        }
        let mut points: Vec<CalibrationPoint> = Vec::with_capacity(RATES.len());
        for row in rows.ok_or(CalibrationError::TooFewPairs(0))? {
            if points.last().is_none_or(|last| last.similarity < row.similarity) {
                points.push(row);
            }
        }
        let Provenance { models, data_set, data_set_licence, command } = provenance;
        Ok(Self { models, data_set, data_set_licence, pairs: pairs as u64, margin, command, points })
    }
}

/// One row for each of [`RATES`], whose similarities never fall.
fn thresholds(similarities: &mut [f32], margin: f64) -> Result<Vec<CalibrationPoint>, CalibrationError> {
    let pairs = similarities.len();
    let is_measured = |rate: f64| rate / margin * pairs as f64 >= LEAST_COUNT;
    if !is_measured(1e-2) {
        return Err(CalibrationError::TooFewPairs(pairs));
    }
    if similarities.iter().any(|value| !value.is_finite()) {
        return Err(CalibrationError::Degenerate);
    }
    similarities.sort_unstable_by(|one, other| other.total_cmp(one));
    let mut points = Vec::with_capacity(RATES.len());
    for fmr in RATES.into_iter().filter(|&rate| is_measured(rate)) {
        // The first one that is too many, less one step, is the threshold that keeps it out.
        let similarity = similarities[(fmr / margin * pairs as f64) as usize].next_up();
        points.push(CalibrationPoint { similarity, fmr, source: PointSource::Measured });
    }
    extrapolate(&mut points)?;
    Ok(points)
}

fn extrapolate(points: &mut Vec<CalibrationPoint>) -> Result<(), CalibrationError> {
    let last = *points.last().ok_or(CalibrationError::Degenerate)?;
    let before = points.iter().rev().find(|point| point.fmr >= last.fmr * TAIL_DECADE);
    let before = *before.ok_or(CalibrationError::Degenerate)?;
    let slope = f64::from(last.similarity - before.similarity) / (before.fmr / last.fmr).ln();
    if slope <= 0.0 {
        return Err(CalibrationError::Degenerate);
    }
    for fmr in RATES.into_iter().filter(|&rate| rate < last.fmr) {
        let similarity = (f64::from(last.similarity) + slope * (last.fmr / fmr).ln()) as f32;
        points.push(CalibrationPoint { similarity, fmr, source: PointSource::Extrapolated });
    }
    Ok(())
}

/// At each rate the row with the greater similarity.
fn greater(one: &[CalibrationPoint], other: &[CalibrationPoint]) -> Vec<CalibrationPoint> {
    let greater = |(one, other): (&CalibrationPoint, &CalibrationPoint)| {
        if one.similarity >= other.similarity { *one } else { *other }
    };
    one.iter().zip(other).map(greater).collect()
}

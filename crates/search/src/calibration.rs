//! Calibration: from a model's similarities to confidences that mean the same for every model.
//!
//! The confidence scale is fixed by false match rates ([`ANCHORS`]). A [`CalibrationTable`], measured once on
//! many comparisons of different people and shipped as JSON with the pack, tells which similarity has which
//! false match rate for one pack; [`Calibration`] is the table made ready for use.
//!
//! The JSON form:
//!
//! ```json
//! {
//!   "models": ["<SHA-256 of each part's model, in template order>"],
//!   "data_set": "name of the photos the table was measured on",
//!   "data_set_licence": "its licence",
//!   "pairs": 29600000,
//!   "margin": 1.5,
//!   "command": "the command that measured it",
//!   "points": [
//!     { "similarity": 0.8612, "fmr": 0.5, "source": "measured" },
//!     { "similarity": 0.9623, "fmr": 1e-6, "source": "extrapolated" }
//!   ]
//! }
//! ```
//!
//! `points` go from low to high similarity, so from high to low false match rate; the first has a rate of at
//! least 0.5, the last of at most 1e-6. [`CalibrationTable::measure`] makes a table from similarities.

use serde::{Deserialize, Serialize};
use vultus_types::{Confidence, ModelDigest, ScoreRule, Similarity};

mod measure;

pub use measure::Provenance;

/// Confidence and the false match rate it stands for at most. Between two anchors the confidence is linear in
/// the logarithm of the rate. 0 is the similarity that half of all strangers reach; the other rows are the
/// project's definition of the scale. Beyond the last the confidence approaches 1 as the rate falls further, at
/// first as steeply as before, up to [`MOST_CONFIDENT`]; 1 is kept for an identical input.
pub const ANCHORS: [(f32, f64); 10] = [
    (0.0, 0.5),
    (0.50, 1e-2),
    (0.5690, 3e-3),
    (0.60, 1e-3),
    (0.6616, 3e-4),
    (0.71, 2e-4),
    (0.75, 1e-4),
    (0.7834, 3e-5),
    (0.85, 1e-5),
    (0.92, 1e-6),
];

/// The greatest confidence of two inputs that are not identical: the dialects show four decimals or more.
pub const MOST_CONFIDENT: f32 = 0.9999;

/// Beyond the last anchor, what is left to confidence 1 shrinks to this share with each tenth of the rate; chosen
/// so that the scale has no bend at the anchor (0.07 per decade before it, of the 0.08 that are left).
const SHARE_PER_DECADE: f64 = 0.416_862;

/// How many decades beyond the last anchor the scale is drawn: [`MOST_CONFIDENT`] is reached by then.
const DECADES_BEYOND: u32 = 8;

const MOST_POINTS: usize = 4096;

/// How a point of a table came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PointSource {
    /// Counted in comparisons of different people.
    Measured,
    /// Drawn on from the measured points: there were too few comparisons to count.
    Extrapolated,
}

/// One row of a table: this share of comparisons of different people reaches this similarity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationPoint {
    /// A similarity; finite.
    pub similarity: f32,
    /// The false match rate at that threshold, greater than 0, at most 1.
    pub fmr: f64,
    /// Whether it was counted.
    pub source: PointSource,
}

/// The stored form of a calibration; see the [module](self) for its JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationTable {
    /// The models of the template's parts, in template order.
    #[serde(with = "digests")]
    pub models: Vec<ModelDigest>,
    /// The photos it was measured on.
    pub data_set: String,
    /// The licence of those photos.
    pub data_set_licence: String,
    /// How many comparisons of different people were counted.
    pub pairs: u64,
    /// The measured rate at a row's similarity is the row's divided by this, 1 or more: room for populations that
    /// were not measured.
    #[serde(default = "no_margin")]
    pub margin: f64,
    /// The command that measured it.
    pub command: String,
    /// The rows, from low to high similarity.
    pub points: Vec<CalibrationPoint>,
}

const fn no_margin() -> f64 {
    1.0
}

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrationError {
    /// The text is no table.
    #[error("calibration table cannot be read")]
    Json(#[from] serde_json::Error),
    /// A similarity or rate out of its range, or too many or no rows.
    #[error("calibration table has an impossible row {0}")]
    Row(usize),
    /// Similarities must rise and rates must fall from row to row.
    #[error("calibration table is not monotone at row {0}")]
    Order(usize),
    /// The first rate must be at least 0.5, the last at most 1e-6.
    #[error("calibration table does not cover false match rates from 0.5 to 1e-6")]
    Range,
    /// There were too few comparisons to measure a table.
    #[error("{0} comparisons are too few to calibrate")]
    TooFewPairs(usize),
    /// Similarities of strangers are all alike or not finite.
    #[error("similarities cannot be calibrated: they are equal or not finite")]
    Degenerate,
}

/// A calibration ready for use. All three mappings are monotone and need no more than a binary search.
#[derive(Clone, Debug)]
pub struct Calibration {
    table: CalibrationTable,
    /// Similarity and the logarithm of the rate; similarities rise, rates fall.
    rates: Vec<(f64, f64)>,
    /// Similarity and confidence; both rise.
    confidences: Vec<(f64, f64)>,
}

impl TryFrom<CalibrationTable> for Calibration {
    type Error = CalibrationError;

    fn try_from(table: CalibrationTable) -> Result<Self, CalibrationError> {
        check(&table.points)?;
        let rates: Vec<_> =
            table.points.iter().map(|point| (f64::from(point.similarity), point.fmr.ln())).collect();
        let confidences = confidence_knots(&rates);
        Ok(Self { table, rates, confidences })
    }
}

impl Calibration {
    /// Reads the JSON form of a table.
    pub fn from_json(text: &str) -> Result<Self, CalibrationError> {
        serde_json::from_str::<CalibrationTable>(text)?.try_into()
    }

    /// The table it was made from.
    pub fn table(&self) -> &CalibrationTable {
        &self.table
    }

    /// Whether it was measured for the models that `rule` compares.
    pub fn fits(&self, rule: &ScoreRule) -> bool {
        self.table.models.iter().eq(rule.parts.iter().map(|part| &part.model))
    }

    /// The confidence of a similarity; 0 for one that is not a number, 1 for [`Similarity::IDENTICAL`] only.
    pub fn confidence(&self, similarity: Similarity) -> Confidence {
        if similarity.0.is_nan() {
            return Confidence::new(0.0);
        }
        if similarity == Similarity::IDENTICAL {
            return Confidence::new(1.0);
        }
        Confidence::new(interpolate(&self.confidences, f64::from(similarity.0)) as f32)
    }

    /// The least similarity whose confidence is at least `confidence`; minus infinity for confidence 0, which
    /// every similarity has, and [`Similarity::IDENTICAL`] above [`MOST_CONFIDENT`].
    pub fn similarity_at(&self, confidence: Confidence) -> Similarity {
        if confidence.get() <= 0.0 {
            return Similarity(f32::NEG_INFINITY);
        }
        if confidence.get() > MOST_CONFIDENT {
            return Similarity::IDENTICAL;
        }
        // Bisection over the ordered numbers themselves: exact, whatever interpolation rounds.
        let (mut low, mut high) = (ordinal(f32::MIN), ordinal(f32::MAX));
        while low < high {
            let middle = low + (high - low).div_euclid(2);
            if self.confidence(Similarity(from_ordinal(middle as i32))) >= confidence {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Similarity(from_ordinal(low as i32))
    }

    /// The share of comparisons of different people that reach this similarity, in 0..=1.
    pub fn fmr_at(&self, similarity: Similarity) -> f64 {
        if similarity.0.is_nan() {
            return 1.0;
        }
        let value = f64::from(similarity.0);
        let (first, last) = (self.rates[0], self.rates[self.rates.len() - 1]);
        let log_rate = if value <= first.0 {
            linear(first, self.rates[1], value)
        } else if value >= last.0 {
            linear(self.rates[self.rates.len() - 2], last, value)
        } else {
            interpolate(&self.rates, value)
        };
        log_rate.exp().min(1.0)
    }

    /// Whether the rate at this similarity was drawn on from measured ones: where the row at which a comparison with
    /// it would still count is marked so, and beyond the last row.
    pub fn is_extrapolated_at(&self, similarity: Similarity) -> bool {
        let row = self.table.points.iter().find(|point| point.similarity >= similarity.0);
        row.is_none_or(|row| row.source == PointSource::Extrapolated)
    }
}

fn check(points: &[CalibrationPoint]) -> Result<(), CalibrationError> {
    if points.len() < 2 || points.len() > MOST_POINTS {
        return Err(CalibrationError::Row(points.len()));
    }
    for (row, point) in points.iter().enumerate() {
        if !point.similarity.is_finite() || !point.fmr.is_normal() || point.fmr <= 0.0 || point.fmr > 1.0 {
            return Err(CalibrationError::Row(row));
        }
    }
    let is_step =
        |pair: &[CalibrationPoint]| pair[0].similarity < pair[1].similarity && pair[0].fmr > pair[1].fmr;
    if let Some(row) = points.windows(2).position(|pair| !is_step(pair)) {
        return Err(CalibrationError::Order(row + 1));
    }
    let (_, most) = ANCHORS[0];
    let (_, least) = ANCHORS[ANCHORS.len() - 1];
    // Rates are compared with room for a decimal number's rounding.
    if points[0].fmr < most * 0.999 || points[points.len() - 1].fmr > least * 1.001 {
        return Err(CalibrationError::Range);
    }
    Ok(())
}

/// The knots of the piecewise linear function from similarity to confidence: one at each anchor, one at each
/// row between the first and the last anchor, and one for each decade beyond it.
fn confidence_knots(rates: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let anchors: Vec<_> =
        ANCHORS.iter().map(|&(confidence, fmr)| (fmr.ln(), f64::from(confidence))).collect();
    let mut knots: Vec<_> =
        anchors.iter().map(|&(log_rate, confidence)| (similarity_of(rates, log_rate), confidence)).collect();
    for &(similarity, log_rate) in rates {
        let after = anchors.iter().position(|anchor| anchor.0 < log_rate);
        if let Some(after) = after.filter(|&after| after > 0 && log_rate < anchors[after - 1].0) {
            knots.push((similarity, linear(anchors[after - 1], anchors[after], log_rate)));
        }
    }
    let (last, slope) = (rates[rates.len() - 1], tail_slope(rates));
    let (least_rate, most_confident) = anchors[anchors.len() - 1];
    for decade in 1..=DECADES_BEYOND {
        let log_rate = least_rate - f64::from(decade) * std::f64::consts::LN_10;
        let similarity = if log_rate > last.1 {
            similarity_of(rates, log_rate)
        } else {
            last.0 + slope * (last.1 - log_rate)
        };
        let left = (1.0 - most_confident) * SHARE_PER_DECADE.powi(decade as i32);
        knots.push((similarity, (1.0 - left).min(f64::from(MOST_CONFIDENT))));
    }
    knots.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
    knots
}

/// How much the similarity rises for each e-th of the rate beyond the last row.
fn tail_slope(rates: &[(f64, f64)]) -> f64 {
    let (before, last) = (rates[rates.len() - 2], rates[rates.len() - 1]);
    (last.0 - before.0) / (before.1 - last.1)
}

/// The similarity of a rate within the table; the first or last one's beyond it.
fn similarity_of(rates: &[(f64, f64)], log_rate: f64) -> f64 {
    let below = rates.partition_point(|row| row.1 > log_rate);
    if below == 0 || below == rates.len() {
        return rates[below.min(rates.len() - 1)].0;
    }
    inverse(rates[below - 1], rates[below], log_rate)
}

/// Piecewise linear, constant beyond the ends.
fn interpolate(knots: &[(f64, f64)], value: f64) -> f64 {
    let above = knots.partition_point(|knot| knot.0 <= value);
    if above == 0 || above == knots.len() {
        return knots[above.min(knots.len() - 1)].1;
    }
    linear(knots[above - 1], knots[above], value)
}

fn linear(left: (f64, f64), right: (f64, f64), value: f64) -> f64 {
    left.1 + (right.1 - left.1) * ((value - left.0) / (right.0 - left.0))
}

/// Numbers in their order: the next float is the next integer.
fn ordinal(value: f32) -> i64 {
    i64::from(flip(value.to_bits() as i32))
}

fn from_ordinal(ordinal: i32) -> f32 {
    f32::from_bits(flip(ordinal) as u32)
}

/// Turns sign and magnitude into two's complement and back.
fn flip(bits: i32) -> i32 {
    if bits < 0 { bits ^ i32::MAX } else { bits }
}

fn inverse(left: (f64, f64), right: (f64, f64), value: f64) -> f64 {
    left.0 + (right.0 - left.0) * ((value - left.1) / (right.1 - left.1))
}

/// Model digests as hexadecimal text.
mod digests {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
    use vultus_types::ModelDigest;

    pub(super) fn serialize<S: Serializer>(digests: &[ModelDigest], to: S) -> Result<S::Ok, S::Error> {
        digests.iter().map(ToString::to_string).collect::<Vec<_>>().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<ModelDigest>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        texts.iter().map(|text| text.parse().map_err(D::Error::custom)).collect()
    }
}

#[cfg(test)]
mod tests;

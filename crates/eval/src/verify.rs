//! One-to-one verification: pairs of a protocol, or all pairs of labelled folders.

mod compare;
mod parts;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use vultus_search::{ANCHORS, Calibration};
use vultus_types::Confidence;

use crate::EvalError;
use crate::calibrate::LabelledPhotos;
use crate::curves::{histogram, rate_grid, trade_off};
use crate::findings::{Axis, Better, Figure, Findings, Mark, Plot, Series, Unit};
use crate::labels::Truth;
use crate::metrics::{Scores, fold_accuracy};
use crate::observed::ObservedFace;
use crate::pairs::PairList;
use crate::same_person::SamePersonRule;
use crate::session::Session;
use crate::statistics::Bootstrap;
use crate::trials::Trials;

/// The false match rates at which the false non-match rate is reported, where there are enough comparisons.
const FALSE_MATCH_RATES: [f64; 5] = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6];
/// Fewer false matches than this say nothing about a rate.
pub(crate) const FEWEST_ERRORS: f64 = 5.0;

/// What is compared.
#[derive(Clone, Copy)]
pub enum Protocol<'a> {
    /// The pairs of a list, with photos taken from a folder.
    Pairs {
        /// The list.
        list: &'a PairList,
        /// The photos: `NAME/NAME_0001.jpg`.
        images: &'a Path,
    },
    /// Every photo with every other.
    AllPairs {
        /// Photos of people.
        people: &'a LabelledPhotos,
        /// Where given, the non-mated comparisons are those between these photos, and not those between `people`.
        strangers: Option<&'a LabelledPhotos>,
        /// What is known of photos, for breakdowns.
        truths: &'a HashMap<PathBuf, Truth>,
        /// Which non-mated comparisons are left out because they are of one person.
        same_person: Option<&'a SamePersonRule<'a>>,
    },
}

/// What was compared.
pub(crate) struct Comparisons {
    /// Comparisons of two templates; the photos are numbered as in `faces`.
    trials: Trials,
    /// The face of each photo.
    faces: Vec<Option<ObservedFace>>,
    /// What is known of each photo.
    truths: Vec<Truth>,
    /// Score and kind of every pair of a protocol, by fold; negative infinity where a photo gave no template.
    folds: Vec<Vec<(f32, bool)>>,
    /// Mated pairs that could not be compared.
    lost_mated: usize,
    /// Non-mated pairs that could not be compared.
    lost_non_mated: usize,
    /// Pairs left out as one person.
    repeated: usize,
}

/// Compares: detect, align, embed, score. A photo without a template fails to acquire; its comparisons are not made,
/// and counted as such. `calibration` adds the error rates at the confidences that clients use.
///
/// # Errors
/// [`EvalError`] where a photo's file is missing, the pack makes no templates, or the engine fails.
pub fn verify(
    session: &Session<'_>,
    protocol: &Protocol<'_>,
    calibration: Option<&Calibration>,
) -> Result<Findings, EvalError> {
    if !session.analyzer.capabilities().template {
        return Err(EvalError::NoTemplates);
    }
    let compared = compare::compare(session, protocol)?;
    Ok(findings(session, &compared, &presets(calibration)))
}

fn findings(session: &Session<'_>, compared: &Comparisons, presets: &[Preset]) -> Findings {
    let mut findings = Findings::default();
    let failed = |face: &&Option<ObservedFace>| face.as_ref().is_none_or(|face| face.template.is_none());
    findings.acquisition(compared.faces.len(), compared.faces.iter().filter(failed).count());
    let trials = &compared.trials;
    for (of, count) in [
        ("mated comparisons", trials.positive().len()),
        ("non-mated comparisons", trials.negative().len()),
        ("mated pairs lost to failures", compared.lost_mated),
        ("non-mated pairs lost to failures", compared.lost_non_mated),
        ("pairs left out as one person", compared.repeated),
    ] {
        findings.count(of, count);
    }
    accuracy(compared, &mut findings);
    error_rates(&session.bootstrap(), trials, presets, &mut findings);
    parts::breakdowns(session, compared, presets, &mut findings);
    let scores = |trials: &[crate::trials::Trial]| trials.iter().map(|trial| trial.score).collect();
    let kinds = [("mated", scores(trials.positive())), ("non-mated", scores(trials.negative()))];
    findings.plots.extend(histogram("scores", "Similarities", "similarity", &kinds));
    findings
}

/// The share of right decisions over the pairs of a protocol; a pair that could not be compared counts as no match.
fn accuracy(compared: &Comparisons, findings: &mut Findings) {
    let scores = Scores::new(compared.folds.iter().flatten().copied());
    let pairs = scores.mated_count() + scores.non_mated_count();
    if pairs == 0 {
        return;
    }
    let best = scores.best_threshold();
    let (name, accuracy) = match fold_accuracy(&compared.folds) {
        Some(folds) => (format!("accuracy over {} folds", compared.folds.len()), folds.mean),
        None => ("accuracy at the best threshold".to_owned(), best.accuracy),
    };
    let right = (accuracy * pairs as f64).round() as usize;
    findings.figures.extend(Figure::share(name, right, pairs, Better::Higher));
    let threshold = f64::from(best.threshold);
    findings.figures.push(Figure::new("best threshold", threshold, Unit::Score, Better::Neither, pairs));
}

/// A confidence that clients use, its similarity, and the false match rate it promises.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Preset {
    /// The confidence.
    pub(crate) confidence: f32,
    /// The similarity that has it.
    pub(crate) threshold: f32,
    /// The promise.
    pub(crate) rate: f64,
}

/// The presets of a calibration table, those without a promise left out.
pub(crate) fn presets(calibration: Option<&Calibration>) -> Vec<Preset> {
    let Some(calibration) = calibration else { return Vec::new() };
    let anchors = ANCHORS.iter().filter(|(confidence, _)| *confidence > 0.0);
    let preset = |&(confidence, rate): &(f32, f64)| Preset {
        confidence,
        threshold: calibration.similarity_at(Confidence::new(confidence)).0,
        rate,
    };
    anchors.map(preset).filter(|preset| preset.rate > 0.0).collect()
}

/// Adds what follows from the comparisons: equal error rate, FNMR at false match rates and at the presets, plots.
pub(crate) fn error_rates(
    bootstrap: &Bootstrap,
    trials: &Trials,
    presets: &[Preset],
    findings: &mut Findings,
) {
    let (mated, non_mated) = (trials.positive().len(), trials.negative().len());
    let enough = |rate: &f64| rate * non_mated as f64 >= FEWEST_ERRORS;
    let aims: Vec<f64> = FALSE_MATCH_RATES.into_iter().filter(|rate| mated > 0 && enough(rate)).collect();
    let grid = if trials.has_both() { rate_grid(non_mated) } else { Vec::new() };
    let figures = |rates: &crate::trials::Rates<'_>| -> Vec<f64> {
        let by_rate = aims.iter().chain(&grid).map(|&rate| rates.false_negatives_at(rate));
        let by_preset = presets.iter().flat_map(|preset| {
            [rates.false_positive_rate(preset.threshold), rates.false_negative_rate(preset.threshold)]
        });
        std::iter::once(rates.equal_error_rate()).chain(by_rate).chain(by_preset).collect()
    };
    let rates = trials.rates();
    let values = figures(&rates);
    let intervals = trials.intervals(bootstrap, figures);
    let mut measured = values.iter().copied().zip(intervals.iter().copied());
    let mut add = |name: String, of: usize, found: Option<(f64, Option<_>)>| {
        if let Some((value, interval)) = found.filter(|(value, _)| value.is_finite()) {
            let figure = Figure::new(name, value, Unit::Share, Better::Lower, of).within(interval);
            findings.figures.push(figure);
        }
    };
    add("equal error rate".to_owned(), mated + non_mated, measured.next());
    for rate in &aims {
        add(format!("FNMR at FMR {rate:e}"), mated, measured.next());
    }
    let curve = 1 + aims.len()..1 + aims.len() + grid.len();
    let mut measured = measured.skip(grid.len());
    for preset in presets {
        let promise = format!("FMR at confidence {} (promised {:e})", preset.confidence, preset.rate);
        add(promise, non_mated, measured.next());
        add(format!("FNMR at confidence {}", preset.confidence), mated, measured.next());
    }
    for &rate in &aims {
        let threshold = f64::from(rates.threshold_for_false_positives(rate));
        let name = format!("similarity at FMR {rate:e}");
        findings.figures.push(Figure::new(name, threshold, Unit::Score, Better::Neither, non_mated));
    }
    if !grid.is_empty() {
        let (values, intervals) = (&values[curve.clone()], &intervals[curve]);
        let axes = ["false match rate", "false non-match rate"];
        findings.plots.push(trade_off("det", "Detection error trade-off", axes, &grid, values, intervals));
    }
    findings.plots.extend(promises(&rates, presets, non_mated));
}

/// The false match rate measured at each confidence against the one promised.
fn promises(rates: &crate::trials::Rates<'_>, presets: &[Preset], non_mated: usize) -> Option<Plot> {
    if presets.is_empty() || non_mated == 0 {
        return None;
    }
    let measured = presets.iter().map(|preset| (preset.rate, rates.false_positive_rate(preset.threshold)));
    let ideal = presets.iter().map(|preset| (preset.rate, preset.rate));
    Some(Plot {
        name: "calibration".to_owned(),
        title: "False match rate, promised and measured".to_owned(),
        x: Axis::logarithmic("promised"),
        y: Axis::logarithmic("measured"),
        series: vec![
            Series { name: "measured".to_owned(), mark: Mark::Line, points: measured.collect() },
            Series { name: "as promised".to_owned(), mark: Mark::Guide, points: ideal.collect() },
        ],
    })
}

#[cfg(test)]
mod tests;

//! One-to-one verification over a list of pairs.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde::Serialize;
use vultus_face::FaceAnalyzer;
use vultus_types::Template;

use crate::EvalError;
use crate::metrics::{FoldAccuracy, OperatingPoint, Scores, ThresholdAccuracy, fold_accuracy};
use crate::pairs::{PairList, PhotoRef};
use crate::parallel::Progress;
use crate::templates::extract_templates;

/// The false match rates at which the true accept rate is reported.
const FALSE_MATCH_RATES: [f64; 2] = [1e-2, 1e-3];

/// What a verification run measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerifyReport {
    /// Mated pairs.
    pub mated_pairs: usize,
    /// Non-mated pairs.
    pub non_mated_pairs: usize,
    /// Photos analysed.
    pub photos: usize,
    /// Share of the photos that gave no template.
    pub failure_to_acquire_rate: f64,
    /// Share of right decisions: the mean over the folds where the pairs have folds, otherwise at the threshold
    /// that is best on the very same pairs.
    pub accuracy: f64,
    /// The folds, where the pairs have them.
    pub folds: Option<FoldAccuracy>,
    /// The best threshold on all pairs, and its accuracy.
    pub best: ThresholdAccuracy,
    /// The accuracy at the threshold given with the run.
    pub fixed: Option<ThresholdAccuracy>,
    /// Matches of mated pairs at few false matches.
    pub operating_points: Vec<OperatingPoint>,
    /// Where false matches and false non-matches are equally frequent.
    pub equal_error_rate: Option<f64>,
}

/// Compares the pairs, with photos taken from the folder `images`: detect, align, embed, score. A photo without a
/// template fails to acquire; its pairs count as no match, so a mated one is an error.
///
/// `fixed_threshold` is a similarity whose accuracy is reported as well.
///
/// # Errors
/// [`EvalError`] where a photo's file is missing or the engine fails.
pub fn verify(
    analyzer: &dyn FaceAnalyzer,
    list: &PairList,
    images: &Path,
    fixed_threshold: Option<f32>,
    threads: NonZeroUsize,
    progress: &Progress<'_>,
) -> Result<VerifyReport, EvalError> {
    let mut indices: BTreeMap<&PhotoRef, usize> = BTreeMap::new();
    for photo in list.pairs.iter().flat_map(|pair| [&pair.one, &pair.other]) {
        indices.entry(photo).or_default();
    }
    for (index, slot) in indices.values_mut().enumerate() {
        *slot = index;
    }
    let paths: Vec<PathBuf> = indices.keys().map(|photo| images.join(photo.path())).collect();
    let templates = extract_templates(analyzer, &paths, threads, progress)?;
    let mut folds = vec![Vec::new(); list.folds];
    for pair in &list.pairs {
        let (one, other) = (&templates[indices[&pair.one]], &templates[indices[&pair.other]]);
        folds[pair.fold].push((score(analyzer, one.as_ref(), other.as_ref())?, pair.is_mated));
    }
    Ok(report(&folds, &templates, fixed_threshold))
}

fn score(
    analyzer: &dyn FaceAnalyzer,
    one: Option<&Template>,
    other: Option<&Template>,
) -> Result<f32, EvalError> {
    match (one, other) {
        (Some(one), Some(other)) => Ok(analyzer.score_rule().similarity(one, other)?.0),
        _ => Ok(f32::NEG_INFINITY),
    }
}

fn report(
    folds: &[Vec<(f32, bool)>],
    templates: &[Option<Template>],
    fixed_threshold: Option<f32>,
) -> VerifyReport {
    let scores = Scores::new(folds.iter().flatten().copied());
    let best = scores.best_threshold();
    let by_fold = fold_accuracy(folds);
    let failed = templates.iter().filter(|template| template.is_none()).count();
    VerifyReport {
        mated_pairs: scores.mated_count(),
        non_mated_pairs: scores.non_mated_count(),
        photos: templates.len(),
        failure_to_acquire_rate: failed as f64 / templates.len().max(1) as f64,
        accuracy: by_fold.as_ref().map_or(best.accuracy, |folds| folds.mean),
        folds: by_fold,
        best,
        fixed: fixed_threshold
            .map(|threshold| ThresholdAccuracy { threshold, accuracy: scores.accuracy_at(threshold) }),
        operating_points: FALSE_MATCH_RATES.into_iter().filter_map(|fmr| scores.at_fmr(fmr)).collect(),
        equal_error_rate: scores.equal_error_rate(),
    }
}

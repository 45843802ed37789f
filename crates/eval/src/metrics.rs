//! The share of right decisions over the pairs of a protocol.

use serde::Serialize;

/// Scores of mated and non-mated comparisons. A comparison for which a photo gave no template scores
/// negative infinity: it is never a match.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    mated: Vec<f32>,
    non_mated: Vec<f32>,
}

/// A threshold and the share of comparisons it decides rightly.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ThresholdAccuracy {
    /// Scores at or above this match.
    pub threshold: f32,
    /// Share of right decisions, mated and non-mated comparisons together.
    pub accuracy: f64,
}

/// Mean and spread of the accuracy over folds; each fold is decided by the best threshold of all others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FoldAccuracy {
    /// Mean of the folds' accuracies.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: f64,
    /// The accuracy of each fold.
    pub folds: Vec<ThresholdAccuracy>,
}

impl Scores {
    /// From pairs of score and whether the comparison is mated; not-a-number counts as no match.
    pub fn new(scores: impl IntoIterator<Item = (f32, bool)>) -> Self {
        let mut all = Self::default();
        for (score, is_mated) in scores {
            let score = if score.is_nan() { f32::NEG_INFINITY } else { score };
            if is_mated { all.mated.push(score) } else { all.non_mated.push(score) }
        }
        all.mated.sort_by(f32::total_cmp);
        all.non_mated.sort_by(f32::total_cmp);
        all
    }

    /// Mated comparisons.
    pub fn mated_count(&self) -> usize {
        self.mated.len()
    }

    /// Non-mated comparisons.
    pub fn non_mated_count(&self) -> usize {
        self.non_mated.len()
    }

    /// Share of right decisions where scores of at least `threshold` match.
    pub fn accuracy_at(&self, threshold: f32) -> f64 {
        let rejected = |scores: &[f32]| scores.partition_point(|score| *score < threshold);
        let right = self.mated.len() - rejected(&self.mated) + rejected(&self.non_mated);
        right as f64 / (self.mated.len() + self.non_mated.len()).max(1) as f64
    }

    /// The threshold with the most right decisions: half-way between two scores, so that it generalises, or beyond
    /// all of them.
    pub fn best_threshold(&self) -> ThresholdAccuracy {
        let mut scores: Vec<f32> =
            self.mated.iter().chain(&self.non_mated).copied().filter(|score| score.is_finite()).collect();
        scores.sort_by(f32::total_cmp);
        scores.dedup();
        let middles = scores.windows(2).map(|pair| f32::midpoint(pair[0], pair[1]));
        let ends = [scores.first().copied(), scores.last().map(|last| last.next_up())];
        let candidates = ends.into_iter().flatten().chain(middles);
        let mut best = ThresholdAccuracy { threshold: 0.0, accuracy: self.accuracy_at(0.0) };
        for threshold in candidates {
            let accuracy = self.accuracy_at(threshold);
            if accuracy > best.accuracy {
                best = ThresholdAccuracy { threshold, accuracy };
            }
        }
        best
    }
}

/// Accuracy over folds of (score, whether mated); each fold is decided by the best threshold of the others.
/// `None` for fewer than two folds.
pub fn fold_accuracy(folds: &[Vec<(f32, bool)>]) -> Option<FoldAccuracy> {
    if folds.len() < 2 {
        return None;
    }
    let decide = |held_out: usize| {
        let others = folds.iter().enumerate().filter(|(index, _)| *index != held_out);
        let threshold = Scores::new(others.flat_map(|(_, fold)| fold).copied()).best_threshold().threshold;
        let accuracy = Scores::new(folds[held_out].iter().copied()).accuracy_at(threshold);
        ThresholdAccuracy { threshold, accuracy }
    };
    let results: Vec<ThresholdAccuracy> = (0..folds.len()).map(decide).collect();
    let mean = results.iter().map(|fold| fold.accuracy).sum::<f64>() / results.len() as f64;
    let variance =
        results.iter().map(|fold| (fold.accuracy - mean).powi(2)).sum::<f64>() / results.len() as f64;
    Some(FoldAccuracy { mean, deviation: variance.sqrt(), folds: results })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scores(mated: &[f32], non_mated: &[f32]) -> Scores {
        let mated = mated.iter().map(|&score| (score, true));
        Scores::new(mated.chain(non_mated.iter().map(|&score| (score, false))))
    }

    #[test]
    fn scores_that_do_not_overlap_are_decided_without_error() {
        let scores = scores(&[0.8, 0.9, 0.7], &[0.1, 0.2, 0.3]);
        assert_eq!(scores.best_threshold(), ThresholdAccuracy { threshold: 0.5, accuracy: 1.0 });
    }

    #[test]
    fn failed_comparison_is_never_a_match() {
        let scores = scores(&[f32::NEG_INFINITY, 0.9], &[f32::NAN, 0.1]);
        assert_eq!(scores.best_threshold().accuracy, 0.75);
    }

    #[test]
    fn fold_is_decided_by_the_threshold_of_the_others() {
        let fold = |shift: f32| vec![(0.8 + shift, true), (0.2 + shift, false)];
        let result = fold_accuracy(&[fold(0.0), fold(0.0), fold(0.5)]).unwrap();
        // The third fold's scores lie .5 higher: the threshold of the others lets its non-mated pair through.
        let accuracies: Vec<f64> = result.folds.iter().map(|fold| fold.accuracy).collect();
        assert_eq!(accuracies[2], 0.5);
        assert!((result.mean - accuracies.iter().sum::<f64>() / 3.0).abs() < 1e-12);
        assert_eq!(fold_accuracy(&[fold(0.0)]), None);
    }

    proptest! {
        #[test]
        fn no_threshold_beats_the_best(
            mated in prop::collection::vec(-1f32..1.0, 1..20),
            non_mated in prop::collection::vec(-1f32..1.0, 1..20),
            threshold in -1f32..1.0,
        ) {
            let scores = scores(&mated, &non_mated);
            prop_assert!(scores.accuracy_at(threshold) <= scores.best_threshold().accuracy + 1e-12);
        }
    }
}

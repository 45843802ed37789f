//! Error rates of comparisons.

use serde::Serialize;

/// Scores of mated and non-mated comparisons. A comparison for which a photo gave no template scores
/// negative infinity: it is never a match.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    mated: Vec<f32>,
    non_mated: Vec<f32>,
}

/// How many mated comparisons match at a threshold that lets few non-mated ones through.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OperatingPoint {
    /// The false match rate aimed at.
    pub fmr: f64,
    /// The false match rate reached, at most [`Self::fmr`].
    pub measured_fmr: f64,
    /// Scores above this match.
    pub threshold: f32,
    /// Share of the mated comparisons that match (true accept rate).
    pub tar: f64,
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

    /// The operating point for a false match rate of at most `fmr`; `None` without scores of both kinds.
    pub fn at_fmr(&self, fmr: f64) -> Option<OperatingPoint> {
        if self.mated.is_empty() || self.non_mated.is_empty() {
            return None;
        }
        let count = self.non_mated.len();
        // A hair more than the product, so that 0.1 of 30 allows 3 whatever the rounding.
        let allowed = ((fmr * count as f64 + 1e-9).floor() as usize).min(count - 1);
        let threshold = self.non_mated[count - 1 - allowed];
        let above = |scores: &[f32]| scores.len() - scores.partition_point(|score| *score <= threshold);
        Some(OperatingPoint {
            fmr,
            measured_fmr: above(&self.non_mated) as f64 / count as f64,
            threshold,
            tar: above(&self.mated) as f64 / self.mated.len() as f64,
        })
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

    /// The error rate at the threshold where false matches and false non-matches are equally frequent; `None`
    /// without scores of both kinds.
    pub fn equal_error_rate(&self) -> Option<f64> {
        if self.mated.is_empty() || self.non_mated.is_empty() {
            return None;
        }
        let rates = |threshold: f32| {
            let missed = self.mated.partition_point(|score| *score < threshold);
            let rejected = self.non_mated.partition_point(|score| *score < threshold);
            let fnmr = missed as f64 / self.mated.len() as f64;
            let fmr = (self.non_mated.len() - rejected) as f64 / self.non_mated.len() as f64;
            (fmr, fnmr)
        };
        let closest = self.mated.iter().chain(&self.non_mated).map(|&threshold| rates(threshold));
        let gap = |(fmr, fnmr): &(f64, f64)| (fmr - fnmr).abs();
        let best = closest.min_by(|one, other| gap(one).total_cmp(&gap(other)))?;
        Some(f64::midpoint(best.0, best.1))
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
        assert_eq!(scores.equal_error_rate(), Some(0.0));
        assert_eq!(scores.at_fmr(0.01).unwrap().tar, 1.0);
    }

    #[test]
    fn one_false_match_in_ten_is_allowed_at_a_tenth() {
        let non_mated: Vec<f32> = (0..10).map(|index| index as f32 / 10.0).collect();
        let point = scores(&[0.85, 0.95, 0.5], &non_mated).at_fmr(0.1).unwrap();
        assert_eq!((point.threshold, point.measured_fmr), (0.8, 0.1));
        assert!((point.tar - 2.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn failed_comparison_is_never_a_match() {
        let scores = scores(&[f32::NEG_INFINITY, 0.9], &[f32::NAN, 0.1]);
        assert_eq!(scores.at_fmr(0.0).unwrap().tar, 0.5);
        assert_eq!(scores.best_threshold().accuracy, 0.75);
    }

    #[test]
    fn equal_error_rate_of_crossed_scores_is_their_share() {
        let scores = scores(&[0.9, 0.8, 0.7, 0.2], &[0.1, 0.15, 0.3, 0.75]);
        assert_eq!(scores.equal_error_rate(), Some(0.25));
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
        fn measured_false_match_rate_never_exceeds_the_aim(
            mated in prop::collection::vec(-1f32..1.0, 1..50),
            non_mated in prop::collection::vec(-1f32..1.0, 1..200),
            fmr in 0f64..0.5,
        ) {
            let point = scores(&mated, &non_mated).at_fmr(fmr).unwrap();
            prop_assert!(point.measured_fmr <= fmr + 1e-9);
        }

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

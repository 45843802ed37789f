//! Trials with a score: comparisons, searches, presentations. Positive ones should score high, negative ones low.

use crate::statistics::{Bootstrap, Interval};

/// One trial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// The score; negative infinity where nothing could be scored, which is never accepted.
    pub score: f32,
    /// The photo it was made with…
    pub one: u32,
    /// …and the other; the same number where it is made with one photo.
    pub other: u32,
}

/// All trials of an evaluation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trials {
    /// Highest score first.
    positive: Vec<Trial>,
    /// Highest score first.
    negative: Vec<Trial>,
    /// For each photo the unit that is resampled as a whole, a person as a rule.
    units: Vec<u32>,
    unit_count: usize,
}

/// Above this many trials fewer resamples are drawn, so that intervals take seconds: the product of both.
const MOST_RESAMPLED: usize = 2_000_000_000;
/// The fewest resamples, whatever the number of trials.
const FEWEST_RESAMPLES: usize = 100;

impl Trials {
    /// Trials between photos, where `units` says for each photo which unit (person) it belongs to. Not-a-number
    /// counts as negative infinity.
    pub fn new(mut positive: Vec<Trial>, mut negative: Vec<Trial>, units: Vec<u32>) -> Self {
        for trials in [&mut positive, &mut negative] {
            for trial in trials.iter_mut().filter(|trial| trial.score.is_nan()) {
                trial.score = f32::NEG_INFINITY;
            }
            trials.sort_unstable_by(|one, other| {
                other.score.total_cmp(&one.score).then((one.one, one.other).cmp(&(other.one, other.other)))
            });
        }
        let unit_count = units.iter().max().map_or(0, |&last| last as usize + 1);
        Self { positive, negative, units, unit_count }
    }

    /// Trials with one photo each, every photo a unit of its own.
    pub fn of_scores(positive: &[f32], negative: &[f32]) -> Self {
        let trial = |(index, &score): (usize, &f32)| Trial { score, one: index as u32, other: index as u32 };
        let mut trials = positive.iter().chain(negative).enumerate().map(trial);
        let positive: Vec<Trial> = trials.by_ref().take(positive.len()).collect();
        let negative: Vec<Trial> = trials.collect();
        let count = (positive.len() + negative.len()) as u32;
        Self::new(positive, negative, (0..count).collect())
    }

    /// The trials that should be accepted, highest score first.
    pub fn positive(&self) -> &[Trial] {
        &self.positive
    }

    /// The trials that should be refused, highest score first.
    pub fn negative(&self) -> &[Trial] {
        &self.negative
    }

    /// Whether trials of both kinds exist.
    pub fn has_both(&self) -> bool {
        !self.positive.is_empty() && !self.negative.is_empty()
    }

    /// The trials that `keep` chooses.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&Trial) -> bool) -> Self {
        let chosen = |trials: &[Trial]| trials.iter().copied().filter(|trial| keep(trial)).collect();
        Self { positive: chosen(&self.positive), negative: chosen(&self.negative), ..self.clone_units() }
    }

    fn clone_units(&self) -> Self {
        Self { units: self.units.clone(), unit_count: self.unit_count, ..Self::default() }
    }

    /// The error rates of these trials.
    pub fn rates(&self) -> Rates<'_> {
        self.weighted(&vec![1; self.unit_count])
    }

    /// The error rates where each unit counts so often, and a trial between two units as often as both together.
    fn weighted(&self, weights: &[u32]) -> Rates<'_> {
        let of_photo: Vec<f64> = self.units.iter().map(|&unit| f64::from(weights[unit as usize])).collect();
        let weight = |trial: &Trial| {
            let (one, other) = (trial.one as usize, trial.other as usize);
            let is_one_unit = self.units[one] == self.units[other];
            if is_one_unit { of_photo[one] } else { of_photo[one] * of_photo[other] }
        };
        let running = |trials: &[Trial]| {
            let mut sum = 0.0;
            let sums = trials.iter().map(|trial| {
                sum += weight(trial);
                sum
            });
            std::iter::once(0.0).chain(sums).collect()
        };
        Rates { trials: self, positive: running(&self.positive), negative: running(&self.negative) }
    }

    /// The intervals of figures that follow from the error rates. Whole units are resampled, because the trials of
    /// one person resemble each other: resampling single trials would promise too much.
    pub fn intervals(
        &self,
        bootstrap: &Bootstrap,
        figures: impl Fn(&Rates<'_>) -> Vec<f64> + Sync,
    ) -> Vec<Option<Interval>> {
        let affordable = MOST_RESAMPLED / (self.positive.len() + self.negative.len()).max(1);
        let resamples = bootstrap.resamples.min(affordable.max(FEWEST_RESAMPLES));
        let bootstrap = Bootstrap { resamples, ..*bootstrap };
        bootstrap.intervals(self.unit_count, |weights| figures(&self.weighted(weights)))
    }
}

/// Error rates as functions of the threshold. A trial is accepted where its score is at least the threshold.
pub struct Rates<'a> {
    trials: &'a Trials,
    /// Weight of the first n positive trials, for every n.
    positive: Vec<f64>,
    /// The same of the negative ones.
    negative: Vec<f64>,
}

impl Rates<'_> {
    /// Share of the negative trials that are accepted (FMR, FPIR, APCER); not-a-number without any.
    pub fn false_positive_rate(&self, threshold: f32) -> f64 {
        accepted_share(&self.trials.negative, &self.negative, threshold)
    }

    /// Share of the positive trials that are refused (FNMR, FNIR, BPCER); not-a-number without any.
    pub fn false_negative_rate(&self, threshold: f32) -> f64 {
        1.0 - accepted_share(&self.trials.positive, &self.positive, threshold)
    }

    /// The lowest threshold at which at most that share of the negative trials is accepted.
    pub fn threshold_for_false_positives(&self, rate: f64) -> f32 {
        let total = self.negative.last().copied().unwrap_or(0.0);
        // A hair more than the product, so that 0.1 of 30 allows 3 whatever the rounding.
        let allowed = rate * total + 1e-9;
        let count = self.negative.partition_point(|&sum| sum <= allowed) - 1;
        match self.trials.negative.get(count) {
            Some(first_refused) => first_refused.score.next_up(),
            None => f32::NEG_INFINITY,
        }
    }

    /// The highest threshold at which at most that share of the positive trials is refused.
    pub fn threshold_for_false_negatives(&self, rate: f64) -> f32 {
        let total = self.positive.last().copied().unwrap_or(0.0);
        let needed = total - (rate * total + 1e-9);
        let count = self.positive.partition_point(|&sum| sum < needed);
        match count.checked_sub(1).and_then(|last| self.trials.positive.get(last)) {
            Some(last_accepted) => last_accepted.score,
            None => f32::INFINITY,
        }
    }

    /// The share of refused positive trials where at most `rate` of the negative ones is accepted.
    pub fn false_negatives_at(&self, rate: f64) -> f64 {
        self.false_negative_rate(self.threshold_for_false_positives(rate))
    }

    /// The rate at the threshold where both errors are equally frequent; not-a-number without trials of both kinds.
    pub fn equal_error_rate(&self) -> f64 {
        let gap = |threshold: f32| self.false_negative_rate(threshold) - self.false_positive_rate(threshold);
        let mut best = (f64::INFINITY, f64::NAN);
        for trials in [&self.trials.positive, &self.trials.negative] {
            // Thresholds fall along the list, and with them the gap.
            let at = trials.partition_point(|trial| gap(trial.score) >= 0.0);
            for index in [at.checked_sub(1), Some(at)].into_iter().flatten() {
                let Some(threshold) = trials.get(index).map(|trial| trial.score) else { continue };
                let rates = (self.false_positive_rate(threshold), self.false_negative_rate(threshold));
                let distance = (rates.0 - rates.1).abs();
                if distance < best.0 {
                    best = (distance, f64::midpoint(rates.0, rates.1));
                }
            }
        }
        best.1
    }
}

fn accepted_share(trials: &[Trial], running: &[f64], threshold: f32) -> f64 {
    let count = trials.partition_point(|trial| trial.score >= threshold && trial.score > f32::NEG_INFINITY);
    running[count] / running.last().copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_false_match_in_ten_is_allowed_at_a_tenth() {
        let negative: Vec<f32> = (0..10).map(|index| index as f32 / 10.0).collect();
        let trials = Trials::of_scores(&[0.85, 0.95, 0.5], &negative);
        let rates = trials.rates();
        let threshold = rates.threshold_for_false_positives(0.1);
        assert!(threshold > 0.8 && threshold < 0.81);
        assert_eq!(rates.false_positive_rate(threshold), 0.1);
        assert!((rates.false_negative_rate(threshold) - 1.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn ties_at_the_threshold_are_refused_together() {
        let trials = Trials::of_scores(&[0.5, 0.9], &[0.5, 0.5, 0.5, 0.1]);
        let rates = trials.rates();
        assert_eq!(rates.false_positive_rate(rates.threshold_for_false_positives(0.5)), 0.0);
        assert_eq!(rates.false_negatives_at(0.5), 0.5);
        assert_eq!(rates.false_negatives_at(0.75), 0.0);
    }

    #[test]
    fn failed_trial_is_never_accepted() {
        let trials = Trials::of_scores(&[f32::NEG_INFINITY, 0.9], &[f32::NAN, 0.1]);
        let rates = trials.rates();
        assert_eq!(rates.false_negatives_at(1.0), 0.5);
        assert_eq!(rates.false_positive_rate(f32::NEG_INFINITY), 0.5);
    }

    #[test]
    fn equal_error_rate_of_crossed_scores_is_their_share() {
        let trials = Trials::of_scores(&[0.9, 0.8, 0.7, 0.2], &[0.1, 0.15, 0.3, 0.75]);
        assert_eq!(trials.rates().equal_error_rate(), 0.25);
        assert_eq!(Trials::of_scores(&[0.9], &[0.1]).rates().equal_error_rate(), 0.0);
        assert!(Trials::of_scores(&[0.9], &[]).rates().equal_error_rate().is_nan());
    }

    #[test]
    fn threshold_for_false_negatives_keeps_the_share() {
        let positive: Vec<f32> = (1..=20).map(|index| index as f32 / 20.0).collect();
        let trials = Trials::of_scores(&positive, &[0.0]);
        let rates = trials.rates();
        assert_eq!(rates.threshold_for_false_negatives(0.05), 0.1);
        assert_eq!(rates.threshold_for_false_negatives(0.0), 0.05);
    }

    #[test]
    fn trial_between_two_units_counts_as_often_as_both() {
        let trial = |score, one, other| Trial { score, one, other };
        let positive = vec![trial(0.9, 0, 1), trial(0.2, 2, 3)];
        let negative = vec![trial(0.8, 0, 2), trial(0.1, 1, 3)];
        let trials = Trials::new(positive, negative, vec![0, 0, 1, 1]);
        let rates = trials.weighted(&[3, 1]);
        assert_eq!(rates.false_negative_rate(0.5), 0.25);
        assert_eq!(rates.false_positive_rate(0.5), 0.5);
        assert!(trials.weighted(&[2, 0]).false_positive_rate(0.5).is_nan());
    }

    #[test]
    fn resampling_people_is_wider_than_resampling_trials() {
        // Forty people; all ten trials of a person score alike, so there are forty independent facts, not 400.
        let trial = |index: u32| {
            let person = index / 10;
            Trial { score: if person.is_multiple_of(4) { 0.1 } else { 0.9 }, one: index, other: index }
        };
        let positive: Vec<Trial> = (0..400).map(trial).collect();
        let negative = vec![Trial { score: 0.0, one: 0, other: 0 }];
        let bootstrap = Bootstrap::new(1, NonZeroUsize::MIN);
        let width = |units: Vec<u32>| {
            let trials = Trials::new(positive.clone(), negative.clone(), units);
            let interval =
                trials.intervals(&bootstrap, |rates| vec![rates.false_negative_rate(0.5)])[0].unwrap();
            assert!(interval.low < 0.25 && 0.25 < interval.high);
            interval.high - interval.low
        };
        let (people, single) = (width((0..400).map(|index| index / 10).collect()), width((0..400).collect()));
        assert!(people > 2.0 * single, "{people} {single}");
    }

    proptest! {
        #[test]
        fn false_positive_rate_never_exceeds_the_aim(
            negative in prop::collection::vec(-1f32..1.0, 1..200),
            rate in 0f64..1.0,
        ) {
            let trials = Trials::of_scores(&[0.5], &negative);
            let rates = trials.rates();
            let reached = rates.false_positive_rate(rates.threshold_for_false_positives(rate));
            prop_assert!(reached <= rate + 1e-9);
            prop_assert!(reached + 1.0 / negative.len() as f64 > rate - 1e-9, "a lower threshold would do");
        }

        #[test]
        fn false_negative_rate_never_exceeds_the_aim(
            positive in prop::collection::vec(-1f32..1.0, 1..200),
            rate in 0f64..1.0,
        ) {
            let trials = Trials::of_scores(&positive, &[0.5]);
            let rates = trials.rates();
            let reached = rates.false_negative_rate(rates.threshold_for_false_negatives(rate));
            prop_assert!(reached <= rate + 1e-9);
        }

        #[test]
        fn no_threshold_brings_the_errors_closer_than_the_equal_error_rate(
            positive in prop::collection::vec(-1f32..1.0, 1..30),
            negative in prop::collection::vec(-1f32..1.0, 1..30),
        ) {
            let trials = Trials::of_scores(&positive, &negative);
            let rates = trials.rates();
            let error = |threshold: f32| {
                let (wrong, missed) =
                    (rates.false_positive_rate(threshold), rates.false_negative_rate(threshold));
                ((wrong - missed).abs(), f64::midpoint(wrong, missed))
            };
            let naive = positive.iter().chain(&negative).map(|&score| error(score));
            let closest = naive.map(|(gap, _)| gap).fold(f64::INFINITY, f64::min);
            let found = rates.equal_error_rate();
            let mut candidates = positive.iter().chain(&negative).map(|&score| error(score));
            prop_assert!(candidates.any(|(gap, middle)| gap <= closest + 1e-12 && (middle - found).abs() < 1e-12));
        }
    }
}

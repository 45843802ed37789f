//! Intervals, resampling and areas under curves.

use std::num::NonZeroUsize;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::parallel::map_parallel;

/// The 97.5 % point of the normal distribution: intervals hold the true value 95 times in a hundred.
const Z: f64 = 1.959_964;
/// Resamples drawn for an interval.
pub(crate) const RESAMPLES: usize = 1000;

/// The range in which the true value lies with a confidence of 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The Wilson score interval of a share: `count` of `of` independent trials. `None` without trials.
pub fn wilson(count: usize, of: usize) -> Option<Interval> {
    if of == 0 {
        return None;
    }
    let (share, n) = (count as f64 / of as f64, of as f64);
    let scale = 1.0 + Z * Z / n;
    let centre = (share + Z * Z / (2.0 * n)) / scale;
    let half = Z / scale * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let low = if count == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if count == of { 1.0 } else { (centre + half).min(1.0) };
    Some(Interval { low, high })
}

/// Resampling with replacement. The numbers drawn follow from the seed alone, whatever the number of threads.
#[derive(Clone, Copy, Debug)]
pub struct Bootstrap {
    /// The seed.
    pub seed: u64,
    /// Resamples, 1000 unless each is expensive.
    pub resamples: usize,
    /// Threads to use.
    pub threads: NonZeroUsize,
}

impl Bootstrap {
    /// Resampling with the usual number of resamples.
    pub const fn new(seed: u64, threads: NonZeroUsize) -> Self {
        Self { seed, resamples: RESAMPLES, threads }
    }

    /// The percentile intervals of several figures. `statistic` is told how often each of `units` independent
    /// units (people, photos) was drawn and returns the figures in a fixed order, not-a-number where one cannot be
    /// computed; a figure for which that happens in more than half of the resamples has no interval.
    pub fn intervals(
        &self,
        units: usize,
        statistic: impl Fn(&[u32]) -> Vec<f64> + Sync,
    ) -> Vec<Option<Interval>> {
        if units < 2 {
            return vec![None; statistic(&vec![1; units]).len()];
        }
        let resamples: Vec<u64> = (0..self.resamples as u64).collect();
        let figures = map_parallel(&resamples, self.threads, &|_, _| {}, |&resample| {
            Ok::<_, std::convert::Infallible>(statistic(&self.draw(resample, units)))
        });
        let figures = figures.unwrap_or_else(|never| match never {});
        let count = figures.first().map_or(0, Vec::len);
        (0..count).map(|figure| percentiles(figures.iter().map(|row| row[figure]).collect())).collect()
    }

    /// The interval of the mean of independent values.
    pub fn mean(&self, values: &[f64]) -> Option<Interval> {
        self.intervals(values.len(), |weights| vec![weighted_mean(values, weights)])
            .first()
            .copied()
            .flatten()
    }

    /// How often each unit is drawn in a resample.
    fn draw(&self, resample: u64, units: usize) -> Vec<u32> {
        let mut random = seeded(self.seed);
        random.set_stream(resample);
        let mut weights = vec![0; units];
        for _ in 0..units {
            weights[random.random_range(0..units)] += 1;
        }
        weights
    }
}

/// The random numbers of a seed: the same on every machine and in every version.
pub(crate) fn seeded(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// The mean; not-a-number without weight.
pub(crate) fn weighted_mean(values: &[f64], weights: &[u32]) -> f64 {
    let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    values.iter().zip(weights).map(|(value, &weight)| value * f64::from(weight)).sum::<f64>() / total
}

fn percentiles(mut values: Vec<f64>) -> Option<Interval> {
    let drawn = values.len();
    values.retain(|value| value.is_finite());
    if values.is_empty() || values.len() * 2 < drawn {
        return None;
    }
    values.sort_by(f64::total_cmp);
    Some(Interval { low: quantile(&values, 0.025), high: quantile(&values, 0.975) })
}

/// The value below which that share of the sorted, non-empty `values` lies, between two of them where needed.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let place = share * (values.len() - 1) as f64;
    let (below, above) = (values[place.floor() as usize], values[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

/// How often a value of `higher` exceeds one of `lower`, ties counting half: the area under the ROC curve. 1 where
/// they are told apart without error, .5 where not at all. `None` where a side is empty.
pub fn area_under_curve(lower: &[f64], higher: &[f64]) -> Option<f64> {
    if lower.is_empty() || higher.is_empty() {
        return None;
    }
    let mut sorted = lower.to_vec();
    sorted.sort_by(f64::total_cmp);
    let wins = |value: &f64| {
        let below = sorted.partition_point(|other| other < value);
        let up_to = sorted.partition_point(|other| other <= value);
        (below + up_to) as f64 / 2.0
    };
    Some(higher.iter().map(wins).sum::<f64>() / (lower.len() as f64 * higher.len() as f64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::Rng;

    use super::{Bootstrap, NonZeroUsize, area_under_curve, quantile, seeded, wilson};

    fn bootstrap(seed: u64) -> Bootstrap {
        Bootstrap { seed, resamples: 300, threads: NonZeroUsize::MIN }
    }

    #[test]
    fn wilson_interval_agrees_with_published_values() {
        let interval = wilson(15, 50).unwrap();
        assert!(
            (interval.low - 0.1910).abs() < 1e-4 && (interval.high - 0.4375).abs() < 1e-4,
            "{interval:?}"
        );
        let none = wilson(0, 100).unwrap();
        assert!(none.low == 0.0 && (none.high - 0.0370).abs() < 1e-4);
        assert_eq!(wilson(7, 7).unwrap().high, 1.0);
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn same_seed_draws_the_same_whatever_the_threads() {
        let values: Vec<f64> = (0..40).map(f64::from).collect();
        let four = Bootstrap { threads: NonZeroUsize::new(4).unwrap(), ..bootstrap(1) };
        assert_eq!(bootstrap(1).mean(&values), four.mean(&values));
        assert_ne!(bootstrap(1).mean(&values), bootstrap(2).mean(&values));
    }

    #[test]
    fn interval_of_the_mean_covers_the_truth_about_as_often_as_it_says() {
        let mut random = seeded(5);
        let covered = (0..200u64).filter(|&seed| {
            let values: Vec<f64> = (0..60).map(|_| Rng::random_range(&mut random, 0.0..2.0)).collect();
            let interval = bootstrap(seed).mean(&values).unwrap();
            interval.low <= 1.0 && 1.0 <= interval.high
        });
        let share = covered.count() as f64 / 200.0;
        assert!((0.90..=0.985).contains(&share), "{share}");
    }

    #[test]
    fn figure_that_rarely_exists_has_no_interval() {
        let intervals = bootstrap(1).intervals(30, |weights| vec![f64::from(weights[0]), f64::NAN]);
        assert!(intervals[0].is_some());
        assert_eq!(intervals[1], None);
        assert_eq!(bootstrap(1).intervals(1, |_| vec![0.0, 1.0]), [None, None]);
    }

    #[test]
    fn area_counts_ties_half() {
        assert_eq!(area_under_curve(&[0.1, 0.2], &[0.3, 0.4]), Some(1.0));
        assert_eq!(area_under_curve(&[0.5], &[0.5]), Some(0.5));
        assert_eq!(area_under_curve(&[0.1, 0.3], &[0.2]), Some(0.5));
        assert_eq!(area_under_curve(&[], &[0.2]), None);
    }

    proptest! {
        #[test]
        fn wilson_interval_holds_the_share(of in 1usize..1000, share in 0f64..=1.0) {
            let count = (share * of as f64) as usize;
            let interval = wilson(count, of).unwrap();
            let share = count as f64 / of as f64;
            prop_assert!(interval.low <= share && share <= interval.high);
            prop_assert!(0.0 <= interval.low && interval.high <= 1.0);
        }

        #[test]
        fn area_is_the_share_of_pairs_in_order(
            lower in prop::collection::vec(0u8..20, 1..20),
            higher in prop::collection::vec(0u8..20, 1..20),
        ) {
            let numbers = |values: &[u8]| values.iter().map(|&value| f64::from(value)).collect::<Vec<_>>();
            let (lower, higher) = (numbers(&lower), numbers(&higher));
            let wins: f64 = higher.iter().flat_map(|high| lower.iter().map(move |low| {
                if high > low { 1.0 } else if high == low { 0.5 } else { 0.0 }
            })).sum();
            let expected = wins / (lower.len() * higher.len()) as f64;
            prop_assert!((area_under_curve(&lower, &higher).unwrap() - expected).abs() < 1e-12);
        }

        #[test]
        fn quantiles_rise(mut values in prop::collection::vec(-1f64..1.0, 1..30), share in 0f64..=1.0) {
            values.sort_by(f64::total_cmp);
            let value = quantile(&values, share);
            prop_assert!(values[0] <= value && value <= values[values.len() - 1]);
            prop_assert!(value <= quantile(&values, 1.0));
        }
    }
}

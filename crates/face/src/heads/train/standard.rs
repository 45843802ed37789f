//! Standardised features, and sums over them.

use super::Example;

/// The features of some examples, each with mean 0 and spread 1 over the examples.
pub(super) struct Standardised {
    /// How many features an example has.
    pub(super) dimension: usize,
    /// The features of each example, and a 1 behind them.
    pub(super) rows: Vec<Vec<f64>>,
    means: Vec<f64>,
    /// 1 / spread; 0 for a feature that never changes.
    scales: Vec<f64>,
}

impl Standardised {
    pub(super) fn new<T>(examples: &[&Example<T>]) -> Self {
        let dimension = examples.first().map_or(0, |example| example.features.len());
        let count = examples.len() as f64;
        let mean_of = |feature: usize| {
            examples.iter().map(|example| f64::from(example.features[feature])).sum::<f64>() / count
        };
        let means: Vec<f64> = (0..dimension).map(mean_of).collect();
        let scale_of = |feature: usize| {
            let deviation = |example: &&Example<T>| f64::from(example.features[feature]) - means[feature];
            let variance = examples.iter().map(|example| deviation(example).powi(2)).sum::<f64>() / count;
            if variance > 1e-12 { variance.sqrt().recip() } else { 0.0 }
        };
        let scales: Vec<f64> = (0..dimension).map(scale_of).collect();
        let standardise = |example: &&Example<T>| {
            let values = example.features.iter().zip(means.iter().zip(&scales));
            let values = values.map(|(value, (mean, scale))| (f64::from(*value) - mean) * scale);
            values.chain(std::iter::once(1.0)).collect()
        };
        let rows = examples.iter().map(standardise).collect();
        Self { dimension, rows, means, scales }
    }

    /// The weights and the bias for raw features of a row of weights for standardised ones, with its bias behind.
    pub(super) fn raw(&self, row: &[f64]) -> (Vec<f32>, f32) {
        let raw: Vec<f64> = row.iter().zip(&self.scales).map(|(weight, scale)| weight * scale).collect();
        let shift: f64 = raw.iter().zip(&self.means).map(|(weight, mean)| weight * mean).sum();
        (raw.into_iter().map(|weight| weight as f32).collect(), (row[self.dimension] - shift) as f32)
    }
}

/// The sum of the products, in eight sums side by side: a single one would wait for itself.
pub(super) fn dot(left: &[f64], right: &[f64]) -> f64 {
    let ((left, left_rest), (right, right_rest)) = (left.as_chunks::<8>(), right.as_chunks::<8>());
    let mut lanes = [0.0; 8];
    for (left, right) in left.iter().zip(right) {
        for (lane, (one, other)) in lanes.iter_mut().zip(left.iter().zip(right)) {
            *lane += one * other;
        }
    }
    let rest = left_rest.iter().zip(right_rest).map(|(one, other)| one * other).sum::<f64>();
    lanes.into_iter().sum::<f64>() + rest
}

/// Adds `factor` times `row` to `sum`.
pub(super) fn accumulate(sum: &mut [f64], row: &[f64], factor: f64) {
    for (total, value) in sum.iter_mut().zip(row) {
        *total += factor * value;
    }
}

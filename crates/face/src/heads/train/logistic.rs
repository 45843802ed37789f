//! Multinomial logistic regression by accelerated gradient descent.

use super::standard::{Standardised, accumulate, dot};
use super::{Example, TrainOptions};
use crate::heads::softmax;

/// One row of weights and one bias for raw features for each class but the first.
pub(super) fn fit(
    classes: usize,
    examples: &[&Example<usize>],
    options: &TrainOptions,
) -> (Vec<f32>, Vec<f32>) {
    let problem = Problem::new(classes, examples, options.l2);
    let solution = problem.descend(options);
    let rows = solution.chunks_exact(problem.width()).map(|row| problem.examples.raw(row));
    let (weights, biases): (Vec<Vec<f32>>, Vec<f32>) = rows.unzip();
    (weights.concat(), biases)
}

/// The examples and the penalty. A solution is one row for each class but the first: its weights, then its bias.
pub(super) struct Problem {
    rows: usize,
    examples: Standardised,
    targets: Vec<usize>,
    l2: f64,
}

impl Problem {
    pub(super) fn new(classes: usize, examples: &[&Example<usize>], l2: f64) -> Self {
        let targets = examples.iter().map(|example| example.target).collect();
        Self { rows: classes - 1, examples: Standardised::new(examples), targets, l2 }
    }

    fn width(&self) -> usize {
        self.examples.dimension + 1
    }

    /// Nesterov's accelerated gradient descent from zero, restarted where it overshoots.
    pub(super) fn descend(&self, options: &TrainOptions) -> Vec<f64> {
        let step = 1.0 / self.curvature();
        let mut solution = vec![0.0; self.rows * self.width()];
        let mut ahead = solution.clone();
        let mut pace = 1.0f64;
        for _ in 0..options.max_steps {
            let gradient = self.gradient(&ahead);
            if dot(&gradient, &gradient).sqrt() < options.tolerance {
                return ahead;
            }
            let next: Vec<f64> =
                ahead.iter().zip(&gradient).map(|(value, slope)| value - step * slope).collect();
            let moved = next.iter().zip(&solution).map(|(new, old)| new - old);
            let uphill: f64 = gradient.iter().zip(moved).map(|(slope, change)| slope * change).sum();
            let next_pace =
                if uphill > 0.0 { 1.0 } else { f64::midpoint(1.0, (4.0 * pace * pace + 1.0).sqrt()) };
            let momentum = if uphill > 0.0 { 0.0 } else { (pace - 1.0) / next_pace };
            ahead = next.iter().zip(&solution).map(|(new, old)| new + momentum * (new - old)).collect();
            solution = next;
            pace = next_pace;
        }
        solution
    }

    /// An upper bound of the loss's second derivative: half the greatest eigenvalue of the examples' second
    /// moments (with the constant 1 for the bias), by power iteration, and the penalty.
    fn curvature(&self) -> f64 {
        let mut direction = vec![1.0; self.width()];
        let mut eigenvalue = 1.0;
        for _ in 0..50 {
            let mut image = vec![0.0; self.width()];
            for row in &self.examples.rows {
                accumulate(&mut image, row, dot(&direction, row) / self.examples.rows.len() as f64);
            }
            let length = dot(&image, &image).sqrt();
            if length == 0.0 {
                break;
            }
            eigenvalue = length;
            direction = image.iter().map(|value| value / length).collect();
        }
        // The iteration comes from below: a tenth more makes it a bound.
        0.5 * 1.1 * eigenvalue.max(1.0) + self.l2
    }

    pub(super) fn gradient(&self, solution: &[f64]) -> Vec<f64> {
        let width = self.width();
        let mut gradient = vec![0.0; solution.len()];
        for (example, target) in self.examples.rows.iter().zip(&self.targets) {
            let logits = solution.chunks_exact(width).map(|row| dot(row, example) as f32);
            let probabilities = softmax(std::iter::once(0.0).chain(logits).collect());
            for (row, slope) in gradient.chunks_exact_mut(width).enumerate() {
                let wanted = if *target == row + 1 { 1.0 } else { 0.0 };
                let error = f64::from(probabilities[row + 1]) - wanted;
                accumulate(slope, example, error / self.targets.len() as f64);
            }
        }
        for (slope, row) in gradient.chunks_exact_mut(width).zip(solution.chunks_exact(width)) {
            for (value, weight) in slope.iter_mut().zip(row).take(width - 1) {
                *value += self.l2 * weight;
            }
        }
        gradient
    }
}

//! Training of heads: multinomial logistic regression with an L2 penalty, the same result on every run.
//!
//! Features are standardised for the training (mean 0, spread 1, each feature by itself) and the
//! standardisation is folded into the weights, so that a head reads raw features.

use vultus_types::ModelDigest;

use super::{HeadError, LinearHead, softmax};

/// One example: its features and the index of its class.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The feature vector.
    pub features: Vec<f32>,
    /// The index of the class it belongs to.
    pub class: usize,
}

/// How to train.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainOptions {
    /// Strength of the penalty on the squared weights of standardised features, relative to the mean loss of
    /// an example. Greater is smoother.
    pub l2: f64,
    /// The most steps of gradient descent.
    pub max_steps: usize,
    /// The length of the gradient at which the descent stops.
    pub tolerance: f64,
}

impl Default for TrainOptions {
    /// The penalty was chosen by cross-validation of the glasses head.
    fn default() -> Self {
        Self { l2: 0.03, max_steps: 2000, tolerance: 1e-5 }
    }
}

/// Why a head cannot be trained.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A class has too few examples.
    #[error("class {class} has {count} examples, at least {needed} are needed")]
    TooFewExamples {
        /// The class.
        class: String,
        /// How many there are.
        count: usize,
        /// How many are needed.
        needed: usize,
    },
    /// An example has another number of features than the first, or a class that is not named.
    #[error("example {0} does not fit the others")]
    Example(usize),
    /// The penalty is negative or not a number.
    #[error("the penalty must be a number not below zero")]
    Penalty,
    /// The result is no valid head.
    #[error(transparent)]
    Head(#[from] HeadError),
}

/// What cross-validation found: every example was judged by a head that had not seen it.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossValidation {
    /// Share of examples whose most probable class is their own.
    pub accuracy: f64,
    /// Area under the receiver operating curve; only for two classes.
    pub auc: Option<f64>,
    /// The probabilities of every class for every example, in the order given.
    pub probabilities: Vec<Vec<f32>>,
}

/// Trains a head on `examples`.
///
/// # Errors
/// [`TrainError`].
pub fn train(
    feature_model: ModelDigest,
    classes: &[String],
    examples: &[Example],
    options: &TrainOptions,
) -> Result<LinearHead, TrainError> {
    check(classes, examples, options, 1)?;
    let chosen: Vec<&Example> = examples.iter().collect();
    fit(feature_model, classes, &chosen, options)
}

/// Trains `folds` heads, each without one part of `examples`, and judges that part by it. Examples of each
/// class are dealt to the parts in turn, in the order given.
///
/// # Errors
/// [`TrainError`].
pub fn cross_validate(
    classes: &[String],
    examples: &[Example],
    folds: usize,
    options: &TrainOptions,
) -> Result<CrossValidation, TrainError> {
    let folds = folds.max(2);
    check(classes, examples, options, folds)?;
    let parts = deal(classes.len(), examples, folds);
    let mut probabilities = vec![Vec::new(); examples.len()];
    for fold in 0..folds {
        let seen = examples.iter().zip(&parts).filter(|(_, part)| **part != fold);
        let seen: Vec<&Example> = seen.map(|(example, _)| example).collect();
        let head = fit(ModelDigest([0; 32]), classes, &seen, options)?;
        for (index, example) in examples.iter().enumerate().filter(|(index, _)| parts[*index] == fold) {
            probabilities[index] = head.probabilities(&example.features)?;
        }
    }
    Ok(judge(classes.len(), examples, probabilities))
}

/// The chance that a random member of `positives` scores above a random one of `negatives`, ties counted half;
/// `None` where one side is empty.
pub fn area_under_curve(negatives: &[f32], positives: &[f32]) -> Option<f64> {
    if negatives.is_empty() || positives.is_empty() {
        return None;
    }
    let mut sorted = negatives.to_vec();
    sorted.sort_by(f32::total_cmp);
    let won: f64 = positives
        .iter()
        .map(|score| {
            let below = sorted.partition_point(|other| other < score);
            let tied = sorted.partition_point(|other| other <= score) - below;
            below as f64 + tied as f64 / 2.0
        })
        .sum();
    Some(won / (negatives.len() as f64 * positives.len() as f64))
}

fn judge(classes: usize, examples: &[Example], probabilities: Vec<Vec<f32>>) -> CrossValidation {
    let best = |row: &Vec<f32>| {
        row.iter().enumerate().max_by(|left, right| left.1.total_cmp(right.1)).map(|(class, _)| class)
    };
    let correct =
        examples.iter().zip(&probabilities).filter(|(example, row)| best(row) == Some(example.class));
    let accuracy = correct.count() as f64 / examples.len() as f64;
    let scores = |class: usize| -> Vec<f32> {
        let rows = examples.iter().zip(&probabilities).filter(|(example, _)| example.class == class);
        rows.filter_map(|(_, row)| row.get(1).copied()).collect()
    };
    let auc = if classes == 2 { area_under_curve(&scores(0), &scores(1)) } else { None };
    CrossValidation { accuracy, auc, probabilities }
}

fn deal(classes: usize, examples: &[Example], folds: usize) -> Vec<usize> {
    let mut dealt = vec![0; classes];
    let part = |example: &Example| {
        dealt[example.class] += 1;
        (dealt[example.class] - 1) % folds
    };
    examples.iter().map(part).collect()
}

/// Every class needs more than `spare` examples, so that one is left when a part is held back.
fn check(
    classes: &[String],
    examples: &[Example],
    options: &TrainOptions,
    spare: usize,
) -> Result<(), TrainError> {
    if !(options.l2 >= 0.0 && options.l2.is_finite()) {
        return Err(TrainError::Penalty);
    }
    let dimension = examples.first().map_or(0, |example| example.features.len());
    for (index, example) in examples.iter().enumerate() {
        let fits = example.class < classes.len()
            && example.features.len() == dimension
            && example.features.iter().all(|feature| feature.is_finite());
        if !fits {
            return Err(TrainError::Example(index));
        }
    }
    for (index, class) in classes.iter().enumerate() {
        let count = examples.iter().filter(|example| example.class == index).count();
        if count <= spare {
            return Err(TrainError::TooFewExamples { class: class.clone(), count, needed: spare + 1 });
        }
    }
    Ok(())
}

fn fit(
    feature_model: ModelDigest,
    classes: &[String],
    examples: &[&Example],
    options: &TrainOptions,
) -> Result<LinearHead, TrainError> {
    let problem = Problem::new(classes.len(), examples, options.l2);
    let solution = problem.descend(options);
    let (weights, biases) = problem.unstandardised(&solution);
    Ok(LinearHead::new(feature_model, classes.to_vec(), weights, biases)?)
}

/// The standardised examples and the penalty. A solution is one row for each class but the first: its weights,
/// then its bias.
struct Problem {
    rows: usize,
    dimension: usize,
    means: Vec<f64>,
    /// 1 / spread; 0 for a feature that never changes.
    scales: Vec<f64>,
    examples: Vec<Vec<f64>>,
    targets: Vec<usize>,
    l2: f64,
}

impl Problem {
    fn new(classes: usize, examples: &[&Example], l2: f64) -> Self {
        let dimension = examples.first().map_or(0, |example| example.features.len());
        let count = examples.len() as f64;
        let mean_of = |feature: usize| {
            examples.iter().map(|example| f64::from(example.features[feature])).sum::<f64>() / count
        };
        let means: Vec<f64> = (0..dimension).map(mean_of).collect();
        let scale_of = |feature: usize| {
            let deviation = |example: &&Example| f64::from(example.features[feature]) - means[feature];
            let variance = examples.iter().map(|example| deviation(example).powi(2)).sum::<f64>() / count;
            if variance > 1e-12 { variance.sqrt().recip() } else { 0.0 }
        };
        let scales: Vec<f64> = (0..dimension).map(scale_of).collect();
        let standardise = |example: &&Example| {
            let values = example.features.iter().zip(means.iter().zip(&scales));
            values.map(|(value, (mean, scale))| (f64::from(*value) - mean) * scale).collect()
        };
        let standardised = examples.iter().map(standardise).collect();
        let targets = examples.iter().map(|example| example.class).collect();
        Self { rows: classes - 1, dimension, means, scales, examples: standardised, targets, l2 }
    }

    /// Nesterov's accelerated gradient descent from zero, restarted where it overshoots.
    fn descend(&self, options: &TrainOptions) -> Vec<f64> {
        let step = 1.0 / self.curvature();
        let mut solution = vec![0.0; self.rows * (self.dimension + 1)];
        let mut ahead = solution.clone();
        let mut pace = 1.0f64;
        for _ in 0..options.max_steps {
            let gradient = self.gradient(&ahead);
            if gradient.iter().map(|value| value * value).sum::<f64>().sqrt() < options.tolerance {
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
        let mut direction = vec![1.0; self.dimension + 1];
        let mut eigenvalue = 1.0;
        for _ in 0..50 {
            let mut image = vec![0.0; self.dimension + 1];
            for example in &self.examples {
                let projection = affine(&direction, example);
                accumulate(&mut image, example, projection / self.examples.len() as f64);
            }
            let length = image.iter().map(|value| value * value).sum::<f64>().sqrt();
            if length == 0.0 {
                break;
            }
            eigenvalue = length;
            direction = image.iter().map(|value| value / length).collect();
        }
        // The iteration comes from below: a tenth more makes it a bound.
        0.5 * 1.1 * eigenvalue.max(1.0) + self.l2
    }

    fn gradient(&self, solution: &[f64]) -> Vec<f64> {
        let width = self.dimension + 1;
        let mut gradient = vec![0.0; solution.len()];
        for (example, target) in self.examples.iter().zip(&self.targets) {
            let logits = solution.chunks_exact(width).map(|row| affine(row, example) as f32);
            let probabilities = softmax(std::iter::once(0.0).chain(logits).collect());
            for (row, slope) in gradient.chunks_exact_mut(width).enumerate() {
                let wanted = if *target == row + 1 { 1.0 } else { 0.0 };
                let error = f64::from(probabilities[row + 1]) - wanted;
                accumulate(slope, example, error / self.examples.len() as f64);
            }
        }
        for (slope, row) in gradient.chunks_exact_mut(width).zip(solution.chunks_exact(width)) {
            for (value, weight) in slope.iter_mut().zip(row).take(self.dimension) {
                *value += self.l2 * weight;
            }
        }
        gradient
    }

    /// Weights and biases for raw features.
    fn unstandardised(&self, solution: &[f64]) -> (Vec<f32>, Vec<f32>) {
        let mut weights = Vec::with_capacity(self.rows * self.dimension);
        let mut biases = Vec::with_capacity(self.rows);
        for row in solution.chunks_exact(self.dimension + 1) {
            let raw: Vec<f64> = row.iter().zip(&self.scales).map(|(weight, scale)| weight * scale).collect();
            let shift: f64 = raw.iter().zip(&self.means).map(|(weight, mean)| weight * mean).sum();
            biases.push((row[self.dimension] - shift) as f32);
            weights.extend(raw.iter().map(|weight| *weight as f32));
        }
        (weights, biases)
    }
}

/// `row`'s weights times `example`, plus its bias.
fn affine(row: &[f64], example: &[f64]) -> f64 {
    row.iter().zip(example.iter().chain(std::iter::once(&1.0))).map(|(weight, value)| weight * value).sum()
}

/// Adds `factor` times `example`, with a 1 behind it, to `sum`.
fn accumulate(sum: &mut [f64], example: &[f64], factor: f64) {
    for (total, value) in sum.iter_mut().zip(example.iter().chain(std::iter::once(&1.0))) {
        *total += factor * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in −1..1 from a fixed linear congruential generator.
    fn noise(seed: u64) -> impl FnMut() -> f32 {
        let mut state = seed;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        }
    }

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|index| format!("class {index}")).collect()
    }

    /// `count` examples of `classes` classes; class c is shifted along feature c.
    fn examples(classes: usize, count: usize, shift: f32) -> Vec<Example> {
        let mut next = noise(1);
        let example = |index: usize| {
            let class = index % classes;
            let mut features: Vec<f32> = (0..8).map(|_| next()).collect();
            features[class] += shift;
            Example { features, class }
        };
        (0..count).map(example).collect()
    }

    #[test]
    fn separable_classes_are_learnt() {
        for classes in [2, 4] {
            let examples = examples(classes, 200, 3.0);
            let found = cross_validate(&names(classes), &examples, 5, &TrainOptions::default()).unwrap();
            assert!(found.accuracy > 0.97, "{classes}: {}", found.accuracy);
        }
    }

    #[test]
    fn noise_is_not_learnt() {
        let found = cross_validate(&names(2), &examples(2, 400, 0.0), 5, &TrainOptions::default()).unwrap();
        assert!((found.auc.unwrap() - 0.5).abs() < 0.1, "{:?}", found.auc);
    }

    #[test]
    fn training_is_the_same_on_every_run() {
        let train = || {
            train(ModelDigest([1; 32]), &names(3), &examples(3, 60, 1.0), &TrainOptions::default()).unwrap()
        };
        assert_eq!(train(), train());
    }

    #[test]
    fn descent_ends_where_the_gradient_vanishes() {
        let examples = examples(3, 90, 1.0);
        let references: Vec<&Example> = examples.iter().collect();
        let problem = Problem::new(3, &references, 0.01);
        let solution = problem.descend(&TrainOptions { max_steps: 5000, ..TrainOptions::default() });
        let slope: f64 = problem.gradient(&solution).iter().map(|value| value * value).sum();
        assert!(slope.sqrt() < 1e-4, "{}", slope.sqrt());
    }

    #[test]
    fn greater_penalty_gives_smaller_weights() {
        let size = |l2| {
            let options = TrainOptions { l2, ..TrainOptions::default() };
            let head = train(ModelDigest([1; 32]), &names(2), &examples(2, 60, 1.0), &options).unwrap();
            head.weights.iter().map(|weight| weight * weight).sum::<f32>()
        };
        assert!(size(1.0) < size(0.1));
    }

    #[test]
    fn constant_features_get_no_weight() {
        let mut examples = examples(2, 40, 1.0);
        for example in &mut examples {
            example.features[7] = 5.0;
        }
        let head = train(ModelDigest([1; 32]), &names(2), &examples, &TrainOptions::default()).unwrap();
        assert_eq!(head.weights[7], 0.0);
    }

    #[test]
    fn examples_that_do_not_fit_are_refused() {
        let options = TrainOptions::default();
        let model = ModelDigest([1; 32]);
        let mut ragged = examples(2, 10, 1.0);
        ragged[3].features.pop();
        assert_eq!(train(model, &names(2), &ragged, &options), Err(TrainError::Example(3)));
        let mut infinite = examples(2, 10, 1.0);
        infinite[4].features[0] = f32::INFINITY;
        assert_eq!(train(model, &names(2), &infinite, &options), Err(TrainError::Example(4)));
        let unnamed = examples(3, 12, 1.0);
        assert_eq!(train(model, &names(2), &unnamed, &options), Err(TrainError::Example(2)));
        let missing = train(model, &names(3), &examples(2, 12, 1.0), &options);
        assert!(matches!(missing, Err(TrainError::TooFewExamples { count: 0, .. })));
        let negative = TrainOptions { l2: -1.0, ..options };
        assert_eq!(train(model, &names(2), &examples(2, 9, 1.0), &negative), Err(TrainError::Penalty));
    }

    #[test]
    fn area_counts_ties_half() {
        assert_eq!(area_under_curve(&[0.0, 1.0], &[1.0, 2.0]), Some(0.875));
        assert_eq!(area_under_curve(&[], &[1.0]), None);
    }
}

//! Training of heads: multinomial logistic regression and linear regression, both with an L2 penalty and with the
//! same result on every run.
//!
//! Features are standardised for the training (mean 0, spread 1, each feature by itself) and the
//! standardisation is folded into the weights, so that a head reads raw features.

mod logistic;
mod ridge;
mod standard;

use super::{FeatureSource, HeadError, LinearHead, RegressionHead};

/// One example: its features and what they mean: the index of a class, or a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Example<T> {
    /// The feature vector.
    pub features: Vec<f32>,
    /// What a head shall say of it.
    pub target: T,
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

impl TrainOptions {
    /// That penalty with default settings. The tolerance moves probabilities by less than 0.001.
    pub const fn with_l2(l2: f64) -> Self {
        Self { l2, max_steps: 2000, tolerance: 1e-4 }
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
    /// An example has another number of features than the first, or a class that is not named, or a number in it
    /// is not finite.
    #[error("example {0} does not fit the others")]
    Example(usize),
    /// The penalty is negative or not a number, or zero where features depend on each other.
    #[error("the penalty must be a number not below zero, and above it where features depend on each other")]
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

/// Trains a head that tells classes on `examples`. Its probabilities are those where every class is as frequent as
/// any other, whatever the examples' shares: those say how photos were collected, not what the head will see. (Of
/// glasses, which 64 of 359 examples have, the head found 17 of 24 on other photos without this.)
///
/// # Errors
/// [`TrainError`].
pub fn train(
    sources: &[FeatureSource],
    classes: &[String],
    examples: &[Example<usize>],
    options: &TrainOptions,
) -> Result<LinearHead, TrainError> {
    check_classes(classes, examples, options.l2, 1)?;
    let chosen: Vec<&Example<usize>> = examples.iter().collect();
    fit(sources, classes, &chosen, options)
}

/// Trains a head that tells a number on `examples`: the least squares.
///
/// # Errors
/// [`TrainError`].
pub fn train_regression(
    sources: &[FeatureSource],
    examples: &[Example<f32>],
    l2: f64,
) -> Result<RegressionHead, TrainError> {
    check_numbers(examples, l2, 1)?;
    let chosen: Vec<&Example<f32>> = examples.iter().collect();
    ridge::fit(sources, &chosen, l2)
}

/// Trains `folds` heads, each without one part of `examples`, and judges that part by it. Examples of each
/// class are dealt to the parts in turn, in the order given.
///
/// # Errors
/// [`TrainError`].
pub fn cross_validate(
    sources: &[FeatureSource],
    classes: &[String],
    examples: &[Example<usize>],
    folds: usize,
    options: &TrainOptions,
) -> Result<CrossValidation, TrainError> {
    let folds = folds.max(2);
    check_classes(classes, examples, options.l2, folds)?;
    let parts = deal(classes.len(), examples, folds);
    let probabilities = judge_parts(examples, &parts, folds, |seen, others| {
        let head = fit(sources, classes, seen, options)?;
        others.iter().map(|example| Ok(head.probabilities(&example.features)?)).collect()
    })?;
    Ok(judge(classes.len(), examples, probabilities))
}

/// As [`cross_validate`], for a head that tells a number: what heads that had not seen an example say of it, in the
/// order given.
///
/// # Errors
/// [`TrainError`].
pub fn cross_validate_regression(
    sources: &[FeatureSource],
    examples: &[Example<f32>],
    folds: usize,
    l2: f64,
) -> Result<Vec<f32>, TrainError> {
    let folds = folds.max(2);
    check_numbers(examples, l2, folds)?;
    let parts: Vec<usize> = (0..examples.len()).map(|index| index % folds).collect();
    judge_parts(examples, &parts, folds, |seen, others| {
        let head = ridge::fit(sources, seen, l2)?;
        others.iter().map(|example| Ok(head.value(&example.features)?)).collect()
    })
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

/// The index of the greatest probability; 0 of none.
pub(super) fn most_probable(probabilities: &[f32]) -> usize {
    let greatest = probabilities.iter().enumerate().max_by(|left, right| left.1.total_cmp(right.1));
    greatest.map_or(0, |(class, _)| class)
}

fn judge(classes: usize, examples: &[Example<usize>], probabilities: Vec<Vec<f32>>) -> CrossValidation {
    let rows = || examples.iter().map(|example| example.target).zip(&probabilities);
    let correct = rows().filter(|(class, row)| most_probable(row) == *class).count();
    let accuracy = correct as f64 / examples.len() as f64;
    let scores = |wanted: usize| -> Vec<f32> {
        rows().filter(|(class, _)| *class == wanted).filter_map(|(_, row)| row.get(1).copied()).collect()
    };
    let auc = if classes == 2 { area_under_curve(&scores(0), &scores(1)) } else { None };
    CrossValidation { accuracy, auc, probabilities }
}

/// For each part, what `judge` says of its members after it has seen the others; in the order of the examples.
fn judge_parts<T, R>(
    examples: &[Example<T>],
    parts: &[usize],
    folds: usize,
    judge: impl Fn(&[&Example<T>], &[&Example<T>]) -> Result<Vec<R>, TrainError>,
) -> Result<Vec<R>, TrainError> {
    let mut said: Vec<(usize, R)> = Vec::with_capacity(examples.len());
    for fold in 0..folds {
        let (held_back, seen): (Vec<usize>, Vec<usize>) =
            (0..examples.len()).partition(|index| parts[*index] == fold);
        let chosen = |indices: &[usize]| indices.iter().map(|index| &examples[*index]).collect::<Vec<_>>();
        let judged = judge(&chosen(&seen), &chosen(&held_back))?;
        said.extend(held_back.into_iter().zip(judged));
    }
    said.sort_unstable_by_key(|(index, _)| *index);
    Ok(said.into_iter().map(|(_, said)| said).collect())
}

fn deal(classes: usize, examples: &[Example<usize>], folds: usize) -> Vec<usize> {
    let mut dealt = vec![0; classes];
    let part = |example: &Example<usize>| {
        dealt[example.target] += 1;
        (dealt[example.target] - 1) % folds
    };
    examples.iter().map(part).collect()
}

fn check<T>(examples: &[Example<T>], l2: f64, is_known: impl Fn(&T) -> bool) -> Result<(), TrainError> {
    if !(l2 >= 0.0 && l2.is_finite()) {
        return Err(TrainError::Penalty);
    }
    let dimension = examples.first().map_or(0, |example| example.features.len());
    let fits = |example: &Example<T>| {
        is_known(&example.target)
            && example.features.len() == dimension
            && example.features.iter().all(|feature| feature.is_finite())
    };
    examples.iter().position(|example| !fits(example)).map_or(Ok(()), |index| Err(TrainError::Example(index)))
}

/// Every class needs more than `spare` examples, so that one is left when a part is held back.
fn check_classes(
    classes: &[String],
    examples: &[Example<usize>],
    l2: f64,
    spare: usize,
) -> Result<(), TrainError> {
    check(examples, l2, |class| *class < classes.len())?;
    for (index, class) in classes.iter().enumerate() {
        let count = examples.iter().filter(|example| example.target == index).count();
        if count <= spare {
            return Err(TrainError::TooFewExamples { class: class.clone(), count, needed: spare + 1 });
        }
    }
    Ok(())
}

fn check_numbers(examples: &[Example<f32>], l2: f64, spare: usize) -> Result<(), TrainError> {
    check(examples, l2, |number| number.is_finite())?;
    let (count, needed) = (examples.len(), spare + 1);
    if count < needed {
        return Err(TrainError::TooFewExamples { class: "number".to_owned(), count, needed });
    }
    Ok(())
}

fn fit(
    sources: &[FeatureSource],
    classes: &[String],
    examples: &[&Example<usize>],
    options: &TrainOptions,
) -> Result<LinearHead, TrainError> {
    let (weights, mut biases) = logistic::fit(classes.len(), examples, options);
    let count = |class: usize| examples.iter().filter(|example| example.target == class).count() as f32;
    for (class, bias) in (1..).zip(&mut biases) {
        *bias -= (count(class) / count(0)).ln();
    }
    Ok(LinearHead::new(sources.to_vec(), classes.to_vec(), weights, biases)?)
}

#[cfg(test)]
mod tests;

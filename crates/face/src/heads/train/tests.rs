use vultus_types::ModelDigest;

use super::logistic::Problem;
use super::*;

fn sources(dimension: usize) -> Vec<FeatureSource> {
    vec![FeatureSource { name: "features".to_owned(), sha256: ModelDigest([1; 32]), dimension }]
}

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

const OPTIONS: TrainOptions = TrainOptions::with_l2(0.03);

/// `count` examples of `classes` classes; class c is shifted along feature c.
fn examples(classes: usize, count: usize, shift: f32) -> Vec<Example<usize>> {
    let mut next = noise(1);
    let example = |index: usize| {
        let class = index % classes;
        let mut features: Vec<f32> = (0..8).map(|_| next()).collect();
        features[class] += shift;
        Example { features, target: class }
    };
    (0..count).map(example).collect()
}

/// The weights and the bias of the rule that [`measured`] follows.
const RULE: ([f32; 8], f32) = ([3.0, -2.0, 0.0, 0.5, 10.0, -7.0, 1.0, 0.25], 40.0);

/// Examples of a linear rule.
fn measured(count: usize) -> Vec<Example<f32>> {
    let mut next = noise(5);
    let example = |_| {
        let features: Vec<f32> = (0..8).map(|_| next()).collect();
        let target = RULE.1 + features.iter().zip(RULE.0).map(|(value, weight)| value * weight).sum::<f32>();
        Example { features, target }
    };
    (0..count).map(example).collect()
}

#[test]
fn separable_classes_are_learnt() {
    for classes in [2, 4] {
        let examples = examples(classes, 200, 3.0);
        let found = cross_validate(&sources(8), &names(classes), &examples, 5, &OPTIONS).unwrap();
        assert!(found.accuracy > 0.97, "{classes}: {}", found.accuracy);
    }
}

#[test]
fn noise_is_not_learnt() {
    let found = cross_validate(&sources(8), &names(2), &examples(2, 400, 0.0), 5, &OPTIONS).unwrap();
    assert!((found.auc.unwrap() - 0.5).abs() < 0.1, "{:?}", found.auc);
}

#[test]
fn training_is_the_same_on_every_run() {
    let train = || train(&sources(8), &names(3), &examples(3, 60, 1.0), &OPTIONS).unwrap();
    assert_eq!(train(), train());
}

#[test]
fn descent_ends_where_the_gradient_vanishes() {
    let examples = examples(3, 90, 1.0);
    let references: Vec<&Example<usize>> = examples.iter().collect();
    let problem = Problem::new(3, &references, 0.01);
    let solution = problem.descend(&TrainOptions { max_steps: 5000, ..TrainOptions::with_l2(0.01) });
    let slope: f64 = problem.gradient(&solution).iter().map(|value| value * value).sum();
    assert!(slope.sqrt() < 1e-3, "{}", slope.sqrt());
}

#[test]
fn greater_penalty_gives_smaller_weights() {
    let size = |l2| {
        let head = train(&sources(8), &names(2), &examples(2, 60, 1.0), &TrainOptions::with_l2(l2)).unwrap();
        head.map.weights.iter().map(|weight| weight * weight).sum::<f32>()
    };
    assert!(size(1.0) < size(0.1));
}

#[test]
fn constant_features_get_no_weight() {
    let mut examples = examples(2, 40, 1.0);
    for example in &mut examples {
        example.features[7] = 5.0;
    }
    let head = train(&sources(8), &names(2), &examples, &OPTIONS).unwrap();
    assert_eq!(head.map.weights[7], 0.0);
}

#[test]
fn frequent_classes_are_no_likelier_than_rare_ones() {
    let example =
        |index: usize| Example { features: vec![0.0; 8], target: usize::from(index.is_multiple_of(10)) };
    let examples: Vec<Example<usize>> = (0..100).map(example).collect();
    let head = train(&sources(8), &names(2), &examples, &OPTIONS).unwrap();
    let probabilities = head.probabilities(&[0.0; 8]).unwrap();
    assert!((probabilities[1] - 0.5).abs() < 1e-3, "{probabilities:?}");
}

#[test]
fn linear_rule_is_recovered_from_examples() {
    let head = train_regression(&sources(8), &measured(60), 1e-9).unwrap();
    for (found, expected) in head.0.weights.iter().zip(RULE.0) {
        assert!((found - expected).abs() < 1e-3, "{:?}", head.0.weights);
    }
    assert!((head.0.biases[0] - RULE.1).abs() < 1e-3);
    assert!((head.value(&[1.0; 8]).unwrap() - 45.75).abs() < 1e-2);
}

#[test]
fn held_back_numbers_are_foretold() {
    let examples = measured(50);
    let said = cross_validate_regression(&sources(8), &examples, 5, 1e-9).unwrap();
    assert_eq!(said.len(), 50);
    for (said, example) in said.iter().zip(&examples) {
        assert!((said - example.target).abs() < 0.01, "{said} {}", example.target);
    }
}

#[test]
fn great_penalty_leaves_the_mean() {
    let examples = measured(40);
    let mean = examples.iter().map(|example| example.target).sum::<f32>() / 40.0;
    let head = train_regression(&sources(8), &examples, 1e9).unwrap();
    assert!((head.value(&[0.7; 8]).unwrap() - mean).abs() < 1e-3);
}

#[test]
fn features_that_depend_on_each_other_need_a_penalty() {
    let mut examples = measured(40);
    for example in &mut examples {
        example.features[1] = example.features[0];
    }
    assert_eq!(train_regression(&sources(8), &examples, 0.0), Err(TrainError::Penalty));
    assert!(train_regression(&sources(8), &examples, 0.01).is_ok());
}

#[test]
fn examples_that_do_not_fit_are_refused() {
    let train = |classes: usize, examples: &[Example<usize>]| {
        train(&sources(8), &names(classes), examples, &OPTIONS).unwrap_err()
    };
    let mut ragged = examples(2, 10, 1.0);
    ragged[3].features.pop();
    assert_eq!(train(2, &ragged), TrainError::Example(3));
    let mut infinite = examples(2, 10, 1.0);
    infinite[4].features[0] = f32::INFINITY;
    assert_eq!(train(2, &infinite), TrainError::Example(4));
    assert_eq!(train(2, &examples(3, 12, 1.0)), TrainError::Example(2));
    assert!(matches!(train(3, &examples(2, 12, 1.0)), TrainError::TooFewExamples { count: 0, .. }));
    let mut timeless = measured(10);
    timeless[6].target = f32::NAN;
    assert_eq!(train_regression(&sources(8), &timeless, 0.1), Err(TrainError::Example(6)));
    let few = cross_validate_regression(&sources(8), &measured(5), 5, 0.1);
    assert!(matches!(few, Err(TrainError::TooFewExamples { count: 5, needed: 6, .. })));
}

#[test]
fn negative_penalties_are_refused() {
    let options = TrainOptions { l2: -1.0, ..OPTIONS };
    assert_eq!(train(&sources(8), &names(2), &examples(2, 9, 1.0), &options), Err(TrainError::Penalty));
    assert_eq!(train_regression(&sources(8), &measured(9), f64::NAN), Err(TrainError::Penalty));
}

#[test]
fn area_counts_ties_half() {
    assert_eq!(area_under_curve(&[0.0, 1.0], &[1.0, 2.0]), Some(0.875));
    assert_eq!(area_under_curve(&[], &[1.0]), None);
}

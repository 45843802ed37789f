//! Answers that are one of several classes.

use vultus_types::Eyes;

use crate::findings::{Better, Confusion, Figure, Unit};
use crate::labels::Truth;
use crate::observed::{EXPRESSIONS, ObservedFace};

use super::{ClassTask, Judged, confusion_of};

/// A labelled photo and what was answered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Answer {
    truth: usize,
    /// The most probable class and its probability, where the engine tells any.
    told: Option<(usize, f64)>,
}

impl Answer {
    /// The class, where it is told with at least that confidence.
    fn at(&self, least: f64) -> Option<usize> {
        self.told.filter(|(_, confidence)| *confidence >= least).map(|(class, _)| class)
    }

    fn is_right(&self, least: f64) -> bool {
        self.at(least) == Some(self.truth)
    }
}

/// The answers for the photos that are labelled for this task.
pub(super) fn answers(task: &ClassTask, judged: &[&Judged]) -> Vec<Answer> {
    let answer = |judged: &&Judged| {
        let truth = (task.truth)(&judged.truth)?;
        Some(Answer {
            truth,
            told: (task.probabilities)(&judged.face).and_then(|found| most_probable(&found)),
        })
    };
    judged.iter().filter_map(answer).collect()
}

fn most_probable(probabilities: &[f64]) -> Option<(usize, f64)> {
    let classes = probabilities.iter().copied().enumerate();
    classes.max_by(|one, other| one.1.total_cmp(&other.1))
}

/// How sure each answer was and whether it was right.
pub(super) fn confidences(answers: &[Answer]) -> Vec<(f64, bool)> {
    let told = answers.iter().filter_map(|answer| Some((answer.told?.1, answer.is_right(0.0))));
    told.collect()
}

/// Accuracy of the answers told with at least that confidence, the share told, and with three classes or more the mean
/// of the classes' accuracies.
pub(super) fn accuracy(task: &ClassTask, answers: &[Answer], least: f64) -> Vec<Figure> {
    let told = answers.iter().filter(|answer| answer.at(least).is_some());
    let right = told.clone().filter(|answer| answer.is_right(least)).count();
    let count = told.clone().count();
    let name = |what: &str| format!("{} {what}", task.name);
    let mut figures: Vec<Figure> = Vec::new();
    figures.extend(Figure::share(name("accuracy"), right, count, Better::Higher));
    figures.extend(Figure::share(name("told"), count, answers.len(), Better::Higher));
    let of_class = |class: usize| -> Option<f64> {
        let members = told.clone().filter(|answer| answer.truth == class);
        let count = members.clone().count();
        (count > 0).then(|| members.filter(|answer| answer.is_right(least)).count() as f64 / count as f64)
    };
    let by_class: Vec<f64> = (0..task.classes.len()).filter_map(of_class).collect();
    if task.classes.len() > 2 && by_class.len() > 1 {
        let mean = by_class.iter().sum::<f64>() / by_class.len() as f64;
        figures.push(Figure::new(name("balanced accuracy"), mean, Unit::Share, Better::Higher, count));
    }
    figures
}

/// What was taken for what; the last column is "unknown".
pub(super) fn confusion(task: &ClassTask, answers: &[Answer], least: f64) -> Confusion {
    let classes = task.classes.len();
    let mut counts = vec![vec![0; classes + 1]; classes];
    for answer in answers {
        counts[answer.truth][answer.at(least).unwrap_or(classes)] += 1;
    }
    confusion_of(task, counts)
}

/// Whether happy is the most probable expression.
pub(super) fn looks_happy(face: &ObservedFace) -> Option<bool> {
    let found: Vec<f64> = face.expression?.iter().map(|&p| f64::from(p)).collect();
    most_probable(&found).map(|(class, _)| EXPRESSIONS[class] == "happy")
}

/// Whether both eyes are closed, by the rule for blinks in a single picture.
pub(super) fn has_closed_eyes(face: &ObservedFace) -> Option<bool> {
    let [left, right] = face.eyes?;
    vultus_video::eyes_are_closed(Eyes { left, right })
}

/// Accuracy of an answer that is yes or no, over all and for each of both, and the share told. `words` name yes and
/// no.
pub(super) fn flag(
    name: &str,
    words: [&str; 2],
    judged: &[&Judged],
    truth: fn(&Truth) -> Option<bool>,
    answer: fn(&ObservedFace) -> Option<bool>,
) -> Vec<Figure> {
    let labelled = judged.iter().filter_map(|judged| Some((truth(&judged.truth)?, answer(&judged.face))));
    let labelled: Vec<(bool, Option<bool>)> = labelled.collect();
    let told: Vec<(bool, bool)> = labelled.iter().filter_map(|&(truth, told)| Some((truth, told?))).collect();
    let share = |what: String, of: &[(bool, bool)]| {
        let right = of.iter().filter(|(truth, told)| truth == told).count();
        Figure::share(format!("{name} {what}"), right, of.len(), Better::Higher)
    };
    let mut figures: Vec<Figure> = share("accuracy".to_owned(), &told).into_iter().collect();
    for (kind, word) in [true, false].into_iter().zip(words) {
        let part: Vec<(bool, bool)> = told.iter().copied().filter(|(truth, _)| *truth == kind).collect();
        figures.extend(share(format!("accuracy where {word}"), &part));
    }
    figures.extend(Figure::share(format!("{name} told"), told.len(), labelled.len(), Better::Higher));
    figures
}

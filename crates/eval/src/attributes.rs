//! How well age, gender, ethnicity, glasses, lips, eyes, expression and pose are told, over all and by group.

mod classes;
mod numbers;

use std::path::PathBuf;

use vultus_types::Wanted;

use crate::EvalError;
use crate::curves::reliability;
use crate::findings::{Confusion, Figure, Findings, Group, add_breakdown};
use crate::labels::{GroupBy, LabelledPhoto, Truth};
use crate::observed::{ETHNICITIES, EXPRESSIONS, ObservedFace};
use crate::session::Session;
use crate::statistics::Bootstrap;

/// Least confidences at which accuracy and coverage are reported.
const CONFIDENCES: [f64; 6] = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95];
/// Resamples for the intervals of a group: there are many.
const GROUP_RESAMPLES: usize = 300;

/// What counts as told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttributeOptions {
    /// The least probability at which a gender is told; below it the answer is "unknown".
    pub gender_from: f64,
    /// The same for the ethnic group.
    pub ethnicity_from: f64,
}

/// A photo's labels and what was seen in it.
pub(crate) struct Judged {
    truth: Truth,
    face: ObservedFace,
}

/// A task with classes: the true class, where it is labelled, and the probability of each class, where it is told.
struct ClassTask {
    name: &'static str,
    classes: &'static [&'static str],
    truth: fn(&Truth) -> Option<usize>,
    probabilities: fn(&ObservedFace) -> Option<Vec<f64>>,
}

const CLASS_TASKS: [ClassTask; 3] = [
    ClassTask {
        name: "gender",
        classes: &["male", "female"],
        truth: |truth| truth.is_female.map(usize::from),
        probabilities: |face| face.female.map(f64::from).map(|female| vec![1.0 - female, female]),
    },
    ClassTask {
        name: "ethnicity",
        classes: &ETHNICITIES,
        truth: |truth| truth.ethnicity,
        probabilities: |face| face.ethnicity.map(|found| found.iter().map(|&p| f64::from(p)).collect()),
    },
    ClassTask {
        name: "expression",
        classes: &EXPRESSIONS,
        truth: |truth| truth.expression,
        probabilities: |face| face.expression.map(|found| found.iter().map(|&p| f64::from(p)).collect()),
    },
];

impl AttributeOptions {
    /// The least probability at which that task is answered.
    fn least(&self, task: &ClassTask) -> f64 {
        match task.name {
            "gender" => self.gender_from,
            "ethnicity" => self.ethnicity_from,
            _ => 0.0,
        }
    }
}

/// Analyses the central face of each photo and compares what is told with the labels. A photo without a face fails to
/// acquire and is counted nowhere else; a value that the engine does not tell lowers the share told, not the accuracy.
///
/// # Errors
/// [`EvalError`] where a photo cannot be read or the engine fails.
pub fn attributes(
    session: &Session<'_>,
    photos: &[LabelledPhoto],
    options: AttributeOptions,
) -> Result<Findings, EvalError> {
    let paths: Vec<PathBuf> = photos.iter().map(|photo| photo.path.clone()).collect();
    let wanted = Wanted {
        template: false,
        quality: false,
        liveness: false,
        photo_quality: false,
        ..Wanted::EVERYTHING
    };
    let faces = session.observe_faces(&paths, wanted)?;
    let mut findings = Findings::default();
    findings.acquisition(faces.len(), faces.iter().filter(|face| face.is_none()).count());
    let judged: Vec<Judged> = photos
        .iter()
        .zip(faces)
        .filter_map(|(photo, face)| Some(Judged { truth: photo.truth.clone(), face: face? }))
        .collect();
    report(session, &judged, options, &mut findings);
    Ok(findings)
}

fn report(session: &Session<'_>, judged: &[Judged], options: AttributeOptions, findings: &mut Findings) {
    let all: Vec<&Judged> = judged.iter().collect();
    findings.figures.extend(figures(&all, options, &session.bootstrap()));
    for task in &CLASS_TASKS {
        let answers = classes::answers(task, &all);
        // Of a task that nobody labelled, or that the pack never answers, there is no more to show.
        let Some((plot, error)) = reliability(task.name, &classes::confidences(&answers)) else { continue };
        findings.plots.push(plot);
        findings.figures.push(error);
        findings.confusions.push(classes::confusion(task, &answers, options.least(task)));
        if task.name != "expression" {
            let by = format!("least confidence of {}", task.name);
            add_breakdown(&mut findings.breakdowns, &by, by_confidence(task, &answers));
        }
    }
    let bootstrap = Bootstrap { resamples: GROUP_RESAMPLES, ..session.bootstrap() };
    for by in GroupBy::ALL {
        let groups = by.groups(judged.iter().map(|judged| &judged.truth)).into_iter().map(|name| {
            let is_member = |judged: &&&Judged| judged.truth.group(by).as_ref() == Some(&name);
            let members: Vec<&Judged> = all.iter().filter(is_member).copied().collect();
            Group { figures: figures(&members, options, &bootstrap), name }
        });
        add_breakdown(&mut findings.breakdowns, by.name(), groups.collect());
    }
}

/// Every figure that the labels of these photos allow.
fn figures(judged: &[&Judged], options: AttributeOptions, bootstrap: &Bootstrap) -> Vec<Figure> {
    let mut figures = numbers::age(judged, bootstrap);
    for task in &CLASS_TASKS {
        figures.extend(classes::accuracy(task, &classes::answers(task, judged), options.least(task)));
    }
    let flags: [(&str, [&str; 2], FlagTruth, FlagAnswer); 4] = [
        ("glasses", ["worn", "not worn"], |truth| truth.wears_glasses, |face| face.wears_glasses),
        ("lips", ["apart", "together"], |truth| truth.lips_apart, |face| face.lips_apart),
        ("eyes", ["closed", "open"], |truth| truth.eyes_closed, classes::has_closed_eyes),
        ("happy", ["happy", "not happy"], |truth| truth.is_happy, classes::looks_happy),
    ];
    for (name, words, truth, answer) in flags {
        figures.extend(classes::flag(name, words, judged, truth, answer));
    }
    figures.extend(numbers::pose(judged, bootstrap));
    figures
}

type FlagTruth = fn(&Truth) -> Option<bool>;
type FlagAnswer = fn(&ObservedFace) -> Option<bool>;

/// Accuracy and share told where only answers of at least that confidence count.
fn by_confidence(task: &ClassTask, answers: &[classes::Answer]) -> Vec<Group> {
    let groups = CONFIDENCES.iter().map(|&least| Group {
        name: format!("{least:.2}"),
        figures: classes::accuracy(task, answers, least),
    });
    groups.collect()
}

/// A table of what was taken for what.
fn confusion_of(task: &ClassTask, counts: Vec<Vec<u64>>) -> Confusion {
    let names = || task.classes.iter().map(|class| (*class).to_owned());
    Confusion {
        of: task.name.to_owned(),
        truths: names().collect(),
        answers: names().chain(["unknown".to_owned()]).collect(),
        counts,
    }
}

#[cfg(test)]
mod tests;

//! Presentation attack detection, in the terms of ISO/IEC 30107-3.

use std::path::PathBuf;

use vultus_types::Wanted;

use crate::EvalError;
use crate::curves::{histogram, rate_grid, trade_off};
use crate::findings::{Better, Figure, Findings, Group, Unit, add_breakdown};
use crate::folders::photos_in;
use crate::session::Session;
use crate::trials::{Rates, Trials};

/// The bona fide error rate at which the attack error rate is reported, and the reverse.
const FIXED_RATE: f64 = 0.05;

/// Photos of one kind of attack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttackSpecies {
    /// What the attack is, such as a printed photo.
    pub name: String,
    /// The folder of its photos.
    pub folder: PathBuf,
}

/// The scores of one kind of presentation.
#[derive(Clone, Debug, Default, PartialEq)]
struct Presentations {
    name: String,
    scores: Vec<f32>,
    photos: usize,
}

/// Scores every photo's central face, as it is found, and compares with what the photo is. A photo of whose face no
/// score is told counts as a non-response and nowhere else. Faces that score at least a threshold pass as bona fide; the
/// error rates are told at each of `thresholds`.
///
/// # Errors
/// [`EvalError`] where a folder or photo cannot be read, the pack detects no attacks, or the engine fails.
pub fn presentation_attacks(
    session: &Session<'_>,
    bona_fide: &[PathBuf],
    attacks: &[AttackSpecies],
    thresholds: &[f32],
) -> Result<Findings, EvalError> {
    if !session.analyzer.capabilities().liveness {
        return Err(EvalError::NoLiveness);
    }
    let mut kinds = vec![Presentations { name: "bona fide".to_owned(), ..Presentations::default() }];
    for attack in attacks {
        if !kinds[1..].iter().any(|kind| kind.name == attack.name) {
            kinds.push(Presentations { name: attack.name.clone(), ..Presentations::default() });
        }
    }
    let mut paths = Vec::new();
    let place =
        |name: &str| kinds[1..].iter().position(|kind| kind.name == name).map_or(0, |place| place + 1);
    let folders = bona_fide.iter().map(|folder| (0, folder));
    let folders = folders.chain(attacks.iter().map(|attack| (place(&attack.name), &attack.folder)));
    let mut kind_of = Vec::new();
    for (kind, folder) in folders {
        let photos = photos_in(folder)?;
        kind_of.extend(std::iter::repeat_n(kind, photos.len()));
        paths.extend(photos);
    }
    let wanted = Wanted { liveness: true, ..Wanted::BOXES };
    for (kind, face) in kind_of.into_iter().zip(session.observe_faces(&paths, wanted)?) {
        kinds[kind].photos += 1;
        kinds[kind].scores.extend(face.and_then(|face| face.liveness));
    }
    Ok(report(session, &kinds, thresholds))
}

/// `kinds` are the bona fide presentations and each species of attack.
fn report(session: &Session<'_>, kinds: &[Presentations], thresholds: &[f32]) -> Findings {
    let mut findings = Findings::default();
    let (bona_fide, species) = (&kinds[0], &kinds[1..]);
    let photos: usize = kinds.iter().map(|kind| kind.photos).sum();
    let scored: usize = kinds.iter().map(|kind| kind.scores.len()).sum();
    findings.acquisition(photos, photos - scored);
    findings.count("bona fide presentations", bona_fide.photos);
    for kind in species {
        findings.count(&format!("attack presentations: {}", kind.name), kind.photos);
    }
    let responses = |kind: &Presentations| kind.photos - kind.scores.len();
    let attack_photos = species.iter().map(|kind| kind.photos).sum();
    let attack_failures = species.iter().map(responses).sum();
    let (name, better) = ("non-response rate", Better::Lower);
    findings.figures.extend(Figure::share(
        format!("bona fide {name}"),
        responses(bona_fide),
        bona_fide.photos,
        better,
    ));
    findings.figures.extend(Figure::share(format!("attack {name}"), attack_failures, attack_photos, better));
    for &threshold in thresholds {
        at_threshold(kinds, threshold, &mut findings);
    }
    pooled(session, kinds, &mut findings);
    add_breakdown(&mut findings.breakdowns, "attack species", by_species(bona_fide, species, thresholds));
    let scores: Vec<(&str, Vec<f32>)> =
        kinds.iter().map(|kind| (kind.name.as_str(), kind.scores.clone())).collect();
    findings.plots.extend(histogram("scores", "Scores of presentations", "score", &scores));
    findings
}

fn passing(scores: &[f32], threshold: f32) -> usize {
    scores.iter().filter(|score| **score >= threshold).count()
}

/// BPCER, the greatest APCER of any species, and the mean of both.
fn at_threshold(kinds: &[Presentations], threshold: f32, findings: &mut Findings) {
    let (bona_fide, species) = (&kinds[0], &kinds[1..]);
    let at = format!("at threshold {threshold}");
    let rejected = bona_fide.scores.len() - passing(&bona_fide.scores, threshold);
    let bpcer = Figure::share(format!("BPCER {at}"), rejected, bona_fide.scores.len(), Better::Lower);
    let apcer = |kind: &Presentations| {
        let count = passing(&kind.scores, threshold);
        Figure::share(format!("APCER of the worst species {at}"), count, kind.scores.len(), Better::Lower)
    };
    let worst = species.iter().filter_map(apcer).max_by(|one, other| one.value.total_cmp(&other.value));
    let acer = bpcer.as_ref().zip(worst.as_ref()).map(|(bpcer, apcer)| {
        let value = f64::midpoint(bpcer.value, apcer.value);
        let trials = (bpcer.trials + apcer.trials) as usize;
        Figure::new(format!("ACER {at}"), value, Unit::Share, Better::Lower, trials)
    });
    findings.figures.extend([bpcer, worst, acer].into_iter().flatten());
}

/// Figures of all species together, whatever the threshold.
fn pooled(session: &Session<'_>, kinds: &[Presentations], findings: &mut Findings) {
    let attacks: Vec<f32> = kinds[1..].iter().flat_map(|kind| kind.scores.iter().copied()).collect();
    let trials = Trials::of_scores(&kinds[0].scores, &attacks);
    if !trials.has_both() {
        return;
    }
    let grid = rate_grid(attacks.len());
    let figures = |rates: &Rates<'_>| -> Vec<f64> {
        let fixed = [
            rates.equal_error_rate(),
            rates.false_positive_rate(rates.threshold_for_false_negatives(FIXED_RATE)),
            rates.false_negatives_at(FIXED_RATE),
        ];
        fixed.into_iter().chain(grid.iter().map(|&rate| rates.false_negatives_at(rate))).collect()
    };
    let values = figures(&trials.rates());
    let intervals = trials.intervals(&session.bootstrap(), figures);
    let names =
        ["equal error rate, all species", "APCER at BPCER 5 %, all species", "BPCER at APCER 5 % (BPCER20)"];
    let trials_of = [kinds[0].scores.len() + attacks.len(), attacks.len(), kinds[0].scores.len()];
    for (index, (name, of)) in names.into_iter().zip(trials_of).enumerate() {
        let figure = Figure::new(name, values[index], Unit::Share, Better::Lower, of);
        findings.figures.push(figure.within(intervals[index]));
    }
    let (values, intervals) = (&values[names.len()..], &intervals[names.len()..]);
    let axes = ["attack presentation classification error rate", "bona fide classification error rate"];
    findings.plots.push(trade_off("det", "Detection error trade-off", axes, &grid, values, intervals));
}

/// APCER at each threshold and at BPCER 5 %, equal error rate and non-responses of each species.
fn by_species(bona_fide: &Presentations, species: &[Presentations], thresholds: &[f32]) -> Vec<Group> {
    let groups = species.iter().map(|kind| {
        let trials = Trials::of_scores(&bona_fide.scores, &kind.scores);
        let rates = trials.rates();
        let scored = kind.scores.len();
        let fixed = rates.threshold_for_false_negatives(FIXED_RATE);
        let share = |name: &str, count, of| Figure::share(name, count, of, Better::Lower);
        let error = rates.equal_error_rate();
        let equal = error.is_finite().then(|| {
            let of = scored + bona_fide.scores.len();
            Figure::new("equal error rate", error, Unit::Share, Better::Lower, of)
        });
        let at_thresholds = thresholds.iter().map(|&threshold| {
            share(&format!("APCER at threshold {threshold}"), passing(&kind.scores, threshold), scored)
        });
        let figures = [
            share("APCER at BPCER 5 %", passing(&kind.scores, fixed), scored),
            equal,
            share("non-response rate", kind.photos - scored, kind.photos),
        ];
        Group { name: kind.name.clone(), figures: at_thresholds.chain(figures).flatten().collect() }
    });
    groups.collect()
}

#[cfg(test)]
mod tests;

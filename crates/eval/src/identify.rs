//! One-to-many identification in an open set: some of the people searched for are not in the gallery.

use rand::seq::SliceRandom;
use vultus_search::Calibration;
use vultus_types::{IncomparableTemplate, ScoreRule, Template, Wanted};

use crate::EvalError;
use crate::calibrate::LabelledPhotos;
use crate::curves::{histogram, rate_grid, trade_off};
use crate::findings::{Axis, Better, Figure, Findings, Mark, Plot, Series, Unit};
use crate::observed::ObservedFace;
use crate::parallel::map_parallel;
use crate::session::Session;
use crate::statistics::seeded;
use crate::trials::{Rates, Trial, Trials};
use crate::verify::{FEWEST_ERRORS, Preset, presets};

/// The ranks at which misses are reported.
const RANKS: [usize; 3] = [1, 5, 20];
/// The false positive identification rates at which misses are reported, where there are enough searches.
const FALSE_POSITIVE_RATES: [f64; 3] = [1e-1, 1e-2, 1e-3];
/// The last rank of the curve.
const LAST_RANK: usize = 50;

/// How the people are split.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SplitOptions {
    /// The share of the people that is not enrolled, 0..=1.
    pub unenrolled: f64,
    /// Photos of each other person that are enrolled, at least 1; the rest are probes.
    pub gallery_photos: usize,
}

/// Who is enrolled and who is searched for; photos by their index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Split {
    /// The photos of each enrolled person.
    gallery: Vec<Vec<usize>>,
    /// Probes of enrolled people, with the place in the gallery.
    mated: Vec<(usize, usize)>,
    /// Probes of the others.
    non_mated: Vec<usize>,
}

/// Enrols photos of a part of the people, searches for all other photos, and reports how often the right person is
/// missed (FNIR) and a stranger is found (FPIR). A subject scores as its best photo. A probe that fails to acquire
/// finds nobody, and a person none of whose gallery photos gives a template cannot be found: both are counted as
/// misses.
///
/// # Errors
/// [`EvalError`] where a photo cannot be read, the pack makes no templates, or the engine fails.
pub fn identify(
    session: &Session<'_>,
    photos: &LabelledPhotos,
    options: SplitOptions,
    calibration: Option<&Calibration>,
) -> Result<Findings, EvalError> {
    if !session.analyzer.capabilities().template {
        return Err(EvalError::NoTemplates);
    }
    let split = Split::of(&photos.people, options, session.seed);
    let faces = session.observe_faces(&photos.paths, Wanted::TEMPLATE)?;
    let gallery = Gallery::new(session.analyzer.score_rule(), &split, &faces);
    let found = |probe: usize, subject: Option<usize>| gallery.search(template(&faces, probe), subject);
    let mated = map_parallel(&split.mated, session.threads, &|_, _| {}, |&(probe, subject)| {
        found(probe, Some(subject))
    })?;
    let non_mated = map_parallel(&split.non_mated, session.threads, &|_, _| {}, |&probe| found(probe, None))?;
    let searches = Searches::new(&split, &mated, &non_mated, &photos.people);
    let mut findings = Findings::default();
    let failures = (0..faces.len()).filter(|&photo| template(&faces, photo).is_none()).count();
    findings.acquisition(faces.len(), failures);
    for (of, count) in [
        ("subjects enrolled", split.gallery.len()),
        ("subjects that failed to enrol", gallery.subjects.iter().filter(|photos| photos.is_empty()).count()),
        ("mated searches", mated.len()),
        ("non-mated searches", non_mated.len()),
    ] {
        findings.count(of, count);
    }
    searches.report(session, &presets(calibration), &mut findings);
    Ok(findings)
}

/// The template of a photo's face, where it gave one.
fn template(faces: &[Option<ObservedFace>], photo: usize) -> Option<&Template> {
    faces[photo].as_ref()?.template.as_ref()
}

impl Split {
    /// Splits the people, whose photos are given by the person's number. People with fewer photos than are enrolled
    /// and one more for a probe are enrolled with all of them.
    fn of(people: &[usize], options: SplitOptions, seed: u64) -> Self {
        let count = people.iter().max().map_or(0, |last| last + 1);
        let mut photos = vec![Vec::new(); count];
        for (photo, &person) in people.iter().enumerate() {
            photos[person].push(photo);
        }
        photos.retain(|photos| !photos.is_empty());
        let mut random = seeded(seed);
        photos.shuffle(&mut random);
        let unenrolled = (photos.len() as f64 * options.unenrolled).round() as usize;
        let mut split = Self::default();
        for (place, mut photos) in photos.into_iter().enumerate() {
            if place < unenrolled {
                split.non_mated.extend(photos);
                continue;
            }
            photos.shuffle(&mut random);
            let probes = photos.split_off(options.gallery_photos.max(1).min(photos.len()));
            split.mated.extend(probes.into_iter().map(|probe| (probe, split.gallery.len())));
            split.gallery.push(photos);
        }
        split
    }
}

/// The enrolled templates.
struct Gallery<'a> {
    rule: &'a ScoreRule,
    subjects: Vec<Vec<&'a Template>>,
}

/// What a search found.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Found {
    /// The score of the right person, negative infinity where there is none; of a search for nobody in the gallery,
    /// the best score of all.
    score: f32,
    /// How many people score better than the right one, and one more.
    rank: usize,
}

impl<'a> Gallery<'a> {
    fn new(rule: &'a ScoreRule, split: &Split, faces: &'a [Option<ObservedFace>]) -> Self {
        let of_subject = |photos: &Vec<usize>| -> Vec<&'a Template> {
            photos.iter().filter_map(|&photo| template(faces, photo)).collect()
        };
        Self { rule, subjects: split.gallery.iter().map(of_subject).collect() }
    }

    fn search(&self, probe: Option<&Template>, wanted: Option<usize>) -> Result<Found, IncomparableTemplate> {
        let Some(probe) = probe else { return Ok(Found { score: f32::NEG_INFINITY, rank: usize::MAX }) };
        let mut best = Vec::with_capacity(self.subjects.len());
        for templates in &self.subjects {
            let mut score = f32::NEG_INFINITY;
            for template in templates {
                score = score.max(self.rule.similarity(probe, template)?.0);
            }
            best.push(score);
        }
        let score = match wanted {
            Some(subject) => best[subject],
            None => best.iter().copied().fold(f32::NEG_INFINITY, f32::max),
        };
        let rank = 1 + best.iter().filter(|other| **other > score).count();
        Ok(Found { score, rank })
    }
}

/// All searches: as trials at rank 1, and the rank of each mated one.
struct Searches {
    trials: Trials,
    /// Rank of the right person; beyond every rank where the search failed.
    ranks: Vec<usize>,
    /// The person of each mated probe.
    people: Vec<usize>,
}

impl Searches {
    fn new(split: &Split, mated: &[Found], non_mated: &[Found], people: &[usize]) -> Self {
        let trial = |score, photo: usize| Trial { score, one: photo as u32, other: photo as u32 };
        let positive = mated.iter().zip(&split.mated).map(|(found, &(photo, _))| {
            trial(if found.rank == 1 { found.score } else { f32::NEG_INFINITY }, photo)
        });
        let negative = non_mated.iter().zip(&split.non_mated);
        let negative = negative.map(|(found, &photo)| trial(found.score, photo));
        let units = people.iter().map(|&person| person as u32).collect();
        let is_found = |found: &Found| found.score > f32::NEG_INFINITY;
        Self {
            trials: Trials::new(positive.collect(), negative.collect(), units),
            ranks: mated.iter().map(|found| if is_found(found) { found.rank } else { usize::MAX }).collect(),
            people: split.mated.iter().map(|&(photo, _)| people[photo]).collect(),
        }
    }

    fn report(&self, session: &Session<'_>, presets: &[Preset], findings: &mut Findings) {
        self.at_ranks(session, findings);
        self.at_thresholds(session, presets, findings);
        let scores = |trials: &[Trial]| trials.iter().map(|trial| trial.score).collect();
        let kinds = [
            ("mated, at rank 1", scores(self.trials.positive())),
            ("best of non-mated", scores(self.trials.negative())),
        ];
        findings.plots.extend(histogram("scores", "Scores of searches", "similarity", &kinds));
    }

    /// Misses without a threshold: the right person is not among the first.
    fn at_ranks(&self, session: &Session<'_>, findings: &mut Findings) {
        if self.ranks.is_empty() {
            return;
        }
        let units = self.people.iter().max().map_or(0, |last| last + 1);
        let misses = |weights: &[u32]| -> Vec<f64> {
            let weight = |place: usize| f64::from(weights[self.people[place]]);
            let total: f64 = (0..self.ranks.len()).map(weight).sum();
            let beyond = |rank: usize| (0..self.ranks.len()).filter(move |&place| self.ranks[place] > rank);
            RANKS.iter().map(|&rank| beyond(rank).map(weight).sum::<f64>() / total).collect()
        };
        let values = misses(&vec![1; units]);
        let intervals = session.bootstrap().intervals(units, misses);
        for ((rank, value), interval) in RANKS.iter().zip(values).zip(intervals) {
            let name = format!("FNIR at rank {rank}, no threshold");
            let figure = Figure::new(name, value, Unit::Share, Better::Lower, self.ranks.len());
            findings.figures.push(figure.within(interval));
        }
        let hits = |rank: usize| self.ranks.iter().filter(|found| **found <= rank).count();
        let points = (1..=LAST_RANK).map(|rank| (rank as f64, hits(rank) as f64 / self.ranks.len() as f64));
        let name = "share found".to_owned();
        findings.plots.push(Plot {
            name: "cmc".to_owned(),
            title: "Cumulative match characteristic".to_owned(),
            x: Axis::linear("rank"),
            y: Axis::linear("share found"),
            series: vec![Series { name, mark: Mark::Line, points: points.collect() }],
        });
    }

    /// Both errors where a candidate must reach a threshold and be the first.
    fn at_thresholds(&self, session: &Session<'_>, presets: &[Preset], findings: &mut Findings) {
        let trials = &self.trials;
        let (mated, non_mated) = (trials.positive().len(), trials.negative().len());
        let enough = |rate: &f64| trials.has_both() && rate * non_mated as f64 >= FEWEST_ERRORS;
        let aims: Vec<f64> = FALSE_POSITIVE_RATES.into_iter().filter(enough).collect();
        let grid = if trials.has_both() { rate_grid(non_mated) } else { Vec::new() };
        let figures = |rates: &Rates<'_>| -> Vec<f64> {
            let by_preset = presets.iter().flat_map(|preset| {
                [rates.false_positive_rate(preset.threshold), rates.false_negative_rate(preset.threshold)]
            });
            let by_rate = aims.iter().chain(&grid).map(|&rate| rates.false_negatives_at(rate));
            by_preset.chain(by_rate).collect()
        };
        let values = figures(&trials.rates());
        let intervals = trials.intervals(&session.bootstrap(), figures);
        let names = presets.iter().flat_map(|preset| {
            let at = format!("at confidence {}", preset.confidence);
            [(format!("FPIR {at}"), non_mated), (format!("FNIR at rank 1 {at}"), mated)]
        });
        let names = names.chain(aims.iter().map(|rate| (format!("FNIR at rank 1 at FPIR {rate:e}"), mated)));
        let measured = names.zip(&values).zip(&intervals).filter(|((_, value), _)| value.is_finite());
        findings.figures.extend(measured.map(|(((name, of), &value), &interval)| {
            Figure::new(name, value, Unit::Share, Better::Lower, of).within(interval)
        }));
        if !grid.is_empty() {
            let start = values.len() - grid.len();
            let axes = ["false positive identification rate", "false negative identification rate"];
            let title = "Identification error trade-off";
            findings.plots.push(trade_off("det", title, axes, &grid, &values[start..], &intervals[start..]));
        }
    }
}

#[cfg(test)]
mod tests;

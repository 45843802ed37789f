//! Making the comparisons.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use rand::Rng;
use vultus_types::{IncomparableTemplate, ScoreRule, Template, Wanted};

use crate::EvalError;
use crate::calibrate::LabelledPhotos;
use crate::labels::Truth;
use crate::observed::ObservedFace;
use crate::pairs::{PairList, PhotoRef};
use crate::parallel::map_parallel;
use crate::same_person::{SameFaces, SamePersonRule};
use crate::session::Session;
use crate::statistics::seeded;
use crate::trials::{Trial, Trials};

use super::{Comparisons, Protocol};

/// More non-mated comparisons than this are sampled: memory and time for resampling grow with them.
const MOST_NON_MATED: usize = 10_000_000;

/// Analyses the photos of the protocol and compares them.
pub(super) fn compare(session: &Session<'_>, protocol: &Protocol<'_>) -> Result<Comparisons, EvalError> {
    match protocol {
        Protocol::Pairs { list, images } => compare_list(session, list, images),
        Protocol::AllPairs { people, strangers, truths, same_person } => {
            compare_all(session, people, *strangers, truths, *same_person)
        }
    }
}

fn compare_list(session: &Session<'_>, list: &PairList, images: &Path) -> Result<Comparisons, EvalError> {
    let mut indices: BTreeMap<&PhotoRef, u32> = BTreeMap::new();
    for photo in list.pairs.iter().flat_map(|pair| [&pair.one, &pair.other]) {
        indices.entry(photo).or_default();
    }
    for (index, slot) in indices.values_mut().enumerate() {
        *slot = index as u32;
    }
    let names: BTreeMap<&str, u32> = indices.keys().map(|photo| (photo.name.as_str(), 0)).collect();
    let person: HashMap<&str, u32> = names.into_keys().zip(0..).collect();
    let units = indices.keys().map(|photo| person[photo.name.as_str()]).collect();
    let paths: Vec<PathBuf> = indices.keys().map(|photo| images.join(photo.path())).collect();
    let faces = session.observe_faces(&paths, Wanted::TEMPLATE)?;
    let rule = session.analyzer.score_rule();
    let (mut mated, mut non_mated, mut lost) = (Vec::new(), Vec::new(), [0; 2]);
    let mut folds = vec![Vec::new(); list.folds];
    for pair in &list.pairs {
        let (one, other) = (indices[&pair.one], indices[&pair.other]);
        let score = if let Some((left, right)) = template(&faces, one).zip(template(&faces, other)) {
            let score = rule.similarity(left, right)?.0;
            let kind = if pair.is_mated { &mut mated } else { &mut non_mated };
            kind.push(Trial { score, one, other });
            score
        } else {
            lost[usize::from(pair.is_mated)] += 1;
            f32::NEG_INFINITY
        };
        folds[pair.fold].push((score, pair.is_mated));
    }
    Ok(Comparisons {
        trials: Trials::new(mated, non_mated, units),
        truths: vec![Truth::default(); faces.len()],
        faces,
        folds,
        lost_mated: lost[1],
        lost_non_mated: lost[0],
        repeated: 0,
    })
}

fn template(faces: &[Option<ObservedFace>], index: u32) -> Option<&Template> {
    faces[index as usize].as_ref()?.template.as_ref()
}

/// Which comparisons one photo takes part in.
struct Rows<'a> {
    rule: &'a ScoreRule,
    faces: &'a [Option<ObservedFace>],
    people: &'a [u32],
    /// Photos from here on are compared as strangers only, those before as mates only; 0 where all are both.
    strangers_from: usize,
    /// The share of the non-mated comparisons that are made.
    share: f64,
    seed: u64,
    same: &'a SameFaces,
}

/// The comparisons of one photo with those behind it.
#[derive(Default)]
struct Row {
    mated: Vec<Trial>,
    non_mated: Vec<Trial>,
    lost_mated: usize,
    lost_non_mated: usize,
    repeated: usize,
}

fn compare_all(
    session: &Session<'_>,
    people: &LabelledPhotos,
    strangers: Option<&LabelledPhotos>,
    truths: &HashMap<PathBuf, Truth>,
    same_person: Option<&SamePersonRule<'_>>,
) -> Result<Comparisons, EvalError> {
    let (paths, units, strangers_from) = joined(people, strangers);
    let faces = session.observe_faces(&paths, Wanted::TEMPLATE)?;
    let same = SameFaces::look(same_person, &paths, session.threads, session.progress)?;
    let strangers = paths.len() - strangers_from;
    let pairs = strangers * strangers.saturating_sub(1) / 2;
    let rows = Rows {
        rule: session.analyzer.score_rule(),
        faces: &faces,
        people: &units,
        strangers_from,
        share: (MOST_NON_MATED as f64 / pairs.max(1) as f64).min(1.0),
        seed: session.seed,
        same: &same,
    };
    let indices: Vec<usize> = (0..paths.len()).collect();
    let made = map_parallel(&indices, session.threads, &|_, _| {}, |&one| rows.compare(one))?;
    let sum = |count: fn(&Row) -> usize| made.iter().map(count).sum();
    let (lost_mated, lost_non_mated) = (sum(|row| row.lost_mated), sum(|row| row.lost_non_mated));
    let repeated = sum(|row| row.repeated);
    let (mut mated, mut non_mated) = (Vec::new(), Vec::new());
    for row in made {
        mated.extend(row.mated);
        non_mated.extend(row.non_mated);
    }
    let truths = paths.iter().map(|path| truths.get(path).cloned().unwrap_or_default()).collect();
    let trials = Trials::new(mated, non_mated, units);
    Ok(Comparisons { trials, faces, truths, folds: Vec::new(), lost_mated, lost_non_mated, repeated })
}

/// All photos, the person of each, and the index of the first that is only a stranger.
fn joined(people: &LabelledPhotos, strangers: Option<&LabelledPhotos>) -> (Vec<PathBuf>, Vec<u32>, usize) {
    let mut paths = people.paths.clone();
    let mut units: Vec<u32> = people.people.iter().map(|&person| person as u32).collect();
    let Some(strangers) = strangers else { return (paths, units, 0) };
    let first = units.iter().max().map_or(0, |last| last + 1);
    let strangers_from = paths.len();
    paths.extend_from_slice(&strangers.paths);
    units.extend(strangers.people.iter().map(|&person| first + person as u32));
    (paths, units, strangers_from)
}

impl Rows<'_> {
    fn compare(&self, one: usize) -> Result<Row, IncomparableTemplate> {
        let mut row = Row::default();
        let mut random = seeded(self.seed);
        random.set_stream(one as u64);
        for other in one + 1..self.faces.len() {
            let is_mated = self.people[one] == self.people[other];
            // Without photos that are only strangers, all are both.
            let is_left_out = if is_mated {
                self.strangers_from > 0 && other >= self.strangers_from
            } else {
                one < self.strangers_from || (self.share < 1.0 && !random.random_bool(self.share))
            };
            if is_left_out {
                continue;
            }
            match (template(self.faces, one as u32), template(self.faces, other as u32)) {
                (Some(left), Some(right)) => {
                    let score = self.rule.similarity(left, right)?.0;
                    let trial = Trial { score, one: one as u32, other: other as u32 };
                    if is_mated {
                        row.mated.push(trial);
                    } else if self.same.is_same(one, other) {
                        row.repeated += 1;
                    } else {
                        row.non_mated.push(trial);
                    }
                }
                _ if is_mated => row.lost_mated += 1,
                _ => row.lost_non_mated += 1,
            }
        }
        Ok(row)
    }
}

//! Telling persons apart as faces come, one after the other, without names: how often two photos of one person
//! are given one person, and two persons are mixed up.
//!
//! It is what a server does with the faces that a camera sees, by the same index of persons.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;
use uuid::Uuid;
use vultus_search::{Calibration, PersonIndex};
use vultus_store::{IndexEntry, PersonScope, Sighting};
use vultus_types::{
    AccountId, CameraId, Confidence, FaceId, PersonId, ScoreRule, Similarity, Template, Timestamp, Wanted,
};

use crate::EvalError;
use crate::calibrate::LabelledPhotos;
use crate::findings::{Better, Figure, Findings, Unit};
use crate::parallel::map_parallel;
use crate::session::Session;
use crate::statistics::seeded;

/// The confidences at which persons are told apart: those that clients use as thresholds. A server uses 0.75
/// unless it is configured otherwise.
const CONFIDENCES: [f32; 6] = [0.60, 0.6616, 0.75, 0.7834, 0.85, 0.92];

/// How often the photos are shuffled: the outcome depends on the order in which faces come, so that figures are
/// means over this many orders.
const ORDERS: u64 = 10;

/// Gives each photo's face to a person as it comes, in several random orders, and reports the pairwise errors: of
/// all pairs that are given one person the share that shows one person (precision), of all pairs of one person the
/// share that is given one (recall).
///
/// # Errors
/// [`EvalError`] where a photo cannot be read, the pack makes no templates, or the engine fails.
pub fn cluster(
    session: &Session<'_>,
    photos: &LabelledPhotos,
    calibration: &Calibration,
) -> Result<Findings, EvalError> {
    if !session.analyzer.capabilities().template {
        return Err(EvalError::NoTemplates);
    }
    let observed = session.observe_faces(&photos.paths, Wanted::TEMPLATE)?;
    let seen = observed.iter().zip(&photos.people);
    let faces: Vec<(&Template, usize)> =
        seen.filter_map(|(face, &person)| Some((face.as_ref()?.template.as_ref()?, person))).collect();
    let mut findings = Findings::default();
    findings.acquisition(photos.paths.len(), photos.paths.len() - faces.len());
    let mut people: Vec<usize> = faces.iter().map(|(_, person)| *person).collect();
    people.sort_unstable();
    people.dedup();
    findings.count("people", people.len());
    let rule = session.analyzer.score_rule();
    for confidence in CONFIDENCES {
        let least = calibration.similarity_at(Confidence::new(confidence));
        let orders: Vec<u64> = (0..ORDERS).collect();
        let outcomes = map_parallel(&orders, session.threads, &|_, _| {}, |&order| {
            assign(rule, &faces, least, session.seed.wrapping_add(order))
        })?;
        report(session, &outcomes, people.len(), confidence, &mut findings);
    }
    Ok(findings)
}

/// For each person given, how many faces of which true person.
type Clusters = Vec<BTreeMap<usize, u64>>;

/// Gives the faces, in an order that follows from the seed, to persons.
fn assign(
    rule: &ScoreRule,
    faces: &[(&Template, usize)],
    least: Similarity,
    seed: u64,
) -> Result<Clusters, EvalError> {
    let index = PersonIndex::new(rule.clone(), true);
    let scope = PersonScope { account: AccountId(Uuid::nil()), camera: None };
    let mut order: Vec<usize> = (0..faces.len()).collect();
    order.shuffle(&mut seeded(seed));
    let mut clusters: Clusters = Vec::new();
    for (face, number) in order.into_iter().zip(1..) {
        let (template, truth) = faces[face];
        let (known, change) = index.decide(scope, template, least)?;
        let person = known.map_or(clusters.len() as u64 + 1, |hit| hit.person.get());
        if known.is_none() {
            clusters.push(BTreeMap::new());
        }
        *clusters[person as usize - 1].entry(truth).or_default() += 1;
        if let Some(replaced) = change.replaces {
            index.remove(replaced);
        }
        let (Some(id), Some(person)) = (FaceId::new(number), PersonId::new(person)) else { continue };
        index.upsert(&IndexEntry {
            id,
            account: scope.account,
            subject: String::new(),
            enrolled_at: Timestamp(0),
            galleries: Vec::new(),
            template: template.clone(),
            exemplar: change.is_exemplar.then_some(Sighting { camera: CameraId(Uuid::nil()), person }),
        });
    }
    Ok(clusters)
}

/// Pairs of faces, weighted by how often their people are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Pairs {
    /// Given one person and showing one.
    right: f64,
    /// Given one person.
    given: f64,
    /// Showing one person.
    mated: f64,
}

impl Pairs {
    /// Counts the pairs; one of two persons weighs as much as both together.
    fn count(clusters: &Clusters, weights: &BTreeMap<usize, f64>) -> Self {
        let pairs_of = |faces: u64| (faces * faces.saturating_sub(1) / 2) as f64;
        let mut pairs = Self::default();
        let mut faces: BTreeMap<usize, u64> = BTreeMap::new();
        for cluster in clusters {
            let (mut before, mut right) = (0.0, 0.0);
            for (person, &count) in cluster {
                let weight = weights.get(person).copied().unwrap_or_default();
                let weighted = weight * count as f64;
                pairs.given += before * weighted;
                before += weighted;
                right += weight * pairs_of(count);
                *faces.entry(*person).or_default() += count;
            }
            pairs.right += right;
            pairs.given += right;
        }
        let mated = faces
            .iter()
            .map(|(person, &count)| weights.get(person).copied().unwrap_or_default() * pairs_of(count));
        pairs.mated = mated.sum();
        pairs
    }

    /// Precision, recall and their harmonic mean.
    fn rates(self) -> [f64; 3] {
        let (precision, recall) = (self.right / self.given, self.right / self.mated);
        [precision, recall, 2.0 * self.right / (self.given + self.mated)]
    }
}

fn report(
    session: &Session<'_>,
    outcomes: &[Clusters],
    people: usize,
    confidence: f32,
    findings: &mut Findings,
) {
    let mut persons: Vec<usize> = outcomes.iter().flatten().flat_map(BTreeMap::keys).copied().collect();
    persons.sort_unstable();
    persons.dedup();
    let figures = |drawn: &[u32]| -> Vec<f64> {
        let weights =
            persons.iter().zip(drawn).map(|(&person, &weight)| (person, f64::from(weight))).collect();
        let rates = outcomes.iter().map(|clusters| Pairs::count(clusters, &weights).rates());
        let sums = rates.fold([0.0; 3], |sums, rates| [0, 1, 2].map(|place| sums[place] + rates[place]));
        sums.map(|sum| sum / outcomes.len() as f64).to_vec()
    };
    let values = figures(&vec![1; persons.len()]);
    let intervals = session.bootstrap().intervals(persons.len(), figures);
    let faces: u64 = outcomes.first().map_or(0, |clusters| clusters.iter().flat_map(BTreeMap::values).sum());
    let names = ["pairwise precision", "pairwise recall", "pairwise F1"];
    for ((name, value), interval) in names.iter().zip(values).zip(intervals) {
        if value.is_finite() {
            let name = format!("{name} at confidence {confidence}");
            let figure = Figure::new(name, value, Unit::Share, Better::Higher, faces as usize);
            findings.figures.push(figure.within(interval));
        }
    }
    let given = outcomes.iter().map(Vec::len).sum::<usize>() as f64 / outcomes.len() as f64;
    let name = format!("persons given at confidence {confidence}");
    findings.figures.push(Figure::new(name, given, Unit::Score, Better::Neither, people));
}

#[cfg(test)]
mod tests {
    use vultus_face::fakes::{DIGEST, FakeAnalyzer};
    use vultus_types::TemplatePart;

    use super::*;
    use crate::session::testing::session;

    fn clusters(counts: &[&[(usize, u64)]]) -> Clusters {
        counts.iter().map(|cluster| cluster.iter().copied().collect()).collect()
    }

    fn weights(people: usize) -> BTreeMap<usize, f64> {
        (0..people).map(|person| (person, 1.0)).collect()
    }

    #[test]
    fn pairs_are_those_counted_by_hand() {
        // Person 0 has three faces, of which one is taken for person 1, who has two.
        let pairs = Pairs::count(&clusters(&[&[(0, 2)], &[(0, 1), (1, 2)]]), &weights(2));
        assert_eq!(pairs, Pairs { right: 2.0, given: 4.0, mated: 4.0 });
        assert_eq!(pairs.rates(), [0.5, 0.5, 0.5]);
        let perfect = Pairs::count(&clusters(&[&[(0, 3)], &[(1, 2)]]), &weights(2));
        assert_eq!(perfect.rates(), [1.0; 3]);
    }

    #[test]
    fn person_drawn_twice_counts_twice() {
        let drawn = BTreeMap::from([(0, 2.0)]);
        let pairs = Pairs::count(&clusters(&[&[(0, 2)], &[(0, 1), (1, 2)]]), &drawn);
        assert_eq!(pairs, Pairs { right: 2.0, given: 2.0, mated: 6.0 });
    }

    #[test]
    fn faces_apart_are_persons_and_faces_alike_are_one() {
        let analyzer = FakeAnalyzer::default();
        let template = |degrees: f32| {
            let angle = degrees.to_radians();
            let vector = vec![angle.cos(), angle.sin()];
            Template::new(vec![TemplatePart { model: DIGEST, vector, cohort: None }]).unwrap()
        };
        let templates = [0.0, 1.0, 2.0, 90.0, 91.0, 180.0].map(template);
        let faces: Vec<(&Template, usize)> = templates.iter().zip([0, 0, 0, 1, 1, 2]).collect();
        let rule = ScoreRule::single(DIGEST, 2);
        for seed in 0..5 {
            let mut found = assign(&rule, &faces, Similarity(0.9), seed).unwrap();
            found.sort_by_key(|cluster| cluster.keys().next().copied());
            assert_eq!(found, clusters(&[&[(0, 3)], &[(1, 2)], &[(2, 1)]]));
        }
        let mut findings = Findings::default();
        let mixed = clusters(&[&[(0, 3), (1, 2)], &[(2, 1)]]);
        report(&session(&analyzer), &[mixed], 3, 0.75, &mut findings);
        let value = |name: &str| findings.figure(name).unwrap().value;
        assert_eq!(value("pairwise precision at confidence 0.75"), 0.4);
        assert_eq!(value("pairwise recall at confidence 0.75"), 1.0);
        assert_eq!(value("persons given at confidence 0.75"), 2.0);
    }
}

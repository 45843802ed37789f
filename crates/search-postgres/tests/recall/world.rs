//! The faces that are searched, and what a comparison with each of them finds.

use std::sync::OnceLock;

use uuid::Uuid;
use vultus_store::IndexEntry;
use vultus_store_tests::fixtures::face_id;
use vultus_types::{AccountId, FaceId, Similarity, Template, Timestamp};

use crate::synthetic::{Person, Synthesis, rule};

pub(crate) const ONE: AccountId = AccountId(Uuid::from_u128(1));
pub(crate) const TWO: AccountId = AccountId(Uuid::from_u128(2));

/// The subject with the most faces: near strangers, which differ by their cohort spreads more than by their vectors.
pub(crate) const CROWD: &str = "crowd";

/// How far the crowd's faces lie apart, in deviations between persons.
const CROWD_SPREAD: f32 = 0.05;

/// A search whose answer is known.
pub(crate) struct Trial {
    pub(crate) account: AccountId,
    pub(crate) gallery: Option<&'static str>,
    pub(crate) probe: Template,
    /// The best faces, best first.
    pub(crate) best: Vec<(FaceId, Similarity)>,
}

/// Two accounts. Each face of the first lies in `all` and, by its number, in smaller galleries; the second has almost
/// the same face as the first one for each tenth of them.
pub(crate) struct World {
    pub(crate) entries: Vec<IndexEntry>,
    pub(crate) trials: Vec<Trial>,
    /// Those whose best are all of the crowd.
    pub(crate) crowd_trials: Vec<Trial>,
}

impl World {
    /// A large one, for searches of the index of vectors; for all tests that change nothing.
    pub(crate) fn large() -> &'static Self {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(|| {
            let scopes = [
                (ONE, None, 12),
                (ONE, Some("half"), 12),
                (ONE, Some("third"), 8),
                (ONE, Some("hundredth"), 20),
                (ONE, Some("thousandth"), 20),
                (TWO, None, 20),
                (TWO, Some("half"), 20),
            ];
            Self::new(20_000, 500, &scopes)
        })
    }

    /// A world of that many faces of the first account, the first `crowd` of them the crowd's, with trials: so many of
    /// each scope.
    pub(crate) fn new(
        count: u64,
        crowd_size: u64,
        scopes: &[(AccountId, Option<&'static str>, usize)],
    ) -> Self {
        let mut synthesis = Synthesis::new(count);
        let (mut entries, mut persons) = (Vec::new(), Vec::new());
        let crowd = synthesis.person();
        for number in 1..=count {
            // Each second person has two faces.
            let is_crowd = number <= crowd_size;
            let person = match persons.last() {
                _ if is_crowd => crowd.clone(),
                Some((_, person)) if number % 3 == 0 => Person::clone(person),
                _ => synthesis.person(),
            };
            let subject = if is_crowd {
                CROWD.to_owned()
            } else {
                format!("person {}", number - u64::from(number % 3 == 0))
            };
            let template =
                if is_crowd { synthesis.face_within(&person, CROWD_SPREAD) } else { synthesis.face(&person) };
            if number % 10 == 0 {
                entries.push(entry(TWO, count + number, &subject, &["half"], nearly(&template)));
            }
            entries.push(entry(ONE, number, &subject, &galleries(number), template));
            persons.push((number, person));
        }
        let mut world = Self { entries, trials: Vec::new(), crowd_trials: Vec::new() };
        for &(account, gallery, trials) in scopes {
            for trial in 0..trials {
                let near = world.one_of(account, gallery, trial, trials);
                let at = near.id.get() - if account == TWO { count } else { 0 };
                let probe = synthesis.face(&persons[at as usize - 1].1);
                let best = world.best(account, gallery, &probe);
                world.trials.push(Trial { account, gallery, probe, best });
            }
        }
        for gallery in [None, Some("half")].into_iter().cycle().take(if crowd_size > 0 { 16 } else { 0 }) {
            let probe = synthesis.face_within(&crowd, CROWD_SPREAD);
            let best = world.best(ONE, gallery, &probe);
            world.crowd_trials.push(Trial { account: ONE, gallery, probe, best });
        }
        world
    }

    /// The faces of a scope.
    pub(crate) fn scope(
        &self,
        account: AccountId,
        gallery: Option<&str>,
    ) -> impl Iterator<Item = &IndexEntry> {
        self.entries.iter().filter(move |entry| {
            let is_within = gallery.is_none_or(|gallery| entry.galleries.iter().any(|name| name == gallery));
            entry.account == account && is_within
        })
    }

    /// All faces of a scope by their similarity, best first.
    pub(crate) fn best(
        &self,
        account: AccountId,
        gallery: Option<&str>,
        probe: &Template,
    ) -> Vec<(FaceId, Similarity)> {
        let rule = rule();
        let score = |entry: &IndexEntry| (entry.id, rule.similarity(probe, &entry.template).unwrap());
        let mut scored: Vec<_> = self.scope(account, gallery).map(score).collect();
        scored.sort_by(|one, other| other.1.0.total_cmp(&one.1.0).then(one.0.cmp(&other.0)));
        scored.truncate(10);
        scored
    }

    /// A face of the scope, each `of` of them equally far apart.
    fn one_of(&self, account: AccountId, gallery: Option<&str>, which: usize, of: usize) -> &IndexEntry {
        let faces: Vec<_> = self.scope(account, gallery).filter(|entry| entry.subject != CROWD).collect();
        faces[which * faces.len() / of]
    }
}

fn galleries(number: u64) -> Vec<&'static str> {
    let parts = [(1, "all"), (2, "half"), (3, "third"), (100, "hundredth"), (1000, "thousandth")];
    parts.into_iter().filter(|(part, _)| number.is_multiple_of(*part)).map(|(_, name)| name).collect()
}

fn entry(
    account: AccountId,
    number: u64,
    subject: &str,
    galleries: &[&str],
    template: Template,
) -> IndexEntry {
    IndexEntry {
        id: face_id(number),
        account,
        subject: subject.to_owned(),
        enrolled_at: Timestamp(number as i64),
        galleries: galleries.iter().map(|&name| name.to_owned()).collect(),
        template,
        exemplar: None,
    }
}

/// A template that differs by less than any two photos do.
fn nearly(template: &Template) -> Template {
    let mut parts = template.parts().to_vec();
    for part in &mut parts {
        let first = part.vector[0];
        part.vector[0] = (first * first + part.vector[1] * part.vector[1]).sqrt();
        part.vector[1] = 0.0;
    }
    Template::new(parts).unwrap()
}

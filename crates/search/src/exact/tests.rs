use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;
use vultus_types::{CohortSpread, ModelDigest, PartRule, TemplatePart, Timestamp};

use super::*;

const MODEL: ModelDigest = ModelDigest([1; 32]);
const EVERYTHING: Similarity = Similarity(f32::NEG_INFINITY);

fn account(number: u128) -> AccountId {
    AccountId(Uuid::from_u128(number))
}

fn template(vector: &[f32]) -> Template {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    let vector = vector.iter().map(|value| value / length).collect();
    Template::new(vec![TemplatePart { model: MODEL, vector, cohort: None }]).unwrap()
}

fn entry(owner: u128, id: u64, subject: &str, galleries: &[&str], vector: &[f32]) -> IndexEntry {
    IndexEntry {
        id: FaceId::new(id).unwrap(),
        account: account(owner),
        subject: subject.into(),
        enrolled_at: Timestamp(id as i64),
        galleries: galleries.iter().map(|&gallery| gallery.to_owned()).collect(),
        template: template(vector),
        exemplar: None,
    }
}

fn plane() -> ExactIndex {
    ExactIndex::new(ScoreRule::single(MODEL, 2))
}

/// Ids of what a search for (1, 0) in gallery "g" of account 1 finds.
fn found(index: &ExactIndex, max_results: usize) -> Vec<u64> {
    let hits = index.search(account(1), "g", &template(&[1.0, 0.0]), EVERYTHING, max_results).unwrap();
    hits.iter().map(|hit| hit.face.get()).collect()
}

#[test]
fn hit_tells_all_of_the_face() {
    let index = plane();
    index.upsert(&entry(1, 7, "Ann", &["g"], &[0.6, 0.8]));
    let hits = index.search(account(1), "g", &template(&[1.0, 0.0]), EVERYTHING, 5).unwrap();
    let hit = &hits[0];
    assert_eq!((hit.face.get(), hit.subject.as_str(), hit.enrolled_at), (7, "Ann", Timestamp(7)));
    assert!((hit.similarity.0 - 0.6).abs() < 1e-6);
}

#[test]
fn best_face_of_each_subject_is_found() {
    let index = plane();
    index.upsert(&entry(1, 1, "Ann", &["g"], &[0.0, 1.0]));
    index.upsert(&entry(1, 2, "Ann", &["g"], &[1.0, 0.1]));
    index.upsert(&entry(1, 3, "Bob", &["g"], &[1.0, 0.5]));
    assert_eq!(found(&index, 10), [2, 3]);
    assert_eq!(found(&index, 1), [2]);
    assert_eq!(found(&index, 0), [0; 0]);
}

#[test]
fn faces_without_a_name_stand_for_themselves() {
    let index = plane();
    index.upsert(&entry(1, 1, "", &["g"], &[1.0, 0.2]));
    index.upsert(&entry(1, 2, "", &["g"], &[1.0, 0.1]));
    index.upsert(&entry(1, 3, "Ann", &["g"], &[1.0, 0.3]));
    assert_eq!(found(&index, 10), [2, 1, 3]);
}

#[test]
fn equal_faces_come_by_id() {
    let index = plane();
    for id in [5, 2, 9] {
        index.upsert(&entry(1, id, &id.to_string(), &["g"], &[1.0, 0.0]));
    }
    assert_eq!(found(&index, 10), [2, 5, 9]);
    assert_eq!(found(&index, 2), [2, 5]);
}

#[test]
fn threshold_is_inclusive() {
    let index = plane();
    index.upsert(&entry(1, 1, "Ann", &["g"], &[0.0, 1.0]));
    let search =
        |least| index.search(account(1), "g", &template(&[1.0, 0.0]), Similarity(least), 9).unwrap().len();
    assert_eq!(search(0.0), 1);
    assert_eq!(search(0.0_f32.next_up()), 0);
    assert_eq!(search(f32::NAN), 0);
}

#[test]
fn identical_input_is_told_from_the_most_alike() {
    let index = plane();
    index.upsert(&entry(1, 1, "Ann", &["g"], &[1.0, 0.0]));
    index.upsert(&entry(1, 2, "Bob", &["g"], &[1.0, 0.01]));
    let hits = index.search(account(1), "g", &template(&[1.0, 0.0]), EVERYTHING, 9).unwrap();
    assert_eq!(hits[0].similarity, Similarity::IDENTICAL);
    assert!(hits[1].similarity.0 < 1.0);
}

#[test]
fn galleries_and_accounts_are_kept_apart() {
    let index = plane();
    index.upsert(&entry(1, 1, "Ann", &["g", "h"], &[1.0, 0.0]));
    index.upsert(&entry(1, 2, "Bob", &["h"], &[1.0, 0.1]));
    index.upsert(&entry(2, 3, "Cid", &["g"], &[1.0, 0.2]));
    assert_eq!(found(&index, 9), [1]);
    let probe = template(&[1.0, 0.0]);
    assert_eq!(index.search(account(1), "h", &probe, EVERYTHING, 9).unwrap().len(), 2);
    assert_eq!(index.search(account(1), "x", &probe, EVERYTHING, 9).unwrap(), vec![]);
    assert_eq!(index.search(account(3), "g", &probe, EVERYTHING, 9).unwrap(), vec![]);
}

#[test]
fn subject_is_searched_within_its_gallery() {
    let index = plane();
    index.upsert(&entry(1, 1, "Ann", &["g"], &[0.5, 1.0]));
    index.upsert(&entry(1, 2, "Ann", &["g"], &[1.0, 0.5]));
    index.upsert(&entry(1, 3, "Ann", &["h"], &[1.0, 0.0]));
    let best = |gallery, subject| {
        let hit = index.search_subject(account(1), gallery, subject, &template(&[1.0, 0.0])).unwrap();
        hit.map(|hit| hit.face.get())
    };
    assert_eq!(best("g", "Ann"), Some(2));
    assert_eq!(best("h", "Ann"), Some(3));
    assert_eq!(best("g", "Bob"), None);
    assert_eq!(best("x", "Ann"), None);
}

#[test]
fn replaced_face_is_found_in_its_new_place_only() {
    let index = plane();
    index.upsert(&entry(1, 1, "Ann", &["g"], &[1.0, 0.0]));
    index.upsert(&entry(1, 1, "Ann", &["h"], &[1.0, 0.0]));
    assert_eq!(found(&index, 9), [0; 0]);
    index.upsert(&entry(2, 1, "Ann", &["h"], &[1.0, 0.0]));
    assert_eq!(index.search(account(1), "h", &template(&[1.0, 0.0]), EVERYTHING, 9).unwrap(), vec![]);
    assert_eq!(index.stats().faces, 1);
}

#[test]
fn removed_slots_are_used_again_and_leave_no_trace() {
    let index = plane();
    for id in 1..=3000 {
        index.upsert(&entry(1, id, "Ann", &["g"], &[1.0, 0.0]));
    }
    let full = index.stats();
    for id in 1..=2999 {
        index.remove(FaceId::new(id).unwrap());
    }
    for id in 4001..=6999 {
        index.upsert(&entry(1, id, "Bob", &["h"], &[0.0, 1.0]));
    }
    assert_eq!(index.stats(), full, "no slot is lost");
    assert_eq!(found(&index, 9), [3000]);
    let hits = index.search(account(1), "h", &template(&[1.0, 0.0]), EVERYTHING, 9).unwrap();
    assert!(hits[0].similarity.0.abs() < 1e-6, "the vectors are the new ones");
    index.clear();
    assert_eq!(index.stats(), IndexStats::default());
}

#[test]
fn vectors_are_held_once_however_many_galleries_name_them() {
    let dimension = 128;
    let index = ExactIndex::new(ScoreRule::single(MODEL, dimension));
    for id in 1..=5000_u64 {
        let mut vector = vec![0.1; dimension];
        vector[id as usize % dimension] = 1.0;
        index.upsert(&entry(1, id, &id.to_string(), &["g", "h", "i"], &vector));
    }
    let needed = 5000 * dimension * size_of::<f32>();
    let taken = index.stats().vector_bytes;
    assert!(taken >= needed && taken < needed * 5 / 4, "{taken} bytes for {needed}");
}

#[test]
fn templates_of_other_models_are_kept_out_and_counted() {
    let index = plane();
    let mut other = entry(1, 1, "Ann", &["g"], &[1.0, 0.0, 0.0]);
    index.upsert(&other);
    assert_eq!((index.stats().faces, index.stats().incomparable), (0, 1));
    let refused = index.search(account(1), "g", &other.template, EVERYTHING, 9);
    assert_eq!(refused, Err(IncomparableTemplate));
    assert_eq!(index.search_subject(account(1), "g", "Ann", &other.template), Err(IncomparableTemplate));
    other.template = template(&[1.0, 0.0]);
    index.upsert(&other);
    assert_eq!((index.stats().faces, index.stats().incomparable), (1, 0));
    other.template = template(&[1.0]);
    index.upsert(&other);
    assert_eq!((index.stats().faces, index.stats().incomparable), (0, 1));
    assert_eq!(found(&index, 9), [0; 0]);
    index.remove(other.id);
    assert_eq!(index.stats(), IndexStats::default());
}

#[test]
fn index_scores_parts_and_cohorts_as_the_rule_does() {
    let part = |dimension, weight, is_normalised| PartRule { model: MODEL, dimension, weight, is_normalised };
    let rule = ScoreRule { parts: vec![part(2, 0.75, true), part(1, 0.25, false)] };
    let two = |x: f32, y: f32, z: f32, mean: f32| {
        let cohort = Some(CohortSpread { mean, deviation: 0.5 });
        let first = TemplatePart { model: MODEL, vector: vec![x, y], cohort };
        let second = TemplatePart { model: MODEL, vector: vec![z], cohort: None };
        Template::new(vec![first, second]).unwrap()
    };
    let index = ExactIndex::new(rule.clone());
    let stored = IndexEntry { template: two(0.6, 0.8, -1.0, 0.1), ..entry(1, 1, "Ann", &["g"], &[1.0]) };
    index.upsert(&stored);
    let probe = two(1.0, 0.0, 1.0, 0.2);
    let hits = index.search(account(1), "g", &probe, EVERYTHING, 1).unwrap();
    let expected = rule.similarity(&probe, &stored.template).unwrap();
    // 0.75 × the mean of (0.6 − 0.1) / 0.5 and (0.6 − 0.2) / 0.5, less 0.25 × 1.
    assert!((expected.0 - (0.75 * 0.9 - 0.25)).abs() < 1e-6);
    assert!((hits[0].similarity.0 - expected.0).abs() < 1e-6);
}

#[test]
fn enrolment_and_search_run_at_the_same_time() {
    let index = plane();
    let probe = template(&[1.0, 0.0]);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..2_u64)
            .map(|writer| {
                let index = &index;
                scope.spawn(move || {
                    for id in 1..=2000 {
                        let id = id * 2 + writer;
                        index.upsert(&entry(1, id, &id.to_string(), &["g"], &[1.0, id as f32]));
                        if id % 3 == 0 {
                            index.remove(FaceId::new(id).unwrap());
                        }
                    }
                })
            })
            .collect();
        let mut searches = 0;
        while searches == 0 || writers.iter().any(|writer| !writer.is_finished()) {
            let hits = index.search(account(1), "g", &probe, EVERYTHING, 50).unwrap();
            assert!(hits.windows(2).all(|pair| pair[0].similarity >= pair[1].similarity));
            for hit in hits {
                assert_eq!(hit.subject, hit.face.to_string(), "face and subject belong together");
                let expected = 1.0 / (hit.face.get() as f32).hypot(1.0);
                assert!((hit.similarity.0 - expected).abs() < 1e-6, "and so does the vector");
            }
            searches += 1;
        }
    });
    let expected = (2..=4001_u64).filter(|id| id % 3 != 0).count();
    assert_eq!(index.stats().faces, expected);
    assert_eq!(found(&index, usize::MAX).len(), expected);
}

/// What a search must find, in the simplest words.
fn naive(
    faces: &BTreeMap<u64, IndexEntry>,
    owner: u128,
    gallery: &str,
    probe: &Template,
    limit: usize,
) -> Vec<(u64, f32)> {
    let rule = ScoreRule::single(MODEL, probe.parts()[0].vector.len());
    let inside = faces.values().filter(|entry| {
        entry.account == account(owner) && entry.galleries.iter().any(|name| name == gallery)
    });
    let mut scored: Vec<_> = inside
        .map(|entry| {
            (rule.similarity(probe, &entry.template).unwrap().0, entry.id.get(), entry.subject.clone())
        })
        .collect();
    scored.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    let mut seen = HashSet::new();
    scored.retain(|(_, _, subject)| subject.is_empty() || seen.insert(subject.clone()));
    scored.into_iter().take(limit).map(|(score, id, _)| (id, score)).collect()
}

#[derive(Clone, Debug)]
enum Step {
    Upsert(IndexEntry),
    Remove(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let galleries = prop::sample::subsequence(vec!["g", "h", "i"], 0..=3);
    let subject = prop::sample::select(vec!["Ann", "Bob", "Cid", "Dan", ""]);
    let vector = prop::collection::vec(-1.0_f32..1.0, 5);
    let upsert = (1_u128..=2, 1_u64..60, subject, galleries, vector).prop_map(
        |(owner, id, subject, galleries, vector)| {
            Step::Upsert(entry(owner, id, subject, &galleries, &vector))
        },
    );
    prop::collection::vec(prop_oneof![3 => upsert, 1 => (1_u64..60).prop_map(Step::Remove)], 1..200)
}

proptest! {
    #[test]
    fn index_finds_what_comparing_with_every_face_finds(
        steps in steps(),
        probe in prop::collection::vec(-1.0_f32..1.0, 5),
        limit in 1_usize..8,
    ) {
        let index = ExactIndex::new(ScoreRule::single(MODEL, 5));
        let mut faces = BTreeMap::new();
        for step in steps {
            match step {
                Step::Upsert(entry) => {
                    index.upsert(&entry);
                    faces.insert(entry.id.get(), entry);
                }
                Step::Remove(id) => {
                    index.remove(FaceId::new(id).unwrap());
                    faces.remove(&id);
                }
            }
        }
        prop_assert_eq!(index.stats().faces, faces.len());
        let probe = template(&probe);
        for owner in [1, 2] {
            for gallery in ["g", "h", "i"] {
                let hits = index.search(account(owner), gallery, &probe, EVERYTHING, limit).unwrap();
                let expected = naive(&faces, owner, gallery, &probe, limit);
                let is_near = |one: f32, other: f32, by: f32| one == other || (one - other).abs() < by;
                prop_assert_eq!(hits.len(), expected.len());
                for (hit, (id, score)) in hits.iter().zip(expected) {
                    // Faces whose scores differ by rounding only may change places.
                    prop_assert!(is_near(hit.similarity.0, score, 1e-5));
                    prop_assert_eq!(&hit.subject, &faces[&hit.face.get()].subject);
                    let near = hits.iter().filter(|other| is_near(other.similarity.0, score, 1e-5)).count();
                    prop_assert!(hit.face.get() == id || near > 1 || is_near(hit.similarity.0, score, 1e-6));
                }
            }
        }
    }
}

#[test]
fn faces_are_found_one_by_one_in_a_gallery_and_in_all() {
    let index = plane();
    index.upsert(&entry(1, 1, "Ann", &["g"], &[1.0, 0.3]));
    index.upsert(&entry(1, 2, "Ann", &["g", "h"], &[1.0, 0.1]));
    index.upsert(&entry(1, 3, "", &["h"], &[1.0, 0.2]));
    index.upsert(&entry(2, 4, "Ann", &["g"], &[1.0, 0.0]));
    index.upsert(&entry(1, 5, "Bob", &["h"], &[1.0, 0.0]));
    index.remove(FaceId::new(5).unwrap());
    let found = |gallery, least, results| {
        let probe = template(&[1.0, 0.0]);
        let hits = index.search_faces(account(1), gallery, &probe, Similarity(least), results).unwrap();
        hits.iter().map(|hit| hit.face.get()).collect::<Vec<_>>()
    };
    assert_eq!(found(None, f32::NEG_INFINITY, 9), [2, 3, 1]);
    assert_eq!(found(Some("g"), f32::NEG_INFINITY, 9), [2, 1]);
    assert_eq!(found(Some("h"), f32::NEG_INFINITY, 1), [2]);
    assert_eq!(found(None, 0.97, 9), [2, 3]);
    assert_eq!(found(Some("x"), f32::NEG_INFINITY, 9), [0; 0]);
    assert_eq!(index.search_faces(account(3), None, &template(&[1.0, 0.0]), EVERYTHING, 9).unwrap(), []);
}

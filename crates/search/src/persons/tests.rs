use proptest::prelude::*;
use uuid::Uuid;
use vultus_types::{ModelDigest, TemplatePart, Timestamp};

use super::*;

const MODEL: ModelDigest = ModelDigest([1; 32]);
const EVERYTHING: Similarity = Similarity(f32::NEG_INFINITY);
const ACCOUNT: AccountId = AccountId(Uuid::nil());

fn camera(number: u128) -> CameraId {
    CameraId(Uuid::from_u128(number))
}

fn face(number: u64) -> FaceId {
    FaceId::new(number).unwrap()
}

fn person(number: u64) -> PersonId {
    PersonId::new(number).unwrap()
}

/// A unit vector of the plane, at that angle in degrees.
fn at(degrees: f32) -> Template {
    let angle = degrees.to_radians();
    let part = TemplatePart { model: MODEL, vector: vec![angle.cos(), angle.sin()], cohort: None };
    Template::new(vec![part]).unwrap()
}

fn entry(id: u64, camera_number: u128, owner: u64, template: Template) -> IndexEntry {
    IndexEntry {
        id: face(id),
        account: ACCOUNT,
        subject: String::new(),
        enrolled_at: Timestamp(0),
        galleries: Vec::new(),
        template,
        exemplar: Some(Sighting { camera: camera(camera_number), person: person(owner) }),
    }
}

fn index(is_global: bool) -> PersonIndex {
    PersonIndex::new(ScoreRule::single(MODEL, 2), is_global)
}

fn best(index: &PersonIndex, camera_number: u128, degrees: f32) -> Option<u64> {
    let scope = index.scope(ACCOUNT, camera(camera_number));
    let (known, _) = index.decide(scope, &at(degrees), EVERYTHING).unwrap();
    known.map(|hit| hit.person.get())
}

#[test]
fn the_person_of_the_most_similar_exemplar_is_best() {
    let index = index(false);
    assert_eq!(best(&index, 1, 0.0), None);
    for (id, owner, degrees) in [(1, 1, 0.0), (2, 2, 40.0), (3, 1, 90.0)] {
        index.upsert(&entry(id, 1, owner, at(degrees)));
    }
    assert_eq!([1.0, 39.0, 66.0, 80.0].map(|degrees| best(&index, 1, degrees)), [1, 2, 1, 1].map(Some));
    index.remove(face(1));
    assert_eq!(best(&index, 1, 1.0), Some(2));
    index.clear();
    assert_eq!((best(&index, 1, 1.0), index.exemplars()), (None, 0));
}

#[test]
fn cameras_share_persons_only_where_the_index_is_global() {
    for is_global in [false, true] {
        let index = index(is_global);
        index.upsert(&entry(1, 1, 1, at(0.0)));
        assert_eq!(best(&index, 2, 0.0).is_some(), is_global);
        let other = PersonScope { account: AccountId(Uuid::from_u128(7)), camera: None };
        assert_eq!(index.decide(other, &at(0.0), EVERYTHING).unwrap(), (None, ExemplarChange::FIRST));
    }
}

#[test]
fn a_face_that_is_no_exemplar_any_more_or_another_persons_is_looked_up_anew() {
    let index = index(false);
    index.upsert(&entry(1, 1, 1, at(0.0)));
    index.upsert(&entry(1, 2, 5, at(0.0)));
    assert_eq!((best(&index, 1, 0.0), best(&index, 2, 0.0)), (None, Some(5)));
    index.upsert(&IndexEntry { exemplar: None, ..entry(1, 2, 5, at(0.0)) });
    assert_eq!((best(&index, 2, 0.0), index.exemplars()), (None, 0));
}

#[test]
fn templates_of_other_models_are_kept_out() {
    let index = index(false);
    let part = TemplatePart { model: ModelDigest([2; 32]), vector: vec![1.0, 0.0], cohort: None };
    let other = Template::new(vec![part]).unwrap();
    index.upsert(&entry(1, 1, 1, other.clone()));
    assert_eq!(index.exemplars(), 0);
    assert!(index.decide(index.scope(ACCOUNT, camera(1)), &other, EVERYTHING).is_err());
}

#[test]
fn the_more_redundant_of_the_two_closest_exemplars_makes_room() {
    let index = index(false);
    let scope = index.scope(ACCOUNT, camera(1));
    let change = |degrees| index.decide(scope, &at(degrees), EVERYTHING).unwrap().1;
    for (id, degrees) in (1..).zip([0.0, 20.0, 22.0, 50.0, 80.0]) {
        assert_eq!(change(degrees), ExemplarChange::FIRST);
        index.upsert(&entry(id, 1, 1, at(degrees)));
    }
    let redundant = ExemplarChange { is_exemplar: true, replaces: Some(face(3)) };
    assert_eq!(change(100.0), redundant, "22 degrees lie nearer to the others than 20");
    assert_eq!(change(81.0), ExemplarChange::NONE);
}

#[test]
fn a_face_too_unlike_everyone_is_someone_new() {
    let index = index(false);
    let scope = index.scope(ACCOUNT, camera(1));
    index.upsert(&entry(1, 1, 1, at(0.0)));
    let known = |degrees| index.decide(scope, &at(degrees), Similarity(0.5)).unwrap().0.is_some();
    assert!(known(59.0) && !known(61.0));
}

proptest! {
    #[test]
    fn best_is_what_a_plain_comparison_finds(
        changes in prop::collection::vec((1u64..30, 1u64..6, 0f32..360.0, any::<bool>()), 1..80),
        probe in 0f32..360.0,
    ) {
        let index = index(true);
        let mut known = std::collections::BTreeMap::new();
        for (id, owner, degrees, is_added) in changes {
            if is_added {
                index.upsert(&entry(id, u128::from(id), owner, at(degrees)));
                known.insert(id, (owner, degrees));
            } else {
                index.remove(face(id));
                known.remove(&id);
            }
        }
        let rule = ScoreRule::single(MODEL, 2);
        let score = |degrees| rule.similarity(&at(probe), &at(degrees)).unwrap().0;
        let expected = known.values().map(|&(_, degrees)| score(degrees)).fold(f32::NEG_INFINITY, f32::max);
        let (found, _) = index.decide(index.scope(ACCOUNT, camera(1)), &at(probe), EVERYTHING).unwrap();
        prop_assert_eq!(found.is_some(), !known.is_empty());
        if let Some(hit) = found {
            prop_assert!(hit.similarity.0 == expected || (hit.similarity.0 - expected).abs() < 1e-5);
            let owners: Vec<u64> = known.values().filter(|(_, degrees)| score(*degrees) >= expected - 1e-5)
                .map(|&(owner, _)| owner).collect();
            prop_assert!(owners.contains(&hit.person.get()));
        }
    }
}

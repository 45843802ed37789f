use proptest::prelude::*;
use vultus_types::{ModelDigest, TemplatePart};

use super::*;

/// Templates of one number each: the person. The same is the same with confidence 1, any other with 0.
fn likeness(one: &Template, other: &Template) -> Option<f32> {
    let is_same = one.parts()[0].vector == other.parts()[0].vector;
    one.is_comparable(other).then_some(if is_same { 1.0 } else { 0.0 })
}

fn template(person: u8) -> Template {
    let vector = vec![f32::from(person)];
    Template::new(vec![TemplatePart { model: ModelDigest([0; 32]), vector, cohort: None }]).unwrap()
}

fn sighting(x: f32, y: f32, person: Option<u8>) -> Sighting {
    Sighting { bounds: BoundingBox::new(x, y, 100.0, 100.0), template: person.map(template) }
}

const fn frame(number: u64) -> Duration {
    Duration::from_millis(number * 250)
}

fn update(tracker: &mut Tracker, number: u64, sightings: &[Sighting]) -> Vec<u64> {
    tracker.update(frame(number), sightings, &likeness).into_iter().map(|id| id.0).collect()
}

fn tracker() -> Tracker {
    Tracker::new(TrackerParams::default())
}

#[test]
fn face_that_moves_by_less_than_its_width_keeps_its_track() {
    let mut tracker = tracker();
    for number in 0..20 {
        assert_eq!(update(&mut tracker, number, &[sighting(number as f32 * 80.0, 0.0, None)]), [0]);
    }
}

#[test]
fn people_who_cross_keep_their_tracks_with_templates() {
    let mut tracker = tracker();
    for number in 0..21 {
        let step = number as f32 * 40.0;
        let faces = [sighting(step, 0.0, Some(1)), sighting(800.0 - step, 10.0, Some(2))];
        assert_eq!(update(&mut tracker, number, &faces), [0, 1], "frame {number}");
    }
}

#[test]
fn someone_else_in_the_same_place_is_a_new_track() {
    let mut tracker = tracker();
    update(&mut tracker, 0, &[sighting(0.0, 0.0, Some(1))]);
    assert_eq!(update(&mut tracker, 1, &[sighting(0.0, 0.0, Some(2))]), [1]);
}

#[test]
fn face_that_comes_back_soon_is_known_by_its_template() {
    let mut tracker = tracker();
    update(&mut tracker, 0, &[sighting(0.0, 0.0, Some(1))]);
    assert!(tracker.expire(frame(7)).is_empty());
    assert_eq!(update(&mut tracker, 7, &[sighting(900.0, 500.0, Some(1))]), [0]);
}

#[test]
fn face_that_comes_back_late_is_new() {
    let mut tracker = tracker();
    update(&mut tracker, 0, &[sighting(0.0, 0.0, Some(1))]);
    assert_eq!(tracker.expire(frame(9)), [TrackId(0)]);
    assert!(tracker.is_empty());
    assert_eq!(update(&mut tracker, 9, &[sighting(0.0, 0.0, Some(1))]), [1]);
}

#[test]
fn face_far_away_without_template_is_new() {
    let mut tracker = tracker();
    update(&mut tracker, 0, &[sighting(0.0, 0.0, None)]);
    assert_eq!(update(&mut tracker, 1, &[sighting(400.0, 0.0, None)]), [1]);
}

#[test]
fn templates_are_wanted_when_they_decide_something() {
    let mut tracker = tracker();
    assert!(!tracker.wants_templates(frame(0)), "nobody is there");
    update(&mut tracker, 0, &[sighting(0.0, 0.0, None)]);
    assert!(tracker.wants_templates(frame(1)), "the face has none yet");
    update(&mut tracker, 1, &[sighting(0.0, 0.0, Some(1))]);
    assert!(!tracker.wants_templates(frame(2)), "one face that has one");
    assert!(tracker.wants_templates(frame(5)), "it is old");
    let two = [sighting(0.0, 0.0, Some(1)), sighting(300.0, 0.0, Some(2))];
    update(&mut tracker, 2, &two);
    assert!(!tracker.wants_templates(frame(3)), "two faces apart");
    update(&mut tracker, 3, &two[..1]);
    assert!(tracker.wants_templates(frame(4)), "one is missing");
    update(&mut tracker, 4, &[sighting(0.0, 0.0, None), sighting(90.0, 0.0, Some(2))]);
    assert!(tracker.wants_templates(frame(5)), "they meet");
}

/// Faces on a grid, too far apart to be confused, that tremble and drift.
fn scene() -> impl Strategy<Value = Vec<Vec<(usize, f32, f32)>>> {
    let face = (0..9usize, -20.0..20.0f32, -20.0..20.0f32);
    let frame = prop::collection::vec(face, 0..9).prop_map(|mut faces| {
        faces.sort_by_key(|face| face.0);
        faces.dedup_by_key(|face| face.0);
        faces
    });
    prop::collection::vec(frame, 1..12)
}

fn at((cell, x, y): (usize, f32, f32), person: bool) -> Sighting {
    let (column, row) = ((cell % 3) as f32, (cell / 3) as f32);
    sighting(column * 400.0 + x, row * 400.0 + y, person.then_some(cell as u8))
}

proptest! {
    #[test]
    fn every_sighting_has_a_track_of_its_own(frames in scene(), with_templates: bool) {
        let mut tracker = tracker();
        for (number, faces) in (0..).zip(frames) {
            let sightings: Vec<_> = faces.iter().map(|face| at(*face, with_templates)).collect();
            let mut ids = update(&mut tracker, number, &sightings);
            prop_assert_eq!(ids.len(), sightings.len());
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), sightings.len());
        }
    }

    #[test]
    fn faces_apart_are_never_confused(frames in scene(), with_templates: bool) {
        let mut tracker = tracker();
        let mut cells = std::collections::HashMap::new();
        for (number, faces) in (0..).zip(frames) {
            let sightings: Vec<_> = faces.iter().map(|face| at(*face, with_templates)).collect();
            for (id, face) in update(&mut tracker, number, &sightings).into_iter().zip(&faces) {
                prop_assert_eq!(*cells.entry(id).or_insert(face.0), face.0);
            }
        }
    }

    #[test]
    fn order_of_sightings_does_not_matter(frames in scene(), turns in 0..8usize) {
        let (mut one, mut other) = (tracker(), tracker());
        let mut names = std::collections::HashMap::new();
        for (number, faces) in (0..).zip(frames) {
            let mut sightings: Vec<_> = faces.iter().map(|face| at(*face, false)).collect();
            let ids = update(&mut one, number, &sightings);
            let turn = turns % sightings.len().max(1);
            sightings.rotate_left(turn);
            let mut turned = update(&mut other, number, &sightings);
            turned.rotate_right(turn);
            for (id, other_id) in ids.into_iter().zip(turned) {
                prop_assert_eq!(*names.entry(id).or_insert(other_id), other_id);
            }
        }
        prop_assert_eq!(one.len(), other.len());
    }

    #[test]
    fn tracks_end_when_nobody_is_seen(frames in scene()) {
        let mut tracker = tracker();
        let mut seen = std::collections::BTreeSet::new();
        let count = frames.len() as u64;
        let mut ended = Vec::new();
        for (number, faces) in (0..).zip(frames) {
            let sightings: Vec<_> = faces.iter().map(|face| at(*face, true)).collect();
            seen.extend(update(&mut tracker, number, &sightings));
            ended.extend(tracker.expire(frame(number)).into_iter().map(|id| id.0));
        }
        ended.extend(tracker.expire(frame(count + 9)).into_iter().map(|id| id.0));
        ended.sort_unstable();
        prop_assert!(tracker.is_empty());
        prop_assert_eq!(ended, seen.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn after_a_cut_only_templates_tell_whose_a_face_is() {
    let mut tracker = tracker();
    update(&mut tracker, 0, &[sighting(0.0, 0.0, Some(1)), sighting(400.0, 0.0, None)]);
    tracker.cut();
    let faces = [sighting(0.0, 0.0, None), sighting(400.0, 0.0, Some(1))];
    assert_eq!(update(&mut tracker, 1, &faces), [2, 0]);
    // In the new scene places say where they are again.
    let faces = [sighting(10.0, 0.0, None), sighting(410.0, 0.0, None)];
    assert_eq!(update(&mut tracker, 2, &faces), [2, 0]);
}

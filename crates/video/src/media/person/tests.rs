use vultus_types::{BoundingBox, Demographics, ModelDigest, TemplatePart};

use super::*;

const STEP: Duration = Duration::from_millis(100);

fn template(value: f32) -> Template {
    Template::new(vec![TemplatePart { model: ModelDigest([0; 32]), vector: vec![value], cohort: None }])
        .unwrap()
}

/// Alike are those whose numbers are near.
#[expect(clippy::unnecessary_wraps, reason = "a likeness may not be told")]
fn likeness(one: &Template, other: &Template) -> Option<f32> {
    Some(1.0 - (one.parts()[0].vector[0] - other.parts()[0].vector[0]).abs())
}

fn face(age: Option<f32>, female: f32, glasses: Option<Glasses>) -> AnalyzedFace {
    let gender = Some(GenderEstimate { female });
    AnalyzedFace {
        demographics: age.map(|age| Demographics { age: Some(age), gender, ethnicity: None }),
        glasses,
        pose: Some(HeadPose::default()),
        ..AnalyzedFace::new(BoundingBox::new(10.0, 20.0, 30.0, 40.0), 0.9)
    }
}

fn seen(face: &AnalyzedFace) -> SeenFace {
    SeenFace::new(TrackId(0), face, (2.0, 3.0), true)
}

const NOTHING_AHEAD: Ahead<'static> = Ahead { traits: None, is_lasting: true };

#[test]
fn boxes_are_in_pixels_of_the_medium() {
    let told = Person::new(0, STEP).see(STEP, STEP, seen(&face(None, 0.0, None)), &NOTHING_AHEAD);
    assert_eq!(told.bounds, [20.0, 60.0, 60.0, 120.0]);
}

#[test]
fn best_templates_are_kept() {
    let mut best = BestTemplates::default();
    for number in 0..20u8 {
        best.offer(f32::from(number % 10), template(f32::from(number)));
    }
    let scores: Vec<_> = best.0.iter().map(|(score, _)| *score).collect();
    assert_eq!(scores, [9.0, 9.0, 8.0, 8.0, 7.0, 7.0, 6.0, 6.0]);
}

#[test]
fn confidence_is_that_of_the_pair_most_alike() {
    let of = |values: &[f32]| {
        let mut best = BestTemplates::default();
        for value in values {
            best.offer(1.0, template(*value));
        }
        best
    };
    let told = of(&[0.1, 0.5]).confidence(&of(&[0.4, 0.9]), &likeness).unwrap();
    assert!((told - 0.9).abs() < 1e-6);
    assert_eq!(of(&[]).confidence(&of(&[0.4]), &likeness), None);
}

#[test]
fn age_is_the_median_and_gender_the_mean_of_the_frames_that_tell() {
    let mut person = Person::new(0, STEP);
    let faces = [
        face(Some(30.0), 0.9, None),
        face(None, 0.0, None),
        face(Some(31.2), 0.7, None),
        face(Some(80.0), 0.6, None),
    ];
    for (number, face) in (1..).zip(&faces) {
        person.see(STEP * number, STEP, seen(face), &NOTHING_AHEAD);
    }
    let summary = person.summary();
    assert_eq!((summary.age, summary.is_female, summary.frames), (Some(31.0), Some(true), 4));
}

#[test]
fn gender_that_is_not_sure_is_not_told() {
    let mut person = Person::new(0, STEP);
    person.see(STEP, STEP, seen(&face(Some(30.0), 0.9, None)), &NOTHING_AHEAD);
    let told = person.see(STEP * 2, STEP, seen(&face(Some(30.0), 0.2, None)), &NOTHING_AHEAD);
    assert_eq!((told.is_female, person.summary().is_female), (None, None));
}

#[test]
fn glasses_are_worn_that_are_seen_in_most_frames() {
    let mut person = Person::new(0, STEP);
    for glasses in [Glasses::Eye, Glasses::None, Glasses::Sun] {
        person.see(STEP, STEP, seen(&face(None, 0.0, Some(glasses))), &NOTHING_AHEAD);
    }
    assert_eq!(person.summary().has_glasses, Some(true));
}

#[test]
fn until_something_is_told_it_is_what_will_be_told() {
    let mut person = Person::new(0, STEP);
    let later = seen(&face(Some(44.0), 0.05, Some(Glasses::Eye)));
    let ahead = Ahead { traits: Some(&later), is_lasting: true };
    let told = person.see(STEP, STEP, seen(&face(None, 0.0, None)), &ahead);
    assert_eq!((told.age, told.is_female, told.has_glasses), (Some(44.0), Some(false), Some(true)));
    // It was not learnt: it will be when its frame comes.
    assert_eq!(person.summary().age, None);
}

#[test]
fn expression_is_the_mean_of_the_frames_that_tell() {
    let mut person = Person::new(0, STEP);
    assert_eq!(person.summary().expression, None);
    let happy = |happy: f32| {
        let neutral = 1.0 - happy;
        let expression =
            Expression { angry: 0.0, disgusted: 0.0, fearful: 0.0, happy, neutral, sad: 0.0, surprised: 0.0 };
        AnalyzedFace { expression: Some(expression), ..face(None, 0.0, None) }
    };
    for face in [happy(1.0), face(None, 0.0, None), happy(0.5)] {
        person.see(STEP, STEP, seen(&face), &NOTHING_AHEAD);
    }
    let told = person.summary().expression.unwrap();
    assert_eq!((told.joy, told.neutral, told.anger), (0.75, 0.25, 0.0));
}

#[test]
fn absences_are_not_counted() {
    let mut person = Person::new(3, STEP);
    for number in [1, 2, 50] {
        person.see(STEP * number, STEP, seen(&face(None, 0.0, None)), &NOTHING_AHEAD);
    }
    let summary = person.summary();
    assert_eq!((summary.person, summary.first_seen, summary.last_seen), (3, STEP, STEP * 50));
    assert_eq!(summary.seen_for, STEP * 3);
}

#[test]
fn ages_beyond_any_are_counted_as_the_nearest() {
    let mut ages = Ages::new();
    ages.add(-5.0);
    assert_eq!(ages.median(), Some(0.0));
    ages.add(500.0);
    ages.add(f32::INFINITY);
    assert_eq!(ages.median(), Some(120.0));
    assert_eq!(Ages::new().median(), None);
}

use vultus_types::{BoundingBox, HeadPose, ModelDigest, TemplatePart};

use super::*;

const STEP: Duration = Duration::from_millis(100);

/// Templates of one number each: the person. The same is the same with confidence 1, any other with 0.
#[expect(clippy::unnecessary_wraps, reason = "a likeness may not be told")]
fn likeness(one: &Template, other: &Template) -> Option<f32> {
    Some(if one.parts()[0].vector == other.parts()[0].vector { 1.0 } else { 0.0 })
}

fn face(person: u16, x: f32) -> AnalyzedFace {
    let vector = vec![f32::from(person)];
    let part = TemplatePart { model: ModelDigest([0; 32]), vector, cohort: None };
    AnalyzedFace {
        template: Template::new(vec![part]).ok(),
        pose: Some(HeadPose::default()),
        ..AnalyzedFace::new(BoundingBox::new(x, 0.0, 100.0, 100.0), 0.9)
    }
}

fn people() -> People {
    People::new(Arc::new(likeness), MediaKind::Video, STEP, false)
}

fn looked(number: u32, faces: Vec<AnalyzedFace>) -> Looked {
    Looked { time: STEP * number, size: (1000, 100), scale: (1.0, 1.0), is_cut: false, faces: faces.into() }
}

/// The numbers of the persons of each frame, by their place from the left.
fn numbers(people: &mut People, frames: Vec<Vec<AnalyzedFace>>) -> Vec<Vec<u32>> {
    let mut handed_on = Vec::new();
    for (number, faces) in (1..).zip(frames) {
        people.take(&looked(number, faces));
        handed_on.extend(std::iter::from_fn(|| people.next(false)));
    }
    handed_on.extend(std::iter::from_fn(|| people.next(true)));
    let by_place = |mut frame: MediaFrame| {
        frame.people.sort_by(|one, other| one.bounds[0].total_cmp(&other.bounds[0]));
        frame.people.iter().map(|seen| seen.person).collect()
    };
    handed_on.into_iter().map(by_place).collect()
}

#[test]
fn persons_are_numbered_as_they_come_and_known_when_they_come_back() {
    let mut people = people();
    let mut frames = vec![vec![face(7, 0.0)]; 5];
    frames.extend(vec![vec![face(9, 500.0)]; 30]);
    frames.extend(vec![vec![face(9, 100.0), face(7, 700.0)]; 5]);
    let told = numbers(&mut people, frames);
    assert!(told[..5].iter().all(|frame| frame == &[0]));
    assert!(told[5..35].iter().all(|frame| frame == &[1]));
    assert!(told[35..].iter().all(|frame| frame == &[1, 0]));
    let summaries = people.summaries();
    let seen_for: Vec<_> = summaries.iter().map(|person| person.seen_for).collect();
    assert_eq!(seen_for, [STEP * 10, STEP * 35]);
    assert_eq!((summaries[0].first_seen, summaries[0].last_seen), (STEP, STEP * 40));
}

#[test]
fn faces_of_one_frame_are_never_one_person() {
    let mut people = people();
    let told = numbers(&mut people, vec![vec![face(7, 0.0), face(7, 500.0)]; 10]);
    assert!(told.iter().all(|frame| frame == &[0, 1]));
    // Who meets his double later is not the double either.
    let mut people = self::people();
    let mut frames = vec![vec![face(7, 0.0)]; 5];
    frames.extend(vec![vec![face(7, 0.0), face(7, 500.0)]; 10]);
    let told = numbers(&mut people, frames);
    assert_eq!((&told[0], &told[14]), (&vec![0], &vec![0, 1]));
}

#[test]
fn track_is_told_by_its_best_faces_within_two_seconds() {
    let mut people = people();
    let mut frames = vec![vec![face(7, 0.0)]; 5];
    frames.extend(vec![Vec::new(); 30]);
    // Back, first turned away, so that there is no template.
    frames.extend(vec![vec![AnalyzedFace { template: None, ..face(7, 500.0) }]; 10]);
    frames.extend(vec![vec![face(7, 500.0)]; 5]);
    let told = numbers(&mut people, frames);
    assert!(told[35..].iter().all(|frame| frame == &[0]), "{told:?}");
}

#[test]
fn what_is_found_for_a_moment_is_nobody() {
    let mut people = people();
    let mut frames = vec![vec![face(7, 0.0)]; 20];
    for number in [3, 4, 9] {
        frames[number].push(face(9, 500.0));
    }
    assert!(numbers(&mut people, frames).iter().all(|frame| frame == &[0]));
    // But a glimpse at the end, after which nothing is known, counts.
    let mut people = self::people();
    assert_eq!(numbers(&mut people, vec![vec![], vec![face(7, 0.0)]]), [vec![], vec![0]]);
}

#[test]
fn faces_turned_away_do_not_tell_whose_they_are() {
    let profile = |person, x| {
        let pose = Some(HeadPose { yaw_deg: 70.0, ..HeadPose::default() });
        vec![AnalyzedFace { pose, ..face(person, x) }]
    };
    // Their templates say now this, now that.
    let mut people = people();
    let frames = (0..20).map(|number| profile(number % 3, 0.0)).collect();
    assert!(numbers(&mut people, frames).iter().all(|frame| frame == &[0]));
}

#[test]
fn face_in_the_same_place_after_a_cut_is_somebody_else_unless_its_template_says_so() {
    let unknown = || AnalyzedFace { template: None, ..face(0, 0.0) };
    let mut people = people();
    let scenes = [vec![unknown(); 5], vec![unknown(); 5], vec![face(7, 0.0); 5], vec![face(7, 20.0); 5]];
    let mut told = Vec::new();
    for (number, faces) in (1..).zip(scenes.into_iter().flatten()) {
        people.take(&Looked { is_cut: number % 5 == 1, ..looked(number, vec![faces]) });
    }
    while let Some(frame) = people.next(true) {
        told.push(frame.people[0].person);
    }
    assert_eq!((told[0], told[5], told[10], told[15]), (0, 1, 2, 2));
}

#[test]
fn face_without_templates_is_somebody_new_each_time() {
    let mut people = people();
    let unknown = || vec![AnalyzedFace { template: None, ..face(7, 0.0) }];
    let mut frames = vec![unknown(); 5];
    frames.extend(vec![Vec::new(); 30]);
    frames.extend(vec![unknown(); 5]);
    let told = numbers(&mut people, frames);
    assert_eq!((&told[0], &told[39]), (&vec![0], &vec![1]));
}

#[test]
fn frames_are_held_for_two_seconds_and_no_longer() {
    let mut people = people();
    for number in 1..200 {
        people.take(&looked(number, vec![face(7, 0.0)]));
        let next = people.next(false);
        assert_eq!(next.map(|frame| frame.time), (number > 20).then(|| STEP * (number - 20)));
        assert!(people.held.len() <= 21 && people.next(false).is_none());
    }
}

#[test]
fn what_is_kept_is_bounded_however_many_come() {
    let mut people = people();
    for number in 1..3000u32 {
        // Somebody new every half second.
        people.take(&looked(number, vec![face(number as u16 / 5, 0.0)]));
        while people.next(false).is_some() {}
        assert!(people.tracks.len() <= 64, "{} tracks", people.tracks.len());
    }
    let known = people.persons.iter().filter(|person| !person.templates.is_empty()).count();
    assert!(people.persons.len() > 590 && known <= MAX_KNOWN, "{} and {known}", people.persons.len());
}

#[test]
fn look_at_the_camera_counts_from_its_first_frame_where_it_lasts() {
    let mut people = people();
    let away =
        |x| AnalyzedFace { pose: Some(HeadPose { yaw_deg: 80.0, ..HeadPose::default() }), ..face(7, x) };
    // A glimpse, then a look.
    let mut frames = vec![vec![away(0.0)]; 10];
    frames.push(vec![face(7, 0.0)]);
    frames.extend(vec![vec![away(0.0)]; 10]);
    frames.extend(vec![vec![face(7, 0.0)]; 3]);
    let mut glances = Vec::new();
    for (number, faces) in (1..).zip(frames) {
        people.take(&looked(number, faces));
    }
    while let Some(frame) = people.next(true) {
        glances.push(frame.people[0].glances);
    }
    assert_eq!((glances[10], glances[20], glances[21], glances[23]), (0, 0, 1, 1));
    assert_eq!(people.summaries()[0].looked_for, STEP * 3);
}

#[test]
fn image_is_one_look_where_the_person_looks() {
    let mut people = People::new(Arc::new(likeness), MediaKind::Image, Duration::ZERO, false);
    people.take(&looked(0, vec![face(7, 0.0)]));
    let frame = people.next(true).unwrap();
    assert_eq!((frame.people[0].glances, frame.people[0].attention), (1, Some(100.0)));
    assert_eq!((frame.time, people.next(true)), (Duration::ZERO, None));
}

#[test]
fn everything_is_looked_for_when_somebody_may_be_new() {
    let mut people = people();
    assert!(people.wants_everything(STEP));
    people.take(&looked(1, vec![face(7, 0.0)]));
    assert!(!people.wants_everything(STEP * 2));
    assert!(people.wants_everything(STEP * 12));
}

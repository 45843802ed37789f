use vultus_video::{MediaInfo, MediaKind, PersonSummary};

use super::*;

const TABLE: &str = "file,time_ms,x,y,person,emotion\n\
                     b.mp4,1000,0.5,0.5,Ada,joy\n\
                     b.mp4,0,0.5,0.5,Ada,\n\
                     b.mp4,1000,0.1,0.1,Bob,neutral\n\
                     a.mp4,,,,,\n";

#[test]
fn labels_are_sorted_by_file_and_time() {
    let videos = read_labels(TABLE).unwrap();
    assert_eq!((videos[0].file.as_str(), videos[0].faces.len()), ("a.mp4", 0));
    let faces = &videos[1].faces;
    assert_eq!((faces.len(), faces[0].time, faces[0].emotion), (3, Duration::ZERO, None));
    assert_eq!((faces[1].person.as_str(), faces[1].at, faces[1].emotion), ("Ada", (0.5, 0.5), Some(3)));
}

#[test]
fn malformed_labels_are_told_by_their_line() {
    for (line, text) in [
        (1, "file,time,x,y,person,emotion"),
        (2, "file,time_ms,x,y,person,emotion\na.mp4,0,0.5,0.5,Ada,happy"),
        (2, "file,time_ms,x,y,person,emotion\na.mp4,0,50,0.5,Ada,joy"),
        (3, "file,time_ms,x,y,person,emotion\na.mp4,,,,,\na.mp4,0,0.5,0.5,,"),
        (2, "file,time_ms,x,y,person,emotion\na.mp4,0,0.5"),
    ] {
        let error = read_labels(text).unwrap_err();
        assert!(matches!(error, EvalError::Labels { line: told } if told == line), "{text}: {error}");
    }
}

fn seen(person: u32, x: f32, joy: f32) -> SeenPerson {
    let expression = SeenExpression { joy, neutral: 1.0 - joy, ..SeenExpression::default() };
    SeenPerson {
        person,
        first_seen: Duration::ZERO,
        bounds: [x, 40.0, 20.0, 20.0],
        pose: None,
        points: None,
        expression: Some(expression),
        has_glasses: None,
        age: None,
        is_female: None,
        is_blinking: None,
        glances: 0,
        attention: None,
    }
}

fn person(person: u32) -> PersonSummary {
    PersonSummary {
        person,
        first_seen: Duration::ZERO,
        last_seen: Duration::ZERO,
        seen_for: Duration::ZERO,
        frames: 1,
        expression: None,
        has_glasses: None,
        age: None,
        is_female: None,
        attention: None,
        glances: 0,
        looked_for: Duration::ZERO,
        blinks: 0,
    }
}

fn summary(persons: u32, frames: u64) -> MediaSummary {
    let length = Duration::from_secs(10);
    let info =
        MediaInfo { kind: MediaKind::Video, format: "mp4".to_owned(), width: 100, height: 100, length };
    MediaSummary { info, frames, persons: (0..persons).map(person).collect() }
}

/// A person in the middle of three frames, one second apart, with these numbers.
fn outcome_of(numbers: [u32; 3], persons: u32) -> Tally {
    let text = "file,time_ms,x,y,person,emotion\n\
                a.mp4,0,0.5,0.5,Ada,joy\na.mp4,1000,0.5,0.5,Ada,joy\na.mp4,2000,0.5,0.5,Bob,neutral\n";
    let labels = read_labels(text).unwrap().remove(0);
    let frame = |(second, number): (u64, &u32)| MediaFrame {
        time: Duration::from_millis(second * 1000 + 83),
        people: vec![seen(*number, 40.0, 0.9), seen(9, 0.0, 0.0)],
    };
    let frames: Vec<_> = (0..).zip(&numbers).map(frame).collect();
    let summary = summary(persons, 3);
    let outcome = VideoOutcome { labels: &labels, frames: &frames, summary: &summary, took: Duration::ZERO };
    tally(&outcome)
}

#[test]
fn new_numbers_of_one_person_and_one_number_of_two_are_counted() {
    let right = outcome_of([0, 0, 1], 2);
    assert_eq!((right.labelled, right.counted, right.found), (2, 2, 3));
    assert_eq!((right.switches, right.shared, right.emotions), (0, 0, (3, 2)));
    let switched = outcome_of([0, 1, 2], 3);
    assert_eq!((switched.switches, switched.shared), (1, 0));
    let shared = outcome_of([0, 0, 0], 1);
    assert_eq!((shared.switches, shared.shared), (0, 1));
}

#[test]
fn faces_elsewhere_or_at_another_time_are_not_the_labelled_ones() {
    let frames = [MediaFrame { time: Duration::from_secs(1), people: vec![seen(0, 40.0, 0.0)] }];
    let at = |seconds: f32, x: f32| face_at(&frames, Duration::from_secs_f32(seconds), (x, 50.0)).is_some();
    assert!(at(1.2, 50.0) && !at(1.2, 70.0) && !at(3.0, 50.0));
}

#[test]
fn findings_are_over_all_videos_and_by_video() {
    let labels = LabelledVideo { file: "a.mp4".to_owned(), faces: Vec::new() };
    let (nobody, somebody) = (summary(0, 120), summary(1, 120));
    let took = Duration::from_secs(4);
    let outcome = |summary| VideoOutcome { labels: &labels, frames: &[], summary, took };
    let found = findings(&[outcome(&nobody), outcome(&somebody)]);
    assert_eq!(found.figure("right number of people").unwrap().value, 0.5);
    assert_eq!(found.figure("video seconds per second").unwrap().value, 2.5);
    assert!(found.figure("dominant emotion told").is_none());
    assert_eq!(found.group_figure("video", "a.mp4", "people counted").unwrap().value, 0.0);
}

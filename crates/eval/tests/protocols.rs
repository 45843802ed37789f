//! The protocols on made-up photos, with an analyzer that needs no weights.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use vultus_eval::calibrate::{CalibrationReport, CalibrationRequest, LabelledPhotos, calibrate};
use vultus_eval::pairs::PairList;
use vultus_eval::same_person::SamePersonRule;
use vultus_eval::verify::{Protocol, verify};
use vultus_eval::{EvalError, Progress, Session, core_count};
use vultus_face::fakes::{DIGEST, FakeAnalyzer, FakeFace, fake_photo};
use vultus_search::{CalibrationError, Provenance};

const RED: [u8; 3] = [200, 0, 0];
const GREEN: [u8; 3] = [0, 200, 0];

fn write(folder: &Path, name: &str, faces: &[FakeFace]) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, fake_photo(200, 160, faces).unwrap()).unwrap();
}

fn centred(colour: [u8; 3], side: u32) -> FakeFace {
    FakeFace { colour, x: 100 - side / 2, y: 80 - side / 2, side }
}

fn people() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "Ann/Ann_0001.jpg", &[centred(RED, 60)]);
    // A larger bystander at the edge does not count.
    let bystander = FakeFace { colour: GREEN, x: 0, y: 0, side: 64 };
    write(folder.path(), "Ann/Ann_0002.jpg", &[centred(RED, 50), bystander]);
    write(folder.path(), "Bob/Bob_0001.jpg", &[centred(GREEN, 60)]);
    write(folder.path(), "Bob/Bob_0002.jpg", &[]);
    folder
}

fn session<'a>(analyzer: &'a FakeAnalyzer, progress: &'a Progress<'a>) -> Session<'a> {
    Session { analyzer, threads: core_count(), progress, cache: None, seed: 1 }
}

#[test]
fn verification_tells_people_apart() {
    let folder = people();
    let list = PairList::parse("Ann 1 2\nAnn 1 Bob 1\nAnn 2 Bob 1\n").unwrap();
    let done = AtomicUsize::new(0);
    let progress = |_, total| {
        assert_eq!(total, 3);
        done.fetch_add(1, Ordering::Relaxed);
    };
    let protocol = Protocol::Pairs { list: &list, images: folder.path() };
    let findings = verify(&session(&FakeAnalyzer::default(), &progress), &protocol, None).unwrap();
    let value = |name: &str| findings.figure(name).unwrap().value;
    assert_eq!((value("accuracy at the best threshold"), value("equal error rate")), (1.0, 0.0));
    assert_eq!(value("failure to acquire"), 0.0);
    assert_eq!(done.into_inner(), 3);
}

#[test]
fn photo_without_a_face_fails_to_acquire_and_never_matches() {
    let folder = people();
    let list = PairList::parse("2 1\nAnn 1 2\nAnn 1 Bob 1\nBob 1 2\nAnn 2 Bob 2\n").unwrap();
    let protocol = Protocol::Pairs { list: &list, images: folder.path() };
    let findings = verify(&session(&FakeAnalyzer::default(), &|_, _| {}), &protocol, None).unwrap();
    assert_eq!(findings.figure("failure to acquire").unwrap().value, 0.25);
    assert_eq!(findings.figure("accuracy over 2 folds").unwrap().value, 0.75);
}

#[test]
fn missing_photo_is_an_error() {
    let list = PairList::parse("Nobody 1 2\n").unwrap();
    let folder = people();
    let protocol = Protocol::Pairs { list: &list, images: folder.path() };
    let result = verify(&session(&FakeAnalyzer::default(), &|_, _| {}), &protocol, None);
    assert!(matches!(result, Err(EvalError::Io(_))));
}

fn strangers(count: u8) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..count {
        let colour = [200, index, 255 - index];
        write(folder.path(), &format!("{index:03}.png"), &[centred(colour, 40)]);
    }
    folder
}

fn origin() -> Provenance {
    Provenance {
        models: Vec::new(),
        data_set: "squares".to_owned(),
        data_set_licence: "CC0-1.0".to_owned(),
        command: "test".to_owned(),
    }
}

fn calibrate_all(
    populations: &[LabelledPhotos],
    same_person: Option<SamePersonRule<'_>>,
) -> Result<CalibrationReport, EvalError> {
    let request = CalibrationRequest { populations, same_person, margin: 1.0, origin: origin() };
    calibrate(&FakeAnalyzer::default(), &request, NonZeroUsize::MIN, &|_, _| {})
}

#[test]
fn strangers_give_a_calibration_table() {
    let folder = strangers(90);
    let mut photos = LabelledPhotos::default();
    photos.add_folder(folder.path()).unwrap();
    let report = calibrate_all(&[photos], None).unwrap();
    assert_eq!((report.photos, report.failures, report.dropped_pairs), (90, 0, 0));
    assert_eq!(report.table.pairs, 90 * 89 / 2);
    assert_eq!(report.table.models, [DIGEST]);
    assert!(vultus_search::Calibration::try_from(report.table).is_ok());
}

#[test]
fn pairs_are_made_within_each_population_only() {
    let (one, other) = (strangers(90), strangers(80));
    let populations = [&one, &other].map(|folder| {
        let mut photos = LabelledPhotos::default();
        photos.add_folder(folder.path()).unwrap();
        photos
    });
    let report = calibrate_all(&populations, None).unwrap();
    assert_eq!((report.photos, report.table.pairs), (170, 90 * 89 / 2 + 80 * 79 / 2));
}

#[test]
fn pairs_that_the_models_call_one_person_are_dropped() {
    let folder = strangers(90);
    // The last is the first again, a little larger and under another name.
    write(folder.path(), "again.png", &[centred([200, 0, 255], 44)]);
    let mut photos = LabelledPhotos::default();
    photos.add_folder(folder.path()).unwrap();
    let photos = [photos];
    let source = FakeAnalyzer::default();
    let rule = |model: &str| SamePersonRule { source: &source, above: vec![(model.to_owned(), 0.97)] };
    let report = calibrate_all(&photos, Some(rule("fake"))).unwrap();
    assert_eq!((report.dropped_pairs, report.table.pairs), (1, 91 * 90 / 2 - 1));
    assert!(matches!(calibrate_all(&photos, Some(rule("other"))), Err(EvalError::NoModel(_))));
}

#[test]
fn too_few_strangers_are_refused() {
    let folder = strangers(10);
    let mut photos = LabelledPhotos::default();
    photos.add_folder(folder.path()).unwrap();
    let result = calibrate_all(&[photos], None);
    assert!(matches!(result, Err(EvalError::Calibration(CalibrationError::TooFewPairs(45)))));
}

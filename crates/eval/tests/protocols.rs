//! The protocols on made-up photos, with an analyzer that needs no weights.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use vultus_eval::calibrate::{LabelledPhotos, SamePersonRule, calibrate};
use vultus_eval::detection::{detect, parse_boxes};
use vultus_eval::pairs::PairList;
use vultus_eval::verify::verify;
use vultus_eval::{EvalError, core_count};
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

#[test]
fn verification_tells_people_apart() {
    let folder = people();
    let list = PairList::parse("Ann 1 2\nAnn 1 Bob 1\nAnn 2 Bob 1\n").unwrap();
    let done = AtomicUsize::new(0);
    let progress = |_, total| {
        assert_eq!(total, 3);
        done.fetch_add(1, Ordering::Relaxed);
    };
    let report =
        verify(&FakeAnalyzer::default(), &list, folder.path(), Some(0.8), core_count(), &progress).unwrap();
    assert_eq!((report.mated_pairs, report.non_mated_pairs, report.photos), (1, 2, 3));
    assert_eq!((report.accuracy, report.fixed.unwrap().accuracy), (1.0, 1.0));
    assert_eq!((report.failure_to_acquire_rate, report.equal_error_rate), (0.0, Some(0.0)));
    assert!(report.operating_points.iter().all(|point| point.tar == 1.0));
    assert_eq!(done.into_inner(), 3);
}

#[test]
fn photo_without_a_face_fails_to_acquire_and_never_matches() {
    let folder = people();
    let list = PairList::parse("2 1\nAnn 1 2\nAnn 1 Bob 1\nBob 1 2\nAnn 2 Bob 2\n").unwrap();
    let report =
        verify(&FakeAnalyzer::default(), &list, folder.path(), None, core_count(), &|_, _| {}).unwrap();
    assert_eq!(report.failure_to_acquire_rate, 0.25);
    assert_eq!(report.folds.unwrap().folds.len(), 2);
    assert_eq!(report.operating_points[0].tar, 0.5);
}

#[test]
fn missing_photo_is_an_error() {
    let list = PairList::parse("Nobody 1 2\n").unwrap();
    let folder = people();
    let result = verify(&FakeAnalyzer::default(), &list, folder.path(), None, core_count(), &|_, _| {});
    assert!(matches!(result, Err(EvalError::Io(_))));
}

#[test]
fn detection_is_counted_against_the_labels() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.png", &[centred(RED, 60)]);
    write(folder.path(), "b.png", &[FakeFace { colour: RED, x: 0, y: 0, side: 20 }]);
    let labels = "name,width,height,xmin,ymin,xmax,ymax\n\
        a.png,200,160,70,50,130,110\nb.png,200,160,100,100,120,120\nb.png,200,160,0,0,20,20\n";
    let labels = parse_boxes(labels).unwrap();
    let report =
        detect(&FakeAnalyzer::default(), &labels, folder.path(), 0.02, core_count(), &|_, _| {}).unwrap();
    assert_eq!((report.photos, report.labelled, report.found), (2, 3, 2));
    assert!((report.recall - 2.0 / 3.0).abs() < 1e-9);
    assert_eq!((report.precision, report.exact_count), (1.0, 0.5));
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

#[test]
fn strangers_give_a_calibration_table() {
    let folder = strangers(90);
    let mut photos = LabelledPhotos::default();
    photos.add_folder(folder.path()).unwrap();
    let analyzer = FakeAnalyzer::default();
    let report = calibrate(&analyzer, &photos, None, origin(), NonZeroUsize::MIN, &|_, _| {}).unwrap();
    assert_eq!((report.photos, report.failures, report.dropped_pairs), (90, 0, 0));
    assert_eq!(report.table.pairs, 90 * 89 / 2);
    assert_eq!(report.table.models, [DIGEST]);
    assert!(vultus_search::Calibration::try_from(report.table).is_ok());
}

#[test]
fn pairs_that_two_engines_call_one_person_are_dropped() {
    let folder = strangers(90);
    // The last is the first again, under another name.
    write(folder.path(), "again.png", &[centred([200, 0, 255], 40)]);
    let mut photos = LabelledPhotos::default();
    photos.add_folder(folder.path()).unwrap();
    let second = FakeAnalyzer::default();
    let rule = SamePersonRule { above: 0.97, second: &second, second_above: 0.97 };
    let analyzer = FakeAnalyzer::default();
    let report = calibrate(&analyzer, &photos, Some(&rule), origin(), NonZeroUsize::MIN, &|_, _| {}).unwrap();
    assert_eq!((report.dropped_pairs, report.table.pairs), (1, 91 * 90 / 2 - 1));
}

#[test]
fn too_few_strangers_are_refused() {
    let folder = strangers(10);
    let mut photos = LabelledPhotos::default();
    photos.add_folder(folder.path()).unwrap();
    let analyzer = FakeAnalyzer::default();
    let result = calibrate(&analyzer, &photos, None, origin(), NonZeroUsize::MIN, &|_, _| {});
    assert!(matches!(result, Err(EvalError::Calibration(CalibrationError::TooFewPairs(45)))));
}

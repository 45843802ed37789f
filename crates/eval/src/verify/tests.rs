use vultus_face::Capabilities;
use vultus_face::fakes::{FakeAnalyzer, FakeFace, fake_photo};

use super::*;
use crate::session::testing::session;
use crate::trials::Trial;

const RED: [u8; 3] = [200, 0, 0];

/// Writes a photo of a person, who is a colour; `side` tells photos of one person apart, 0 is a photo without a face.
fn write_photo(path: &Path, colour: [u8; 3], side: u32) {
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    let face = FakeFace { colour, x: 20, y: 20, side };
    let faces = if side == 0 { &[][..] } else { &[face][..] };
    fs_err::write(path, fake_photo(150, 150, faces).unwrap()).unwrap();
}

/// Photo `n` of person `NAME` in the layout of pairs files. The files are PNG whatever their ending says.
fn write_person(root: &Path, name: &str, colour: [u8; 3], sides: &[u32]) {
    for (index, &side) in sides.iter().enumerate() {
        write_photo(&root.join(name).join(format!("{name}_{:04}.jpg", index + 1)), colour, side);
    }
}

fn value(findings: &Findings, name: &str) -> f64 {
    findings.figure(name).unwrap_or_else(|| panic!("{name} in {:?}", findings.figures)).value
}

fn count(findings: &Findings, of: &str) -> u64 {
    findings.counts.iter().find(|count| count.of == of).unwrap().count
}

#[test]
fn pairs_are_compared_and_failures_counted_apart() {
    let root = tempfile::tempdir().unwrap();
    write_person(root.path(), "Ann", RED, &[100, 90, 0]);
    write_person(root.path(), "Bob", [0, 0, 200], &[100, 80]);
    let list = PairList::parse("Ann 1 2\nBob 1 2\nAnn 1 3\nAnn 1 Bob 1\nAnn 2 Bob 2\nAnn 3 Bob 1\n").unwrap();
    let analyzer = FakeAnalyzer::default();
    let protocol = Protocol::Pairs { list: &list, images: root.path() };
    let findings = verify(&session(&analyzer), &protocol, None).unwrap();
    assert_eq!(value(&findings, "failure to acquire"), 0.2);
    assert_eq!((count(&findings, "mated comparisons"), count(&findings, "non-mated comparisons")), (2, 2));
    assert_eq!(count(&findings, "mated pairs lost to failures"), 1);
    assert_eq!(count(&findings, "non-mated pairs lost to failures"), 1);
    assert_eq!(value(&findings, "equal error rate"), 0.0);
    // The lost mated pair is a wrong decision, the lost non-mated one a right one.
    assert!((value(&findings, "accuracy at the best threshold") - 5.0 / 6.0).abs() < 1e-9);
}

#[test]
fn folders_are_compared_photo_by_photo() {
    let root = tempfile::tempdir().unwrap();
    for (name, colour) in [("ann", RED), ("bob", [0, 0, 200])] {
        for side in [70, 80, 90] {
            write_photo(&root.path().join(format!("people/{name}/{side}.png")), colour, side);
        }
    }
    for index in 0..8u8 {
        write_photo(&root.path().join(format!("strangers/{index}.png")), [40, 90, 100 + index], 80);
    }
    let photos = |name: &str| {
        let mut photos = LabelledPhotos::default();
        photos.add_folder(&root.path().join(name)).unwrap();
        photos
    };
    let (people, strangers) = (photos("people"), photos("strangers"));
    let mut truths = HashMap::new();
    for (index, path) in strangers.paths.iter().enumerate() {
        let race = Some(if index % 2 == 0 { "even" } else { "odd" }.to_owned());
        truths.insert(path.clone(), Truth { race, ..Truth::default() });
    }
    let analyzer = FakeAnalyzer::default();
    let session = session(&analyzer);
    let all = |strangers, same_person| Protocol::AllPairs {
        people: &people,
        strangers,
        truths: &truths,
        same_person,
    };
    let own = verify(&session, &all(None, None), None).unwrap();
    assert_eq!((count(&own, "mated comparisons"), count(&own, "non-mated comparisons")), (6, 9));
    let apart = verify(&session, &all(Some(&strangers), None), None).unwrap();
    assert_eq!((count(&apart, "mated comparisons"), count(&apart, "non-mated comparisons")), (6, 28));
    // Everybody is the same person as anybody else above a cosine of -2.
    let rule = SamePersonRule { source: &analyzer, above: vec![("fake".to_owned(), -2.0)] };
    let none = verify(&session, &all(Some(&strangers), Some(&rule)), None).unwrap();
    assert_eq!(count(&none, "non-mated comparisons"), 0);
    assert_eq!(count(&none, "pairs left out as one person"), 28);
}

/// Comparisons of faces of which nothing is known, where the trials are numbered like the photos.
fn comparisons(positive: &[f32], negative: &[f32]) -> Comparisons {
    let photos = positive.len() + negative.len();
    Comparisons {
        trials: Trials::of_scores(positive, negative),
        faces: vec![Some(ObservedFace::default()); photos],
        truths: vec![Truth::default(); photos],
        folds: Vec::new(),
        lost_mated: 0,
        lost_non_mated: 0,
        repeated: 0,
    }
}

#[test]
fn error_rates_of_known_scores_are_found() {
    // 1000 strangers at 0, .001, … .999; one mated comparison in ten scores .5, the others 2.
    let negative: Vec<f32> = (0..1000).map(|index| index as f32 / 1000.0).collect();
    let positive: Vec<f32> = (0..200).map(|index| if index % 10 == 0 { 0.5 } else { 2.0 }).collect();
    let analyzer = FakeAnalyzer::default();
    let found = findings(&session(&analyzer), &comparisons(&positive, &negative), &[]);
    assert!((value(&found, "FNMR at FMR 1e-2") - 0.1).abs() < 1e-9);
    let interval = found.figure("FNMR at FMR 1e-2").unwrap().interval.unwrap();
    assert!(interval.low < 0.1 && interval.high > 0.1 && interval.high < 0.16, "{interval:?}");
    assert!((value(&found, "similarity at FMR 1e-2") - 0.989).abs() < 1e-3);
    assert_eq!(found.figure("FNMR at FMR 1e-3"), None, "one false match says nothing about a rate");
    let det = found.plots.iter().find(|plot| plot.name == "det").unwrap();
    assert_eq!(det.series[0].points.len(), 16);
    assert!((det.series[0].points[15].1 - 0.1).abs() < 1e-9);
}

/// Promises an FMR of 1e-2 at a similarity of .9 and 1e-3 at .95.
const PRESETS: [Preset; 2] = [
    Preset { confidence: 0.5, threshold: 0.9, rate: 1e-2 },
    Preset { confidence: 0.6, threshold: 0.95, rate: 1e-3 },
];

#[test]
fn promised_and_measured_rates_stand_side_by_side() {
    let negative: Vec<f32> = (0..1000).map(|index| index as f32 / 1000.0).collect();
    let analyzer = FakeAnalyzer::default();
    let comparisons = comparisons(&[0.995, 0.2], &negative);
    let found = findings(&session(&analyzer), &comparisons, &PRESETS);
    // Promised one in a hundred; of these scores one in ten is above .9.
    let measured = value(&found, "FMR at confidence 0.5 (promised 1e-2)");
    assert!((measured - 0.1).abs() < 2e-3, "{measured}");
    assert_eq!(value(&found, "FNMR at confidence 0.5"), 0.5);
    assert!(found.plots.iter().any(|plot| plot.name == "calibration"));
}

#[test]
fn parts_of_the_data_have_their_own_rates() {
    let trial = |score, one, other| Trial { score, one, other };
    let mut negative = Vec::new();
    for one in 0..20u32 {
        // Photos 0 to 9 are taken from the side, and always match each other.
        let is_profile = one < 10;
        for other in one + 1..if is_profile { 10 } else { 20 } {
            negative.push(trial(if is_profile { 0.97 } else { 0.1 }, one, other));
        }
    }
    let face = |index: u32| ObservedFace {
        pose_deg: Some([if index < 10 { -60.0 } else { 5.0 }, 0.0, 0.0]),
        ..ObservedFace::default()
    };
    let truth = |index: u32| Truth { is_female: Some(index < 10), ..Truth::default() };
    let comparisons = Comparisons {
        trials: Trials::new(Vec::new(), negative, (0..20).collect()),
        faces: (0..20).map(|index| Some(face(index))).collect(),
        truths: (0..20).map(truth).collect(),
        ..comparisons(&[], &[])
    };
    let analyzer = FakeAnalyzer::default();
    let found = findings(&session(&analyzer), &comparisons, &PRESETS);
    let rate = |by, group| found.group_figure(by, group, "FMR at confidence 0.6").unwrap().value;
    assert_eq!(rate("gender (both photos)", "female"), 1.0);
    assert_eq!(rate("gender (both photos)", "male"), 0.0);
    assert_eq!(rate("greater yaw of both photos", "above 45°"), 1.0);
    assert_eq!(rate("greater yaw of both photos", "below 15°"), 0.0);
}

#[test]
fn pack_without_templates_is_refused() {
    let analyzer = FakeAnalyzer::with_capabilities(Capabilities::default());
    let list = PairList::parse("").unwrap();
    let protocol = Protocol::Pairs { list: &list, images: Path::new("") };
    let result = verify(&session(&analyzer), &protocol, None);
    assert!(matches!(result, Err(EvalError::NoTemplates)));
}

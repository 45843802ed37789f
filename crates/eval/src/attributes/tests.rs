use vultus_face::Capabilities;
use vultus_face::fakes::{FakeAnalyzer, FakeFace, fake_photo};

use super::*;
use crate::labels::{AgeRange, LabelSource, labelled_photos};
use crate::session::testing::session;

const TELL_ALL: AttributeOptions = AttributeOptions { gender_from: 0.5, ethnicity_from: 0.0 };

fn judge(photos: Vec<(Truth, ObservedFace)>, options: AttributeOptions) -> Findings {
    let judged: Vec<Judged> = photos.into_iter().map(|(truth, face)| Judged { truth, face }).collect();
    let analyzer = FakeAnalyzer::default();
    let mut findings = Findings::default();
    report(&session(&analyzer), &judged, options, &mut findings);
    findings
}

fn value(findings: &Findings, name: &str) -> f64 {
    findings.figure(name).unwrap_or_else(|| panic!("{name} in {:?}", findings.figures)).value
}

#[test]
fn age_error_and_bias_of_known_estimates_by_band() {
    let photo = |years: f32, told: Option<f32>| {
        let age = Some(AgeRange { low: years, high: years });
        (Truth { age, ..Truth::default() }, ObservedFace { age: told, ..ObservedFace::default() })
    };
    let photos =
        vec![photo(25.0, Some(27.0)), photo(25.0, Some(29.0)), photo(65.0, Some(55.0)), photo(65.0, None)];
    let findings = judge(photos, TELL_ALL);
    assert!((value(&findings, "age mean absolute error") - 16.0 / 3.0).abs() < 1e-6);
    assert!((value(&findings, "age bias") - -4.0 / 3.0).abs() < 1e-6);
    assert!((value(&findings, "age within 5 years of the label") - 2.0 / 3.0).abs() < 1e-9);
    assert_eq!(value(&findings, "age told"), 0.75);
    assert_eq!(findings.group_figure("age", "20-29", "age bias").unwrap().value, 3.0);
    assert_eq!(findings.group_figure("age", "60-69", "age bias").unwrap().value, -10.0);
}

#[test]
fn answers_below_the_confidence_are_unknown() {
    let photo = |is_female, female| {
        let truth = Truth { is_female: Some(is_female), race: Some("all".to_owned()), ..Truth::default() };
        (truth, ObservedFace { female, ..ObservedFace::default() })
    };
    let photos = vec![
        photo(true, Some(0.95)),
        photo(true, Some(0.4)),
        photo(false, Some(0.05)),
        photo(false, Some(0.55)),
        photo(false, None),
    ];
    let all = judge(photos.clone(), TELL_ALL);
    assert_eq!((value(&all, "gender accuracy"), value(&all, "gender told")), (0.5, 0.8));
    let sure = judge(photos, AttributeOptions { gender_from: 0.8, ..TELL_ALL });
    assert_eq!((value(&sure, "gender accuracy"), value(&sure, "gender told")), (1.0, 0.4));
    assert_eq!(sure.confusions[0].counts, [[1, 0, 2], [0, 1, 1]]);
    let by_confidence =
        |group, name| sure.group_figure("least confidence of gender", group, name).unwrap().value;
    assert_eq!(by_confidence("0.90", "gender told"), 0.4);
    assert_eq!(by_confidence("0.50", "gender accuracy"), 0.5);
}

#[test]
fn ethnicity_is_weighed_by_class() {
    let photo = |truth: usize, told: usize| {
        let mut ethnicity = [0.1; 5];
        ethnicity[told] = 0.6;
        let truth = Truth { ethnicity: Some(truth), ..Truth::default() };
        (truth, ObservedFace { ethnicity: Some(ethnicity), ..ObservedFace::default() })
    };
    let mut photos = vec![photo(3, 3); 9];
    photos.push(photo(1, 3));
    let findings = judge(photos, TELL_ALL);
    assert_eq!(value(&findings, "ethnicity accuracy"), 0.9);
    assert_eq!(value(&findings, "ethnicity balanced accuracy"), 0.5);
    let error = value(&findings, "ethnicity expected calibration error");
    assert!((error - 0.3).abs() < 1e-6, "right nine times in ten, with a confidence of .6");
}

#[test]
fn yes_and_no_are_reported_apart() {
    let photo = |truth, told| {
        (
            Truth { wears_glasses: Some(truth), ..Truth::default() },
            ObservedFace { wears_glasses: told, ..ObservedFace::default() },
        )
    };
    let photos =
        vec![photo(true, Some(true)), photo(true, Some(false)), photo(false, Some(false)), photo(true, None)];
    let findings = judge(photos, TELL_ALL);
    assert!((value(&findings, "glasses accuracy") - 2.0 / 3.0).abs() < 1e-9);
    assert_eq!(value(&findings, "glasses accuracy where worn"), 0.5);
    assert_eq!(value(&findings, "glasses accuracy where not worn"), 1.0);
    assert_eq!(value(&findings, "glasses told"), 0.75);
    assert_eq!(findings.figure("lips accuracy"), None, "nothing is labelled with it");
}

#[test]
fn expressions_and_pose_are_compared_with_their_labels() {
    let mut expression = [0.05; 7];
    expression[3] = 0.7;
    let face = ObservedFace {
        expression: Some(expression),
        pose_deg: Some([10.0, 0.0, -5.0]),
        ..ObservedFace::default()
    };
    let truth = |expression, yaw| Truth {
        expression: Some(expression),
        is_happy: Some(expression == 3),
        pose_deg: [Some(yaw), None, Some(0.0)],
        ..Truth::default()
    };
    let findings = judge(vec![(truth(3, 20.0), face.clone()), (truth(4, 6.0), face)], TELL_ALL);
    assert_eq!(value(&findings, "expression accuracy"), 0.5);
    assert_eq!(value(&findings, "happy accuracy where not happy"), 0.0);
    assert_eq!(findings.confusions[0].counts[4], [0, 0, 0, 1, 0, 0, 0, 0]);
    assert_eq!(value(&findings, "yaw mean absolute error"), 7.0);
    assert_eq!(value(&findings, "roll mean absolute error"), 5.0);
    assert_eq!(findings.figure("pitch mean absolute error"), None);
}

#[test]
fn photos_are_analysed_and_failures_counted() {
    let root = tempfile::tempdir().unwrap();
    let write = |name: &str, colour: Option<[u8; 3]>| {
        let face = colour.map(|colour| FakeFace { colour, x: 30, y: 30, side: 80 });
        fs_err::write(root.path().join(name), fake_photo(140, 140, face.as_slice()).unwrap()).unwrap();
    };
    write("a.png", Some([60, 130, 40]));
    write("b.png", Some([90, 0, 200]));
    write("empty.png", None);
    let table = "file,age,gender,race,glasses\na.png,20-29,Male,White,1\nb.png,30-39,Female,Black,0\nempty.png,1,Male,White,0\n";
    let photos = labelled_photos(LabelSource::Table(table), root.path()).unwrap();
    let analyzer = FakeAnalyzer::default();
    let findings = attributes(&session(&analyzer), &photos, TELL_ALL).unwrap();
    assert!((value(&findings, "failure to acquire") - 1.0 / 3.0).abs() < 1e-9);
    assert_eq!(value(&findings, "gender accuracy"), 1.0);
    assert_eq!(value(&findings, "glasses accuracy"), 1.0);
    // Told 20 and 30 years, the middles are 25 and 35.
    assert_eq!(value(&findings, "age bias"), -5.0);
    assert!(findings.figure("expression accuracy").is_none());
    let mute = FakeAnalyzer::with_capabilities(Capabilities::default());
    let findings = attributes(&session(&mute), &photos, TELL_ALL).unwrap();
    assert_eq!((value(&findings, "age told"), findings.figure("age bias")), (0.0, None));
}

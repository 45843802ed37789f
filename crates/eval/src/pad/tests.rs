use vultus_face::Capabilities;
use vultus_face::fakes::{FakeAnalyzer, FakeFace, fake_photo};

use super::*;
use crate::session::testing::session;

fn kind(name: &str, scores: &[f32], photos: usize) -> Presentations {
    Presentations { name: name.to_owned(), scores: scores.to_vec(), photos }
}

fn value(findings: &Findings, name: &str) -> f64 {
    findings.figure(name).unwrap_or_else(|| panic!("{name} in {:?}", findings.figures)).value
}

#[test]
fn error_rates_of_known_scores_are_found() {
    let bona_fide: Vec<f32> = (1..=20).map(|index| index as f32 / 20.0).collect();
    let kinds = [
        kind("bona fide", &bona_fide, 25),
        kind("print", &[0.01, 0.02, 0.6, 0.7], 4),
        kind("replay", &[0.01, 0.02, 0.03, 0.55, 0.08], 10),
    ];
    let analyzer = FakeAnalyzer::default();
    let findings = report(&session(&analyzer), &kinds, &[0.5, 0.65]);
    // 9 of 20 bona fide presentations score below .5; of the prints 2 of 4 pass, of the replays 1 of 5.
    assert!((value(&findings, "BPCER at threshold 0.5") - 0.45).abs() < 1e-9);
    assert_eq!(value(&findings, "APCER of the worst species at threshold 0.5"), 0.5);
    assert!((value(&findings, "ACER at threshold 0.5") - 0.475).abs() < 1e-9);
    assert_eq!(value(&findings, "bona fide non-response rate"), 0.2);
    assert!((value(&findings, "attack non-response rate") - 5.0 / 14.0).abs() < 1e-9);
    let of = |species, name| findings.group_figure("attack species", species, name).unwrap().value;
    assert!((of("replay", "APCER at threshold 0.5") - 0.2).abs() < 1e-9);
    assert_eq!(of("replay", "non-response rate"), 0.5);
    // At .65 one print passes, and 12 bona fide presentations score below.
    assert!((value(&findings, "BPCER at threshold 0.65") - 0.6).abs() < 1e-9);
    assert_eq!(of("print", "APCER at threshold 0.65"), 0.25);
    assert_eq!(of("replay", "APCER at threshold 0.65"), 0.0);
    // One bona fide presentation in twenty may be refused: the threshold is .1.
    assert_eq!(of("print", "APCER at BPCER 5 %"), 0.5);
    assert!((of("replay", "APCER at BPCER 5 %") - 0.2).abs() < 1e-9);
    assert!((value(&findings, "APCER at BPCER 5 %, all species") - 3.0 / 9.0).abs() < 1e-9);
}

#[test]
fn separable_presentations_have_no_error() {
    let kinds = [kind("bona fide", &[0.8, 0.9], 2), kind("print", &[0.1, 0.2], 2)];
    let analyzer = FakeAnalyzer::default();
    let findings = report(&session(&analyzer), &kinds, &[0.5, 0.65]);
    assert_eq!(value(&findings, "equal error rate, all species"), 0.0);
    assert_eq!(value(&findings, "ACER at threshold 0.5"), 0.0);
}

#[test]
fn folders_are_scored_as_the_faces_are_found() {
    let root = tempfile::tempdir().unwrap();
    let write = |path: &str, blue: Option<u8>| {
        let path = root.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        let face = blue.map(|blue| FakeFace { colour: [40, 0, blue], x: 20, y: 20, side: 60 });
        fs_err::write(path, fake_photo(120, 120, face.as_slice()).unwrap()).unwrap();
    };
    write("live/1.png", Some(250));
    write("live/2.png", Some(100));
    write("print/1.png", Some(10));
    write("print/2.png", None);
    write("more/1.png", Some(200));
    let folder = |name: &str| root.path().join(name);
    let attack = |folder| AttackSpecies { name: "print".to_owned(), folder };
    let analyzer = FakeAnalyzer::default();
    let attacks = [attack(folder("print")), attack(folder("more"))];
    let findings = presentation_attacks(&session(&analyzer), &[folder("live")], &attacks, &[0.5]).unwrap();
    assert_eq!(value(&findings, "failure to acquire"), 0.2);
    assert_eq!(value(&findings, "BPCER at threshold 0.5"), 0.5);
    assert_eq!(value(&findings, "APCER of the worst species at threshold 0.5"), 0.5);
    let without = FakeAnalyzer::with_capabilities(Capabilities::default());
    let result = presentation_attacks(&session(&without), &[folder("live")], &attacks, &[0.5]);
    assert!(matches!(result, Err(EvalError::NoLiveness)));
}

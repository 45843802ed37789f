use vultus_face::fakes::{FakeAnalyzer, FakeFace, fake_photo};

use super::*;
use crate::observed::ObservedPhotoQuality;
use crate::session::testing::session;

const GOOD: ObservedPhotoQuality =
    ObservedPhotoQuality { underexposure: 0.0, overexposure: 0.0, sharpness: 1.0, color: 1.0 };
const NONE: Measures = Measures { face: GOOD, rotation_deg: Some(0.0), roll_deg: Some(0.0), photo: None };

fn dark(underexposure: f32) -> Measures {
    Measures { face: ObservedPhotoQuality { underexposure, ..GOOD }, ..NONE }
}

/// A photo whose underexposure rises as given under darkening and which nothing else changes.
fn photo(race: &str, original: f32, steps: [Option<f32>; 3]) -> Measured {
    let mut degraded = vec![[Some(NONE); 3]; 5];
    degraded[0] = steps.map(|step| step.map(dark));
    let truth = Truth { race: Some(race.to_owned()), ..Truth::default() };
    Measured { truth, original: dark(original), degraded }
}

#[test]
fn area_and_steps_of_known_measures() {
    let photos = [
        photo("a", 0.1, [Some(0.2), Some(0.5), Some(0.9)]),
        photo("a", 0.4, [Some(0.3), Some(0.6), None]),
        photo("b", 0.0, [Some(0.1), Some(0.1), Some(0.2)]),
    ];
    let analyzer = FakeAnalyzer::default();
    let mut findings = Findings::default();
    report(&session(&analyzer), Degradation::Darken, Of::Face, 0, &photos, &mut findings);
    let value = |name: &str| findings.figure(name).unwrap().value;
    // Before 0, .1, .4; after .1, .2, .3: of nine pairs 5.5 are in order.
    assert!((value("AUC darkened ×0.7") - 5.5 / 9.0).abs() < 1e-6);
    assert!(
        (value("follows every step to darkened ×0.35") - 1.0).abs() < 1e-9,
        "one fell, but lost its face"
    );
    assert!((value("no face any more, up to darkened ×0.35") - 1.0 / 9.0).abs() < 1e-9);
}

#[test]
fn undegraded_photos_above_the_limit_are_flagged() {
    let photos = [photo("a", 0.4, [None; 3]), photo("a", 0.35, [None; 3]), photo("b", 0.3, [None; 3])];
    let flagged = flags(&photos.iter().collect::<Vec<_>>(), FlagLimits::default(), Of::Face);
    assert_eq!(flagged[0].name, "flagged dark (≥ 0.35)");
    assert!((flagged[0].value - 2.0 / 3.0).abs() < 1e-9);
    assert_eq!(flagged[2].value, 0.0);
    assert_eq!(flags(&photos.iter().collect::<Vec<_>>(), FlagLimits::default(), Of::Photo), []);
}

#[test]
fn degraded_photos_above_the_limit_are_flagged_at_the_last_step() {
    let photos = [
        photo("a", 0.0, [Some(0.9), Some(0.9), Some(0.3)]),
        photo("a", 0.0, [None, None, Some(0.5)]),
        photo("b", 0.9, [Some(0.9), Some(0.9), None]),
    ];
    let flagged = flags_of_degraded(&photos.iter().collect::<Vec<_>>(), FlagLimits::default(), Of::Face);
    assert_eq!(flagged[0].name, "flagged dark (≥ 0.35), darkened ×0.35");
    assert_eq!((flagged[0].value, flagged[0].trials), (0.5, 2));
    assert_eq!(flagged[4].name, "flagged turned (≥ 30°), turned by 45°");
    assert_eq!(flagged[4].value, 0.0);
}

#[test]
fn whole_photo_has_measures_of_its_own_but_no_rotation() {
    let burnt = ObservedPhotoQuality { overexposure: 0.75, color: 0.25, ..GOOD };
    let measures = Measures { photo: Some(burnt), rotation_deg: Some(40.0), ..NONE };
    let badness = |degradation, of| measures.badness(degradation, of);
    assert_eq!(badness(Degradation::Brighten, Of::Photo), Some(0.75));
    assert_eq!(badness(Degradation::Brighten, Of::Face), Some(0.0));
    assert_eq!(badness(Degradation::Desaturate, Of::Photo), Some(0.75));
    assert_eq!(badness(Degradation::Rotate, Of::Face), Some(40.0));
    assert_eq!(badness(Degradation::Rotate, Of::Photo), None);
    let limits = FlagLimits::default();
    assert_eq!(limits.flags(&measures, Degradation::Rotate, Of::Face), Some(true));
    assert_eq!(limits.flags(&measures, Degradation::Blur, Of::Photo), Some(false));
}

#[test]
fn photos_are_degraded_and_analysed_again() {
    let root = tempfile::tempdir().unwrap();
    let face = FakeFace { colour: [200, 100, 40], x: 30, y: 30, side: 80 };
    let paths = ["face.png", "empty.png"].map(|name| root.path().join(name));
    fs_err::write(&paths[0], fake_photo(140, 140, &[face]).unwrap()).unwrap();
    fs_err::write(&paths[1], fake_photo(140, 140, &[]).unwrap()).unwrap();
    let photos = paths.map(|path| LabelledPhoto { path, truth: Truth::default() });
    let analyzer = FakeAnalyzer::default();
    let findings = quality(&session(&analyzer), &photos, FlagLimits::default()).unwrap();
    assert_eq!(findings.figure("failure to acquire").unwrap().value, 0.5);
    // The fake engine's measures never change: nothing is told apart, and nothing contradicts a step.
    assert_eq!(findings.figure("AUC brightened ×1.4").unwrap().value, 0.5);
    assert_eq!(findings.figure("follows every step to colour less 100 %").unwrap().value, 1.0);
}

//! Attributes and quality of the default pack on the sample photos, and on degraded copies of them.

#![expect(clippy::unwrap_used, reason = "a failing step fails the test")]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use vultus_face::quality::assess_quality;
use vultus_face::{AnalyzeOptions, FaceAnalyzer, FaceEngine};
use vultus_inference::{Cancel, Runtime, RuntimeOptions};
use vultus_media::{DecodeLimits, Filter, RgbPhoto, decode, resize};
use vultus_models::{installed_pack, runtime_library};
use vultus_types::{AnalyzedFace, HeadPose, Quality, Wanted};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

static ENGINE: LazyLock<FaceEngine> = LazyLock::new(|| {
    let root = workspace().join("data/models");
    let pack = installed_pack(&root, "default").unwrap_or_else(|error| panic!("run `make test`: {error}"));
    let library = runtime_library(&root).unwrap_or_else(|| panic!("the runtime is not installed"));
    let runtime = Runtime::load(&library, RuntimeOptions::default()).unwrap();
    FaceEngine::load(&pack, &runtime, 1).unwrap()
});

/// The sample photos with their faces of at least 40 pixels between the eyes.
static FACES: LazyLock<Vec<(RgbPhoto, Vec<AnalyzedFace>)>> = LazyLock::new(|| {
    let analyze = |number: usize| {
        let path = workspace().join(".cache/photos").join(format!("sample{number}.jpg"));
        let photo = decode(&std::fs::read(path).unwrap(), &DecodeLimits::default()).unwrap();
        let options = AnalyzeOptions {
            min_head_scale: 0.05,
            ..AnalyzeOptions::new(Wanted { template: false, ..Wanted::EVERYTHING })
        };
        let mut faces = ENGINE.analyze_photo(&photo, &options, &Cancel::default()).unwrap().faces;
        faces.retain(|face| face.landmarks.as_ref().is_some_and(|marks| marks.eye_distance_px() >= 40.0));
        (photo, faces)
    };
    (1..=6).map(analyze).collect()
});

fn faces() -> impl Iterator<Item = &'static AnalyzedFace> {
    FACES.iter().flat_map(|(_, faces)| faces)
}

/// The quality of every face, before and after `degrade`.
fn degraded(degrade: impl Fn(&RgbPhoto) -> RgbPhoto) -> Vec<(Quality, Quality)> {
    let mut pairs = Vec::new();
    for (photo, faces) in FACES.iter() {
        let worse = degrade(photo);
        for face in faces {
            let measure = |photo| {
                assess_quality(photo, face.landmarks.as_ref().unwrap(), Some(HeadPose::default())).unwrap()
            };
            pairs.push((measure(photo), measure(&worse)));
        }
    }
    pairs
}

fn mapped(photo: &RgbPhoto, change: impl Fn([f32; 3]) -> [f32; 3]) -> RgbPhoto {
    let pixels = photo.data().as_chunks::<3>().0.iter();
    let bytes =
        pixels.flat_map(|pixel| change(pixel.map(f32::from)).map(|value| value.clamp(0.0, 255.0) as u8));
    RgbPhoto::new(photo.width(), photo.height(), bytes.collect()).unwrap()
}

#[test]
fn every_attribute_of_a_large_face_is_told() {
    assert!(faces().count() >= 6, "{}", faces().count());
    for face in faces() {
        let demographics = face.demographics.unwrap();
        assert!((10.0..=80.0).contains(&demographics.age.unwrap()), "{demographics:?}");
        assert!((0.0..=1.0).contains(&demographics.gender.unwrap().female));
        assert!(face.lips.is_some() && face.quality.is_some());
        let liveness = face.liveness.unwrap();
        assert!(liveness.is_weak && (0.0..=1.0).contains(&liveness.score));
    }
}

#[test]
fn glasses_head_belongs_to_the_installed_feature_model() {
    assert!(ENGINE.capabilities().glasses, "train the head again: `vultus train-head glasses`");
    assert!(faces().all(|face| face.glasses.is_some()));
}

#[test]
fn sample_photos_are_well_lit_and_natural() {
    for face in faces() {
        let quality = face.quality.unwrap();
        assert!(
            quality.underexposure < 0.3 && quality.overexposure < 0.4 && quality.color > 0.35,
            "{quality:?}"
        );
    }
}

#[test]
fn darkening_raises_underexposure() {
    for (before, after) in degraded(|photo| mapped(photo, |pixel| pixel.map(|value| value * 0.3))) {
        assert!(after.underexposure > before.underexposure + 0.1, "{before:?} {after:?}");
        assert!(after.overall < before.overall || before.overall == 0.0, "{before:?} {after:?}");
    }
}

#[test]
fn brightening_raises_overexposure() {
    for (before, after) in degraded(|photo| mapped(photo, |pixel| pixel.map(|value| value * 2.0))) {
        assert!(after.overexposure > before.overexposure + 0.1, "{before:?} {after:?}");
    }
}

#[test]
fn blurring_lowers_sharpness() {
    let blur = |photo: &RgbPhoto| {
        let small = resize(photo, photo.width() / 8, photo.height() / 8, Filter::Area);
        resize(&small, photo.width(), photo.height(), Filter::Bilinear)
    };
    for (before, after) in degraded(blur) {
        assert!(after.sharpness < before.sharpness, "{before:?} {after:?}");
    }
}

#[test]
fn grey_photo_has_no_colour() {
    let grey = |[red, green, blue]: [f32; 3]| [(red + green + blue) / 3.0; 3];
    for (before, after) in degraded(|photo| mapped(photo, grey)) {
        assert!(after.color < 0.05 && before.color > 0.35, "{before:?} {after:?}");
    }
}

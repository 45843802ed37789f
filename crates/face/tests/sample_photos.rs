//! The whole pipeline of the default pack on six photos with 22 faces, against golden values.
//!
//! The golden file holds, for each face, box (left, top, right, bottom), eye centres and chin in photo pixels, and
//! the embedding, as an independent implementation of the pipeline gave them.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde::Deserialize;
use vultus_face::{AnalyzeOptions, FaceAnalyzer, FaceEngine, LoadError, recipe_rule};
use vultus_inference::{Cancel, Runtime, RuntimeOptions};
use vultus_media::{Border, DecodeLimits, PixelRect, RgbPhoto, SimilarityTransform, decode, warp_similarity};
use vultus_models::{PackModel, Task, describe_pack, installed_pack, runtime_library};
use vultus_types::{AnalyzedFace, BoundingBox, ModelDigest, PhotoAnalysis, Point, Wanted};

#[derive(Deserialize)]
struct GoldenPhoto {
    photo: String,
    width: u32,
    height: u32,
    faces: Vec<GoldenFace>,
}

#[derive(Deserialize)]
struct GoldenFace {
    #[serde(rename = "box")]
    edges: [f32; 4],
    eye_image_left: [f32; 2],
    eye_image_right: [f32; 2],
    chin: [f32; 2],
    embedding: Vec<f32>,
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn photo(name: &str) -> Vec<u8> {
    std::fs::read(workspace().join(".cache/photos").join(name))
        .expect("sample photos are in .cache/photos: run `make test`")
}

static ENGINE: LazyLock<FaceEngine> = LazyLock::new(|| {
    let root = workspace().join("data/models");
    let pack = installed_pack(&root, "default").expect("the default pack is in data/models: run `make test`");
    let library = runtime_library(&root).expect("the runtime is installed with the pack");
    let runtime = Runtime::load(&library, RuntimeOptions::default()).unwrap();
    FaceEngine::load(&pack, &runtime, 2).unwrap()
});

static PHOTOS: LazyLock<Vec<(GoldenPhoto, PhotoAnalysis)>> = LazyLock::new(|| {
    let golden: Vec<GoldenPhoto> = serde_json::from_str(include_str!("golden/sample_photos.json")).unwrap();
    let analyze = |golden: GoldenPhoto| {
        let options = AnalyzeOptions::new(Wanted::EVERYTHING);
        let analysis = ENGINE.analyze(&photo(&golden.photo), &options, &Cancel::default()).unwrap();
        (golden, analysis)
    };
    golden.into_iter().map(analyze).collect()
});

/// Every golden face with the face found there.
fn matched() -> Vec<(&'static GoldenFace, &'static AnalyzedFace)> {
    let mut pairs = Vec::new();
    for (golden, analysis) in PHOTOS.iter() {
        for face in &golden.faces {
            let [left, top, right, bottom] = face.edges;
            let bounds = BoundingBox::from_edges(left, top, right, bottom);
            let found = analysis
                .faces
                .iter()
                .max_by(|one, other| one.bounds.iou(&bounds).total_cmp(&other.bounds.iou(&bounds)));
            let found = found.expect("a face is found");
            let overlap = found.bounds.iou(&bounds);
            assert!(overlap >= 0.85, "{}: overlap {overlap} at {left}, {top}", golden.photo);
            pairs.push((face, found));
        }
    }
    pairs
}

#[test]
fn every_face_is_found_and_no_false_one() {
    let found: usize = PHOTOS.iter().map(|(_, analysis)| analysis.faces.len()).sum();
    assert_eq!((matched().len(), found), (22, 22));
    for (golden, analysis) in PHOTOS.iter() {
        assert_eq!((analysis.width, analysis.height), (golden.width, golden.height));
        assert_eq!(analysis.faces.len(), golden.faces.len(), "{}", golden.photo);
    }
}

#[test]
fn eyes_and_chin_are_where_they_should_be() {
    for (golden, found) in matched() {
        let landmarks = found.landmarks.as_ref().unwrap();
        let at = |[x, y]: [f32; 2]| Point::new(x, y);
        let (left, right) = (at(golden.eye_image_left), at(golden.eye_image_right));
        // The mesh of a profile moves by several pixels with half a degree of the region's turn.
        let is_profile = found.pose.unwrap().yaw_deg.abs() > 45.0;
        let allowed = left.distance(right) * if is_profile { 0.05 } else { 0.03 };
        let errors = [
            landmarks.right_eye.distance(left),
            landmarks.left_eye.distance(right),
            landmarks.chin_tip.distance(at(golden.chin)) / 2.0,
        ];
        assert!(errors.iter().all(|error| *error <= allowed), "{errors:?}, allowed {allowed}");
    }
}

#[test]
fn embeddings_point_in_the_golden_direction() {
    for (golden, found) in matched() {
        let vector = &found.template.as_ref().unwrap().parts()[0].vector;
        let length = golden.embedding.iter().map(|value| value * value).sum::<f32>().sqrt();
        let dot: f32 = vector.iter().zip(&golden.embedding).map(|(one, other)| one * other).sum();
        assert!(dot / length >= 0.99, "cosine {}", dot / length);
    }
}

#[test]
fn faces_come_largest_first() {
    for (_, analysis) in PHOTOS.iter() {
        assert!(analysis.faces.windows(2).all(|pair| pair[0].bounds.area() >= pair[1].bounds.area()));
    }
}

#[test]
fn stages_that_are_not_wanted_leave_no_trace() {
    let options = AnalyzeOptions { max_faces: 2, ..AnalyzeOptions::new(Wanted::BOXES) };
    let analysis = ENGINE.analyze(&photo("sample1.jpg"), &options, &Cancel::default()).unwrap();
    assert_eq!(analysis.faces.len(), 2);
    for face in &analysis.faces {
        assert!(face.landmarks.is_none() && face.pose.is_none() && face.template.is_none());
        assert!(face.quality.is_none() && face.demographics.is_none() && face.liveness.is_none());
    }
    assert_eq!(analysis.timings.template, std::time::Duration::ZERO);
}

#[test]
fn cancelled_analysis_ends_without_a_result() {
    let cancel = Cancel::default();
    cancel.cancel();
    let options = AnalyzeOptions::new(Wanted::EVERYTHING);
    assert!(ENGINE.analyze(&photo("sample1.jpg"), &options, &cancel).is_err());
}

/// Every golden face cut out with `margin` sides of its box around it, and its box in the cutting.
fn cuttings(margin: f32) -> Vec<(RgbPhoto, BoundingBox)> {
    let mut cuttings = Vec::new();
    for (golden, _) in PHOTOS.iter() {
        let photo = decode(&photo(&golden.photo), &DecodeLimits::default()).unwrap();
        for [left, top, right, bottom] in golden.faces.iter().map(|face| face.edges) {
            let margin = (right - left) * margin;
            let (x, y) = ((left - margin).max(0.0), (top - margin).max(0.0));
            let side = |from: f32, to: f32| (to + margin - from) as u32;
            let rect = PixelRect::new(x as u32, y as u32, side(x, right), side(y, bottom));
            cuttings
                .push((photo.crop(rect), BoundingBox::from_edges(left - x, top - y, right - x, bottom - y)));
        }
    }
    cuttings
}

fn finds(photo: &RgbPhoto, bounds: &BoundingBox) -> bool {
    let options = AnalyzeOptions { min_head_scale: 0.1, ..AnalyzeOptions::new(Wanted::BOXES) };
    let analysis = ENGINE.analyze_photo(photo, &options, &Cancel::default()).unwrap();
    // The golden boxes are without the forehead, which most cuttings lack and the engine guesses.
    analysis.faces.iter().any(|face| face.bounds.iou(bounds) > 0.4)
}

#[test]
fn rule_is_told_without_the_models_where_a_recipe_tells_it() {
    let root = workspace().join("data/models");
    let pack = describe_pack(&root, &root.join("default")).unwrap();
    assert_eq!(recipe_rule(&pack).unwrap().as_ref(), Some(ENGINE.score_rule()));
    let with = |change: fn(&mut PackModel)| {
        let mut pack = pack.clone();
        pack.models.iter_mut().filter(|model| model.task == Task::Embed).for_each(change);
        recipe_rule(&pack)
    };
    let unknown = with(|model| model.digest = ModelDigest([9; 32]));
    assert_eq!(unknown.unwrap(), None);
    let known = with(|model| model.template = Some(workspace().join("models/templates/default.json")));
    assert_eq!(known.unwrap().as_ref(), Some(ENGINE.score_rule()));
    let other = with(|model| model.template = Some(workspace().join("models/templates/recommended.json")));
    assert!(matches!(other, Err(LoadError::Recipe(_))), "{other:?}");
}

#[test]
fn faces_that_fill_the_photo_or_are_cut_by_its_edge_are_found() {
    let found = cuttings(0.0).iter().filter(|(photo, bounds)| finds(photo, bounds)).count();
    assert!(found >= 20, "{found} of 22 without forehead and chin");
    let found = cuttings(0.1).iter().filter(|(photo, bounds)| finds(photo, bounds)).count();
    assert_eq!(found, 22);
}

#[test]
fn tilted_faces_are_found() {
    let turned = |(photo, bounds): &(RgbPhoto, BoundingBox)| {
        let middle = bounds.center();
        let turn = SimilarityTransform::about(middle, middle, 1.0, 45f32.to_radians());
        warp_similarity(photo, &turn, photo.width(), photo.height(), Border::Replicate)
    };
    let found = cuttings(1.0).iter().filter(|cutting| finds(&turned(cutting), &cutting.1)).count();
    assert!(found >= 21, "{found} of 22 at 45 degrees");
}

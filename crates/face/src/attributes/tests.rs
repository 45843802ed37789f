use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use vultus_inference::{FakeModel, Tensor};
use vultus_models::ModelKind;
use vultus_types::{ModelDigest, Point};

use super::*;
use crate::embed::Embedder;
use crate::heads::{FeatureSource, Head, HeadTraining, LinearHead, RegressionHead};
use crate::mesh::POINTS;
use crate::test_faces::{landmarks_at, painted};

const FACERES: ModelDigest = ModelDigest([1; 32]);
const DLIB: ModelDigest = ModelDigest([3; 32]);

/// A model that answers the same to all inputs of one shape, and counts how often it is asked.
fn model(
    digest: ModelDigest,
    shape: [usize; 4],
    answers: Vec<Vec<f32>>,
    calls: &Arc<AtomicUsize>,
) -> Arc<dyn Model> {
    let calls = Arc::clone(calls);
    Arc::new(FakeModel::new(digest, &["a", "b", "c"], move |input| {
        assert_eq!(input.shape(), shape);
        calls.fetch_add(1, Ordering::Relaxed);
        answers.iter().map(|answer| Tensor::new(vec![1, answer.len()], answer.clone())).collect()
    }))
}

/// How often each model was asked.
#[derive(Clone, Default)]
struct Calls {
    faceres: Arc<AtomicUsize>,
    dlib: Arc<AtomicUsize>,
    age_gender: Arc<AtomicUsize>,
    expression: Arc<AtomicUsize>,
    iris: Arc<AtomicUsize>,
}

impl Calls {
    /// Faceres, dlib, age and gender, expression, iris.
    fn counts(&self) -> [usize; 5] {
        [&self.faceres, &self.dlib, &self.age_gender, &self.expression, &self.iris]
            .map(|calls| calls.swap(0, Ordering::Relaxed))
    }

    /// Faceres finds a man of 30 with only its first feature set, dlib a vector along its first axis.
    fn features(&self) -> FeatureModels {
        let features = unit_at(0, 1024).iter().map(|value| value * 2.0).collect();
        let answers = vec![vec![0.9], features, unit_at(30, 100)];
        let dlib = model(DLIB, [1, 3, 150, 150], vec![unit_at(0, 128)], &self.dlib);
        FeatureModels {
            embedder: Embedder::new(&ModelKind::DlibResNet, dlib, 128),
            faceres: Some(model(FACERES, [1, 3, 224, 224], answers, &self.faceres)),
        }
    }

    /// All models; that of age and gender finds a woman of 40.
    fn models(&self) -> AttributeModels {
        let other = ModelDigest([2; 32]);
        let years = vec![vec![40.0], vec![0.3, 0.7]];
        let happy = unit_at(1, 7);
        AttributeModels::new(LookModels {
            features: self.features(),
            age_gender: Some(model(other, [1, 3, 112, 112], years, &self.age_gender)),
            expression: ExpressionModels {
                face_api: Some(model(other, [1, 3, 112, 112], vec![happy], &self.expression)),
                emotion: None,
            },
            iris: Some(model(other, [1, 3, 64, 64], vec![open_eye()], &self.iris)),
            mesh: None,
        })
    }
}

fn unit_at(index: usize, count: usize) -> Vec<f32> {
    (0..count).map(|at| if at == index { 1.0 } else { 0.0 }).collect()
}

/// A contour 32 wide whose lids are 8 apart.
fn open_eye() -> Vec<f32> {
    let mut points = vec![0.0; 228];
    points[24] = 32.0;
    for upper in [11, 12, 13] {
        points[upper * 3 + 1] = 8.0;
    }
    points
}

fn dlib() -> FeatureSource {
    FeatureSource { name: "face-recognition".to_owned(), sha256: DLIB, dimension: 128 }
}

fn faceres() -> FeatureSource {
    FeatureSource { name: "faceres".to_owned(), sha256: FACERES, dimension: 1024 }
}

fn file(name: &str, head: &Head) -> HeadFile {
    let training = HeadTraining {
        data: "made up".to_owned(),
        licence: "CC0".to_owned(),
        command: "none".to_owned(),
        examples: BTreeMap::new(),
        l2: 1.0,
    };
    HeadFile::new(name, head, training, BTreeMap::new())
}

/// A head of two classes: the second where the first feature times `weight` is above zero.
fn two_classes(name: &str, classes: [&str; 2], sources: Vec<FeatureSource>, weight: f32) -> HeadFile {
    let count = sources.iter().map(|source| source.dimension).sum();
    let weights = unit_at(0, count).iter().map(|value| value * weight).collect();
    let classes = classes.map(str::to_owned).to_vec();
    file(name, &Head::Classes(LinearHead::new(sources, classes, weights, vec![0.0]).unwrap()))
}

fn glasses(weight: f32) -> HeadFile {
    two_classes("glasses", GLASSES_CLASSES, vec![faceres()], weight)
}

fn gender(weight: f32) -> HeadFile {
    two_classes("gender", GENDER_CLASSES, vec![dlib(), faceres()], weight)
}

/// Years: 60 by the bias, less 20 by the first feature of each model.
fn age() -> HeadFile {
    let mut weights = vec![0.0; 1152];
    (weights[0], weights[128]) = (-20.0, -20.0);
    file("age", &Head::Number(RegressionHead::new(vec![dlib(), faceres()], weights, 60.0).unwrap()))
}

/// A head whose classes have the logits of `biases` whatever the features, the first one's being 0.
fn ethnicity(biases: Vec<f32>) -> HeadFile {
    let classes = ETHNICITY_CLASSES.map(str::to_owned).to_vec();
    let head = LinearHead::new(vec![dlib()], classes, vec![0.0; 6 * 128], biases).unwrap();
    file("ethnicity", &Head::Classes(head))
}

/// A face whose mesh is a ring around its middle, with the corners of its eyes.
fn face() -> Landmarks {
    let mut landmarks = landmarks_at(Point::new(100.0, 80.0), 60.0, 62.0, 0.0);
    let ring = |index: usize| {
        let (sine, cosine) = (index as f32).sin_cos();
        [100.0 + 60.0 * cosine, 100.0 + 75.0 * sine, 0.0]
    };
    landmarks.mesh = (0..POINTS).map(ring).collect();
    for (index, x) in [(33, 55.0), (133, 85.0), (362, 115.0), (263, 145.0)] {
        landmarks.mesh[index] = [x, 80.0, 0.0];
    }
    landmarks
}

fn grey() -> RgbPhoto {
    RgbPhoto::filled(200, 200, [128; 3])
}

const ALL: Wanted = Wanted { template: false, ..Wanted::EVERYTHING };
const DEMOGRAPHICS: Wanted = Wanted { demographics: true, ..Wanted::BOXES };
const APPEARANCE: Wanted = Wanted { appearance: true, ..Wanted::BOXES };
const EYES: Wanted = Wanted { eyes: true, ..Wanted::BOXES };
const EXPRESSION: Wanted = Wanted { expression: true, ..Wanted::BOXES };

fn describe(models: &AttributeModels, wanted: Wanted) -> Attributes {
    models.describe(&grey(), &face(), wanted, &mut FaceFeatures::default()).unwrap()
}

#[test]
fn age_and_gender_are_the_mean_of_both_models_without_heads() {
    let demographics = describe(&Calls::default().models(), ALL).demographics.unwrap();
    assert!((demographics.age.unwrap() - 35.0).abs() < 1e-4);
    assert!((demographics.gender.unwrap().female - 0.4).abs() < 1e-5);
    assert_eq!(demographics.ethnicity, None);
}

#[test]
fn age_head_counts_as_much_as_each_model() {
    let models = Calls::default().models().with_head(&age()).unwrap();
    // The models say 30 and 40, the head 60 − 20 − 20.
    let demographics = describe(&models, DEMOGRAPHICS).demographics.unwrap();
    assert!((demographics.age.unwrap() - 30.0).abs() < 1e-3);
}

#[test]
fn gender_is_what_the_head_says() {
    let models = Calls::default().models().with_head(&gender(5.0)).unwrap();
    let gender = describe(&models, DEMOGRAPHICS).demographics.unwrap().gender.unwrap();
    assert!((gender.female - 1.0 / (1.0 + (-5.0f32).exp())).abs() < 1e-4);
}

#[test]
fn seven_groups_become_five_that_sum_to_one() {
    // Black 0, east Asian 1, Indian 0, Latino 0, Middle Eastern 1, southeast Asian 1, White 2.
    let models = Calls::default().models();
    let models = models.with_head(&ethnicity(vec![1.0, 0.0, 0.0, 1.0, 1.0, 2.0])).unwrap();
    assert!(models.tells_ethnicity());
    let told = describe(&models, DEMOGRAPHICS).demographics.unwrap().ethnicity.unwrap();
    let e = std::f32::consts::E;
    let total = 3.0 + 3.0 * e + e * e;
    for (found, expected) in [
        (told.black, 1.0),
        (told.asian, 2.0 * e),
        (told.other, 1.0 + e),
        (told.hispanic, 1.0),
        (told.white, e * e),
    ] {
        assert!((found - expected / total).abs() < 1e-5, "{told:?}");
    }
    assert_eq!(five_groups(&[0.5, 0.5]), None);
}

#[test]
fn one_model_is_enough_and_none_tells_nothing() {
    let age_gender = Calls::default().models().models.age_gender;
    let alone = AttributeModels::new(LookModels { age_gender, ..LookModels::default() });
    assert_eq!(describe(&alone, ALL).demographics.unwrap().age, Some(40.0));
    let none = describe(&AttributeModels::default(), Wanted { appearance: false, ..ALL });
    assert_eq!(none, Attributes::default());
}

#[test]
fn models_run_once_and_only_where_needed() {
    let calls = Calls::default();
    let models = calls.models();
    describe(&models, Wanted { landmarks: true, quality: true, liveness: true, ..Wanted::BOXES });
    describe(&models, APPEARANCE);
    assert_eq!(calls.counts(), [0; 5]);
    describe(&models, EYES);
    assert_eq!(calls.counts(), [0, 0, 0, 0, 2]);
    describe(&models, EXPRESSION);
    assert_eq!(calls.counts(), [0, 0, 0, 1, 0]);
    describe(&models, DEMOGRAPHICS);
    assert_eq!(calls.counts(), [1, 0, 1, 0, 0]);
    let models = [glasses(-1.0), gender(1.0), age(), ethnicity(vec![0.0; 6])]
        .iter()
        .fold(models, |models, head| models.with_head(head).unwrap());
    describe(&models, APPEARANCE);
    assert_eq!(calls.counts(), [1, 0, 0, 0, 0]);
    describe(&models, EYES);
    assert_eq!(calls.counts(), [1, 0, 0, 0, 2]);
    // The embedding is that of the face and its mirror image.
    describe(&models, ALL);
    assert_eq!(calls.counts(), [1, 2, 1, 1, 2]);
}

#[test]
fn known_features_are_not_computed_again() {
    let calls = Calls::default();
    let models = calls.models().with_head(&gender(5.0)).unwrap();
    let features = unit_at(0, 1024);
    let answer = FaceresAnswer { age: 30.0, female: 0.1, features };
    let mut known = FaceFeatures { embedding: Some(unit_at(1, 128)), faceres: Some(answer) };
    let told = models.describe(&grey(), &face(), DEMOGRAPHICS, &mut known).unwrap().demographics.unwrap();
    assert_eq!(calls.counts(), [0, 0, 1, 0, 0]);
    // The head's first feature is 0 in the known embedding.
    assert!((told.gender.unwrap().female - 0.5).abs() < 1e-6);
}

#[test]
fn head_and_lenses_tell_glasses() {
    let dark_lenses = painted(200, 200, |_, y| if (70..100).contains(&y) { [20; 3] } else { [180; 3] });
    let tell = |weight: f32, photo: &RgbPhoto| {
        let models = Calls::default().models().with_head(&glasses(weight)).unwrap();
        models.describe(photo, &face(), ALL, &mut FaceFeatures::default()).unwrap()
    };
    assert_eq!(tell(5.0, &grey()).glasses, Some(Glasses::Eye));
    assert_eq!(tell(5.0, &dark_lenses).glasses, Some(Glasses::Sun));
    assert_eq!(tell(-5.0, &dark_lenses).glasses, Some(Glasses::None));
    // Sunglasses hide the eyes.
    assert_eq!(tell(5.0, &dark_lenses).eyes, Some(Eyes { left: None, right: None }));
    assert_eq!(tell(-5.0, &dark_lenses).eyes, Some(Eyes { left: Some(0.25), right: Some(0.25) }));
}

#[test]
fn heads_of_another_model_are_refused() {
    let foreign = FeatureSource { sha256: ModelDigest([9; 32]), ..faceres() };
    let refused = |head: &HeadFile| Calls::default().models().with_head(head).err();
    let other = Some(HeadError::OtherFeatureModel { expected: foreign.sha256, actual: FACERES });
    assert_eq!(refused(&two_classes("glasses", GLASSES_CLASSES, vec![foreign.clone()], 1.0)), other);
    // Every one of several models must be the right one.
    assert_eq!(refused(&two_classes("gender", GENDER_CLASSES, vec![dlib(), foreign], 1.0)), other);
    let short = FeatureSource { dimension: 8, ..faceres() };
    let short = two_classes("glasses", GLASSES_CLASSES, vec![short], 1.0);
    assert_eq!(refused(&short), Some(HeadError::Features { expected: 8, actual: 1024 }));
    let missing = AttributeModels::default().with_head(&glasses(1.0)).err();
    assert_eq!(missing, Some(HeadError::NoFeatureModel("faceres".to_owned())));
}

#[test]
fn heads_for_another_purpose_are_refused() {
    let refused = |head: &HeadFile| {
        let error = Calls::default().models().with_head(head).err();
        assert!(matches!(error, Some(HeadError::Format(_))), "{error:?}");
    };
    refused(&two_classes("glasses", GENDER_CLASSES, vec![faceres()], 1.0));
    refused(&two_classes("hats", GLASSES_CLASSES, vec![faceres()], 1.0));
    refused(&two_classes("age", GLASSES_CLASSES, vec![faceres()], 1.0));
    let number = RegressionHead::new(vec![faceres()], vec![0.0; 1024], 0.0).unwrap();
    refused(&file("gender", &Head::Number(number)));
}

#[test]
fn landmarks_in_one_place_give_nothing() {
    let models = Calls::default().models().with_head(&glasses(1.0)).unwrap();
    let nowhere = landmarks_at(Point::new(5.0, 5.0), 0.0, 0.0, 0.0);
    let mut known = FaceFeatures::default();
    assert_eq!(models.describe(&grey(), &nowhere, ALL, &mut known).unwrap(), Attributes::default());
    let sources = models.features().sources();
    assert_eq!(models.features().read(&grey(), &nowhere, &sources, &mut known).unwrap(), None);
}

#[test]
fn features_have_unit_length_and_follow_each_other() {
    let features = Calls::default().features();
    let sources = features.named(&["faceres", "face-recognition"]).unwrap();
    let read = features.read(&grey(), &face(), &sources, &mut FaceFeatures::default()).unwrap().unwrap();
    assert_eq!((read.len(), read[0], read[1024]), (1152, 1.0, 1.0));
    assert!(features.named(&["iris"]).is_err());
}

#[test]
fn model_with_other_outputs_is_an_error() {
    let broken = FakeModel::new(FACERES, &["age"], |_| Ok(vec![Tensor::new(vec![1, 1], vec![0.5])?]));
    let features = FeatureModels { faceres: Some(Arc::new(broken)), embedder: None };
    let models = AttributeModels::new(LookModels { features, ..LookModels::default() });
    let told = models.describe(&grey(), &face(), DEMOGRAPHICS, &mut FaceFeatures::default());
    assert!(matches!(told, Err(InferenceError::Shape { .. })));
}

#[test]
fn committed_heads_say_what_they_were_made_of_and_how_well_they_do() {
    let files = DEFAULT_HEADS.map(|json| HeadFile::parse(json).unwrap());
    assert_eq!(files.each_ref().map(|file| file.name.as_str()), ["age", "ethnicity", "gender", "glasses"]);
    for file in &files {
        assert!(file.head().is_ok() && file.training.l2 > 0.0);
        assert!(file.training.command.contains("train-head ") && file.training.command.contains(&file.name));
        assert!(!file.training.licence.is_empty() && !file.training.examples.is_empty());
        let accuracies = file.measured.iter().filter(|(name, _)| name.contains("accuracy"));
        assert!(accuracies.clone().all(|(_, figure)| (0.0..=1.0).contains(figure)), "{:?}", file.measured);
        assert!(file.measured.len() > 1, "{}", file.name);
    }
}

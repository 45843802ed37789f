use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use vultus_inference::{FakeModel, Tensor};
use vultus_types::Point;

use super::*;
use crate::heads::HeadFile;
use crate::test_faces::{landmarks_at, painted};

const FACERES: ModelDigest = ModelDigest([1; 32]);

/// A faceres that finds a man of 30 with the first feature set, and counts how often it is asked.
fn faceres(calls: &Arc<AtomicUsize>) -> Arc<dyn Model> {
    let calls = Arc::clone(calls);
    let names = ["gender", "features", "age"];
    Arc::new(FakeModel::new(FACERES, &names, move |input| {
        assert_eq!(input.shape(), [1, 3, 224, 224]);
        calls.fetch_add(1, Ordering::Relaxed);
        let mut features = vec![0.0; FACERES_FEATURES];
        features[0] = 2.0;
        let mut age = vec![0.0; 100];
        age[30] = 1.0;
        let gender = Tensor::new(vec![1, 1], vec![0.9])?;
        Ok(vec![gender, Tensor::new(vec![1, FACERES_FEATURES], features)?, Tensor::new(vec![1, 100], age)?])
    }))
}

/// An age and gender model that finds a woman of 40.
fn age_gender() -> Arc<dyn Model> {
    Arc::new(FakeModel::new(ModelDigest([2; 32]), &["age", "gender"], |input| {
        assert_eq!(input.shape(), [1, 3, 112, 112]);
        Ok(vec![Tensor::new(vec![1, 1], vec![40.0])?, Tensor::new(vec![1, 2], vec![0.3, 0.7])?])
    }))
}

/// A head that sees glasses where the first feature times `weight` is above zero.
fn glasses_head(weight: f32) -> LinearHead {
    let mut weights = vec![0.0; FACERES_FEATURES];
    weights[0] = weight;
    let classes = GLASSES_CLASSES.map(str::to_owned).to_vec();
    LinearHead::new(FACERES, classes, weights, vec![0.0]).unwrap()
}

fn face() -> Landmarks {
    landmarks_at(Point::new(100.0, 80.0), 60.0, 62.0, 0.0)
}

fn grey() -> RgbPhoto {
    RgbPhoto::filled(200, 200, [128; 3])
}

const BOTH: WantedAttributes = WantedAttributes { demographics: true, appearance: true };

#[test]
fn age_and_gender_are_the_mean_of_both_models() {
    let models = AttributeModels::new(Some(faceres(&Arc::default())), Some(age_gender()));
    let demographics = models.describe(&grey(), &face(), BOTH).unwrap().demographics.unwrap();
    assert!((demographics.age.unwrap() - 35.0).abs() < 1e-4);
    assert!((demographics.gender.unwrap().female - 0.4).abs() < 1e-5);
    assert_eq!(demographics.ethnicity, None);
}

#[test]
fn one_model_is_enough_and_none_tells_nothing() {
    let alone = AttributeModels::new(None, Some(age_gender()));
    let demographics = alone.describe(&grey(), &face(), BOTH).unwrap().demographics.unwrap();
    assert_eq!(demographics.age, Some(40.0));
    assert_eq!(AttributeModels::default().describe(&grey(), &face(), BOTH).unwrap(), Attributes::default());
}

#[test]
fn models_run_only_where_needed() {
    let calls = Arc::new(AtomicUsize::new(0));
    let models = AttributeModels::new(Some(faceres(&calls)), None);
    let appearance = WantedAttributes { appearance: true, ..WantedAttributes::default() };
    models.describe(&grey(), &face(), WantedAttributes::default()).unwrap();
    models.describe(&grey(), &face(), appearance).unwrap();
    assert_eq!(calls.load(Ordering::Relaxed), 0);
    let models = models.with_glasses(glasses_head(1.0)).unwrap();
    models.describe(&grey(), &face(), appearance).unwrap();
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    // Age and gender want another input than glasses.
    models.describe(&grey(), &face(), BOTH).unwrap();
    assert_eq!(calls.load(Ordering::Relaxed), 3);
}

#[test]
fn head_and_lenses_tell_glasses() {
    let dark_lenses = painted(200, 200, |_, y| if (70..100).contains(&y) { [20; 3] } else { [180; 3] });
    let tell = |weight: f32, photo: &RgbPhoto| {
        let models = AttributeModels::new(Some(faceres(&Arc::default())), None);
        let models = models.with_glasses(glasses_head(weight)).unwrap();
        models.describe(photo, &face(), BOTH).unwrap().glasses
    };
    assert_eq!(tell(5.0, &grey()), Some(Glasses::Eye));
    assert_eq!(tell(5.0, &dark_lenses), Some(Glasses::Sun));
    assert_eq!(tell(-5.0, &dark_lenses), Some(Glasses::None));
}

#[test]
fn heads_of_another_model_or_purpose_are_refused() {
    let models = || AttributeModels::new(Some(faceres(&Arc::default())), None);
    let weights = vec![0.0; FACERES_FEATURES];
    let classes = GLASSES_CLASSES.map(str::to_owned).to_vec();
    let foreign = LinearHead::new(ModelDigest([9; 32]), classes.clone(), weights.clone(), vec![0.0]).unwrap();
    assert!(matches!(models().with_glasses(foreign), Err(HeadError::OtherFeatureModel { .. })));
    let others = vec!["male".to_owned(), "female".to_owned()];
    let gender = LinearHead::new(FACERES, others, weights, vec![0.0]).unwrap();
    assert!(matches!(models().with_glasses(gender), Err(HeadError::Format(_))));
    let short = LinearHead::new(FACERES, classes, vec![0.0; 8], vec![0.0]).unwrap();
    assert!(matches!(models().with_glasses(short), Err(HeadError::Format(_))));
    assert!(AttributeModels::default().with_glasses(glasses_head(1.0)).is_err());
}

#[test]
fn landmarks_in_one_place_give_nothing() {
    let models = AttributeModels::new(Some(faceres(&Arc::default())), Some(age_gender()));
    let models = models.with_glasses(glasses_head(1.0)).unwrap();
    let nowhere = landmarks_at(Point::new(5.0, 5.0), 0.0, 0.0, 0.0);
    assert_eq!(models.describe(&grey(), &nowhere, BOTH).unwrap(), Attributes::default());
    assert_eq!(models.features(&grey(), &nowhere).unwrap(), None);
}

#[test]
fn features_have_unit_length() {
    let models = AttributeModels::new(Some(faceres(&Arc::default())), None);
    let features = models.features(&grey(), &face()).unwrap().unwrap();
    assert_eq!((features.len(), features[0]), (FACERES_FEATURES, 1.0));
}

#[test]
fn model_with_other_outputs_is_an_error() {
    let broken = FakeModel::new(FACERES, &["age"], |_| Ok(vec![Tensor::new(vec![1, 1], vec![0.5])?]));
    let models = AttributeModels::new(Some(Arc::new(broken)), None);
    assert!(matches!(models.describe(&grey(), &face(), BOTH), Err(InferenceError::Shape { .. })));
}

#[test]
fn committed_glasses_head_can_be_read() {
    let file = HeadFile::parse(DEFAULT_GLASSES_HEAD).unwrap();
    let head = file.head().unwrap();
    assert_eq!(head.classes(), GLASSES_CLASSES);
    assert_eq!(head.dimension(), FACERES_FEATURES);
    assert!(file.measured.values().all(|figure| (0.0..=1.0).contains(figure)), "{:?}", file.measured);
    assert_ne!(file.training.examples, BTreeMap::new());
}

//! Expression: the geometric mean of two models' opinions.

use std::sync::Arc;

use vultus_inference::{InferenceError, Model, Tensor};
use vultus_media::{ChannelOrder, Normalization, RgbPhoto, to_planar};
use vultus_types::{Expression, Landmarks};

use crate::crops::{EMOTION, EXPRESSION, eye_aligned_crop};
use crate::outputs::output_of;

const COUNT: usize = 7;
/// Where the expressions of [`Expression`], in its order, lie in the output of the model of face-api: neutral, happy,
/// sad, angry, fearful, disgusted, surprised.
const FACE_API_ORDER: [usize; COUNT] = [3, 5, 4, 1, 0, 2, 6];
/// And in that of the emotion model: angry, disgust, fear, happy, sad, surprise, neutral.
const EMOTION_ORDER: [usize; COUNT] = [0, 1, 2, 3, 6, 4, 5];
/// Probabilities count as at least this, so that no model can rule an expression out alone.
const LEAST: f32 = 1e-7;

/// The models that tell expressions. Either may be missing.
#[derive(Clone, Default)]
pub struct ExpressionModels {
    /// That of face-api.
    pub face_api: Option<Arc<dyn Model>>,
    /// The emotion model of human.
    pub emotion: Option<Arc<dyn Model>>,
}

impl ExpressionModels {
    pub(crate) const fn is_empty(&self) -> bool {
        self.face_api.is_none() && self.emotion.is_none()
    }

    /// The geometric mean of what the models say: on the 461 faces found in every third photo of FER2013 it is right
    /// for .620, the arithmetic mean for .614, the model of face-api alone for .588, the other for .540. `None`
    /// without models, or where the landmarks span no area.
    pub(super) fn tell(
        &self,
        photo: &RgbPhoto,
        landmarks: &Landmarks,
    ) -> Result<Option<Expression>, InferenceError> {
        let mut opinions = Vec::new();
        if let Some(model) = &self.face_api {
            opinions.extend(ask_face_api(model.as_ref(), photo, landmarks)?);
        }
        if let Some(model) = &self.emotion {
            opinions.extend(ask_emotion(model.as_ref(), photo, landmarks)?);
        }
        Ok((!opinions.is_empty()).then(|| fused(&opinions)))
    }
}

/// The model wants 0–255 and normalises by itself.
fn ask_face_api(
    model: &dyn Model,
    photo: &RgbPhoto,
    landmarks: &Landmarks,
) -> Result<Option<[f32; COUNT]>, InferenceError> {
    let Some(crop) = eye_aligned_crop(photo, landmarks, &EXPRESSION) else { return Ok(None) };
    let side = EXPRESSION.side as usize;
    let planes = to_planar(&crop, &Normalization::NONE, ChannelOrder::Rgb);
    let outputs = model.run(&Tensor::new(vec![1, 3, side, side], planes)?)?;
    let said = output_of(&outputs, COUNT)?;
    Ok(Some(FACE_API_ORDER.map(|index| said[index])))
}

/// The model wants luma, x/127.5 − 1.
fn ask_emotion(
    model: &dyn Model,
    photo: &RgbPhoto,
    landmarks: &Landmarks,
) -> Result<Option<[f32; COUNT]>, InferenceError> {
    let Some(crop) = eye_aligned_crop(photo, landmarks, &EMOTION) else { return Ok(None) };
    let side = EMOTION.side as usize;
    let luma = |[red, green, blue]: &[u8; 3]| {
        0.299 * f32::from(*red) + 0.587 * f32::from(*green) + 0.114 * f32::from(*blue)
    };
    let plane = crop.data().as_chunks::<3>().0.iter().map(|pixel| luma(pixel) / 127.5 - 1.0).collect();
    let outputs = model.run(&Tensor::new(vec![1, 1, side, side], plane)?)?;
    let said = output_of(&outputs, COUNT)?;
    Ok(Some(EMOTION_ORDER.map(|index| said[index])))
}

/// The geometric mean of probabilities, scaled to sum to 1.
fn fused(opinions: &[[f32; COUNT]]) -> Expression {
    let mut mean = [0.0; COUNT];
    for (index, value) in mean.iter_mut().enumerate() {
        let logarithms = opinions.iter().map(|opinion| opinion[index].max(LEAST).ln());
        *value = (logarithms.sum::<f32>() / opinions.len() as f32).exp();
    }
    let total: f32 = mean.iter().sum();
    let [angry, disgusted, fearful, happy, neutral, sad, surprised] = mean.map(|value| value / total);
    Expression { angry, disgusted, fearful, happy, neutral, sad, surprised }
}

#[cfg(test)]
mod tests {
    use vultus_inference::FakeModel;
    use vultus_types::{ModelDigest, Point};

    use super::*;
    use crate::test_faces::landmarks_at;

    fn model(shape: [usize; 4], answer: [f32; COUNT]) -> Arc<dyn Model> {
        Arc::new(FakeModel::new(ModelDigest([5; 32]), &["probabilities"], move |input| {
            assert_eq!(input.shape(), shape);
            // Mid grey.
            let expected = if shape[1] == 1 { 0.0 } else { 127.5 };
            assert!(input.data().iter().all(|value| (value - expected).abs() < 1.0));
            Ok(vec![Tensor::new(vec![1, COUNT], answer.to_vec())?])
        }))
    }

    fn tell(models: &ExpressionModels) -> Option<Expression> {
        let face = landmarks_at(Point::new(100.0, 80.0), 60.0, 62.0, 0.0);
        models.tell(&RgbPhoto::filled(200, 200, [128; 3]), &face).unwrap()
    }

    const FACE_API: [usize; 4] = [1, 3, 112, 112];
    const EMOTION: [usize; 4] = [1, 1, 64, 64];

    #[test]
    fn each_model_speaks_in_its_own_order() {
        // The probabilities count up in the order of the answer: angry, disgusted, fearful, happy, neutral…
        let count = |order: [f32; COUNT]| order.map(|place| place / 28.0);
        let face_api = Some(model(FACE_API, count([5.0, 4.0, 6.0, 1.0, 3.0, 2.0, 7.0])));
        let emotion = Some(model(EMOTION, count([1.0, 2.0, 3.0, 4.0, 6.0, 7.0, 5.0])));
        for models in [
            ExpressionModels { face_api: face_api.clone(), emotion: None },
            ExpressionModels { face_api: None, emotion: emotion.clone() },
            ExpressionModels { face_api, emotion },
        ] {
            let told = tell(&models).unwrap();
            let order = [
                told.angry,
                told.disgusted,
                told.fearful,
                told.happy,
                told.neutral,
                told.sad,
                told.surprised,
            ];
            for (index, value) in order.into_iter().enumerate() {
                assert!((value - (index + 1) as f32 / 28.0).abs() < 1e-5, "{told:?}");
            }
        }
    }

    #[test]
    fn opinions_are_averaged_by_their_logarithms() {
        let sure = model(FACE_API, [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let unsure = model(EMOTION, [0.01, 0.01, 0.01, 0.64, 0.01, 0.01, 0.31]);
        let told = tell(&ExpressionModels { face_api: Some(sure), emotion: Some(unsure) }).unwrap();
        assert!(told.happy > 0.99, "{told:?}");
        let sum = told.angry + told.disgusted + told.fearful + told.happy + told.neutral + told.sad;
        assert!((sum + told.surprised - 1.0).abs() < 1e-5);
    }

    #[test]
    fn nothing_is_told_without_models_or_a_face() {
        assert_eq!(tell(&ExpressionModels::default()), None);
        let models = ExpressionModels { face_api: Some(model(FACE_API, [0.1; 7])), emotion: None };
        let nowhere = landmarks_at(Point::new(5.0, 5.0), 0.0, 0.0, 0.0);
        assert_eq!(models.tell(&RgbPhoto::filled(9, 9, [128; 3]), &nowhere).unwrap(), None);
    }
}

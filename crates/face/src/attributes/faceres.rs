//! The faceres model of the npm package `@vladmandic/human`: gender, features, and age in classes.

use vultus_inference::{InferenceError, Model, Tensor};
use vultus_media::{ChannelOrder, Normalization, RgbPhoto, to_planar};
use vultus_types::Landmarks;

use crate::crops::LevelSquare;
use crate::outputs::output_of;

/// How many numbers the model says of a face besides age and gender.
pub(super) const FEATURES: usize = 1024;
/// One class for each year from 0.
const AGES: usize = 100;
/// Side of the model's input in pixels.
const SIDE: u32 = 224;

/// The part of the photo the model sees, in longer extents of the mesh. On 1,808 photos of FairFace age and gender
/// are as exact with it as with a crop aligned by the eyes (with face-api's opinion 6.27 years and 84.4 %, against
/// 6.24 and 84.6 %), and its features tell glasses better (area under the curve .995 against .978).
const SCALE: f32 = 1.4;
/// Blue, green, red, less the means of the data the model was trained on: age to 6.6 years and gender to 83 % on
/// FairFace, against 7.1 years and 81 % with plain RGB.
const INPUT: Normalization = Normalization { mean: [103.939, 116.779, 123.68], scale: [1.0; 3] };

/// What the model says of a face.
#[derive(Clone, Debug, PartialEq)]
pub struct FaceresAnswer {
    /// Years.
    pub age: f32,
    /// Probability of female, 0..=1.
    pub female: f32,
    /// The features, of unit length.
    pub features: Vec<f32>,
}

/// Asks the model; `None` where the landmarks have no mesh or span no area.
pub(super) fn ask(
    model: &dyn Model,
    photo: &RgbPhoto,
    landmarks: &Landmarks,
) -> Result<Option<FaceresAnswer>, InferenceError> {
    let square = LevelSquare::around(landmarks);
    let Some(crop) = square.and_then(|square| square.crop(photo, SCALE, SIDE)) else { return Ok(None) };
    let planes = to_planar(&crop, &INPUT, ChannelOrder::Bgr);
    let outputs = model.run(&Tensor::new(vec![1, 3, SIDE as usize, SIDE as usize], planes)?)?;
    // The model's sigmoid is the probability of male.
    let male = output_of(&outputs, 1)?[0].clamp(0.0, 1.0);
    Ok(Some(FaceresAnswer {
        // The expectation over the classes is more accurate than the most probable class.
        age: expected_class(output_of(&outputs, AGES)?),
        female: 1.0 - male,
        features: unit(output_of(&outputs, FEATURES)?),
    }))
}

/// Σ i·p over Σ p, for probabilities p of the classes i.
fn expected_class(probabilities: &[f32]) -> f32 {
    let total: f32 = probabilities.iter().sum();
    let weighted: f32 = probabilities.iter().enumerate().map(|(class, share)| class as f32 * share).sum();
    if total > 0.0 { (weighted / total).clamp(0.0, AGES as f32) } else { 0.0 }
}

fn unit(features: &[f32]) -> Vec<f32> {
    let length = features.iter().map(|value| value * value).sum::<f32>().sqrt();
    let scale = if length > 0.0 { length.recip() } else { 0.0 };
    features.iter().map(|value| value * scale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_is_the_expectation_not_the_mode() {
        let mut probabilities = [0.0; AGES];
        probabilities[20] = 0.5;
        probabilities[30] = 0.3;
        probabilities[40] = 0.2;
        assert!((expected_class(&probabilities) - 27.0).abs() < 1e-4);
    }

    #[test]
    fn features_have_unit_length() {
        assert_eq!(unit(&[3.0, 4.0]), [0.6, 0.8]);
        assert_eq!(unit(&[0.0, 0.0]), [0.0, 0.0]);
    }
}

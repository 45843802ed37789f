//! The age and gender model of the npm package `@vladmandic/face-api`.

use vultus_inference::{InferenceError, Model, Tensor};
use vultus_media::{ChannelOrder, Normalization, RgbPhoto, to_planar};
use vultus_types::Landmarks;

use super::OLDEST;
use crate::crops::{AGE_GENDER, eye_aligned_crop};
use crate::outputs::output_of;

/// Years and the probability of female; `None` where the landmarks span no area. The model wants 0–255 and
/// normalises by itself.
pub(super) fn ask(
    model: &dyn Model,
    photo: &RgbPhoto,
    landmarks: &Landmarks,
) -> Result<Option<(f32, f32)>, InferenceError> {
    let Some(crop) = eye_aligned_crop(photo, landmarks, &AGE_GENDER) else { return Ok(None) };
    let side = AGE_GENDER.side as usize;
    let planes = to_planar(&crop, &Normalization::NONE, ChannelOrder::Rgb);
    let outputs = model.run(&Tensor::new(vec![1, 3, side, side], planes)?)?;
    let age = output_of(&outputs, 1)?[0].clamp(0.0, OLDEST);
    let [_male, female] = output_of(&outputs, 2)? else { return Ok(None) };
    Ok(Some((age, female.clamp(0.0, 1.0))))
}

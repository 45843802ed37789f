//! Presentation attack detection: is this a person, or a picture of one?

use std::sync::Arc;

use vultus_inference::{InferenceError, Model, Tensor};
use vultus_media::{ChannelOrder, Filter, Normalization, PixelRect, RgbPhoto, resize_region, to_planar};
use vultus_types::{BoundingBox, LivenessEstimate};

use crate::outputs::output_of;

/// Side of the input of `MiniFASNet` models.
const MINI_FAS_SIDE: u32 = 80;
/// Their classes: 0 = flat picture, 1 = bona fide, 2 = other attack.
const MINI_FAS_CLASSES: usize = 3;
const MINI_FAS_BONA_FIDE: usize = 1;
/// Side of the input of the liveness model of `human`.
const HUMAN_SIDE: u32 = 32;
/// The part of the photo that model sees, in sides of the detector's box: of 0.8 to 1.6 the best.
const HUMAN_CROP_SCALE: f32 = 1.6;

/// One `MiniFASNet` model and the crop it was trained on.
#[derive(Clone)]
pub struct MiniFasNet {
    /// The model: 80² BGR, 0–255, three classes.
    pub model: Arc<dyn Model>,
    /// Sides of its crop in sides of the detector's box.
    pub crop_scale: f32,
    /// Its name in the pack.
    pub name: String,
}

/// The models that tell a living face from its picture.
#[derive(Clone)]
pub enum LivenessDetector {
    /// The liveness model of the npm package `@vladmandic/human`. Weak: on printed photos it errs on every third
    /// face, and it does not see replays on a screen at all.
    Human(Arc<dyn Model>),
    /// The mean of some `MiniFASNet` models.
    MiniFasNets(Vec<MiniFasNet>),
}

/// The name of the liveness model of `human`, whatever a pack calls it.
const HUMAN_NAME: &str = "human-liveness";

impl LivenessDetector {
    /// The models, for people: see [`FaceAnalyzer::liveness_model`](crate::FaceAnalyzer::liveness_model).
    pub fn name(&self) -> String {
        match self {
            Self::Human(_) => HUMAN_NAME.to_owned(),
            Self::MiniFasNets(models) => {
                models.iter().map(|model| model.name.as_str()).collect::<Vec<_>>().join("+")
            }
        }
    }

    /// How sure the models are that `bounds` holds a living face: 0 = presentation attack, 1 = bona fide. `None`
    /// for a box without area and without models.
    ///
    /// # Errors
    /// [`InferenceError`] of the models.
    pub fn assess(
        &self,
        photo: &RgbPhoto,
        bounds: &BoundingBox,
    ) -> Result<Option<LivenessEstimate>, InferenceError> {
        if !(bounds.width > 0.0
            && bounds.height > 0.0
            && bounds.width.is_finite()
            && bounds.height.is_finite())
        {
            return Ok(None);
        }
        match self {
            Self::Human(model) => {
                let score = ask_human(model.as_ref(), photo, bounds)?;
                Ok(Some(LivenessEstimate { score, is_weak: true }))
            }
            Self::MiniFasNets(models) => {
                let scores = models.iter().map(|model| model.ask(photo, bounds));
                let sum = scores.sum::<Result<f32, InferenceError>>()?;
                let mean = sum / models.len() as f32;
                Ok((!models.is_empty()).then_some(LivenessEstimate { score: mean, is_weak: false }))
            }
        }
    }
}

impl MiniFasNet {
    fn ask(&self, photo: &RgbPhoto, bounds: &BoundingBox) -> Result<f32, InferenceError> {
        let region = surroundings(photo, bounds, self.crop_scale);
        let input = input_of(
            photo,
            region,
            (MINI_FAS_SIDE, Filter::Bilinear),
            &Normalization::NONE,
            ChannelOrder::Bgr,
        )?;
        let outputs = self.model.run(&input)?;
        let logits = output_of(&outputs, MINI_FAS_CLASSES)?;
        let greatest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exponents: Vec<f32> = logits.iter().map(|logit| (logit - greatest).exp()).collect();
        Ok(exponents[MINI_FAS_BONA_FIDE] / exponents.iter().sum::<f32>())
    }
}

fn ask_human(model: &dyn Model, photo: &RgbPhoto, bounds: &BoundingBox) -> Result<f32, InferenceError> {
    let region = surroundings(photo, bounds, HUMAN_CROP_SCALE);
    let input =
        input_of(photo, region, (HUMAN_SIDE, Filter::Triangle), &Normalization::UNIT, ChannelOrder::Rgb)?;
    let outputs = model.run(&input)?;
    Ok(output_of(&outputs, 2)?[0].clamp(0.0, 1.0))
}

/// The square `scale` times as large as the box around the same centre; less where the photo is too small for it,
/// and moved where it would reach over the photo's edge. Returns whole pixels inside the photo.
///
/// Detectors disagree about the shape of a face's box. A square of the box's area makes their results equal: on
/// tight photos the error rate of the `MiniFASNet` models with boxes of YuNet falls from 0.26 to 0.17 by it.
fn surroundings(photo: &RgbPhoto, bounds: &BoundingBox, scale: f32) -> PixelRect {
    let (photo_width, photo_height) = (photo.width() as f32, photo.height() as f32);
    let side = (bounds.area().sqrt() * scale).min(photo_width).min(photo_height);
    let center = bounds.center();
    let left = (center.x - side / 2.0).clamp(0.0, (photo_width - side).max(0.0));
    let top = (center.y - side / 2.0).clamp(0.0, (photo_height - side).max(0.0));
    let (right, bottom) = ((left + side).round() as u32, (top + side).round() as u32);
    let (left, top) = (left.round() as u32, top.round() as u32);
    PixelRect::new(left, top, right.saturating_sub(left).max(1), bottom.saturating_sub(top).max(1))
        .clipped(photo.width(), photo.height())
}

fn input_of(
    photo: &RgbPhoto,
    region: PixelRect,
    (side, filter): (u32, Filter),
    normalization: &Normalization,
    order: ChannelOrder,
) -> Result<Tensor, InferenceError> {
    let crop = resize_region(photo, region, side, side, filter);
    Tensor::new(vec![1, 3, side as usize, side as usize], to_planar(&crop, normalization, order))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use vultus_inference::FakeModel;
    use vultus_types::ModelDigest;

    use super::*;
    use crate::test_faces::painted;

    fn model(answer: Vec<f32>) -> Arc<dyn Model> {
        Arc::new(FakeModel::new(ModelDigest([1; 32]), &["scores"], move |_| {
            Ok(vec![Tensor::new(vec![1, answer.len()], answer.clone())?])
        }))
    }

    fn mini(model: Arc<dyn Model>, crop_scale: f32) -> MiniFasNet {
        MiniFasNet { model, crop_scale, name: format!("mini-{crop_scale}") }
    }

    const BOX: BoundingBox = BoundingBox::new(40.0, 30.0, 20.0, 30.0);

    #[test]
    fn score_is_the_mean_probability_of_bona_fide() {
        let certain = mini(model(vec![0.0, 50.0, 0.0]), 2.7);
        let unsure = mini(model(vec![3.0, 3.0, 3.0]), 4.0);
        let detector = LivenessDetector::MiniFasNets(vec![certain, unsure]);
        let estimate = detector.assess(&RgbPhoto::filled(100, 100, [9; 3]), &BOX).unwrap().unwrap();
        assert!((estimate.score - 2.0 / 3.0).abs() < 1e-5);
        assert!(!estimate.is_weak);
        assert_eq!(detector.name(), "mini-2.7+mini-4");
    }

    #[test]
    fn default_model_is_labelled_weak() {
        let detector = LivenessDetector::Human(model(vec![0.75, 0.25]));
        let estimate = detector.assess(&RgbPhoto::filled(100, 100, [9; 3]), &BOX).unwrap();
        assert_eq!(estimate, Some(LivenessEstimate { score: 0.75, is_weak: true }));
        assert_eq!(detector.name(), "human-liveness");
    }

    #[test]
    fn models_see_the_planes_in_their_order_and_range() {
        let check = |input: &Tensor, shape: [usize; 4], values: [f32; 3]| {
            assert_eq!(input.shape(), shape);
            let plane = shape[2] * shape[3];
            for (seen, wanted) in input.data().chunks_exact(plane).zip(values) {
                assert!(seen.iter().all(|value| (value - wanted).abs() < 1e-4));
            }
        };
        let mini = FakeModel::new(ModelDigest([1; 32]), &["scores"], move |input| {
            check(input, [1, 3, 80, 80], [204.0, 102.0, 51.0]);
            Ok(vec![Tensor::new(vec![1, 3], vec![0.0; 3])?])
        });
        let human = FakeModel::new(ModelDigest([1; 32]), &["scores"], move |input| {
            check(input, [1, 3, 32, 32], [0.2, 0.4, 0.8]);
            Ok(vec![Tensor::new(vec![1, 2], vec![0.5; 2])?])
        });
        let photo = RgbPhoto::filled(100, 100, [51, 102, 204]);
        let detectors = [
            LivenessDetector::MiniFasNets(vec![self::mini(Arc::new(mini), 2.7)]),
            LivenessDetector::Human(Arc::new(human)),
        ];
        for detector in detectors {
            assert!(detector.assess(&photo, &BOX).unwrap().is_some());
        }
    }

    #[test]
    fn nothing_is_told_without_a_box_or_models() {
        let photo = RgbPhoto::filled(100, 100, [9; 3]);
        let human = LivenessDetector::Human(model(vec![0.5, 0.5]));
        assert_eq!(human.assess(&photo, &BoundingBox::default()).unwrap(), None);
        assert_eq!(LivenessDetector::MiniFasNets(Vec::new()).assess(&photo, &BOX).unwrap(), None);
    }

    #[test]
    fn surroundings_are_the_scaled_square_where_there_is_room() {
        let photo = RgbPhoto::filled(400, 300, [0; 3]);
        let bounds = BoundingBox::new(190.0, 110.0, 20.0, 80.0);
        assert_eq!(surroundings(&photo, &bounds, 3.0), PixelRect::new(140, 90, 120, 120));
    }

    #[test]
    fn surroundings_are_moved_into_the_photo_without_shrinking() {
        let photo = RgbPhoto::filled(400, 300, [0; 3]);
        let corner = BoundingBox::new(0.0, 280.0, 20.0, 20.0);
        assert_eq!(surroundings(&photo, &corner, 4.0), PixelRect::new(0, 220, 80, 80));
    }

    #[test]
    fn surroundings_larger_than_the_photo_shrink_to_it() {
        let photo = RgbPhoto::filled(100, 60, [0; 3]);
        let large = BoundingBox::new(30.0, 10.0, 40.0, 40.0);
        assert_eq!(surroundings(&photo, &large, 4.0), PixelRect::new(20, 0, 60, 60));
    }

    #[test]
    fn crop_shows_the_face_in_the_middle() {
        let photo = painted(200, 200, |x, y| {
            if (90..110).contains(&x) && (90..110).contains(&y) { [255; 3] } else { [0; 3] }
        });
        let region = surroundings(&photo, &BoundingBox::new(90.0, 90.0, 20.0, 20.0), 2.0);
        let input = input_of(&photo, region, (40, Filter::Bilinear), &Normalization::UNIT, ChannelOrder::Rgb)
            .unwrap();
        let lit = input.data()[..1600].iter().filter(|value| **value > 0.5).count();
        assert_eq!(lit, 400);
    }

    proptest! {
        #[test]
        fn surroundings_never_leave_the_photo(
            x in -500.0f32..500.0, y in -500.0f32..500.0, width in 0.1f32..900.0, height in 0.1f32..900.0,
            scale in 1.0f32..8.0,
        ) {
            let photo = RgbPhoto::filled(64, 48, [0; 3]);
            let region = surroundings(&photo, &BoundingBox::new(x, y, width, height), scale);
            prop_assert!(region.width > 0 && region.x + region.width <= 64);
            prop_assert!(region.height > 0 && region.y + region.height <= 48);
        }
    }
}

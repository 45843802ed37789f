//! How far the eyes are open, from the contour that the iris model draws around each.

use vultus_inference::{InferenceError, Model, Tensor};
use vultus_media::{
    Border, ChannelOrder, Normalization, RgbPhoto, SimilarityTransform, to_planar, warp_similarity,
};
use vultus_types::{Eyes, Landmarks, Point};

use crate::mesh::eye_roll;
use crate::outputs::output_of;

/// Side of the model's input in pixels.
const SIDE: u32 = 64;
/// 71 points of the eye and its brow, then 5 of the iris, with depth.
const VALUES: usize = 76 * 3;
/// The input's width in widths of the eye. `MediaPipe`'s own 2.3 makes narrow eyes too narrow: of 1,482 frontal faces
/// of `FairFace`, 27 with closed eyes among them, 2.0 finds .89 of the closed eyes at 0.20 or less, of the others all
/// but .01 above it and all but .05 above 0.24; 2.3 finds .93, .02 and .09. Eyes that laugh or squint lie between.
const SCALE: f32 = 2.0;
/// Points of the contour below and above one another, from the lower lid to the upper.
const LIDS: [(usize, usize); 3] = [(4, 12), (3, 11), (5, 13)];
/// The corners of the contour.
const CORNERS: (usize, usize) = (0, 8);
/// Outer and inner corner in the mesh.
const RIGHT_CORNERS: (usize, usize) = (33, 133);
const LEFT_CORNERS: (usize, usize) = (263, 362);
/// Eyes that look narrower than this share of the other are turned away: beyond about 45° of yaw.
const SEEN_FROM: f32 = 0.5;
/// Eyes narrower than this, in pixels, cannot be told open from closed.
const MIN_WIDTH_PX: f32 = 6.0;

/// One eye in the mesh, its corners in photo pixels.
#[derive(Clone, Copy)]
struct Eye {
    outer: Point,
    inner: Point,
}

impl Eye {
    fn of(landmarks: &Landmarks, (outer, inner): (usize, usize)) -> Option<Self> {
        let point = |index: usize| landmarks.mesh.get(index).map(|[x, y, _]| Point::new(*x, *y));
        Some(Self { outer: point(outer)?, inner: point(inner)? })
    }

    fn width(&self) -> f32 {
        self.outer.distance(self.inner)
    }
}

/// The openness of each eye; `None` without a mesh. An eye too narrow to be seen is not told.
pub(super) fn tell(
    model: &dyn Model,
    photo: &RgbPhoto,
    landmarks: &Landmarks,
) -> Result<Option<Eyes>, InferenceError> {
    let right = Eye::of(landmarks, RIGHT_CORNERS);
    let left = Eye::of(landmarks, LEFT_CORNERS);
    let (Some(right), Some(left)) = (right, left) else { return Ok(None) };
    let roll = eye_roll([landmarks.right_eye, landmarks.left_eye]);
    let least = MIN_WIDTH_PX.max(SEEN_FROM * right.width().max(left.width()));
    let look = |eye: Eye, is_left: bool| {
        if eye.width() < least { Ok(None) } else { openness(model, photo, eye, roll, is_left) }
    };
    Ok(Some(Eyes { left: look(left, true)?, right: look(right, false)? }))
}

/// The mean gap between the lids over the width; `None` where the contour has no width.
fn openness(
    model: &dyn Model,
    photo: &RgbPhoto,
    eye: Eye,
    roll: f32,
    is_left: bool,
) -> Result<Option<f32>, InferenceError> {
    let middle = Point::new(SIDE as f32 / 2.0, SIDE as f32 / 2.0);
    let scale = SIDE as f32 / (eye.width() * SCALE);
    let transform = SimilarityTransform::about(eye.outer.midpoint(eye.inner), middle, scale, -roll);
    let crop = warp_similarity(photo, &transform, SIDE, SIDE, Border::Replicate);
    // The model knows eyes whose outer corner is at the left: the subject's right one, and the mirrored left one.
    let crop = if is_left { crop.mirrored() } else { crop };
    let planes = to_planar(&crop, &Normalization::UNIT, ChannelOrder::Rgb);
    let outputs = model.run(&Tensor::new(vec![1, 3, SIDE as usize, SIDE as usize], planes)?)?;
    let points = output_of(&outputs, VALUES)?.as_chunks::<3>().0;
    let distance = |(from, to): (usize, usize)| {
        let ([x0, y0, _], [x1, y1, _]) = (points[from], points[to]);
        (x1 - x0).hypot(y1 - y0)
    };
    let gap = LIDS.into_iter().map(distance).sum::<f32>() / LIDS.len() as f32;
    let openness = gap / distance(CORNERS);
    Ok(openness.is_finite().then_some(openness))
}

#[cfg(test)]
mod tests {
    use vultus_inference::FakeModel;
    use vultus_types::ModelDigest;

    use super::*;
    use crate::test_faces::{landmarks_at, painted};

    /// An iris model whose contour is as wide as the input is bright at its left, and 8 high.
    fn model() -> FakeModel {
        FakeModel::new(ModelDigest([6; 32]), &["points"], |input| {
            assert_eq!(input.shape(), [1, 3, 64, 64]);
            let mut points = vec![0.0; VALUES];
            points[8 * 3] = 40.0 * input.data()[32 * 64 + 8].max(0.01);
            for (lower, upper) in LIDS {
                (points[lower * 3 + 1], points[upper * 3 + 1]) = (36.0, 28.0);
            }
            Ok(vec![Tensor::new(vec![1, 1, 1, VALUES], points)?])
        })
    }

    /// Eyes 30 and `left` pixels wide, 60 apart.
    fn face(left: f32) -> Landmarks {
        let mut landmarks = landmarks_at(Point::new(100.0, 80.0), 60.0, 62.0, 0.0);
        landmarks.mesh = vec![[0.0; 3]; 468];
        for (index, x) in [(33, 55.0), (133, 85.0), (362, 130.0 - left / 2.0), (263, 130.0 + left / 2.0)] {
            landmarks.mesh[index] = [x, 80.0, 0.0];
        }
        landmarks
    }

    #[test]
    fn openness_is_the_gap_over_the_width() {
        let white = RgbPhoto::filled(200, 160, [255; 3]);
        let eyes = tell(&model(), &white, &face(30.0)).unwrap().unwrap();
        assert!((eyes.right.unwrap() - 0.2).abs() < 1e-5 && (eyes.left.unwrap() - 0.2).abs() < 1e-5);
    }

    #[test]
    fn outer_corners_of_both_eyes_lie_at_the_left_of_the_input() {
        // White is what lies outside of both eyes' middles.
        let photo = painted(200, 160, |x, _| if (70..130).contains(&x) { [0; 3] } else { [255; 3] });
        let eyes = tell(&model(), &photo, &face(30.0)).unwrap().unwrap();
        assert!((eyes.right.unwrap() - 0.2).abs() < 1e-3 && (eyes.left.unwrap() - 0.2).abs() < 1e-3);
    }

    #[test]
    fn eye_turned_away_is_not_told() {
        let photo = RgbPhoto::filled(200, 160, [255; 3]);
        let eyes = tell(&model(), &photo, &face(12.0)).unwrap().unwrap();
        assert!(eyes.right.is_some() && eyes.left.is_none());
    }

    #[test]
    fn eyes_of_few_pixels_and_faces_without_a_mesh_are_not_told() {
        let photo = RgbPhoto::filled(200, 160, [255; 3]);
        let mut small = face(5.0);
        small.mesh[33][0] = 80.0;
        assert_eq!(tell(&model(), &photo, &small).unwrap(), Some(Eyes { left: None, right: None }));
        small.mesh.clear();
        assert_eq!(tell(&model(), &photo, &small).unwrap(), None);
    }
}

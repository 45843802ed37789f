//! The dense mesh of a face: 468 points with depth, and whether there is a face at all.

use vultus_inference::{InferenceError, Model, Tensor};
use vultus_media::{
    Border, ChannelOrder, Normalization, RgbPhoto, SimilarityTransform, to_planar, warp_similarity,
};
use vultus_types::{BoundingBox, Landmarks, Point};

use crate::outputs::output_of;

/// Side of the model's input in pixels.
pub const INPUT_SIDE: u32 = 192;
/// Points of a mesh.
pub const POINTS: usize = 468;

/// The side of the region shown to the model, in longer sides of the detector's box.
const REGION_SCALE: f32 = 1.5;
/// A face that turns out to be tilted by more than this, in radians, is shown again upright: the mesh of a tilted
/// face is less exact.
const RETRY_ANGLE: f32 = 0.26;

/// The corners of the eyes: the subject's right outer and inner, left inner and outer.
const RIGHT_EYE_CORNERS: [usize; 2] = [33, 133];
const LEFT_EYE_CORNERS: [usize; 2] = [362, 263];
const NOSE_TIP: usize = 1;
const MOUTH_RIGHT: usize = 61;
const MOUTH_LEFT: usize = 291;
const CHIN_TIP: usize = 152;

/// A face as the mesh model sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Mesh {
    /// The points in photo pixels; z on the same scale, negative towards the camera.
    pub points: Vec<[f32; 3]>,
    /// How sure the model is that the region shows a face, 0..=1.
    pub face_probability: f32,
}

impl Mesh {
    /// Point `index`, which is below [`POINTS`], in photo pixels.
    pub fn point(&self, index: usize) -> Point {
        Point::new(self.points[index][0], self.points[index][1])
    }

    /// The subject's right and left eye: the middles of their corners.
    pub fn eyes(&self) -> [Point; 2] {
        [RIGHT_EYE_CORNERS, LEFT_EYE_CORNERS].map(|[one, other]| self.point(one).midpoint(self.point(other)))
    }

    /// The named points; the mesh's own points with them.
    pub fn landmarks(&self) -> Landmarks {
        let [right_eye, left_eye] = self.eyes();
        Landmarks {
            left_eye,
            right_eye,
            nose_tip: self.point(NOSE_TIP),
            mouth_left: self.point(MOUTH_LEFT),
            mouth_right: self.point(MOUTH_RIGHT),
            chin_tip: self.point(CHIN_TIP),
            mesh: self.points.clone(),
        }
    }
}

/// The map from the photo to the model's input: the centre of the box in the middle, 1.5 × its longer side as
/// wide as the input, turned so that a line at `roll` radians (clockwise) is level. `None` for an empty box.
pub fn region_transform(bounds: &BoundingBox, roll: f32) -> Option<SimilarityTransform> {
    let side = bounds.width.max(bounds.height) * REGION_SCALE;
    let input = INPUT_SIDE as f32;
    let middle = Point::new(input / 2.0, input / 2.0);
    let transform = SimilarityTransform::about(bounds.center(), middle, input / side, -roll);
    transform.is_invertible().then_some(transform)
}

/// The angle of the line from the subject's right to left eye in radians, clockwise from level.
pub fn eye_roll([right, left]: [Point; 2]) -> f32 {
    (left.y - right.y).atan2(left.x - right.x)
}

/// Runs the model on the region of a box. `eyes` are the detector's, right then left; where it gives none, the
/// region is shown upright first, and again turned by the mesh's own eyes where these are far from level. `None`
/// for a box without extent.
///
/// # Errors
/// [`InferenceError`] where the model fails or is no mesh model.
pub fn locate_mesh(
    photo: &RgbPhoto,
    bounds: &BoundingBox,
    eyes: Option<[Point; 2]>,
    model: &dyn Model,
) -> Result<Option<Mesh>, InferenceError> {
    if let Some(eyes) = eyes {
        return run_once(photo, bounds, eye_roll(eyes), model);
    }
    let Some(mesh) = run_once(photo, bounds, 0.0, model)? else { return Ok(None) };
    let roll = eye_roll(mesh.eyes());
    if roll.abs() <= RETRY_ANGLE {
        return Ok(Some(mesh));
    }
    let again = run_once(photo, bounds, roll, model)?;
    Ok(again.filter(|again| again.face_probability >= mesh.face_probability).or(Some(mesh)))
}

fn run_once(
    photo: &RgbPhoto,
    bounds: &BoundingBox,
    roll: f32,
    model: &dyn Model,
) -> Result<Option<Mesh>, InferenceError> {
    let Some(transform) = region_transform(bounds, roll) else { return Ok(None) };
    let Some(back) = transform.inverse() else { return Ok(None) };
    let region = warp_similarity(photo, &transform, INPUT_SIDE, INPUT_SIDE, Border::Black);
    let side = INPUT_SIDE as usize;
    let input =
        Tensor::new(vec![1, 3, side, side], to_planar(&region, &Normalization::UNIT, ChannelOrder::Rgb))?;
    decode(&model.run(&input)?, &back).map(Some)
}

/// Reads the model's outputs (told apart by their sizes); `to_photo` leads from the input to the photo.
///
/// # Errors
/// [`InferenceError::Shape`] where an output is missing.
pub fn decode(outputs: &[Tensor], to_photo: &SimilarityTransform) -> Result<Mesh, InferenceError> {
    let scale = to_photo.scale();
    let to_photo_3d = |values: &[f32]| {
        let point = to_photo.apply(Point::new(values[0], values[1]));
        [point.x, point.y, values[2] * scale]
    };
    let points = output_of(outputs, POINTS * 3)?.chunks_exact(3).map(to_photo_3d).collect();
    Ok(Mesh { points, face_probability: output_of(outputs, 1)?[0].clamp(0.0, 1.0) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::test_models::facemesh;

    #[test]
    fn points_come_back_to_the_photo() {
        let photo = RgbPhoto::filled(300, 200, [9; 3]);
        let bounds = BoundingBox::new(100.0, 50.0, 64.0, 32.0);
        let mesh = locate_mesh(&photo, &bounds, None, facemesh(0.75).as_ref()).unwrap().unwrap();
        assert_eq!(mesh.face_probability, 0.75);
        assert_eq!(mesh.points.len(), POINTS);
        // The region is 1.5 × 64 = 96 pixels wide, so a pixel of the input is half a pixel of the photo.
        assert!(mesh.point(CHIN_TIP).distance(bounds.center()) < 1e-3);
        assert!((mesh.points[CHIN_TIP][2] - 0.5).abs() < 1e-5);
        let [right, left] = mesh.eyes();
        assert!(
            right.distance(Point::new(116.0, 66.0)) < 1e-3 && left.distance(Point::new(148.0, 66.0)) < 1e-3
        );
    }

    #[test]
    fn mesh_turns_with_the_eyes() {
        let photo = RgbPhoto::filled(300, 200, [9; 3]);
        let bounds = BoundingBox::new(100.0, 50.0, 64.0, 64.0);
        let eyes = [Point::new(120.0, 70.0), Point::new(140.0, 90.0)];
        let mesh = locate_mesh(&photo, &bounds, Some(eyes), facemesh(1.0).as_ref()).unwrap().unwrap();
        assert!((eye_roll(mesh.eyes()) - 45f32.to_radians()).abs() < 1e-4);
    }

    #[test]
    fn box_without_extent_has_no_mesh() {
        let photo = RgbPhoto::filled(30, 20, [9; 3]);
        let bounds = BoundingBox::new(10.0, 5.0, 0.0, 0.0);
        assert_eq!(locate_mesh(&photo, &bounds, None, facemesh(1.0).as_ref()).unwrap(), None);
    }

    proptest! {
        #[test]
        fn region_transform_leads_back(
            (x, y, side) in (-100f32..4000.0, -100f32..4000.0, 10f32..2000.0),
            roll in -3f32..3.0,
            at in (0f32..192.0, 0f32..192.0),
        ) {
            let bounds = BoundingBox::new(x, y, side, side * 0.8);
            let transform = region_transform(&bounds, roll).unwrap();
            let back = transform.inverse().unwrap();
            let point = Point::new(at.0, at.1);
            prop_assert!(transform.apply(back.apply(point)).distance(point) < 0.1);
            let middle = Point::new(96.0, 96.0);
            prop_assert!(back.apply(middle).distance(bounds.center()) < side * 1e-3 + 0.01);
        }
    }
}

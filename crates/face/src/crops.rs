//! Crops of a face with level eyes, as the attribute models expect them.
//!
//! Most are aligned by the eyes: their midpoint lies at (½, `eye_row`) of the crop, and their distance is
//! `eye_share` of its side. In a turned face the eyes seem close together, so the distance is taken as at least
//! 0.9 × that from the eyes to the mouth. Others are squares around the mesh.

use vultus_media::{Border, RgbPhoto, SimilarityTransform, warp_similarity};
use vultus_types::{Landmarks, Point};

use crate::mesh::eye_roll;

/// The least eye distance, as a share of the distance from the eyes to the mouth.
const EYES_TO_MOUTH_SHARE: f32 = 0.9;
/// Faces whose eyes are closer than this, in pixels, have no crop.
const MIN_EYE_DISTANCE_PX: f32 = 1.0;

/// Where the eyes lie in a square crop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EyeAlignment {
    /// Width and height of the crop in pixels.
    pub side: u32,
    /// Eye distance as a share of the side.
    pub eye_share: f32,
    /// Row of the eyes as a share of the side, from the top.
    pub eye_row: f32,
}

/// The crop of the age and gender model of face-api. This and the next two were fitted in the project's
/// measurements: a model is the more accurate the closer the crop is to the one it was trained on.
pub const AGE_GENDER: EyeAlignment = EyeAlignment { side: 112, eye_share: 0.397, eye_row: 0.286 };
/// The crop of the expression model of face-api.
pub const EXPRESSION: EyeAlignment = EyeAlignment { side: 112, eye_share: 0.38, eye_row: 0.29 };
/// The crop of the emotion model of human.
pub const EMOTION: EyeAlignment = EyeAlignment { side: 64, eye_share: 0.37, eye_row: 0.30 };

impl EyeAlignment {
    /// The map from the photo to the crop; `None` where the landmarks are not finite or lie in one place.
    pub fn transform(&self, landmarks: &Landmarks) -> Option<SimilarityTransform> {
        let (left, right) = (landmarks.left_eye, landmarks.right_eye);
        let eyes = left.midpoint(right);
        let mouth = landmarks.mouth_left.midpoint(landmarks.mouth_right);
        let distance = left.distance(right).max(EYES_TO_MOUTH_SHARE * eyes.distance(mouth));
        if !(distance >= MIN_EYE_DISTANCE_PX && distance.is_finite()) {
            return None;
        }
        let side = self.side as f32;
        let angle = eye_roll([right, left]);
        let target = Point::new(side / 2.0, side * self.eye_row);
        let transform = SimilarityTransform::about(eyes, target, side * self.eye_share / distance, -angle);
        transform.is_invertible().then_some(transform)
    }
}

/// The crop of a face; pixels outside the photo repeat its edge. `None` where the landmarks are not finite or
/// lie in one place.
pub fn eye_aligned_crop(
    photo: &RgbPhoto,
    landmarks: &Landmarks,
    alignment: &EyeAlignment,
) -> Option<RgbPhoto> {
    let transform = alignment.transform(landmarks)?;
    Some(warp_similarity(photo, &transform, alignment.side, alignment.side, Border::Replicate))
}

/// A square around a mesh, turned so that the eyes are level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelSquare {
    /// Its centre in photo pixels: the middle of the mesh's extents.
    pub center: Point,
    /// The longer extent of the mesh in photo pixels.
    pub extent: f32,
    /// The angle of the line through the eyes, in radians clockwise from level.
    pub roll: f32,
}

impl LevelSquare {
    /// The square around the mesh of a face; `None` without points or extent.
    pub fn around(landmarks: &Landmarks) -> Option<Self> {
        let roll = eye_roll([landmarks.right_eye, landmarks.left_eye]);
        let level = SimilarityTransform::about(Point::default(), Point::default(), 1.0, -roll);
        let points = || landmarks.mesh.iter().map(|[x, y, _]| level.apply(Point::new(*x, *y)));
        let edge = |start: f32, choose: fn(f32, f32) -> f32| {
            points().fold(Point::new(start, start), |edge, point| {
                Point::new(choose(edge.x, point.x), choose(edge.y, point.y))
            })
        };
        let (least, most) = (edge(f32::INFINITY, f32::min), edge(f32::NEG_INFINITY, f32::max));
        let extent = (most.x - least.x).max(most.y - least.y);
        let center = level.inverse()?.apply(least.midpoint(most));
        (extent >= MIN_EYE_DISTANCE_PX && extent.is_finite()).then_some(Self { center, extent, roll })
    }

    /// The photo's part that is `scale` times as wide as the mesh, as a crop of `side`² pixels; black where the
    /// photo ends.
    pub fn crop(&self, photo: &RgbPhoto, scale: f32, side: u32) -> Option<RgbPhoto> {
        let middle = Point::new(side as f32 / 2.0, side as f32 / 2.0);
        let factor = side as f32 / (self.extent * scale);
        let transform = SimilarityTransform::about(self.center, middle, factor, -self.roll);
        transform.is_invertible().then(|| warp_similarity(photo, &transform, side, side, Border::Black))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::test_faces::{landmarks_at, painted, with_cross};

    const ALIGNMENT: EyeAlignment = EyeAlignment { side: 100, eye_share: 0.4, eye_row: 0.36 };

    #[test]
    fn eyes_of_a_level_face_lie_where_the_alignment_says() {
        // In a frontal face the mouth is about as far from the eyes as they from each other.
        let landmarks = landmarks_at(Point::new(200.0, 300.0), 80.0, 85.0, 0.0);
        let transform = ALIGNMENT.transform(&landmarks).unwrap();
        let right = transform.apply(landmarks.right_eye);
        let left = transform.apply(landmarks.left_eye);
        assert!(right.distance(Point::new(30.0, 36.0)) < 0.01, "{right:?}");
        assert!(left.distance(Point::new(70.0, 36.0)) < 0.01, "{left:?}");
    }

    #[test]
    fn turned_face_is_scaled_by_its_height() {
        let profile = landmarks_at(Point::new(200.0, 300.0), 30.0, 80.0, 0.0);
        let transform = ALIGNMENT.transform(&profile).unwrap();
        assert!((transform.scale() - 40.0 / 72.0).abs() < 1e-4, "{}", transform.scale());
    }

    #[test]
    fn landmarks_without_extent_have_no_crop() {
        let photo = RgbPhoto::filled(50, 50, [9; 3]);
        let nowhere = landmarks_at(Point::new(20.0, 20.0), 0.0, 0.0, 0.0);
        assert_eq!(eye_aligned_crop(&photo, &nowhere, &ALIGNMENT), None);
        let broken = landmarks_at(Point::new(f32::NAN, 20.0), 30.0, 30.0, 0.0);
        assert_eq!(eye_aligned_crop(&photo, &broken, &ALIGNMENT), None);
    }

    #[test]
    fn pixels_outside_the_photo_repeat_its_edge() {
        let photo = RgbPhoto::filled(50, 50, [9, 80, 200]);
        let landmarks = landmarks_at(Point::new(25.0, 25.0), 40.0, 40.0, 0.3);
        let crop = eye_aligned_crop(&photo, &landmarks, &ALIGNMENT).unwrap();
        assert!(crop.data().as_chunks::<3>().0.iter().all(|pixel| *pixel == [9, 80, 200]));
    }

    #[test]
    fn square_of_a_turned_mesh_is_as_large_as_of_a_level_one() {
        for angle in [0.0, 0.5, -1.2] {
            let square = LevelSquare::around(&with_cross(angle)).unwrap();
            assert!((square.extent - 90.0).abs() < 1e-3 && (square.roll - angle).abs() < 1e-4);
            assert!(square.center.distance(Point::new(100.0, 100.0)) < 1e-3);
        }
        assert_eq!(LevelSquare::around(&landmarks_at(Point::new(9.0, 9.0), 40.0, 40.0, 0.0)), None);
    }

    #[test]
    fn square_shows_its_share_of_the_photo_upright() {
        // The face lies on its side, its chin towards the white half of the photo.
        let photo = painted(200, 200, |x, _| if x < 100 { [255; 3] } else { [0; 3] });
        let square = LevelSquare::around(&with_cross(std::f32::consts::FRAC_PI_2)).unwrap();
        let crop = square.crop(&photo, 1.0, 90).unwrap();
        assert_eq!((crop.pixel(45, 10), crop.pixel(45, 80)), ([0; 3], [255; 3]));
        // Three times the mesh is more than the photo.
        assert_eq!(square.crop(&photo, 3.0, 90).unwrap().pixel(45, 89), [0; 3]);
    }

    proptest! {
        #[test]
        fn eyes_are_level_in_the_crop(
            x in 0.0f32..4000.0, y in 0.0f32..4000.0, eyes in 4.0f32..900.0, angle in -3.1f32..3.1,
        ) {
            let landmarks = landmarks_at(Point::new(x, y), eyes, eyes, angle);
            let transform = ALIGNMENT.transform(&landmarks).unwrap();
            let (right, left) = (transform.apply(landmarks.right_eye), transform.apply(landmarks.left_eye));
            prop_assert!((right.y - left.y).abs() < 0.1);
            prop_assert!((left.x - right.x - 40.0).abs() < 0.1);
        }

        #[test]
        fn any_finite_landmarks_give_a_crop_or_none(
            x in -1e6f32..1e6, y in -1e6f32..1e6, eyes in 0.0f32..1e5, mouth in 0.0f32..1e5,
        ) {
            let photo = RgbPhoto::filled(20, 20, [1, 2, 3]);
            let crop = eye_aligned_crop(&photo, &landmarks_at(Point::new(x, y), eyes, mouth, 1.0), &ALIGNMENT);
            if let Some(crop) = crop {
                prop_assert_eq!((crop.width(), crop.height()), (100, 100));
            }
        }
    }
}

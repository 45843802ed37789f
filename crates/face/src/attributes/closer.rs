//! A closer look at a face: the mesh model once more, on the region that the first mesh covers.
//!
//! The detector's box is only roughly centred on the face, and the mesh of a badly centred region is pulled
//! towards a neutral face. Measured on photos labelled by hand, the second look raises the accuracy of "lips
//! together or apart" from 0.83 to 0.90.

use vultus_inference::{InferenceError, Model};
use vultus_media::RgbPhoto;
use vultus_types::{BoundingBox, Landmarks};

use crate::crops::LevelSquare;
use crate::mesh::locate_mesh;

/// The side of the box handed to the mesh, in longer extents of the first mesh: with the mesh's own margin of 1.5
/// the model sees 1.6 × the extent.
const BOX_SCALE: f32 = 1.6 / 1.5;

/// The landmarks of the closer look; `None` where there is no mesh to start from, or where the model no longer
/// sees a face.
pub(super) fn look(
    photo: &RgbPhoto,
    landmarks: &Landmarks,
    model: &dyn Model,
) -> Result<Option<Landmarks>, InferenceError> {
    let eyes = [landmarks.right_eye, landmarks.left_eye];
    let Some(square) = LevelSquare::around(landmarks) else { return Ok(None) };
    let side = square.extent * BOX_SCALE;
    let (left, top) = (square.center.x - side / 2.0, square.center.y - side / 2.0);
    let mesh = locate_mesh(photo, &BoundingBox::new(left, top, side, side), Some(eyes), model)?;
    Ok(mesh.filter(|mesh| mesh.face_probability >= 0.5).map(|mesh| mesh.landmarks()))
}

#[cfg(test)]
mod tests {
    use vultus_inference::{FakeModel, Tensor};
    use vultus_types::{ModelDigest, Point};

    use super::*;
    use crate::test_faces::{landmarks_at, with_cross};

    /// A mesh model that sees a face with the given probability, all points in the middle of its input.
    fn model(probability: f32) -> FakeModel {
        FakeModel::new(ModelDigest([4; 32]), &["points", "flag"], move |_| {
            let points = Tensor::new(vec![1, 1404], [96.0, 96.0, 0.0].repeat(468))?;
            Ok(vec![points, Tensor::new(vec![1, 1], vec![probability])?])
        })
    }

    #[test]
    fn second_look_is_centred_on_the_first_mesh() {
        let photo = RgbPhoto::filled(200, 200, [99; 3]);
        let seen = look(&photo, &with_cross(0.4), &model(0.9)).unwrap().unwrap();
        assert!(seen.nose_tip.distance(Point::new(100.0, 100.0)) < 0.01);
    }

    #[test]
    fn first_look_stands_where_the_second_sees_no_face() {
        let photo = RgbPhoto::filled(200, 200, [99; 3]);
        assert!(look(&photo, &with_cross(0.0), &model(0.1)).unwrap().is_none());
        let without_mesh = landmarks_at(Point::new(100.0, 100.0), 40.0, 40.0, 0.0);
        assert!(look(&photo, &without_mesh, &model(0.9)).unwrap().is_none());
    }
}

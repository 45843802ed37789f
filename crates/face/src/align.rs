//! Aligned chips: a face moved, turned and scaled to where an embedder expects it.

use vultus_media::{Border, RgbPhoto, SimilarityTransform, warp_similarity};
use vultus_types::{Landmarks, Point};

use crate::mesh::Mesh;

/// Side of the dlib chip in pixels.
pub const DLIB_CHIP_SIDE: u32 = 150;
/// The chip shows the template's unit square with this margin on each side, in sides of that square (dlib's
/// padding).
const DLIB_PADDING: f32 = 0.2;

/// Mesh points and their places in the unit square of dlib's face chip: the mean of where they lie in chips that
/// dlib's own landmarks align.
const DLIB_TEMPLATE: [(usize, f32, f32); 31] = [
    (33, 0.1117, 0.2183),
    (133, 0.3451, 0.2298),
    (362, 0.6344, 0.2309),
    (263, 0.8683, 0.2185),
    (159, 0.2154, 0.1822),
    (145, 0.2319, 0.2488),
    (386, 0.7638, 0.1830),
    (374, 0.7482, 0.2490),
    (168, 0.4888, 0.1896),
    (6, 0.4887, 0.2532),
    (197, 0.4888, 0.3154),
    (195, 0.4886, 0.3734),
    (5, 0.4886, 0.4359),
    (4, 0.4888, 0.5113),
    (1, 0.4894, 0.5683),
    (2, 0.4904, 0.6178),
    (98, 0.3426, 0.5921),
    (327, 0.6391, 0.5916),
    (129, 0.3127, 0.5319),
    (358, 0.6686, 0.5312),
    (61, 0.2676, 0.7946),
    (291, 0.7158, 0.7929),
    (0, 0.4916, 0.7353),
    (17, 0.4931, 0.9134),
    (13, 0.4919, 0.7836),
    (14, 0.4933, 0.8315),
    (70, 0.0119, 0.1054),
    (300, 0.9692, 0.1044),
    (107, 0.3693, 0.0531),
    (336, 0.6094, 0.0520),
    (152, 0.4936, 1.1977),
];

/// Side of the chip for which the ArcFace template is given.
const ARCFACE_SIDE: f32 = 112.0;
/// The ArcFace template in pixels of a 112² chip: the subject's right and left eye, the tip of the nose, the right
/// and left corner of the mouth.
const ARCFACE_TEMPLATE: [(f32, f32); 5] =
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)];

/// The map from the photo to the dlib chip of 150²: the least-squares similarity that takes 31 mesh points to the
/// template. `None` where the mesh has no extent.
pub fn dlib_transform(mesh: &Mesh) -> Option<SimilarityTransform> {
    let unit = DLIB_CHIP_SIDE as f32 / (1.0 + 2.0 * DLIB_PADDING);
    let from: Vec<Point> = DLIB_TEMPLATE.iter().map(|&(index, ..)| mesh.point(index)).collect();
    let to: Vec<Point> = DLIB_TEMPLATE
        .iter()
        .map(|&(_, u, v)| Point::new((u + DLIB_PADDING) * unit, (v + DLIB_PADDING) * unit))
        .collect();
    SimilarityTransform::fit(&from, &to)
}

/// The map from the photo to an ArcFace chip of `side`²: the least-squares similarity that takes the five points
/// (right eye, left eye, nose tip, right and left corner of the mouth) to the template. `None` where the points
/// lie in one place.
pub fn arcface_transform(points: &[Point; 5], side: u32) -> Option<SimilarityTransform> {
    let scale = side as f32 / ARCFACE_SIDE;
    let to = ARCFACE_TEMPLATE.map(|(x, y)| Point::new(x * scale, y * scale));
    SimilarityTransform::fit(points, &to)
}

/// The five points of the ArcFace template out of the landmarks.
pub const fn five_points(landmarks: &Landmarks) -> [Point; 5] {
    [landmarks.right_eye, landmarks.left_eye, landmarks.nose_tip, landmarks.mouth_right, landmarks.mouth_left]
}

/// The square chip of `side`² pixels that `transform` cuts out; black where the photo ends.
pub fn cut_chip(photo: &RgbPhoto, transform: &SimilarityTransform, side: u32) -> RgbPhoto {
    warp_similarity(photo, transform, side, side, Border::Black)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mesh::POINTS;

    fn mesh_at(place: impl Fn(Point) -> Point) -> Mesh {
        let mut points = vec![[0.0; 3]; POINTS];
        for (index, u, v) in DLIB_TEMPLATE {
            let point = place(Point::new(u, v));
            points[index] = [point.x, point.y, 0.0];
        }
        Mesh { points, face_probability: 1.0 }
    }

    #[test]
    fn arcface_template_maps_onto_itself() {
        let points = ARCFACE_TEMPLATE.map(|(x, y)| Point::new(x, y));
        let transform = arcface_transform(&points, 112).unwrap();
        assert!((transform.scale() - 1.0).abs() < 1e-5 && transform.angle().abs() < 1e-6);
        let doubled = arcface_transform(&points, 224).unwrap();
        assert!((doubled.scale() - 2.0).abs() < 1e-5);
    }

    #[test]
    fn chip_shows_the_unit_square_with_its_margin() {
        let transform =
            dlib_transform(&mesh_at(|point| Point::new(point.x * 100.0, point.y * 100.0))).unwrap();
        let corner = transform.apply(Point::new(-20.0, -20.0));
        let opposite = transform.apply(Point::new(120.0, 120.0));
        assert!(corner.distance(Point::new(0.0, 0.0)) < 1e-3, "{corner:?}");
        assert!(opposite.distance(Point::new(150.0, 150.0)) < 1e-3, "{opposite:?}");
    }

    #[test]
    fn mesh_without_extent_has_no_chip() {
        assert_eq!(dlib_transform(&mesh_at(|_| Point::new(7.0, 7.0))), None);
    }

    proptest! {
        #[test]
        fn face_at_any_place_size_and_tilt_comes_to_the_template(
            scale in 10f32..1000.0,
            angle in -3f32..3.0,
            x in -500f32..3000.0,
            y in -500f32..3000.0,
        ) {
            let place = SimilarityTransform::about(Point::new(0.5, 0.5), Point::new(x, y), scale, angle);
            let transform = dlib_transform(&mesh_at(|point| place.apply(point))).unwrap();
            let nose = transform.apply(place.apply(Point::new(0.4888, 0.5113)));
            let expected = Point::new((0.4888 + 0.2) / 1.4 * 150.0, (0.5113 + 0.2) / 1.4 * 150.0);
            prop_assert!(nose.distance(expected) < 0.2, "{nose:?}");
        }
    }
}

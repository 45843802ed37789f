//! 68 points of a face in the usual order, out of the dense mesh.

use vultus_types::Landmarks;

/// How many points there are.
const POINTS: usize = 68;

/// The mesh point at each place of the usual order, in which "left" is the left of the image. On 248 faces of Labeled
/// Faces in the Wild they lie, in the median, within .05 of the eye distance of where a model trained for 68 points puts
/// eyes, nose and lips, within .07 at the brows and .10 along the jaw, where such models know the silhouette and the
/// mesh the skull.
const MESH_POINTS: [usize; POINTS] = [
    // The jaw, from the left ear over the chin.
    127, 234, 93, 132, 172, 136, 150, 176, 152, 400, 379, 365, 397, 361, 323, 454, 356, //
    // The left brow, then the right one, from left to right.
    70, 63, 105, 66, 107, 336, 296, 334, 293, 300, //
    // The bridge of the nose downwards, then its base from left to right.
    168, 197, 5, 4, 75, 97, 2, 326, 305, //
    // Each eye from its left corner along the upper lid, then back along the lower one.
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380, //
    // The outer edge of the lips from the left corner along the upper one, then back along the lower one.
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, //
    // Their inner edge, likewise.
    78, 82, 13, 312, 308, 317, 14, 87,
];

/// The points in the pixels of the landmarks; `None` without a mesh.
pub(super) fn points(landmarks: &Landmarks) -> Option<Vec<[f32; 2]>> {
    let point = |&index: &usize| landmarks.mesh.get(index).map(|[x, y, _]| [*x, *y]);
    MESH_POINTS.iter().map(point).collect()
}

#[cfg(test)]
mod tests {
    use vultus_types::Point;

    use super::*;

    fn landmarks(mesh: Vec<[f32; 3]>) -> Landmarks {
        let at = Point::default();
        Landmarks {
            left_eye: at,
            right_eye: at,
            nose_tip: at,
            mouth_left: at,
            mouth_right: at,
            chin_tip: at,
            mesh,
        }
    }

    #[test]
    fn points_are_those_of_the_mesh() {
        let mesh = (0..468u16).map(|index| [f32::from(index), 1.0, 7.0]).collect();
        let points = points(&landmarks(mesh)).unwrap();
        assert_eq!((points.len(), points[8], points[36]), (68, [152.0, 1.0], [33.0, 1.0]));
    }

    #[test]
    fn no_mesh_has_no_points() {
        assert_eq!(points(&landmarks(Vec::new())), None);
    }

    #[test]
    fn every_point_is_another_one() {
        let mut sorted = MESH_POINTS;
        sorted.sort_unstable();
        assert!(sorted.windows(2).all(|pair| pair[0] < pair[1]));
    }
}

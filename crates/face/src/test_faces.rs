//! Made-up faces for the tests of this crate.

use vultus_media::RgbPhoto;
use vultus_types::{Landmarks, Point};

/// Landmarks of a face whose eyes are `eyes` apart around `center`, and whose mouth lies `mouth` below, turned by
/// `angle` radians clockwise. No mesh.
pub(crate) fn landmarks_at(center: Point, eyes: f32, mouth: f32, angle: f32) -> Landmarks {
    let (sine, cosine) = angle.sin_cos();
    let place =
        |x: f32, y: f32| Point::new(center.x + x * cosine - y * sine, center.y + x * sine + y * cosine);
    Landmarks {
        left_eye: place(eyes / 2.0, 0.0),
        right_eye: place(-eyes / 2.0, 0.0),
        nose_tip: place(0.0, mouth * 0.6),
        mouth_left: place(eyes / 3.0, mouth),
        mouth_right: place(-eyes / 3.0, mouth),
        chin_tip: place(0.0, mouth * 1.5),
        mesh: Vec::new(),
    }
}

/// A face at (100, 100) whose mesh is a cross 60 wide and 90 high around the eyes' midpoint, turned like the face.
pub(crate) fn with_cross(angle: f32) -> Landmarks {
    let mut landmarks = landmarks_at(Point::new(100.0, 100.0), 40.0, 40.0, angle);
    let (sine, cosine) = angle.sin_cos();
    let place = |x: f32, y: f32| [100.0 + x * cosine - y * sine, 100.0 + x * sine + y * cosine, 0.0];
    landmarks.mesh = vec![place(-30.0, 0.0), place(30.0, 0.0), place(0.0, -45.0), place(0.0, 45.0)];
    landmarks
}

/// A photo whose pixel (x, y) has the colour that `paint` gives.
pub(crate) fn painted(width: u32, height: u32, paint: impl Fn(u32, u32) -> [u8; 3]) -> RgbPhoto {
    let paint = &paint;
    let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| paint(x, y)));
    RgbPhoto::new(width, height, pixels.collect()).unwrap()
}

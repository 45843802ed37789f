//! Draws what was found over a photo, for `detect --draw`.

use vultus_media::RgbPhoto;
use vultus_types::{AnalyzedFace, BoundingBox, Point};

type Color = [u8; 3];

const BOX: Color = [0, 255, 80];
const LANDMARK: Color = [255, 40, 200];
const MESH: Color = [90, 200, 255];

/// Draws boxes, named points and the dense points of every face.
pub(crate) fn faces(photo: &mut RgbPhoto, faces: &[AnalyzedFace]) {
    let stroke = (photo.width().max(photo.height()) / 400).max(2) as i64;
    for face in faces {
        rectangle(photo, &face.bounds, stroke, BOX);
        let Some(landmarks) = &face.landmarks else { continue };
        for point in &landmarks.mesh {
            dot(photo, Point::new(point[0], point[1]), stroke / 3, MESH);
        }
        let named = [
            landmarks.left_eye,
            landmarks.right_eye,
            landmarks.nose_tip,
            landmarks.mouth_left,
            landmarks.mouth_right,
            landmarks.chin_tip,
        ];
        for point in named {
            dot(photo, point, stroke, LANDMARK);
        }
    }
}

fn rectangle(photo: &mut RgbPhoto, bounds: &BoundingBox, stroke: i64, color: Color) {
    let (left, top) = (bounds.x.round() as i64, bounds.y.round() as i64);
    let (right, bottom) = (bounds.right().round() as i64, bounds.bottom().round() as i64);
    fill(photo, left..right, top..top + stroke, color);
    fill(photo, left..right, bottom - stroke..bottom, color);
    fill(photo, left..left + stroke, top..bottom, color);
    fill(photo, right - stroke..right, top..bottom, color);
}

fn dot(photo: &mut RgbPhoto, at: Point, radius: i64, color: Color) {
    let (x, y) = (at.x.round() as i64, at.y.round() as i64);
    fill(photo, x - radius..x + radius + 1, y - radius..y + radius + 1, color);
}

/// Fills the part of a rectangle that lies inside the photo.
fn fill(photo: &mut RgbPhoto, columns: std::ops::Range<i64>, rows: std::ops::Range<i64>, color: Color) {
    let (width, height) = (i64::from(photo.width()), i64::from(photo.height()));
    for y in rows.start.max(0)..rows.end.min(height) {
        for x in columns.start.max(0)..columns.end.min(width) {
            let offset = (y * width + x) as usize * 3;
            photo.data_mut()[offset..offset + 3].copy_from_slice(&color);
        }
    }
}

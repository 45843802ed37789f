//! Draws what was found over a photo, for `detect --draw` and `analyze --draw`.

mod font;

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

/// Colours that tell persons apart, by their numbers (Okabe and Ito).
const PERSONS: [Color; 7] = [
    [86, 180, 233],
    [230, 159, 0],
    [0, 158, 115],
    [204, 121, 167],
    [240, 228, 66],
    [213, 94, 0],
    [0, 114, 178],
];
const INK: Color = [0, 0, 0];

/// Draws a person's box with the number and a word above it, in the number's colour.
pub(crate) fn person(photo: &mut RgbPhoto, bounds: &BoundingBox, number: u32, word: &str) {
    let longer = photo.width().max(photo.height());
    let color = PERSONS[number as usize % PERSONS.len()];
    rectangle(photo, bounds, (longer / 400).max(2) as i64, color);
    let dot = (longer / 400).max(2) as i64;
    let text = format!("{number} {word}");
    let text = text.trim_end();
    let (left, bottom) = (bounds.x.round() as i64, bounds.y.round() as i64);
    let (width, height) = (font::width(text) + 2, font::HEIGHT + 2);
    // Inside the box where there is no room above it.
    let top = if bottom >= height * dot { bottom - height * dot } else { bottom.max(0) };
    fill(photo, left..left + width * dot, top..top + height * dot, color);
    for (x, y) in font::dots(text) {
        let (x, y) = (left + (x + 1) * dot, top + (y + 1) * dot);
        fill(photo, x..x + dot, y..y + dot, INK);
    }
}

/// Draws a small point of a face.
pub(crate) fn point(photo: &mut RgbPhoto, x: f32, y: f32) {
    dot(photo, Point::new(x, y), 0, LANDMARK);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_lies_above_the_box_or_in_it_at_the_edge() {
        for (y, label_y) in [(60.0, 55), (0.0, 5)] {
            let mut photo = RgbPhoto::filled(200, 200, [9; 3]);
            person(&mut photo, &BoundingBox::new(50.0, y, 80.0, 80.0), 1, "joy");
            assert_eq!(photo.pixel(50, label_y), PERSONS[1]);
            assert_eq!(photo.pixel(50, y as u32 + 70), PERSONS[1]);
            assert_eq!(photo.pixel(90, y as u32 + 50), [9; 3]);
        }
    }

    #[test]
    fn boxes_over_the_edge_are_drawn_as_far_as_they_are_seen() {
        let mut photo = RgbPhoto::filled(100, 100, [9; 3]);
        person(&mut photo, &BoundingBox::new(-30.0, -30.0, 500.0, 60.0), 0, "surprise");
        assert_eq!(photo.pixel(50, 29), PERSONS[0]);
    }
}

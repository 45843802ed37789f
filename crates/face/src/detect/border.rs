//! Faces that the photo's border cuts off.

use vultus_types::BoundingBox;

/// A face is cut off from this share of its area outside the photo on. The detectors draw the box of a cut face as
/// it would be whole, over the border. Measured on twelve faces, each cut at each side: where a tenth of the side
/// is missing nine of ten boxes have .05 and more outside, where the border just touches the face nine of ten have
/// less.
const CUT_OFF_SHARE: f32 = 0.05;

/// Whether the border of a photo of `width` by `height` pixels cuts off a face with that outline (in photo pixels).
/// An outline without area is not cut off.
pub fn is_cut_off(outline: &BoundingBox, width: u32, height: u32) -> bool {
    let inside_x = outline.right().min(width as f32) - outline.x.max(0.0);
    let inside_y = outline.bottom().min(height as f32) - outline.y.max(0.0);
    let inside = inside_x.max(0.0) * inside_y.max(0.0);
    outline.area() > 0.0 && inside <= outline.area() * (1.0 - CUT_OFF_SHARE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn face_is_cut_off_at_any_side_it_reaches_over() {
        for (x, y) in [(-10.0, 50.0), (90.0, 50.0), (40.0, -10.0), (40.0, 150.0)] {
            assert!(is_cut_off(&BoundingBox::new(x, y, 60.0, 60.0), 140, 200), "{x}, {y}");
        }
    }

    #[test]
    fn face_that_only_touches_the_border_is_whole() {
        for (x, y) in [(0.0, 50.0), (80.0, 50.0), (40.0, 0.0), (40.0, 140.0), (-2.0, 50.0)] {
            assert!(!is_cut_off(&BoundingBox::new(x, y, 60.0, 60.0), 140, 200), "{x}, {y}");
        }
    }

    #[test]
    fn outline_without_area_is_not_cut_off() {
        assert!(!is_cut_off(&BoundingBox::new(-5.0, 10.0, 0.0, 10.0), 140, 200));
    }
}

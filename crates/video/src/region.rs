//! Parts of a picture that an operator marks.

use vultus_types::{BoundingBox, Point};

/// A rectangle in pixels of the video as it is displayed, before it is made smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// The first column.
    pub x: u32,
    /// The first row.
    pub y: u32,
}

impl Region {
    /// Whether the middle of a face lies in the region. `bounds` is in pixels of a frame of `frame` size,
    /// which shows the part `shown` of the video.
    pub fn contains(self, bounds: &BoundingBox, frame: (u32, u32), shown: Self) -> bool {
        let scale_x = shown.width as f32 / frame.0.max(1) as f32;
        let scale_y = shown.height as f32 / frame.1.max(1) as f32;
        let Point { x, y } = bounds.center();
        let (x, y) = (shown.x as f32 + x * scale_x, shown.y as f32 + y * scale_y);
        let (left, top) = (self.x as f32, self.y as f32);
        (left..left + self.width as f32).contains(&x) && (top..top + self.height as f32).contains(&y)
    }

    /// What is left of the region in a video of `width` × `height` pixels: at least one pixel, and the same
    /// that the filter of `crop_filter` leaves.
    #[must_use]
    pub fn within(self, width: u32, height: u32) -> Self {
        let x = self.x.min(width.saturating_sub(1));
        let y = self.y.min(height.saturating_sub(1));
        let width = self.width.clamp(1, (width - x).max(1));
        Self { x, y, width, height: self.height.clamp(1, (height - y).max(1)) }
    }

    /// A filter of ffmpeg that cuts the region out, whatever the size of the video.
    pub(crate) fn crop_filter(self) -> String {
        let Self { width, height, x, y } = self;
        let (width, height) = (width.max(1), height.max(1));
        format!(
            "crop=w='min({width},iw-min({x},iw-1))':h='min({height},ih-min({y},ih-1))':x='min({x},iw-1)':\
             y='min({y},ih-1)':exact=1"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Region = Region { width: 1920, height: 1080, x: 0, y: 0 };

    #[test]
    fn face_is_in_the_region_by_its_middle() {
        let region = Region { width: 960, height: 1080, x: 960, y: 0 };
        let face = |x: f32| BoundingBox::new(x, 100.0, 100.0, 100.0);
        assert!(region.contains(&face(600.0), (1280, 720), WHOLE));
        assert!(!region.contains(&face(580.0), (1280, 720), WHOLE));
        assert!(!region.contains(&face(1250.0), (1280, 720), WHOLE));
    }

    #[test]
    fn region_counts_from_the_corner_of_the_whole_video() {
        let shown = Region { width: 640, height: 360, x: 1000, y: 500 };
        let region = Region { width: 100, height: 100, x: 1300, y: 600 };
        assert!(region.contains(&BoundingBox::new(310.0, 110.0, 80.0, 80.0), (640, 360), shown));
        assert!(!region.contains(&BoundingBox::new(1310.0, 610.0, 80.0, 80.0), (640, 360), shown));
    }

    #[test]
    fn region_outside_the_video_is_its_last_pixel() {
        let region = Region { width: 50, height: 0, x: 5000, y: 5000 };
        assert_eq!(region.within(1920, 1080), Region { width: 1, height: 1, x: 1919, y: 1079 });
        assert_eq!(WHOLE.within(640, 480), Region { width: 640, height: 480, x: 0, y: 0 });
    }
}

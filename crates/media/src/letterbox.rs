//! Fitting a photo into the frame of a model without distortion.

use vultus_types::{BoundingBox, Point};

use crate::{Filter, PixelRect, RgbPhoto, resize_region};

/// Where the photo stands in a frame of another shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// In the middle.
    Centre,
    /// In the top left corner; the padding is at the right or at the bottom.
    TopLeft,
}

/// How coordinates of the frame and of the photo belong together, per axis: `frame = photo × scale + offset`. The
/// two scales differ by rounding to whole pixels only.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mapping {
    /// Frame pixels per photo pixel, along x and y.
    pub scale: (f32, f32),
    /// Where the photo's origin lies in the frame, in pixels of the frame.
    pub offset: (f32, f32),
}

impl Mapping {
    /// A point of the frame in pixels of the photo.
    pub fn to_photo(&self, point: Point) -> Point {
        Point::new((point.x - self.offset.0) / self.scale.0, (point.y - self.offset.1) / self.scale.1)
    }

    /// A point of the photo in pixels of the frame.
    pub fn to_frame(&self, point: Point) -> Point {
        Point::new(point.x * self.scale.0 + self.offset.0, point.y * self.scale.1 + self.offset.1)
    }

    /// A box of the frame in pixels of the photo.
    pub fn box_to_photo(&self, bounds: &BoundingBox) -> BoundingBox {
        let corner = self.to_photo(Point::new(bounds.x, bounds.y));
        BoundingBox::new(corner.x, corner.y, bounds.width / self.scale.0, bounds.height / self.scale.1)
    }
}

/// The whole photo in the middle of a black square of `side` × `side` pixels, with [`Filter::Area`].
pub fn letterbox(photo: &RgbPhoto, side: u32) -> (RgbPhoto, Mapping) {
    letterbox_region(photo, photo.bounds(), (side, side), Placement::Centre, Filter::Area)
}

/// The part of the photo that `region` covers (clipped as [`PixelRect::clipped`] does it), as large as it fits
/// into a black frame of `frame` (width, height) pixels. The mapping leads to coordinates of the whole photo.
pub fn letterbox_region(
    photo: &RgbPhoto,
    region: PixelRect,
    frame: (u32, u32),
    placement: Placement,
    filter: Filter,
) -> (RgbPhoto, Mapping) {
    let region = region.clipped(photo.width(), photo.height());
    let (frame_width, frame_height) = (frame.0.max(1), frame.1.max(1));
    let (width, height) = (f64::from(region.width), f64::from(region.height));
    let scale = (f64::from(frame_width) / width).min(f64::from(frame_height) / height);
    let inner_width = ((width * scale).round() as u32).clamp(1, frame_width);
    let inner_height = ((height * scale).round() as u32).clamp(1, frame_height);
    let (left, top) = match placement {
        Placement::Centre => ((frame_width - inner_width) / 2, (frame_height - inner_height) / 2),
        Placement::TopLeft => (0, 0),
    };
    let inner = resize_region(photo, region, inner_width, inner_height, filter);
    let scale = (inner_width as f32 / region.width as f32, inner_height as f32 / region.height as f32);
    let offset = (left as f32 - region.x as f32 * scale.0, top as f32 - region.y as f32 * scale.1);
    (place(&inner, frame_width, frame_height, left, top), Mapping { scale, offset })
}

fn place(inner: &RgbPhoto, width: u32, height: u32, left: u32, top: u32) -> RgbPhoto {
    let mut frame = RgbPhoto::filled(width, height, [0; 3]);
    let stride = width as usize * 3;
    let start = left as usize * 3;
    let length = inner.width() as usize * 3;
    for (index, row) in inner.data().chunks_exact(length).enumerate() {
        let at = (top as usize + index) * stride + start;
        frame.data_mut()[at..at + length].copy_from_slice(row);
    }
    frame
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wide_photo_gets_bars_above_and_below() {
        let (frame, mapping) = letterbox(&RgbPhoto::filled(400, 200, [255; 3]), 100);
        assert_eq!((frame.width(), frame.height()), (100, 100));
        assert_eq!(frame.pixel(50, 24), [0; 3]);
        assert_eq!(frame.pixel(50, 25), [255; 3]);
        assert_eq!(frame.pixel(50, 74), [255; 3]);
        assert_eq!(frame.pixel(50, 75), [0; 3]);
        assert_eq!(mapping, Mapping { scale: (0.25, 0.25), offset: (0.0, 25.0) });
    }

    #[test]
    fn top_left_placement_pads_at_the_end() {
        let photo = RgbPhoto::filled(100, 300, [9; 3]);
        let region = photo.bounds();
        let (frame, mapping) =
            letterbox_region(&photo, region, (64, 96), Placement::TopLeft, Filter::Bilinear);
        assert_eq!((frame.pixel(0, 0), frame.pixel(31, 95), frame.pixel(32, 0)), ([9; 3], [9; 3], [0; 3]));
        assert_eq!(mapping.offset, (0.0, 0.0));
    }

    #[test]
    fn region_maps_back_to_the_whole_photo() {
        let mut photo = RgbPhoto::filled(200, 100, [0; 3]);
        for (x, y) in [(150, 60), (151, 60), (150, 61), (151, 61)] {
            let at = (y * 200 + x) * 3;
            photo.data_mut()[at..at + 3].copy_from_slice(&[255; 3]);
        }
        let region = PixelRect::new(100, 40, 100, 50);
        let (frame, mapping) = letterbox_region(&photo, region, (50, 50), Placement::Centre, Filter::Area);
        let middle = mapping.to_frame(Point::new(151.0, 61.0));
        assert_eq!(frame.pixel(middle.x as u32, middle.y as u32), [255; 3]);
    }

    proptest! {
        #[test]
        fn mapping_leads_back(width in 1u32..300, height in 1u32..300, side in 1u32..90, x in 0.0f32..300.0, y in 0.0f32..300.0) {
            let (frame, mapping) = letterbox(&RgbPhoto::filled(width, height, [1, 2, 3]), side);
            prop_assert_eq!((frame.width(), frame.height()), (side, side));
            let back = mapping.to_photo(mapping.to_frame(Point::new(x, y)));
            prop_assert!(back.distance(Point::new(x, y)) < 0.02);
        }
    }
}

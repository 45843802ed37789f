//! The areas of a photo that a detector is shown.

use vultus_types::{BoundingBox, Point};

/// An area of a photo, in photo pixels. It may reach over the photo's edges; what lies outside is black.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

impl Region {
    /// The whole of a photo.
    pub fn whole(width: u32, height: u32) -> Self {
        Self { x: 0.0, y: 0.0, width: width as f32, height: height as f32 }
    }

    /// The region with a black margin of `share` of its larger side all around.
    #[must_use]
    pub fn padded(&self, share: f32) -> Self {
        let margin = self.larger_side() * share;
        Self {
            x: self.x - margin,
            y: self.y - margin,
            width: self.width + 2.0 * margin,
            height: self.height + 2.0 * margin,
        }
    }

    /// The larger of width and height.
    pub fn larger_side(&self) -> f32 {
        self.width.max(self.height)
    }

    /// Whether `bounds` comes within `margin` pixels of an edge of the region that lies inside a photo of
    /// `width` by `height` pixels: the face may go on beyond it.
    pub fn cuts(&self, bounds: &BoundingBox, width: u32, height: u32, margin: f32) -> bool {
        let (right, bottom) = (self.x + self.width, self.y + self.height);
        (self.x > 0.0 && bounds.x < self.x + margin)
            || (self.y > 0.0 && bounds.y < self.y + margin)
            || (right < width as f32 && bounds.right() > right - margin)
            || (bottom < height as f32 && bounds.bottom() > bottom - margin)
    }

    /// The left top corner.
    pub const fn origin(&self) -> Point {
        Point::new(self.x, self.y)
    }
}

/// The share of a tile that its neighbour shows as well: a face of up to this share of the tile is whole in
/// at least one of them.
const OVERLAP: f32 = 0.25;

/// Square tiles of at most `side` pixels that cover a photo, evenly spread, each overlapping its neighbours by
/// at least a quarter; row by row. A photo that fits into one tile gives one.
pub fn tile_regions(width: u32, height: u32, side: f32) -> Vec<Region> {
    let columns = tile_starts(width as f32, side);
    let rows = tile_starts(height as f32, side);
    let tile = |&y: &f32| {
        columns.iter().map(move |&x| Region {
            x,
            y,
            width: side.min(width as f32),
            height: side.min(height as f32),
        })
    };
    rows.iter().flat_map(tile).collect()
}

fn tile_starts(length: f32, side: f32) -> Vec<f32> {
    if side >= length {
        return vec![0.0];
    }
    let count = ((length - side) / (side * (1.0 - OVERLAP))).ceil().max(1.0);
    (0..=count as usize).map(|index| ((length - side) * index as f32 / count).floor()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn photo_smaller_than_a_tile_is_one_tile() {
        let tiles = tile_regions(200, 100, 256.0);
        assert_eq!(tiles, [Region::whole(200, 100)]);
    }

    #[test]
    fn face_at_an_inner_edge_is_cut_and_at_the_photo_edge_is_not() {
        let tile = Region { x: 0.0, y: 0.0, width: 100.0, height: 100.0 };
        let at_left = BoundingBox::new(0.0, 30.0, 20.0, 20.0);
        let at_right = BoundingBox::new(81.0, 30.0, 20.0, 20.0);
        assert!(!tile.cuts(&at_left, 300, 100, 2.0));
        assert!(tile.cuts(&at_right, 300, 100, 2.0));
        assert!(!tile.cuts(&at_right, 100, 100, 2.0));
    }

    proptest! {
        #[test]
        fn every_small_face_is_whole_in_some_tile(
            width in 300u32..3000,
            height in 300u32..3000,
            side in 256f32..1024.0,
            at in (0.0f32..1.0, 0.0f32..1.0),
        ) {
            let face = side * (OVERLAP - 0.01);
            let x = (width as f32 - face) * at.0;
            let y = (height as f32 - face) * at.1;
            let is_whole = |tile: &Region| {
                x >= tile.x - 1.0 && y >= tile.y - 1.0
                    && x + face <= tile.x + tile.width + 1.0
                    && y + face <= tile.y + tile.height + 1.0
            };
            prop_assert!(tile_regions(width, height, side).iter().any(is_whole));
        }

        #[test]
        fn tiles_stay_inside_the_photo(width in 1u32..5000, height in 1u32..5000, side in 64f32..1024.0) {
            for tile in tile_regions(width, height, side) {
                prop_assert!(tile.x >= 0.0 && tile.y >= 0.0);
                prop_assert!(tile.x + tile.width <= width as f32 + 0.5);
                prop_assert!(tile.y + tile.height <= height as f32 + 0.5);
            }
        }
    }
}

//! Which detector is shown which part of a photo.

use super::{FindSource, Region, tile_regions};

/// What a detector can see.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    /// Side of its square input in pixels.
    pub input_side: u32,
    /// The smallest face it finds reliably, in pixels of its input.
    pub min_face: f32,
}

/// One run of a detector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pass {
    /// What is looked at, and by which detector.
    pub source: FindSource,
    /// What it is shown.
    pub region: Region,
}

/// A head is about this much larger than the detector's box, which spans the face from brows to chin.
pub(super) const HEAD_PER_BOX: f32 = 1.3;
/// Quarters are this share of the photo's width and height, so that they overlap by a quarter of its sides.
const QUARTER_SHARE: f32 = 0.625;

/// The passes over a photo of `width` × `height` pixels that find heads from `min_head_scale` (as a share of the
/// larger side) up. `small` says whether there is a detector for small faces.
///
/// The whole photo is always looked at. Where a head would be too small to be seen in it, the four quarters and
/// the detector for small faces follow, and where it would be too small in a quarter, tiles follow, which are never
/// enlarged. On 250 group photos (median face 65 pixels; overlap .4; recall, precision, milliseconds per photo on two
/// cores), each with what [`super::FaceFinder`] makes of the finds: whole .786, .950, 15; with quarters and the
/// detector for small faces .899, .946, 232; with tiles .905, .943, 258.
pub fn plan_passes(width: u32, height: u32, min_head_scale: f32, main: Sight, small: bool) -> Vec<Pass> {
    let whole = Region::whole(width, height);
    let mut passes = vec![Pass { source: FindSource::Whole, region: whole }];
    let larger = whole.larger_side();
    // A region of this side shows a face as large as the detector needs it.
    let side_for = |face: f32| main.input_side as f32 * face / main.min_face;
    let face = larger * min_head_scale / HEAD_PER_BOX;
    if side_for(face) >= larger {
        return passes;
    }
    passes.extend(quarters(width, height).map(|region| Pass { source: FindSource::Quarter, region }));
    if small {
        passes.push(Pass { source: FindSource::Small, region: whole });
    }
    let tile_side = side_for(face.max(main.min_face));
    if tile_side < larger * QUARTER_SHARE {
        let tiles = tile_regions(width, height, tile_side).into_iter();
        passes.extend(tiles.map(|region| Pass { source: FindSource::Tile, region }));
    }
    passes
}

/// Four overlapping parts of the photo, one at each corner.
pub(super) fn quarters(width: u32, height: u32) -> impl Iterator<Item = Region> {
    let part = |side: u32| (side as f32 * QUARTER_SHARE).round();
    let (part_width, part_height) = (part(width), part(height));
    let (right, bottom) = (width as f32 - part_width, height as f32 - part_height);
    [(0.0, 0.0), (right, 0.0), (0.0, bottom), (right, bottom)].into_iter().map(move |(x, y)| Region {
        x,
        y,
        width: part_width,
        height: part_height,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGHT: Sight = Sight { input_side: 256, min_face: 10.0 };

    fn count(width: u32, height: u32, min_head_scale: f32, source: FindSource) -> usize {
        let passes = plan_passes(width, height, min_head_scale, SIGHT, true);
        passes.iter().filter(|pass| pass.source == source).count()
    }

    #[test]
    fn large_faces_need_one_look() {
        assert_eq!(plan_passes(1920, 1280, 0.1, SIGHT, true).len(), 1);
    }

    #[test]
    fn small_faces_need_quarters_and_the_detector_for_small_faces() {
        assert_eq!(count(1920, 1280, 0.04, FindSource::Quarter), 4);
        assert_eq!(count(1920, 1280, 0.04, FindSource::Small), 1);
        assert_eq!(count(1920, 1280, 0.04, FindSource::Tile), 0);
    }

    #[test]
    fn smallest_faces_need_tiles() {
        assert!((9..=20).contains(&count(1920, 1280, 0.015, FindSource::Tile)));
    }

    #[test]
    fn small_photo_is_not_enlarged_beyond_sense() {
        assert_eq!(count(400, 300, 0.015, FindSource::Tile), 0);
        let passes = plan_passes(640, 480, 0.015, SIGHT, true);
        let tiles = passes.iter().filter(|pass| pass.source == FindSource::Tile);
        assert!(tiles.clone().count() > 0);
        assert!(tiles.into_iter().all(|pass| pass.region.larger_side() >= 256.0));
    }

    #[test]
    fn quarters_reach_every_corner_and_overlap() {
        let quarters: Vec<Region> = quarters(800, 400).collect();
        assert_eq!(quarters[0], Region { x: 0.0, y: 0.0, width: 500.0, height: 250.0 });
        assert_eq!(quarters[3], Region { x: 300.0, y: 150.0, width: 500.0, height: 250.0 });
    }
}

//! Finding faces: the decoders of each detector family, the passes over a photo, and the joining of their finds.

pub mod blazeface;
mod border;
mod detector;
mod evidence;
mod finder;
mod grid;
mod merge;
mod schedule;
pub mod scrfd;
pub mod ssd;
mod tiles;
pub mod yunet;

use vultus_media::Mapping;
use vultus_types::{BoundingBox, Point};

pub use border::is_cut_off;
pub use detector::Detector;
pub use finder::{FaceFinder, FoundFace};
pub(crate) use merge::answer_order;
pub use merge::{Find, FindSource, JoinedFind, join_finds, suppress_overlaps};
pub use schedule::{Pass, Sight, plan_passes};
pub use tiles::{Region, tile_regions};

/// One find of a detector, in the frame that the function returning it names.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// Where the face is.
    pub bounds: BoundingBox,
    /// How sure the detector is, 0..=1.
    pub score: f32,
    /// The points the detector gives besides the box.
    pub points: DetectedPoints,
}

/// The few points of a face that a detector gives with the box. Left and right are the subject's own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DetectedPoints {
    /// The detector gives a box only.
    None,
    /// Right and left eye.
    Eyes([Point; 2]),
    /// Right eye, left eye, nose tip, right and left corner of the mouth.
    Five([Point; 5]),
}

impl DetectedPoints {
    /// Right and left eye, where they are known.
    pub const fn eyes(&self) -> Option<[Point; 2]> {
        match self {
            Self::None => None,
            Self::Eyes(eyes) => Some(*eyes),
            Self::Five(points) => Some([points[0], points[1]]),
        }
    }

    fn map(&self, change: impl Fn(Point) -> Point) -> Self {
        match self {
            Self::None => Self::None,
            Self::Eyes(eyes) => Self::Eyes(eyes.map(change)),
            Self::Five(points) => Self::Five(points.map(change)),
        }
    }
}

impl Detection {
    /// The find of a model's frame in pixels of the photo.
    #[must_use]
    pub fn mapped(&self, mapping: &Mapping) -> Self {
        Self {
            bounds: mapping.box_to_photo(&self.bounds),
            score: self.score,
            points: self.points.map(|point| mapping.to_photo(point)),
        }
    }
}

/// 1 / (1 + e^−x).
fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn find_maps_back_with_its_points() {
        let find = Detection {
            bounds: BoundingBox::new(10.0, 20.0, 30.0, 40.0),
            score: 0.5,
            points: DetectedPoints::Eyes([Point::new(10.0, 20.0), Point::new(40.0, 60.0)]),
        };
        let mapped = find.mapped(&Mapping { scale: (0.5, 0.5), offset: (2.0, -4.0) });
        assert_eq!(mapped.bounds, BoundingBox::new(16.0, 48.0, 60.0, 80.0));
        assert_eq!(mapped.points.eyes(), Some([Point::new(16.0, 48.0), Point::new(76.0, 128.0)]));
    }
}

//! Joining the finds of overlapping anchors and of several passes.

use std::cmp::Ordering;

use vultus_types::BoundingBox;

use super::Detection;

/// Two boxes of one pass that overlap by more than this (intersection over union) are one face.
const SAME_FACE_IOU: f32 = 0.3;
/// Two boxes of different passes are one face also where the smaller lies inside the larger by this share:
/// detectors draw the box of one face in different sizes, and a tile may show only a part of it.
const SAME_FACE_INSIDE: f32 = 0.6;

/// The pass that made a find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindSource {
    /// The main detector on the whole photo.
    Whole,
    /// The main detector on a quarter of the photo.
    Quarter,
    /// The detector for small faces.
    Small,
    /// The main detector on a small tile.
    Tile,
}

impl FindSource {
    /// Whether the detector for small faces made it, not the main one.
    const fn is_small(self) -> bool {
        matches!(self, Self::Small)
    }

    /// The better-scored of finds of one rank is kept; any find of a lower rank is kept before one of a higher.
    const fn rank(self) -> u8 {
        match self {
            Self::Whole | Self::Quarter => 0,
            Self::Small => 1,
            Self::Tile => 2,
        }
    }
}

/// A find in photo pixels and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Find {
    /// The find.
    pub detection: Detection,
    /// The pass that made it.
    pub source: FindSource,
    /// Whether it is a face for certain; otherwise the mesh model is asked.
    pub is_certain: bool,
}

/// From this score on the detector for small faces is believed alone.
const CERTAIN_SMALL_SCORE: f32 = 0.7;

impl Find {
    /// A find of one pass. Those of the whole photo are certain (on 250 group photos 95 of 100 are labelled faces,
    /// as many as with a check by the mesh), and those of the detector for small faces with a high score, which
    /// are often masked faces that the mesh model does not know.
    pub fn new(detection: Detection, source: FindSource) -> Self {
        let is_certain = match source {
            FindSource::Whole => true,
            FindSource::Small => detection.score >= CERTAIN_SMALL_SCORE,
            FindSource::Quarter | FindSource::Tile => false,
        };
        Self { detection, source, is_certain }
    }
}

/// Keeps the best-scored of each group of overlapping finds of one pass; best first.
#[must_use]
pub fn suppress_overlaps(mut finds: Vec<Detection>) -> Vec<Detection> {
    finds.sort_by(|one, other| other.score.total_cmp(&one.score));
    let mut kept: Vec<Detection> = Vec::new();
    for find in finds {
        if kept.iter().all(|best| best.bounds.iou(&find.bounds) <= SAME_FACE_IOU) {
            kept.push(find);
        }
    }
    kept
}

/// Keeps one find of each face that several passes found: the best-scored of the whole photo and its quarters;
/// otherwise that of the detector for small faces; otherwise the best of the tiles. A face that both detectors found
/// is certain.
#[must_use]
pub fn join_finds(mut finds: Vec<Find>) -> Vec<Find> {
    finds.sort_by(|one, other| {
        let by_rank = one.source.rank().cmp(&other.source.rank());
        by_rank.then(other.detection.score.total_cmp(&one.detection.score))
    });
    let mut kept: Vec<Find> = Vec::new();
    for find in finds {
        let known = kept.iter_mut().find(|best| is_same_face(&best.detection.bounds, &find.detection.bounds));
        match known {
            Some(best) => {
                best.is_certain |= find.is_certain || best.source.is_small() != find.source.is_small();
            }
            None => kept.push(find),
        }
    }
    kept
}

/// Whether two boxes, of whatever pass, are drawn around one face.
pub(crate) fn is_same_face(one: &BoundingBox, other: &BoundingBox) -> bool {
    let width = one.right().min(other.right()) - one.x.max(other.x);
    let height = one.bottom().min(other.bottom()) - one.y.max(other.y);
    let shared = width.max(0.0) * height.max(0.0);
    let smaller = one.area().min(other.area());
    one.iou(other) > SAME_FACE_IOU || (smaller > 0.0 && shared / smaller > SAME_FACE_INSIDE)
}

/// The order of faces in every answer: by area, largest first; equal areas by top edge, then left edge.
pub(crate) fn answer_order(one: &BoundingBox, other: &BoundingBox) -> Ordering {
    let by_area = other.area().total_cmp(&one.area());
    by_area.then(one.y.total_cmp(&other.y)).then(one.x.total_cmp(&other.x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::DetectedPoints;

    fn detection(x: f32, side: f32, score: f32) -> Detection {
        Detection { bounds: BoundingBox::new(x, 0.0, side, side), score, points: DetectedPoints::None }
    }

    #[test]
    fn best_of_overlapping_finds_is_kept() {
        let kept = suppress_overlaps(vec![
            detection(0.0, 10.0, 0.6),
            detection(1.0, 10.0, 0.9),
            detection(30.0, 10.0, 0.5),
        ]);
        let scores: Vec<f32> = kept.iter().map(|find| find.score).collect();
        assert_eq!(scores, [0.9, 0.5]);
    }

    #[test]
    fn best_scored_of_whole_and_quarters_wins() {
        let kept = join_finds(vec![
            Find::new(detection(0.0, 10.0, 0.9), FindSource::Quarter),
            Find::new(detection(1.0, 10.0, 0.6), FindSource::Whole),
        ]);
        assert_eq!(kept.len(), 1);
        assert_eq!((kept[0].detection.score, kept[0].is_certain), (0.9, true));
    }

    #[test]
    fn tile_loses_against_any_other_pass() {
        let kept = join_finds(vec![
            Find::new(detection(0.0, 10.0, 0.9), FindSource::Tile),
            Find::new(detection(1.0, 10.0, 0.4), FindSource::Small),
        ]);
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].source, FindSource::Small);
    }

    #[test]
    fn face_is_certain_when_both_detectors_found_it() {
        let quarters = vec![
            Find::new(detection(0.0, 10.0, 0.9), FindSource::Quarter),
            Find::new(detection(1.0, 10.0, 0.8), FindSource::Tile),
        ];
        assert!(!join_finds(quarters.clone())[0].is_certain);
        let small = Find::new(detection(0.0, 9.0, 0.4), FindSource::Small);
        assert!(join_finds([quarters, vec![small]].concat())[0].is_certain);
    }

    #[test]
    fn part_of_a_face_is_no_face_of_its_own() {
        let kept = join_finds(vec![
            Find::new(detection(0.0, 100.0, 0.6), FindSource::Whole),
            Find::new(detection(10.0, 40.0, 0.9), FindSource::Tile),
        ]);
        assert_eq!(kept.len(), 1);
    }

    #[test]
    fn faces_are_ordered_by_area_then_top_then_left() {
        let boxes = [
            BoundingBox::new(5.0, 5.0, 10.0, 10.0),
            BoundingBox::new(9.0, 1.0, 10.0, 10.0),
            BoundingBox::new(2.0, 5.0, 10.0, 10.0),
            BoundingBox::new(0.0, 9.0, 20.0, 20.0),
        ];
        let mut sorted = boxes;
        sorted.sort_by(answer_order);
        assert_eq!(sorted, [boxes[3], boxes[1], boxes[2], boxes[0]]);
    }
}

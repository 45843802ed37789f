//! Joining the finds of overlapping anchors and of several passes.

use std::cmp::Ordering;

use vultus_types::BoundingBox;

use super::{DetectedPoints, Detection};

/// Two boxes of one pass that overlap by more than this (intersection over union) are one face.
const SAME_FACE_IOU: f32 = 0.3;
/// Two boxes of different passes are one face also where the smaller lies inside the larger by this share:
/// detectors draw the box of one face in different sizes, and a tile may show only a part of it.
const SAME_FACE_INSIDE: f32 = 0.6;

/// From this score on a find of the main detector is good on its own.
const GOOD_SCORE: f32 = 0.5;
/// Which detector draws a face is fitted on the labels of 250 group photos: `BlazeFace`'s boxes are always square and
/// those it is not sure of often too small. Always drawing by the main detector costs .02 of recall there at an
/// overlap of .4. From this score on the main detector draws…
const CLEAR_SCORE: f32 = 0.89;
/// …and from this one on where the other draws nearly the same…
const FAIR_SCORE: f32 = 0.75;
/// …which is an overlap (intersection over union) of this…
const AGREEING_IOU: f32 = 0.6;
/// …otherwise the detector for small faces draws, from this score of its own on.
const DRAWING_SMALL_SCORE: f32 = 0.3;

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

/// A find in photo pixels and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Find {
    /// The find.
    pub detection: Detection,
    /// The face from hairline to chin, which detectors draw in their boxes more or less of.
    pub outline: BoundingBox,
    /// The pass that made it.
    pub source: FindSource,
}

/// What all passes found of one face: the best-scored find of each detector, at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinedFind {
    first: Find,
    other: Option<Find>,
    main_score: Option<f32>,
    is_seen_whole: bool,
}

impl Find {
    const fn is_small(&self) -> bool {
        matches!(self.source, FindSource::Small)
    }

    /// The score, where the main detector gave it.
    fn main_score(&self) -> Option<f32> {
        (!self.is_small()).then_some(self.detection.score)
    }

    /// Finds are joined in this order: those of the main detector that are good on their own, tiles last, which see
    /// large faces in part; those of the detector for small faces; the rest.
    fn rank(&self) -> u8 {
        match self.source {
            FindSource::Small => 2,
            _ if self.detection.score < GOOD_SCORE => 3,
            FindSource::Tile => 1,
            FindSource::Whole | FindSource::Quarter => 0,
        }
    }
}

impl JoinedFind {
    /// The main detector's find, the best of its passes over the photo and the quarters or else of a tile.
    pub fn main(&self) -> Option<&Find> {
        self.finds().find(|find| !find.is_small())
    }

    /// The main detector's best score, in whatever pass.
    pub const fn main_score(&self) -> Option<f32> {
        self.main_score
    }

    /// The best find of the detector for small faces.
    pub fn small(&self) -> Option<&Find> {
        self.finds().find(|find| find.is_small())
    }

    /// The find that draws the face: the main detector's, unless that is not clear and the detector for small
    /// faces, which is, draws another box. A main detector that gives the points for aligning always draws.
    pub fn drawn_by(&self) -> &Find {
        let (Some(main), Some(small)) = (self.main(), self.small()) else { return &self.first };
        let is_needed = matches!(main.detection.points, DetectedPoints::Five(_));
        let is_clear = main.detection.score >= CLEAR_SCORE;
        if is_needed || is_clear || small.detection.score < DRAWING_SMALL_SCORE {
            return main;
        }
        let agree = main.outline.iou(&small.outline) >= AGREEING_IOU;
        if agree && main.detection.score >= FAIR_SCORE { main } else { small }
    }

    /// Whether the main detector found it in the whole photo.
    pub const fn is_seen_whole(&self) -> bool {
        self.is_seen_whole
    }

    fn finds(&self) -> impl Iterator<Item = &Find> {
        std::iter::once(&self.first).chain(&self.other)
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

/// Joins the finds that several passes made of one face.
#[must_use]
pub fn join_finds(mut finds: Vec<Find>) -> Vec<JoinedFind> {
    finds.sort_by(|one, other| {
        let by_rank = one.rank().cmp(&other.rank());
        by_rank.then(other.detection.score.total_cmp(&one.detection.score))
    });
    let mut joined: Vec<JoinedFind> = Vec::new();
    for find in finds {
        let known = joined.iter_mut().find(|known| is_same_face(&known.first.outline, &find.outline));
        if let Some(known) = known {
            known.is_seen_whole |= find.source == FindSource::Whole;
            let scores = known.main_score.into_iter().chain(find.main_score());
            known.main_score = scores.max_by(f32::total_cmp);
            if known.first.is_small() != find.is_small() {
                known.other.get_or_insert(find);
            }
        } else {
            let is_seen_whole = find.source == FindSource::Whole;
            joined.push(JoinedFind {
                main_score: find.main_score(),
                first: find,
                other: None,
                is_seen_whole,
            });
        }
    }
    joined
}

/// Whether two boxes, of whatever pass, are drawn around one face.
pub(crate) fn is_same_face(one: &BoundingBox, other: &BoundingBox) -> bool {
    one.iou(other) > SAME_FACE_IOU || share_inside(one, other) > SAME_FACE_INSIDE
}

/// The share of the smaller box that lies inside the larger, 0..=1; 0 for boxes without area.
pub(super) fn share_inside(one: &BoundingBox, other: &BoundingBox) -> f32 {
    let width = one.right().min(other.right()) - one.x.max(other.x);
    let height = one.bottom().min(other.bottom()) - one.y.max(other.y);
    let shared = width.max(0.0) * height.max(0.0);
    let smaller = one.area().min(other.area());
    if smaller > 0.0 { shared / smaller } else { 0.0 }
}

/// The order of faces in every answer: by area, largest first; equal areas by top edge, then left edge.
pub(crate) fn answer_order(one: &BoundingBox, other: &BoundingBox) -> Ordering {
    let by_area = other.area().total_cmp(&one.area());
    by_area.then(one.y.total_cmp(&other.y)).then(one.x.total_cmp(&other.x))
}

#[cfg(test)]
mod tests {
    use vultus_types::Point;

    use super::*;

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

    fn find(x: f32, side: f32, score: f32, source: FindSource) -> Find {
        let detection = detection(x, side, score);
        Find { outline: detection.bounds, detection, source }
    }

    fn scores(joined: &JoinedFind) -> [Option<f32>; 2] {
        [joined.main(), joined.small()].map(|find| find.map(|find| find.detection.score))
    }

    #[test]
    fn best_find_of_each_detector_is_kept() {
        let joined = join_finds(vec![
            find(0.0, 10.0, 0.9, FindSource::Quarter),
            find(1.0, 10.0, 0.6, FindSource::Whole),
            find(0.0, 11.0, 0.3, FindSource::Small),
            find(0.0, 9.0, 0.4, FindSource::Small),
            find(50.0, 9.0, 0.2, FindSource::Small),
        ]);
        assert_eq!(
            joined.iter().map(scores).collect::<Vec<_>>(),
            [[Some(0.9), Some(0.4)], [None, Some(0.2)]]
        );
        assert!(joined[0].is_seen_whole() && !joined[1].is_seen_whole());
    }

    #[test]
    fn faint_find_joins_that_of_the_other_detector() {
        // Both faint finds overlap with the box of the sure one, but not with each other.
        let joined = join_finds(vec![
            find(0.0, 6.0, 0.4, FindSource::Whole),
            find(7.0, 6.0, 0.45, FindSource::Tile),
            find(0.0, 13.0, 0.6, FindSource::Small),
        ]);
        assert_eq!(joined.len(), 1);
        assert_eq!(scores(&joined[0]), [Some(0.45), Some(0.6)]);
    }

    #[test]
    fn unclear_main_detector_leaves_the_drawing_to_the_other() {
        let drawer = |main: f32, small: f32, side: f32| {
            let finds =
                vec![find(0.0, 10.0, main, FindSource::Whole), find(0.0, side, small, FindSource::Small)];
            join_finds(finds)[0].drawn_by().source
        };
        assert_eq!(drawer(0.95, 0.99, 15.0), FindSource::Whole, "it is clear");
        assert_eq!(drawer(0.8, 0.99, 11.0), FindSource::Whole, "both draw the same");
        assert_eq!(drawer(0.8, 0.99, 15.0), FindSource::Small, "they draw different boxes");
        assert_eq!(drawer(0.6, 0.99, 11.0), FindSource::Small, "the main detector is not sure");
        assert_eq!(drawer(0.6, 0.2, 15.0), FindSource::Whole, "neither is the other");
    }

    #[test]
    fn detector_with_five_points_always_draws() {
        let mut main = find(0.0, 10.0, 0.55, FindSource::Whole);
        main.detection.points = DetectedPoints::Five([Point::default(); 5]);
        let joined = join_finds(vec![main, find(0.0, 15.0, 0.99, FindSource::Small)]);
        assert_eq!(joined[0].drawn_by().source, FindSource::Whole);
    }

    #[test]
    fn part_of_a_face_is_no_face_of_its_own() {
        let joined = join_finds(vec![
            find(0.0, 100.0, 0.9, FindSource::Whole),
            find(10.0, 40.0, 0.6, FindSource::Tile),
        ]);
        assert_eq!(joined.len(), 1);
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

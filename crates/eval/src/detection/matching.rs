//! Which find is which labelled face.

use vultus_types::BoundingBox;

use crate::observed::{Observed, ObservedFace};

/// A photo whose finds were compared with its labels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MatchedPhoto {
    /// The labelled faces.
    pub(super) labels: Vec<MatchedLabel>,
    /// The finds: how sure the detector is, and whether it found a label that no surer find has.
    pub(super) finds: Vec<(f32, bool)>,
    /// The photo's longer side in pixels.
    pub(super) longer_side: f32,
    /// Time spent on finding.
    pub(super) detect_ms: f64,
}

/// A labelled face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct MatchedLabel {
    /// Its longer side in pixels.
    pub(super) side_px: f32,
    /// Whether a find has it.
    pub(super) is_found: bool,
}

impl MatchedPhoto {
    /// Labelled faces that were found.
    pub(super) fn hits(&self) -> usize {
        self.labels.iter().filter(|label| label.is_found).count()
    }
}

/// Gives each find, the surest first, the label that it overlaps most among those left, if the overlap is at least
/// `iou`.
pub(super) fn match_photo(labelled: &[BoundingBox], observed: &Observed, iou: f32) -> MatchedPhoto {
    let side_px = |bounds: &BoundingBox| bounds.width.max(bounds.height);
    let mut labels: Vec<MatchedLabel> =
        labelled.iter().map(|bounds| MatchedLabel { side_px: side_px(bounds), is_found: false }).collect();
    let mut faces: Vec<&ObservedFace> = observed.faces.iter().collect();
    faces.sort_by(|one, other| other.detection_score.total_cmp(&one.detection_score));
    let mut finds = Vec::with_capacity(faces.len());
    for face in faces {
        let bounds = face.bounding_box();
        let free = (0..labels.len()).filter(|&label| !labels[label].is_found);
        let overlaps = free.map(|label| (labelled[label].iou(&bounds), label));
        let best =
            overlaps.filter(|(overlap, _)| *overlap >= iou).max_by(|one, other| one.0.total_cmp(&other.0));
        if let Some((_, label)) = best {
            labels[label].is_found = true;
        }
        finds.push((face.detection_score, best.is_some()));
    }
    let longer_side = observed.width.max(observed.height) as f32;
    MatchedPhoto { labels, finds, longer_side, detect_ms: observed.detect_ms }
}

/// The finds of all photos, the surest first: the photo and whether it is a hit.
fn ranked(photos: &[MatchedPhoto]) -> Vec<(f32, usize, bool)> {
    let finds = photos.iter().enumerate().flat_map(|(photo, matched)| {
        matched.finds.iter().map(move |&(score, is_hit)| (score, photo, is_hit))
    });
    let mut finds: Vec<_> = finds.collect();
    finds.sort_by(|one, other| other.0.total_cmp(&one.0));
    finds
}

/// Recall and precision after each find, the surest first, where each photo counts as often as its weight.
fn walk(photos: &[MatchedPhoto], weights: &[u32]) -> Vec<(f64, f64)> {
    let weight = |photo: usize| f64::from(weights[photo]);
    let labels: f64 =
        photos.iter().enumerate().map(|(photo, matched)| weight(photo) * matched.labels.len() as f64).sum();
    let (mut hits, mut finds) = (0.0, 0.0);
    let mut points = Vec::new();
    for (_, photo, is_hit) in ranked(photos) {
        finds += weight(photo);
        hits += if is_hit { weight(photo) } else { 0.0 };
        if finds > 0.0 {
            points.push((hits / labels, hits / finds));
        }
    }
    points
}

/// The area under the curve of precision over recall, with the precision at each recall taken as the best at that
/// recall or above it (all points, as in the later PASCAL VOC challenges); not-a-number without labels.
pub(super) fn average_precision(photos: &[MatchedPhoto], weights: &[u32]) -> f64 {
    let points = walk(photos, weights);
    let labels = photos.iter().zip(weights).any(|(photo, &weight)| weight > 0 && !photo.labels.is_empty());
    if !labels {
        return f64::NAN;
    }
    let (mut area, mut best) = (0.0, 0.0f64);
    for (index, &(recall, precision)) in points.iter().enumerate().rev() {
        best = best.max(precision);
        let before = index.checked_sub(1).map_or(0.0, |before| points[before].0);
        area += (recall - before) * best;
    }
    area
}

/// Most points of a curve that is kept.
const CURVE_POINTS: usize = 100;

/// Points of the curve of precision over recall.
pub(super) fn precision_recall(photos: &[MatchedPhoto]) -> Vec<(f64, f64)> {
    let points = walk(photos, &vec![1; photos.len()]);
    let step = points.len().div_ceil(CURVE_POINTS).max(1);
    let last = points.last().copied();
    let mut kept: Vec<(f64, f64)> = points.into_iter().step_by(step).collect();
    if kept.last() != last.as_ref() {
        kept.extend(last);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEIGHTS: [u32; 2] = [1, 1];

    fn observed(finds: &[(f32, [f32; 4])]) -> Observed {
        let face = |&(detection_score, bounds): &(f32, [f32; 4])| ObservedFace {
            bounds,
            detection_score,
            ..ObservedFace::default()
        };
        Observed {
            width: 100,
            height: 50,
            faces: finds.iter().map(face).collect(),
            quality: None,
            detect_ms: 2.0,
        }
    }

    #[test]
    fn one_find_matches_one_label_only() {
        let (face, shifted) = ([0.0, 0.0, 10.0, 10.0], [2.0, 0.0, 10.0, 10.0]);
        let labels = [face, shifted].map(|[x, y, width, height]| BoundingBox::new(x, y, width, height));
        let hits = |labels: &[BoundingBox], finds: &[(f32, [f32; 4])]| {
            match_photo(labels, &observed(finds), 0.35).hits()
        };
        assert_eq!(hits(&labels, &[(0.9, face)]), 1);
        assert_eq!(hits(&labels, &[(0.9, shifted), (0.8, face)]), 2);
        assert_eq!(hits(&labels[..1], &[(0.9, [50.0, 0.0, 10.0, 10.0])]), 0);
    }

    #[test]
    fn overlap_must_reach_the_stated_share() {
        let label = [BoundingBox::new(0.0, 0.0, 10.0, 10.0)];
        let half = observed(&[(0.9, [0.0, 0.0, 10.0, 5.0])]);
        assert_eq!(match_photo(&label, &half, 0.5).hits(), 1);
        assert_eq!(match_photo(&label, &half, 0.51).hits(), 0);
    }

    fn matched(labels: usize, finds: &[(f32, bool)]) -> MatchedPhoto {
        let label = MatchedLabel { side_px: 10.0, is_found: false };
        MatchedPhoto {
            labels: vec![label; labels],
            finds: finds.to_vec(),
            longer_side: 100.0,
            detect_ms: 0.0,
        }
    }

    #[test]
    fn average_precision_of_a_known_ranking() {
        // Hits at ranks 1, 3 and 4 of 4 labels: .25 × 1 + .25 × .75 + .25 × .75, and one label is never found.
        let photos = [matched(2, &[(0.9, true), (0.8, false)]), matched(2, &[(0.7, true), (0.6, true)])];
        assert!((average_precision(&photos, &WEIGHTS) - 0.625).abs() < 1e-12);
        assert_eq!(precision_recall(&photos).last(), Some(&(0.75, 0.75)));
    }

    #[test]
    fn photo_counts_as_often_as_its_weight() {
        let photos = [matched(1, &[(0.9, false)]), matched(1, &[(0.8, true)])];
        assert_eq!(average_precision(&photos, &WEIGHTS), 0.25);
        assert_eq!(average_precision(&photos, &[0, 2]), 1.0);
        assert!(average_precision(&photos, &[0, 0]).is_nan());
    }
}

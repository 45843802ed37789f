//! How well faces are found, on photos with labelled boxes.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;

use serde::Serialize;
use vultus_face::{AnalyzeOptions, FaceAnalyzer};
use vultus_inference::Cancel;
use vultus_types::{BoundingBox, Wanted};

use crate::EvalError;
use crate::parallel::{Progress, map_parallel};

/// A found box and a labelled one that overlap by at least this (intersection over union) are the same face:
/// low, because detectors and labels draw the box around different parts of the head.
pub const MATCH_IOU: f32 = 0.35;

/// The labelled faces of each photo, by file name.
pub type LabelledBoxes = BTreeMap<String, Vec<BoundingBox>>;

/// What a detection run measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DetectionReport {
    /// Photos.
    pub photos: usize,
    /// Labelled faces.
    pub labelled: usize,
    /// Faces found.
    pub found: usize,
    /// Share of the labelled faces that are found.
    pub recall: f64,
    /// Share of the finds that are labelled faces.
    pub precision: f64,
    /// Share of the photos with as many finds as labelled faces.
    pub exact_count: f64,
    /// Mean time of finding the faces of a photo in milliseconds, decoding left out.
    pub detect_ms: f64,
}

/// Reads lines of `name,width,height,xmin,ymin,xmax,ymax` in pixels; a first line that begins with `name` is
/// skipped.
///
/// # Errors
/// [`EvalError::Boxes`] with the first line that is wrong.
pub fn parse_boxes(text: &str) -> Result<LabelledBoxes, EvalError> {
    let mut boxes = LabelledBoxes::new();
    for (index, line) in text.lines().enumerate() {
        let is_header = index == 0 && line.to_ascii_lowercase().starts_with("name,");
        if is_header || line.trim().is_empty() {
            continue;
        }
        let (name, bounds) = parse_box(line).ok_or(EvalError::Boxes { line: index + 1 })?;
        boxes.entry(name).or_default().push(bounds);
    }
    Ok(boxes)
}

fn parse_box(line: &str) -> Option<(String, BoundingBox)> {
    let mut fields = line.trim().split(',');
    let name = fields.next().filter(|name| !name.is_empty() && !name.contains(['/', '\\']))?;
    let numbers: Vec<f32> = fields.map(str::parse).collect::<Result<_, _>>().ok()?;
    let &[_, _, left, top, right, bottom] = numbers.as_slice() else { return None };
    let is_box = numbers.iter().all(|number| number.is_finite()) && right >= left && bottom >= top;
    is_box.then(|| (name.to_owned(), BoundingBox::from_edges(left, top, right, bottom)))
}

/// Finds the faces of every labelled photo in the folder `images` and compares them with the labels.
///
/// # Errors
/// [`EvalError`] where a photo cannot be read or the engine fails.
pub fn detect(
    analyzer: &dyn FaceAnalyzer,
    labels: &LabelledBoxes,
    images: &Path,
    min_head_scale: f32,
    threads: NonZeroUsize,
    progress: &Progress<'_>,
) -> Result<DetectionReport, EvalError> {
    let options = AnalyzeOptions { min_head_scale, ..AnalyzeOptions::new(Wanted::BOXES) };
    let photos: Vec<(&String, &Vec<BoundingBox>)> = labels.iter().collect();
    let outcomes = map_parallel(&photos, threads, progress, |(name, labelled)| -> Result<_, EvalError> {
        let photo = fs_err::read(images.join(name))?;
        let analysis = analyzer.analyze(&photo, &options, &Cancel::default())?;
        let found: Vec<BoundingBox> = analysis.faces.iter().map(|face| face.bounds).collect();
        let matched = count_matches(labelled, &found);
        Ok((labelled.len(), found.len(), matched, analysis.timings.detect.as_secs_f64()))
    })?;
    let count = outcomes.len().max(1) as f64;
    let labelled: usize = outcomes.iter().map(|outcome| outcome.0).sum();
    let found: usize = outcomes.iter().map(|outcome| outcome.1).sum();
    let matched: usize = outcomes.iter().map(|outcome| outcome.2).sum();
    Ok(DetectionReport {
        photos: outcomes.len(),
        labelled,
        found,
        recall: matched as f64 / labelled.max(1) as f64,
        precision: matched as f64 / found.max(1) as f64,
        exact_count: outcomes.iter().filter(|outcome| outcome.0 == outcome.1).count() as f64 / count,
        detect_ms: outcomes.iter().map(|outcome| outcome.3).sum::<f64>() / count * 1e3,
    })
}

/// How many labelled faces have a find of their own; the best overlaps are matched first.
fn count_matches(labelled: &[BoundingBox], found: &[BoundingBox]) -> usize {
    let mut overlaps: Vec<(f32, usize, usize)> = Vec::new();
    for (label, bounds) in labelled.iter().enumerate() {
        overlaps.extend(found.iter().enumerate().map(|(find, other)| (bounds.iou(other), label, find)));
    }
    overlaps.retain(|overlap| overlap.0 >= MATCH_IOU);
    overlaps.sort_by(|one, other| other.0.total_cmp(&one.0));
    let (mut labels_used, mut finds_used) = (vec![false; labelled.len()], vec![false; found.len()]);
    let mut matches = 0;
    for (_, label, find) in overlaps {
        if !labels_used[label] && !finds_used[find] {
            (labels_used[label], finds_used[find]) = (true, true);
            matches += 1;
        }
    }
    matches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_read_per_photo() {
        let text =
            "Name,width,height,xmin,ymin,xmax,ymax\na.jpg,612,408,10,20,30,60\na.jpg,612,408,0,0,5,5\n";
        let boxes = parse_boxes(text).unwrap();
        assert_eq!(boxes["a.jpg"][0], BoundingBox::new(10.0, 20.0, 20.0, 40.0));
        assert_eq!(boxes["a.jpg"].len(), 2);
    }

    #[test]
    fn wrong_lines_of_boxes_are_named() {
        for line in ["a.jpg,1,2,3", "../a.jpg,6,4,1,1,2,2", "a.jpg,6,4,5,1,2,2", "a.jpg,6,4,x,1,2,2"] {
            assert!(matches!(parse_boxes(line), Err(EvalError::Boxes { line: 1 })), "{line}");
        }
    }

    #[test]
    fn one_find_matches_one_label_only() {
        let face = BoundingBox::new(0.0, 0.0, 10.0, 10.0);
        let shifted = BoundingBox::new(2.0, 0.0, 10.0, 10.0);
        assert_eq!(count_matches(&[face, shifted], &[face]), 1);
        assert_eq!(count_matches(&[face, shifted], &[shifted, face]), 2);
        assert_eq!(count_matches(&[face], &[BoundingBox::new(50.0, 0.0, 10.0, 10.0)]), 0);
    }
}

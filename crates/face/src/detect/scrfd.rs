//! Detectors with SCRFD's outputs with key points: for each stride two anchors per cell with a score, the
//! distances to the box's edges and five key points. Fed with RGB, (x − 127.5) / 128.

use vultus_inference::{InferenceError, Tensor};
use vultus_types::{BoundingBox, Point};

use super::grid::{STRIDES, table};
use super::{DetectedPoints, Detection};

const ANCHORS_PER_CELL: usize = 2;

/// Decodes the nine outputs for a square input of `side` pixels into finds in input pixels with at least
/// `threshold`, unsorted and with overlaps.
///
/// # Errors
/// [`InferenceError::Shape`] where an output is missing.
pub fn decode(outputs: &[Tensor], side: u32, threshold: f32) -> Result<Vec<Detection>, InferenceError> {
    let mut finds = Vec::new();
    for stride in STRIDES {
        let cells = (side / stride) as usize;
        let rows = cells * cells * ANCHORS_PER_CELL;
        let scores = table(outputs, rows, 1)?;
        let distances = table(outputs, rows, 4)?;
        let points = table(outputs, rows, 10)?;
        for (row, &score) in scores.iter().enumerate().filter(|(_, score)| **score >= threshold) {
            let cell = row / ANCHORS_PER_CELL;
            let anchor = Point::new((cell % cells) as f32, (cell / cells) as f32);
            let (edges, points) = (&distances[row * 4..row * 4 + 4], &points[row * 10..row * 10 + 10]);
            finds.push(decode_anchor(anchor, edges, points, score, stride as f32));
        }
    }
    Ok(finds)
}

/// Everything is in strides, relative to the anchor.
fn decode_anchor(anchor: Point, edges: &[f32], points: &[f32], score: f32, stride: f32) -> Detection {
    let point = |x: f32, y: f32| Point::new((anchor.x + x) * stride, (anchor.y + y) * stride);
    let (corner, opposite) = (point(-edges[0], -edges[1]), point(edges[2], edges[3]));
    let at = |index: usize| point(points[index * 2], points[index * 2 + 1]);
    Detection {
        bounds: BoundingBox::from_edges(corner.x, corner.y, opposite.x, opposite.y),
        score: score.min(1.0),
        points: DetectedPoints::Five([at(0), at(1), at(2), at(3), at(4)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs() -> Vec<Tensor> {
        let mut outputs = Vec::new();
        for stride in STRIDES {
            let rows = (64 / stride * (64 / stride)) as usize * ANCHORS_PER_CELL;
            let mut tables = [vec![0.0; rows], vec![0.0; rows * 4], vec![0.0; rows * 10]];
            if stride == 8 {
                // Second anchor of column 3, row 2 of a grid of 8.
                let row = (2 * 8 + 3) * 2 + 1;
                tables[0][row] = 0.9;
                tables[1][row * 4..row * 4 + 4].copy_from_slice(&[1.0, 0.5, 2.0, 3.0]);
                tables[2][row * 10..row * 10 + 4].copy_from_slice(&[-0.5, 0.0, 0.5, 0.25]);
            }
            for (values, columns) in tables.into_iter().zip([1, 4, 10]) {
                outputs.push(Tensor::new(vec![rows, columns], values).unwrap());
            }
        }
        outputs
    }

    #[test]
    fn anchor_decodes_to_the_distances_of_its_edges() {
        let finds = decode(&outputs(), 64, 0.5).unwrap();
        assert_eq!(finds.len(), 1);
        assert_eq!(finds[0].bounds, BoundingBox::from_edges(16.0, 12.0, 40.0, 40.0));
        assert_eq!(finds[0].points.eyes(), Some([Point::new(20.0, 16.0), Point::new(28.0, 18.0)]));
    }

    #[test]
    fn outputs_for_another_input_size_are_refused() {
        assert!(decode(&outputs(), 96, 0.5).is_err());
    }
}

//! BlazeFace, the 256² "back camera" model: 896 anchors on two grids, a score and six key points each.

use vultus_inference::{InferenceError, Tensor};
use vultus_types::{BoundingBox, Point};

use super::{DetectedPoints, Detection, sigmoid};
use crate::outputs::output_of;

/// Side of the model's input in pixels.
pub const INPUT_SIDE: u32 = 256;

/// Finds below this score are noise even where another detector agrees (on 250 group photos: from .2 to .4 the
/// same).
pub const SCORE_THRESHOLD: f32 = 0.3;
/// Finds from this score on stand where no other detector has looked (measured on portraits and group photos).
pub const CLEAR_SCORE: f32 = 0.5;
/// What its box lacks of a face, above, as a share of the box's height: it begins at the brows. On 250 group photos
/// labelled from hairline to chin .2 would fit best; the box of this share still overlaps with the model's own by
/// .89.
pub const FOREHEAD: f32 = 0.12;

/// Cells per side and anchors per cell of the two grids, in output order.
const GRIDS: [(usize, usize); 2] = [(16, 2), (8, 6)];
/// Centre x, centre y, width, height, then x and y of six key points.
const VALUES: usize = 16;

/// Decodes the model's four outputs (scores and boxes of each grid, told apart by their sizes) into finds in
/// input pixels with at least `threshold`, unsorted and with overlaps.
///
/// # Errors
/// [`InferenceError::Shape`] where an output is missing.
pub fn decode(outputs: &[Tensor], threshold: f32) -> Result<Vec<Detection>, InferenceError> {
    let mut finds = Vec::new();
    for (cells, per_cell) in GRIDS {
        let count = cells * cells * per_cell;
        let scores = output_of(outputs, count)?;
        let boxes = output_of(outputs, count * VALUES)?;
        let stride = INPUT_SIDE as f32 / cells as f32;
        for (index, (&logit, values)) in scores.iter().zip(boxes.chunks_exact(VALUES)).enumerate() {
            let score = sigmoid(logit);
            if score >= threshold {
                let cell = index / per_cell;
                let column = (cell % cells) as f32 + 0.5;
                let row = (cell / cells) as f32 + 0.5;
                finds.push(decode_anchor(Point::new(column * stride, row * stride), values, score));
            }
        }
    }
    Ok(finds)
}

/// Key points come as the subject's right eye, left eye, nose, mouth, right ear, left ear.
fn decode_anchor(anchor: Point, values: &[f32], score: f32) -> Detection {
    let point = |at: usize| Point::new(anchor.x + values[at], anchor.y + values[at + 1]);
    let (center, width, height) = (point(0), values[2].max(0.0), values[3].max(0.0));
    Detection {
        bounds: BoundingBox::new(center.x - width / 2.0, center.y - height / 2.0, width, height),
        score,
        points: DetectedPoints::Eyes([point(4), point(6)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(grid: usize, index: usize) -> Vec<Tensor> {
        let mut outputs = Vec::new();
        for (at, (cells, per_cell)) in GRIDS.into_iter().enumerate() {
            let count = cells * cells * per_cell;
            let mut scores = vec![-20.0; count];
            let mut boxes = vec![0.0; count * VALUES];
            if at == grid {
                scores[index] = 2.0;
                let face = [1.0, -2.0, 40.0, 50.0, -8.0, -9.0, 10.0, -9.0];
                boxes[index * VALUES..index * VALUES + 8].copy_from_slice(&face);
            }
            outputs.push(Tensor::new(vec![1, count, 1], scores).unwrap());
            outputs.push(Tensor::new(vec![1, count, VALUES], boxes).unwrap());
        }
        outputs
    }

    #[test]
    fn anchor_of_the_fine_grid_decodes_around_its_cell() {
        // Second anchor of the cell in column 3, row 5: centre (56, 88).
        let finds = decode(&outputs(0, (5 * 16 + 3) * 2 + 1), 0.5).unwrap();
        assert_eq!(finds.len(), 1);
        assert_eq!(finds[0].bounds, BoundingBox::new(37.0, 61.0, 40.0, 50.0));
        assert_eq!(finds[0].points.eyes(), Some([Point::new(48.0, 79.0), Point::new(66.0, 79.0)]));
        assert!((finds[0].score - 0.880_797).abs() < 1e-5);
    }

    #[test]
    fn anchor_of_the_coarse_grid_decodes_around_its_cell() {
        // Last anchor of the last cell: centre (240, 240).
        let finds = decode(&outputs(1, 383), 0.5).unwrap();
        assert_eq!(finds[0].bounds.center(), Point::new(241.0, 238.0));
    }

    #[test]
    fn outputs_of_another_model_are_refused() {
        assert!(decode(&outputs(0, 0)[..3], 0.5).is_err());
    }
}

//! Detectors with YuNet's outputs: for each stride one cell per position with class and object scores, box
//! and five key points. Fed with BGR, 0 to 255.

use vultus_inference::{InferenceError, Tensor};
use vultus_types::{BoundingBox, Point};

use super::grid::{STRIDES, missing, table, tables};
use super::{DetectedPoints, Detection};

/// Decodes the twelve outputs for a square input of `side` pixels into finds in input pixels with at least
/// `threshold`, unsorted and with overlaps.
///
/// # Errors
/// [`InferenceError::Shape`] where an output is missing.
pub fn decode(outputs: &[Tensor], side: u32, threshold: f32) -> Result<Vec<Detection>, InferenceError> {
    let mut finds = Vec::new();
    for stride in STRIDES {
        let cells = (side / stride) as usize;
        let rows = cells * cells;
        // The score is the geometric mean of the two tables, so their order does not matter.
        let [classes, objects] = tables(outputs, rows, 1)[..] else { return Err(missing(outputs, rows, 1)) };
        let boxes = table(outputs, rows, 4)?;
        let points = table(outputs, rows, 10)?;
        for cell in 0..rows {
            let score = (classes[cell].clamp(0.0, 1.0) * objects[cell].clamp(0.0, 1.0)).sqrt();
            if score >= threshold {
                let origin = Point::new((cell % cells) as f32, (cell / cells) as f32);
                let (bounds, points) = (&boxes[cell * 4..cell * 4 + 4], &points[cell * 10..cell * 10 + 10]);
                finds.push(decode_cell(origin, bounds, points, score, stride as f32));
            }
        }
    }
    Ok(finds)
}

/// Everything is in strides, relative to the cell's corner; extents are logarithms.
fn decode_cell(origin: Point, bounds: &[f32], points: &[f32], score: f32, stride: f32) -> Detection {
    let center = Point::new((origin.x + bounds[0]) * stride, (origin.y + bounds[1]) * stride);
    let (width, height) = (bounds[2].exp() * stride, bounds[3].exp() * stride);
    let point = |at: usize| {
        Point::new((origin.x + points[at * 2]) * stride, (origin.y + points[at * 2 + 1]) * stride)
    };
    Detection {
        bounds: BoundingBox::new(center.x - width / 2.0, center.y - height / 2.0, width, height),
        score,
        points: DetectedPoints::Five([point(0), point(1), point(2), point(3), point(4)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs() -> Vec<Tensor> {
        let mut outputs = Vec::new();
        for stride in STRIDES {
            let rows = (64 / stride * (64 / stride)) as usize;
            let mut tables = [vec![0.0; rows], vec![0.0; rows], vec![0.0; rows * 4], vec![0.0; rows * 10]];
            if stride == 16 {
                // Column 2, row 1 of a grid of 4.
                (tables[0][6], tables[1][6]) = (0.64, 1.0);
                tables[2][24..28].copy_from_slice(&[0.5, 0.25, 2f32.ln(), 0.0]);
                tables[3][60..70].copy_from_slice(&[0.0, 0.0, 1.0, 0.0, 0.5, 0.5, 0.0, 1.0, 1.0, 1.0]);
            }
            for (values, columns) in tables.into_iter().zip([1, 1, 4, 10]) {
                outputs.push(Tensor::new(vec![1, rows, columns], values).unwrap());
            }
        }
        outputs
    }

    #[test]
    fn cell_decodes_in_strides_from_its_corner() {
        let finds = decode(&outputs(), 64, 0.7).unwrap();
        assert_eq!(finds.len(), 1);
        assert!((finds[0].score - 0.8).abs() < 1e-6);
        assert_eq!(finds[0].bounds, BoundingBox::new(24.0, 12.0, 32.0, 16.0));
        assert_eq!(finds[0].points.eyes(), Some([Point::new(32.0, 16.0), Point::new(48.0, 16.0)]));
    }

    #[test]
    fn finds_below_the_threshold_are_dropped() {
        assert!(decode(&outputs(), 64, 0.81).unwrap().is_empty());
    }

    #[test]
    fn outputs_for_another_input_size_are_refused() {
        assert!(decode(&outputs(), 128, 0.5).is_err());
    }
}

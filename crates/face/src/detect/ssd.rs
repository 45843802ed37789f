//! The face-api SSD on `MobileNet` v1: 5118 encoded boxes; finds small and masked faces that BlazeFace misses.

use std::sync::LazyLock;

use vultus_inference::{InferenceError, Tensor};
use vultus_types::BoundingBox;

use super::{DetectedPoints, Detection};
use crate::outputs::output_of;

/// Side of the model's input in pixels.
pub const INPUT_SIDE: u32 = 512;

/// Finds below this score are noise even where another detector agrees (on 250 group photos: from .1 to .15 the
/// same).
pub const SCORE_THRESHOLD: f32 = 0.1;
/// Finds from this score on stand where no other detector has looked.
pub const CLEAR_SCORE: f32 = 0.3;
/// What its box lacks of a face at either side, as a share of the box's width: fitted on the labels of 250 group
/// photos.
pub const CHEEK: f32 = 0.06;

/// Cells per side of the six grids, in output order.
const GRIDS: [usize; 6] = [32, 16, 8, 4, 2, 1];
/// Boxes that the model encodes: 3 per cell of the first grid, 6 per cell of the others.
const COUNT: usize = 5118;
/// The encodings of a box's centre and of its extents are multiplied by these (the variances of the original
/// SSD, inverted).
const CENTER_SCALE: f32 = 10.0;
const EXTENT_SCALE: f32 = 5.0;

/// A prior box as shares of the input: centre and extents.
#[derive(Clone, Copy, Debug)]
struct Prior {
    center_y: f32,
    center_x: f32,
    height: f32,
    width: f32,
}

static PRIORS: LazyLock<Vec<Prior>> = LazyLock::new(priors);

/// Decodes scores and encoded boxes (told apart by their sizes) into finds in input pixels with at least
/// `threshold`, unsorted and with overlaps.
///
/// # Errors
/// [`InferenceError::Shape`] where an output is missing.
pub fn decode(outputs: &[Tensor], threshold: f32) -> Result<Vec<Detection>, InferenceError> {
    let scores = output_of(outputs, COUNT)?;
    let encodings = output_of(outputs, COUNT * 4)?;
    let rows = scores.iter().zip(encodings.chunks_exact(4)).zip(PRIORS.iter());
    let finds = rows.filter(|((score, _), _)| **score >= threshold).map(|((&score, encoding), prior)| {
        Detection { bounds: decode_box(encoding, *prior), score, points: DetectedPoints::None }
    });
    Ok(finds.collect())
}

/// `encoding` holds y, x, height, width.
fn decode_box(encoding: &[f32], prior: Prior) -> BoundingBox {
    let side = INPUT_SIDE as f32;
    let center_y = encoding[0] / CENTER_SCALE * prior.height + prior.center_y;
    let center_x = encoding[1] / CENTER_SCALE * prior.width + prior.center_x;
    let height = (encoding[2] / EXTENT_SCALE).exp() * prior.height;
    let width = (encoding[3] / EXTENT_SCALE).exp() * prior.width;
    BoundingBox::new(
        (center_x - width / 2.0) * side,
        (center_y - height / 2.0) * side,
        width * side,
        height * side,
    )
}

/// The priors of the SSD paper as TensorFlow's detection models lay them out: scales evenly from 0.2 to 0.95;
/// in the first grid a box of 0.1 and two of scale 0.2. Equal to the table in the model's weight file within
/// 1e-6.
fn priors() -> Vec<Prior> {
    let scale = |level: usize| if level == GRIDS.len() { 1.0 } else { 0.2 + 0.15 * level as f32 };
    let mut priors = Vec::with_capacity(COUNT);
    for (level, cells) in GRIDS.into_iter().enumerate() {
        let size = scale(level);
        let between = (size * scale(level + 1)).sqrt();
        // Size and aspect ratio (width by height) of each box of a cell.
        let shapes = if level == 0 {
            vec![(0.1, 1.0), (size, 2.0), (size, 0.5)]
        } else {
            vec![(size, 1.0), (between, 1.0), (size, 2.0), (size, 0.5), (size, 3.0), (size, 0.3333)]
        };
        for cell in 0..cells * cells {
            let center_y = ((cell / cells) as f32 + 0.5) / cells as f32;
            let center_x = ((cell % cells) as f32 + 0.5) / cells as f32;
            priors.extend(shapes.iter().map(|&(size, ratio): &(f32, f32)| Prior {
                center_y,
                center_x,
                height: size / ratio.sqrt(),
                width: size * ratio.sqrt(),
            }));
        }
    }
    priors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(index: usize, encoding: [f32; 4]) -> Vec<Tensor> {
        let mut scores = vec![0.0; COUNT];
        let mut encodings = vec![0.0; COUNT * 4];
        scores[index] = 0.75;
        encodings[index * 4..index * 4 + 4].copy_from_slice(&encoding);
        vec![Tensor::new(vec![1, COUNT, 4], encodings).unwrap(), Tensor::new(vec![1, COUNT], scores).unwrap()]
    }

    fn assert_close(bounds: BoundingBox, expected: BoundingBox) {
        let pairs = [
            (bounds.x, expected.x),
            (bounds.y, expected.y),
            (bounds.width, expected.width),
            (bounds.height, expected.height),
        ];
        assert!(pairs.iter().all(|(one, other)| (one - other).abs() < 1e-2), "{bounds:?}");
    }

    #[test]
    fn there_is_one_prior_for_each_output() {
        assert_eq!(PRIORS.len(), COUNT);
    }

    #[test]
    fn empty_encoding_decodes_to_the_prior() {
        let finds = decode(&outputs(0, [0.0; 4]), 0.3).unwrap();
        assert_eq!(finds.len(), 1);
        assert_close(finds[0].bounds, BoundingBox::from_edges(-17.6, -17.6, 33.6, 33.6));
    }

    #[test]
    fn priors_follow_the_order_of_the_weight_file() {
        // Rows 3073 and 5117 of the table in the weight file, as top, left, bottom, right.
        let expected = [
            (3073, [-0.177_915, -0.177_915, 0.240_415, 0.240_415]),
            (5117, [-0.322_765, 0.225_772, 1.322_765, 0.774_228]),
        ];
        for (index, [top, left, bottom, right]) in expected {
            let finds = decode(&outputs(index, [0.0; 4]), 0.3).unwrap();
            let edges = BoundingBox::from_edges(left * 512.0, top * 512.0, right * 512.0, bottom * 512.0);
            assert_close(finds[0].bounds, edges);
        }
    }

    #[test]
    fn encoding_moves_the_centre_by_tenths_and_scales_by_exponents() {
        let encoding = [10.0, -10.0, 5.0 * 2f32.ln(), 0.0];
        let finds = decode(&outputs(0, encoding), 0.3).unwrap();
        // Prior: centre 8, side 51.2.
        assert_close(finds[0].bounds, BoundingBox::new(8.0 - 51.2 - 25.6, 8.0, 51.2, 102.4));
    }

    #[test]
    fn outputs_of_another_model_are_refused() {
        assert!(decode(&outputs(0, [0.0; 4])[..1], 0.3).is_err());
    }
}

//! Models made of functions, for the tests of this crate: they see white squares on black photos as faces.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use vultus_inference::{FakeModel, Model, Tensor};
use vultus_media::RgbPhoto;
use vultus_types::{BoundingBox, ModelDigest};

use crate::mesh;
use crate::test_faces::painted;

/// A black photo with a white rectangle.
pub(crate) fn photo_with(width: u32, height: u32, square: &BoundingBox) -> RgbPhoto {
    painted(width, height, |x, y| {
        let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
        let is_inside = x > square.x && x < square.right() && y > square.y && y < square.bottom();
        if is_inside { [255; 3] } else { [0; 3] }
    })
}

/// A BlazeFace that finds, with score 0.88, the box around everything white in its input, with its eyes level at
/// 40 % of the height; and counts its runs.
pub(crate) fn blazeface(runs: &Arc<AtomicUsize>) -> Arc<dyn Model> {
    blazeface_of(0.88, runs)
}

/// The same with another score.
pub(crate) fn blazeface_of(score: f32, runs: &Arc<AtomicUsize>) -> Arc<dyn Model> {
    let runs = Arc::clone(runs);
    Arc::new(FakeModel::new(ModelDigest([1; 32]), &["a", "b", "c", "d"], move |input| {
        runs.fetch_add(1, Ordering::Relaxed);
        let mut scores = vec![-20.0; 512];
        let mut boxes = vec![0.0; 512 * 16];
        if let Some(bounds) = white_box(input) {
            scores[0] = (score / (1.0 - score)).ln();
            // The first anchor is at (8, 8).
            let center = bounds.center();
            let eyes = bounds.y + 0.4 * bounds.height - 8.0;
            boxes[..8].copy_from_slice(&[
                center.x - 8.0,
                center.y - 8.0,
                bounds.width,
                bounds.height,
                bounds.x + 0.3 * bounds.width - 8.0,
                eyes,
                bounds.x + 0.7 * bounds.width - 8.0,
                eyes,
            ]);
        }
        Ok(vec![
            Tensor::new(vec![1, 512, 1], scores)?,
            Tensor::new(vec![1, 384, 1], vec![-20.0; 384])?,
            Tensor::new(vec![1, 512, 16], boxes)?,
            Tensor::new(vec![1, 384, 16], vec![0.0; 384 * 16])?,
        ])
    }))
}

/// A mesh model that is as sure of a face as `probability` says and puts every point on the middle of its input, but
/// the corners of the eyes level around it, 64 pixels apart.
pub(crate) fn facemesh(probability: f32) -> Arc<dyn Model> {
    Arc::new(FakeModel::new(ModelDigest([2; 32]), &["points", "flag"], move |_| {
        let mut points = [96.0, 96.0, 1.0].repeat(mesh::POINTS);
        for (index, x) in [(33, 56.0), (133, 72.0), (362, 120.0), (263, 136.0)] {
            points[index * 3] = x;
        }
        Ok(vec![Tensor::new(vec![1, mesh::POINTS * 3], points)?, Tensor::new(vec![1, 1], vec![probability])?])
    }))
}

/// The box around the bright pixels of the first plane.
fn white_box(input: &Tensor) -> Option<BoundingBox> {
    let side = input.shape()[3];
    let is_bright = |(_, value): &(usize, &f32)| **value > 0.0;
    let bright = input.data()[..side * side].iter().enumerate().filter(is_bright);
    let places = bright.map(|(at, _)| ((at % side) as f32, (at / side) as f32));
    places.map(|(x, y)| BoundingBox::new(x, y, 1.0, 1.0)).reduce(|one, other| {
        BoundingBox::from_edges(
            one.x.min(other.x),
            one.y.min(other.y),
            one.right().max(other.right()),
            one.bottom().max(other.bottom()),
        )
    })
}

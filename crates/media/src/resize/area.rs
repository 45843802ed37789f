//! Exact area averaging: rows are added up first, because that runs over whole rows, then columns.

use crate::{PixelRect, RgbPhoto};

/// The old pixels under one new pixel: the first one and a weight for each; the weights add up to 1.
struct Span {
    first: usize,
    weights: Vec<f32>,
}

pub(super) fn resize(photo: &RgbPhoto, region: PixelRect, width: u32, height: u32) -> RgbPhoto {
    let rows = spans(region.height as usize, height as usize);
    let columns = spans(region.width as usize, width as usize);
    let bytes = region.x as usize * 3..(region.x + region.width) as usize * 3;
    let top = region.y as usize;
    let mut sums = vec![0.0f32; bytes.len()];
    let mut data = Vec::with_capacity(width as usize * height as usize * 3);
    for span in &rows {
        sums.fill(0.0);
        for (index, &weight) in span.weights.iter().enumerate() {
            add_row(&mut sums, &photo.row(top + span.first + index)[bytes.clone()], weight);
        }
        append_columns(&mut data, &sums, &columns);
    }
    RgbPhoto::from_parts(width, height, data)
}

fn add_row(sums: &mut [f32], row: &[u8], weight: f32) {
    for (sum, &value) in sums.iter_mut().zip(row) {
        *sum += weight * f32::from(value);
    }
}

fn append_columns(data: &mut Vec<u8>, sums: &[f32], columns: &[Span]) {
    let pixels = sums.as_chunks::<3>().0;
    for span in columns {
        let mut mean = [0.5f32; 3];
        for (pixel, weight) in pixels[span.first..].iter().zip(&span.weights) {
            for channel in 0..3 {
                mean[channel] += weight * pixel[channel];
            }
        }
        data.extend(mean.map(|value| value as u8));
    }
}

fn spans(old: usize, new: usize) -> Vec<Span> {
    if new <= old { shrinking(old, new) } else { growing(old, new) }
}

fn shrinking(old: usize, new: usize) -> Vec<Span> {
    let ratio = old as f64 / new as f64;
    let span = |index: usize| {
        let (start, end) = (index as f64 * ratio, ((index + 1) as f64 * ratio).min(old as f64));
        let first = (start as usize).min(old - 1);
        let last = (end.ceil() as usize).clamp(first + 1, old);
        let covered = |pixel: usize| (end.min((pixel + 1) as f64) - start.max(pixel as f64)).max(0.0);
        let total: f64 = (first..last).map(covered).sum();
        Span { first, weights: (first..last).map(|pixel| (covered(pixel) / total) as f32).collect() }
    };
    (0..new).map(span).collect()
}

fn growing(old: usize, new: usize) -> Vec<Span> {
    let ratio = old as f64 / new as f64;
    let span = |index: usize| {
        let centre = ((index as f64 + 0.5) * ratio - 0.5).clamp(0.0, (old - 1) as f64);
        let first = centre as usize;
        let share = (centre - first as f64) as f32;
        let weights = if first + 1 < old { vec![1.0 - share, share] } else { vec![1.0] };
        Span { first, weights }
    };
    (0..new).map(span).collect()
}

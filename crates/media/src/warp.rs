//! Cutting a turned and scaled square out of a photo.

use vultus_types::Point;

use crate::{Filter, PixelRect, RgbPhoto, SimilarityTransform, resize_region};

/// What lies outside the photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Border {
    /// Black.
    Black,
    /// The nearest pixel of the edge.
    Replicate,
}

/// Below this scale the photo is averaged down first: bilinear sampling would skip pixels. The figure belongs to
/// the embedder's recipe, on which its accuracy was measured.
const AREA_BELOW_SCALE: f32 = 0.6;

/// The warped photo: `transform` leads from the photo to the result, both in this crate's coordinates (see the
/// crate's page). Sampled bilinearly; where the photo shrinks below 0.6, the part of it that is needed is first
/// averaged down to the size of the result. A transform without inverse gives a black picture. A side of 0 is
/// taken as 1.
pub fn warp_similarity(
    photo: &RgbPhoto,
    transform: &SimilarityTransform,
    width: u32,
    height: u32,
    border: Border,
) -> RgbPhoto {
    let (width, height) = (width.max(1), height.max(1));
    let Some(inverse) = transform.inverse() else { return RgbPhoto::filled(width, height, [0; 3]) };
    if transform.scale() >= AREA_BELOW_SCALE {
        return sample(photo, &Sampling::of(&inverse), width, height, border);
    }
    let region = needed_region(photo, &inverse, width, height);
    let scale = f64::from(transform.scale());
    let small_side = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
    let (small_width, small_height) = (small_side(region.width), small_side(region.height));
    let small = resize_region(photo, region, small_width, small_height, Filter::Area);
    let scale_x = f64::from(small_width) / f64::from(region.width);
    let scale_y = f64::from(small_height) / f64::from(region.height);
    let sampling = Sampling::of(&inverse).shrunk(region, scale_x, scale_y);
    sample(&small, &sampling, width, height, border)
}

/// As [`warp_similarity`], but always sampled straight from the photo, however far it shrinks: for models whose
/// recipe does so.
pub fn warp_bilinear(
    photo: &RgbPhoto,
    transform: &SimilarityTransform,
    width: u32,
    height: u32,
    border: Border,
) -> RgbPhoto {
    let (width, height) = (width.max(1), height.max(1));
    match transform.inverse() {
        Some(inverse) => sample(photo, &Sampling::of(&inverse), width, height, border),
        None => RgbPhoto::filled(width, height, [0; 3]),
    }
}

/// The part of the photo that the result shows, with two pixels of the result around it for the sampling.
fn needed_region(photo: &RgbPhoto, inverse: &SimilarityTransform, width: u32, height: u32) -> PixelRect {
    let (right, bottom) = (width as f32 + 2.0, height as f32 + 2.0);
    let corners = [(-2.0, -2.0), (right, -2.0), (-2.0, bottom), (right, bottom)]
        .map(|(x, y)| inverse.apply(Point::new(x, y)));
    let least = |values: [f32; 4]| values.into_iter().fold(f32::INFINITY, f32::min).floor().max(0.0);
    let most = |values: [f32; 4]| values.into_iter().fold(f32::NEG_INFINITY, f32::max).ceil().max(0.0);
    let (xs, ys) = (corners.map(|corner| corner.x), corners.map(|corner| corner.y));
    let (left, top) = (least(xs) as u32, least(ys) as u32);
    PixelRect::new(left, top, (most(xs) as u32).saturating_sub(left), (most(ys) as u32).saturating_sub(top))
        .clipped(photo.width(), photo.height())
}

/// Where the centre of result pixel (0, 0) is taken from, counted from the centre of the photo's first pixel, and
/// how far one step to the right and one down leads. In f64, so that no error gathers on photos of many
/// thousand pixels.
#[derive(Clone, Copy)]
struct Sampling {
    start: (f64, f64),
    right: (f64, f64),
    down: (f64, f64),
}

impl Sampling {
    fn of(inverse: &SimilarityTransform) -> Self {
        let (a, b) = (f64::from(inverse.a), f64::from(inverse.b));
        let start = (
            0.5 * a - 0.5 * b + f64::from(inverse.tx) - 0.5,
            0.5 * b + 0.5 * a + f64::from(inverse.ty) - 0.5,
        );
        Self { start, right: (a, b), down: (-b, a) }
    }

    /// The same places in a copy of `region` that was resized by the two scales.
    fn shrunk(&self, region: PixelRect, scale_x: f64, scale_y: f64) -> Self {
        let start = (
            (self.start.0 + 0.5 - f64::from(region.x)) * scale_x - 0.5,
            (self.start.1 + 0.5 - f64::from(region.y)) * scale_y - 0.5,
        );
        let scaled = |(x, y): (f64, f64)| (x * scale_x, y * scale_y);
        Self { start, right: scaled(self.right), down: scaled(self.down) }
    }
}

fn sample(photo: &RgbPhoto, sampling: &Sampling, width: u32, height: u32, border: Border) -> RgbPhoto {
    let mut data = Vec::with_capacity(width as usize * height as usize * 3);
    for row in 0..height {
        let row = f64::from(row);
        let x0 = sampling.start.0 + row * sampling.down.0;
        let y0 = sampling.start.1 + row * sampling.down.1;
        for column in 0..width {
            let column = f64::from(column);
            let (x, y) = (x0 + column * sampling.right.0, y0 + column * sampling.right.1);
            data.extend(interpolate(photo, x, y, border));
        }
    }
    RgbPhoto::from_parts(width, height, data)
}

/// The colour at (`x`, `y`), counted from the centre of the first pixel.
fn interpolate(photo: &RgbPhoto, x: f64, y: f64, border: Border) -> [u8; 3] {
    let (width, height) = (f64::from(photo.width()), f64::from(photo.height()));
    if border == Border::Black && (x <= -1.0 || y <= -1.0 || x >= width || y >= height) {
        return [0; 3];
    }
    let (x, y) = match border {
        Border::Black => (x, y),
        Border::Replicate => (x.clamp(0.0, width - 1.0), y.clamp(0.0, height - 1.0)),
    };
    let (left, top) = (x.floor(), y.floor());
    let (share_x, share_y) = ((x - left) as f32, (y - top) as f32);
    let (left, top) = (left as i64, top as i64);
    let corners = [(left, top), (left + 1, top), (left, top + 1), (left + 1, top + 1)];
    let weights = [
        (1.0 - share_x) * (1.0 - share_y),
        share_x * (1.0 - share_y),
        (1.0 - share_x) * share_y,
        share_x * share_y,
    ];
    let mut colour = [0.5f32; 3];
    for ((column, row), weight) in corners.into_iter().zip(weights) {
        let pixel = pixel_or_border(photo, column, row, border);
        for channel in 0..3 {
            colour[channel] += weight * f32::from(pixel[channel]);
        }
    }
    colour.map(|value| value as u8)
}

fn pixel_or_border(photo: &RgbPhoto, column: i64, row: i64, border: Border) -> [u8; 3] {
    let is_inside =
        (0..i64::from(photo.width())).contains(&column) && (0..i64::from(photo.height())).contains(&row);
    match border {
        Border::Black if !is_inside => [0; 3],
        _ => photo.pixel(column.max(0) as u32, row.max(0) as u32),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A smooth picture: its colours tell where a pixel comes from.
    fn slopes(width: u32, height: u32) -> RgbPhoto {
        let value = |x: u32, y: u32| {
            let wave = |t: f32| (127.5 + 100.0 * t.sin()) as u8;
            [wave(x as f32 / 25.0), wave(y as f32 / 20.0), wave((x + y) as f32 / 30.0)]
        };
        let data = (0..height).flat_map(|y| (0..width).flat_map(move |x| value(x, y))).collect();
        RgbPhoto::new(width, height, data).unwrap()
    }

    fn mean_error(left: &RgbPhoto, right: &RgbPhoto, margin: u32) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0);
        for y in margin..left.height() - margin {
            for x in margin..left.width() - margin {
                for channel in 0..3 {
                    sum += f64::from(left.pixel(x, y)[channel].abs_diff(right.pixel(x, y)[channel]));
                    count += 1.0;
                }
            }
        }
        sum / count
    }

    #[test]
    fn identity_gives_the_photo() {
        let photo = slopes(40, 30);
        for border in [Border::Black, Border::Replicate] {
            assert_eq!(warp_similarity(&photo, &SimilarityTransform::IDENTITY, 40, 30, border), photo);
        }
    }

    #[test]
    fn whole_shift_moves_pixels_exactly() {
        let photo = slopes(40, 30);
        let shift = SimilarityTransform { tx: -7.0, ty: -4.0, ..SimilarityTransform::IDENTITY };
        let warped = warp_similarity(&photo, &shift, 20, 20, Border::Black);
        assert_eq!(warped, photo.crop(PixelRect::new(7, 4, 20, 20)));
    }

    #[test]
    fn quarter_turn_moves_pixels_exactly() {
        let photo = slopes(30, 30);
        let centre = Point::new(15.0, 15.0);
        let turn = SimilarityTransform::about(centre, centre, 1.0, std::f32::consts::FRAC_PI_2);
        let warped = warp_similarity(&photo, &turn, 30, 30, Border::Replicate);
        for (x, y) in [(0, 0), (29, 0), (12, 7), (3, 28)] {
            let expected = photo.pixel(x, y);
            let actual = warped.pixel(29 - y, x);
            assert!(expected.iter().zip(actual).all(|(&e, a)| e.abs_diff(a) <= 1), "{x} {y}");
        }
    }

    #[test]
    fn border_is_black_or_the_edge() {
        let photo = RgbPhoto::filled(10, 10, [200; 3]);
        let shift = SimilarityTransform { tx: 5.0, ty: 0.0, ..SimilarityTransform::IDENTITY };
        assert_eq!(warp_similarity(&photo, &shift, 20, 10, Border::Black).pixel(2, 5), [0; 3]);
        assert_eq!(warp_similarity(&photo, &shift, 20, 10, Border::Replicate).pixel(2, 5), [200; 3]);
    }

    #[test]
    fn region_far_outside_is_border_only() {
        let photo = RgbPhoto::filled(100, 100, [200; 3]);
        for scale in [1.0, 0.1] {
            let away = SimilarityTransform::about(Point::new(9e6, -9e6), Point::new(5.0, 5.0), scale, 0.4);
            assert_eq!(
                warp_similarity(&photo, &away, 10, 10, Border::Black),
                RgbPhoto::filled(10, 10, [0; 3])
            );
            let replicated = warp_similarity(&photo, &away, 10, 10, Border::Replicate);
            assert_eq!(replicated, RgbPhoto::filled(10, 10, [200; 3]));
        }
    }

    #[test]
    fn transform_without_inverse_gives_black() {
        let photo = RgbPhoto::filled(10, 10, [200; 3]);
        for broken in [
            SimilarityTransform { a: 0.0, b: 0.0, tx: 0.0, ty: 0.0 },
            SimilarityTransform { a: f32::NAN, b: 0.0, tx: 0.0, ty: 0.0 },
            SimilarityTransform { a: 1.0, b: 0.0, tx: f32::INFINITY, ty: 0.0 },
        ] {
            assert_eq!(
                warp_similarity(&photo, &broken, 4, 4, Border::Replicate),
                RgbPhoto::filled(4, 4, [0; 3])
            );
            assert_eq!(
                warp_bilinear(&photo, &broken, 4, 4, Border::Replicate),
                RgbPhoto::filled(4, 4, [0; 3])
            );
        }
    }

    #[test]
    fn shrinking_averages_fine_stripes() {
        let data = (0..400 * 400).flat_map(|index| [if index % 2 == 0 { 0 } else { 255 }; 3]).collect();
        let photo = RgbPhoto::new(400, 400, data).unwrap();
        let shrink = SimilarityTransform::about(Point::new(200.0, 200.0), Point::new(20.0, 20.0), 0.1, 0.2);
        let warped = warp_similarity(&photo, &shrink, 40, 40, Border::Replicate);
        assert!(warped.pixel(20, 20).iter().all(|&value| value.abs_diff(127) < 6));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn warp_there_and_back_gives_the_photo(scale in 0.7f32..3.0, angle in -3.1f32..3.1) {
            let photo = slopes(120, 120);
            let side = (120.0 * scale * 1.5) as u32;
            let middle = Point::new(side as f32 / 2.0, side as f32 / 2.0);
            let there = SimilarityTransform::about(Point::new(60.0, 60.0), middle, scale, angle);
            let large = warp_bilinear(&photo, &there, side, side, Border::Replicate);
            let back = warp_bilinear(&large, &there.inverse().unwrap(), 120, 120, Border::Replicate);
            prop_assert!(mean_error(&photo, &back, 4) < 1.5);
        }

        #[test]
        fn averaging_first_keeps_the_place(scale in 0.1f32..0.59, angle in -3.1f32..3.1, x in 120.0f32..280.0, y in 120.0f32..280.0) {
            let photo = slopes(400, 400);
            let map = SimilarityTransform::about(Point::new(x, y), Point::new(8.0, 8.0), scale, angle);
            let averaged = warp_similarity(&photo, &map, 16, 16, Border::Replicate);
            let sampled = warp_bilinear(&photo, &map, 16, 16, Border::Replicate);
            // One pixel of the result is up to 10 of the photo, over which colours change by up to 50.
            prop_assert!(mean_error(&averaged, &sampled, 0) < 3.0);
        }
    }
}

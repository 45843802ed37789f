//! Resizing.

mod area;

use fast_image_resize::images::{TypedCroppedImage, TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use crate::{PixelRect, RgbPhoto};

/// How pixels are weighed. None of them changes the colour space: values are averaged as they are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// The mean of the photo's area under each new pixel: no aliasing, no blur beyond it. Along an axis that
    /// grows it is [`Filter::Bilinear`].
    Area,
    /// Between the four nearest pixels, however far the photo shrinks (it aliases below one half).
    Bilinear,
    /// A triangle as wide as the new pixels need: smooth, a little softer than [`Filter::Area`].
    Triangle,
    /// Lanczos with three lobes: the sharpest, for pictures people look at.
    Lanczos3,
}

/// The whole photo in `width` × `height` pixels (a side of 0 is taken as 1).
pub fn resize(photo: &RgbPhoto, width: u32, height: u32, filter: Filter) -> RgbPhoto {
    resize_region(photo, photo.bounds(), width, height, filter)
}

/// The part of the photo that `region` covers (clipped as [`PixelRect::clipped`] does it) in `width` × `height`
/// pixels (a side of 0 is taken as 1). Pixels outside the region have no influence.
pub fn resize_region(
    photo: &RgbPhoto,
    region: PixelRect,
    width: u32,
    height: u32,
    filter: Filter,
) -> RgbPhoto {
    let region = region.clipped(photo.width(), photo.height());
    let (width, height) = (width.max(1), height.max(1));
    if (region.width, region.height) == (width, height) {
        return photo.crop(region);
    }
    match filter {
        Filter::Area => area::resize(photo, region, width, height),
        Filter::Bilinear => {
            convolve(photo, region, width, height, ResizeAlg::Interpolation(FilterType::Bilinear))
        }
        Filter::Triangle => {
            convolve(photo, region, width, height, ResizeAlg::Convolution(FilterType::Bilinear))
        }
        Filter::Lanczos3 => {
            convolve(photo, region, width, height, ResizeAlg::Convolution(FilterType::Lanczos3))
        }
    }
}

fn convolve(photo: &RgbPhoto, region: PixelRect, width: u32, height: u32, algorithm: ResizeAlg) -> RgbPhoto {
    let resized = || -> Option<Vec<u8>> {
        let source = TypedImageRef::<U8x3>::from_buffer(photo.width(), photo.height(), photo.data()).ok()?;
        let mut bytes = vec![0; width as usize * height as usize * 3];
        let mut target = TypedImage::<U8x3>::from_buffer(width, height, &mut bytes).ok()?;
        let part =
            TypedCroppedImage::from_ref(&source, region.x, region.y, region.width, region.height).ok()?;
        let options = ResizeOptions::new().resize_alg(algorithm);
        Resizer::new().resize_typed(&part, &mut target, Some(&options)).ok()?;
        Some(bytes)
    };
    let Some(bytes) = resized() else {
        unreachable!("both buffers have the size of their image, and the region lies inside")
    };
    RgbPhoto::from_parts(width, height, bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn noise(width: u32, height: u32, seed: u32) -> RgbPhoto {
        let mut state = seed.wrapping_mul(2_654_435_761) | 1;
        let data = (0..width * height * 3).map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 8) as u8
        });
        RgbPhoto::new(width, height, data.collect()).unwrap()
    }

    /// The value at one new pixel, by the definition of the filter along each axis.
    fn naive(
        photo: &RgbPhoto,
        width: u32,
        height: u32,
        weight: impl Fn(u32, u32, u32, u32) -> f64,
    ) -> Vec<f64> {
        let mut values = Vec::new();
        for y in 0..height {
            for x in 0..width {
                for channel in 0..3 {
                    let (mut sum, mut total) = (0.0, 0.0);
                    for row in 0..photo.height() {
                        let down = weight(row, y, photo.height(), height);
                        for column in 0..photo.width() {
                            let weight = down * weight(column, x, photo.width(), width);
                            sum += weight * f64::from(photo.pixel(column, row)[channel]);
                            total += weight;
                        }
                    }
                    values.push(sum / total);
                }
            }
        }
        values
    }

    /// How much of the old pixel lies under the new one.
    fn covered(old: u32, new: u32, old_side: u32, new_side: u32) -> f64 {
        let ratio = f64::from(old_side) / f64::from(new_side);
        let (start, end) = (f64::from(new) * ratio, f64::from(new + 1) * ratio);
        ((f64::from(old) + 1.0).min(end) - f64::from(old).max(start)).max(0.0)
    }

    /// A triangle about the centre of the new pixel, one new pixel wide when shrinking, one old when growing.
    fn triangle(old: u32, new: u32, old_side: u32, new_side: u32) -> f64 {
        let ratio = f64::from(old_side) / f64::from(new_side);
        let distance = f64::from(old) + 0.5 - (f64::from(new) + 0.5) * ratio;
        (1.0 - distance.abs() / ratio.max(1.0)).max(0.0)
    }

    fn linear(old: u32, new: u32, old_side: u32, new_side: u32) -> f64 {
        let ratio = f64::from(old_side) / f64::from(new_side);
        let centre = ((f64::from(new) + 0.5) * ratio - 0.5).clamp(0.0, f64::from(old_side) - 1.0);
        (1.0 - (f64::from(old) - centre).abs()).max(0.0)
    }

    fn largest_error(photo: &RgbPhoto, expected: &[f64]) -> f64 {
        photo
            .data()
            .iter()
            .zip(expected)
            .map(|(&actual, expected)| (f64::from(actual) - expected).abs())
            .fold(0.0, f64::max)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn area_is_the_mean_of_what_is_covered(w in 4u32..40, h in 4u32..40, fx in 0.1f64..1.0, fy in 0.1f64..1.0, seed: u32) {
            let (width, height) = ((f64::from(w) * fx).ceil() as u32, (f64::from(h) * fy).ceil() as u32);
            let photo = noise(w, h, seed);
            let resized = resize(&photo, width, height, Filter::Area);
            prop_assert!(largest_error(&resized, &naive(&photo, width, height, covered)) < 0.51);
        }

        #[test]
        fn area_grows_by_interpolation(w in 2u32..12, h in 2u32..12, width in 12u32..40, height in 12u32..40, seed: u32) {
            let photo = noise(w, h, seed);
            let resized = resize(&photo, width, height, Filter::Area);
            prop_assert!(largest_error(&resized, &naive(&photo, width, height, linear)) < 0.51);
        }

        #[test]
        fn bilinear_is_between_the_nearest_pixels(w in 2u32..30, h in 2u32..30, width in 1u32..40, height in 1u32..40, seed: u32) {
            let photo = noise(w, h, seed);
            let resized = resize(&photo, width, height, Filter::Bilinear);
            prop_assert!(largest_error(&resized, &naive(&photo, width, height, linear)) < 1.6);
        }

        #[test]
        fn triangle_is_its_definition(w in 2u32..30, h in 2u32..30, width in 1u32..40, height in 1u32..40, seed: u32) {
            let photo = noise(w, h, seed);
            let resized = resize(&photo, width, height, Filter::Triangle);
            prop_assert!(largest_error(&resized, &naive(&photo, width, height, triangle)) < 1.6);
        }

        #[test]
        fn region_equals_the_resized_crop(x in 0u32..20, y in 0u32..20, w in 1u32..20, h in 1u32..20, width in 1u32..20, height in 1u32..20) {
            let photo = noise(40, 40, 7);
            let region = PixelRect::new(x, y, w, h);
            for filter in [Filter::Area, Filter::Bilinear, Filter::Triangle, Filter::Lanczos3] {
                let direct = resize_region(&photo, region, width, height, filter);
                prop_assert_eq!(direct, resize(&photo.crop(region), width, height, filter));
            }
        }
    }

    #[test]
    fn one_colour_stays_that_colour() {
        let photo = RgbPhoto::filled(33, 21, [3, 130, 255]);
        for filter in [Filter::Area, Filter::Bilinear, Filter::Triangle, Filter::Lanczos3] {
            for (width, height) in [(1, 1), (7, 50), (80, 3), (33, 21)] {
                assert_eq!(
                    resize(&photo, width, height, filter),
                    RgbPhoto::filled(width, height, [3, 130, 255])
                );
            }
        }
    }
}

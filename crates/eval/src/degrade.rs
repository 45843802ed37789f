//! Photos made worse in known steps.

use vultus_media::{Border, RgbPhoto, SimilarityTransform, warp_similarity};
use vultus_types::Point;

/// A way of making photos worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Degradation {
    /// Every value multiplied by a factor below 1.
    Darken,
    /// Every value multiplied by a factor above 1 and cut off at white.
    Brighten,
    /// A Gaussian blur, its deviation in pixels of a face 112 pixels wide.
    Blur,
    /// A share of the colour taken away.
    Desaturate,
    /// The photo turned about its face, in degrees, the way in which the head leans already.
    Rotate,
}

/// The face of a photo that is made worse.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DegradedFace {
    /// The longer side of its box in pixels.
    pub(crate) side_px: f32,
    /// Where it is.
    pub(crate) centre: Point,
    /// Whether the head leans anticlockwise.
    pub(crate) leans_left: bool,
}

/// The side in pixels of the face that blur is measured in.
const REFERENCE_FACE_PX: f32 = 112.0;
/// Weights of red, green and blue in the brightness (ITU-R BT.601).
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

impl Degradation {
    /// Every way.
    pub(crate) const ALL: [Self; 5] =
        [Self::Darken, Self::Brighten, Self::Blur, Self::Desaturate, Self::Rotate];

    /// The steps, mildest first.
    pub(crate) const fn steps(self) -> [f32; 3] {
        match self {
            Self::Darken => [0.7, 0.5, 0.35],
            Self::Brighten => [1.2, 1.4, 1.8],
            Self::Blur => [1.0, 2.0, 3.0],
            Self::Desaturate => [0.5, 0.75, 1.0],
            Self::Rotate => [15.0, 30.0, 45.0],
        }
    }

    /// What is done at a step, in words.
    pub(crate) fn describe(self, step: f32) -> String {
        match self {
            Self::Darken => format!("darkened ×{step}"),
            Self::Brighten => format!("brightened ×{step}"),
            Self::Blur => format!("blurred σ {step}"),
            Self::Desaturate => format!("colour less {}", (100.0 * step).round()) + " %",
            Self::Rotate => format!("turned by {step}°"),
        }
    }

    /// The photo made worse.
    pub(crate) fn apply(self, photo: &RgbPhoto, step: f32, face: &DegradedFace) -> RgbPhoto {
        match self {
            Self::Darken | Self::Brighten => map_pixels(photo, |pixel| pixel.map(|value| value * step)),
            Self::Desaturate => map_pixels(photo, |pixel| {
                let grey: f32 = pixel.iter().zip(LUMA).map(|(value, weight)| value * weight).sum();
                pixel.map(|value| value + (grey - value) * step)
            }),
            Self::Blur => blur(photo, step * face.side_px / REFERENCE_FACE_PX),
            Self::Rotate => {
                let angle = if face.leans_left { -step } else { step }.to_radians();
                let turn = SimilarityTransform::about(face.centre, face.centre, 1.0, angle);
                warp_similarity(photo, &turn, photo.width(), photo.height(), Border::Replicate)
            }
        }
    }
}

fn map_pixels(photo: &RgbPhoto, change: impl Fn([f32; 3]) -> [f32; 3]) -> RgbPhoto {
    let mut changed = photo.clone();
    for pixel in changed.data_mut().as_chunks_mut::<3>().0 {
        *pixel = change(pixel.map(f32::from)).map(|value| value.round().clamp(0.0, 255.0) as u8);
    }
    changed
}

/// A Gaussian blur with that deviation in pixels; edges are continued.
fn blur(photo: &RgbPhoto, sigma: f32) -> RgbPhoto {
    if sigma <= 0.0 {
        return photo.clone();
    }
    let reach = (3.0 * sigma).ceil() as isize;
    let weights: Vec<f32> =
        (-reach..=reach).map(|offset| (-(offset * offset) as f32 / (2.0 * sigma * sigma)).exp()).collect();
    let total: f32 = weights.iter().sum();
    let (width, height) = (photo.width() as isize, photo.height() as isize);
    let values: Vec<f32> = photo.data().iter().map(|&value| f32::from(value)).collect();
    let pass = |from: &[f32], across: bool| -> Vec<f32> {
        let mut to = Vec::with_capacity(from.len());
        for y in 0..height {
            for x in 0..width {
                let mut sums = [0.0; 3];
                for (weight, offset) in weights.iter().zip(-reach..) {
                    let (x, y) = if across {
                        ((x + offset).clamp(0, width - 1), y)
                    } else {
                        (x, (y + offset).clamp(0, height - 1))
                    };
                    let at = (y * width + x) as usize * 3;
                    for channel in 0..3 {
                        sums[channel] += weight * from[at + channel];
                    }
                }
                to.extend(sums.map(|sum| sum / total));
            }
        }
        to
    };
    let blurred = pass(&pass(&values, true), false);
    let mut changed = photo.clone();
    for (to, value) in changed.data_mut().iter_mut().zip(blurred) {
        *to = value.round().clamp(0.0, 255.0) as u8;
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(side_px: f32) -> DegradedFace {
        DegradedFace { side_px, centre: Point::new(20.0, 20.0), leans_left: false }
    }

    #[test]
    fn photo_turns_about_the_face_the_way_the_head_leans() {
        let mut photo = RgbPhoto::filled(40, 40, [0; 3]);
        for y in 4..8 {
            for x in 18..22 {
                let at = (y * 40 + x) * 3;
                photo.data_mut()[at..at + 3].copy_from_slice(&[200; 3]);
            }
        }
        let turned =
            |leans_left| Degradation::Rotate.apply(&photo, 90.0, &DegradedFace { leans_left, ..face(10.0) });
        assert_eq!((turned(false).pixel(34, 20), turned(false).pixel(5, 20)), ([200; 3], [0; 3]));
        assert_eq!((turned(true).pixel(5, 20), turned(true).pixel(34, 20)), ([200; 3], [0; 3]));
    }

    #[test]
    fn light_is_multiplied_and_cut_off_at_white() {
        let photo = RgbPhoto::filled(2, 2, [100, 200, 10]);
        assert_eq!(Degradation::Darken.apply(&photo, 0.5, &face(1.0)).pixel(0, 0), [50, 100, 5]);
        assert_eq!(Degradation::Brighten.apply(&photo, 1.4, &face(1.0)).pixel(0, 0), [140, 255, 14]);
    }

    #[test]
    fn colour_fades_into_grey_of_the_same_brightness() {
        let photo = RgbPhoto::filled(1, 1, [200, 100, 0]);
        assert_eq!(Degradation::Desaturate.apply(&photo, 1.0, &face(1.0)).pixel(0, 0), [119, 119, 119]);
        assert_eq!(Degradation::Desaturate.apply(&photo, 0.5, &face(1.0)).pixel(0, 0), [159, 109, 59]);
    }

    #[test]
    fn blur_spreads_a_point_by_its_deviation() {
        let mut photo = RgbPhoto::filled(41, 41, [0; 3]);
        let middle = (20 * 41 + 20) * 3;
        photo.data_mut()[middle] = 255;
        // Deviation 1 of a face of 112 pixels is 2 pixels of a face of 224.
        let blurred = Degradation::Blur.apply(&photo, 1.0, &face(224.0));
        let peak = 255.0 / (2.0 * std::f32::consts::PI * 4.0);
        assert!((f32::from(blurred.pixel(20, 20)[0]) - peak).abs() < 1.0);
        assert_eq!(blurred.pixel(18, 20), blurred.pixel(20, 22));
        assert_eq!(Degradation::Blur.apply(&photo, 0.0, &face(224.0)), photo);
    }

    #[test]
    fn blur_leaves_one_colour_alone() {
        let photo = RgbPhoto::filled(9, 5, [3, 130, 255]);
        assert_eq!(Degradation::Blur.apply(&photo, 3.0, &face(112.0)), photo);
    }
}

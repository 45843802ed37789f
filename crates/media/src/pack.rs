//! Pixels to the input of a model.

use crate::RgbPhoto;

/// The order of the planes in a model's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelOrder {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red.
    Bgr,
}

/// What becomes of a channel's value `v` in 0..=255: `(v − mean) × scale`. The three numbers belong to the planes
/// in the order in which they are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalization {
    /// What is subtracted.
    pub mean: [f32; 3],
    /// By what the difference is multiplied.
    pub scale: [f32; 3],
}

impl Normalization {
    /// Values stay 0..=255.
    pub const NONE: Self = Self::uniform(0.0, 1.0);
    /// Values become 0..=1.
    pub const UNIT: Self = Self::uniform(0.0, 1.0 / 255.0);
    /// Values become −1..=1.
    pub const SIGNED: Self = Self::uniform(127.5, 1.0 / 127.5);

    /// The same numbers for all planes.
    pub const fn uniform(mean: f32, scale: f32) -> Self {
        Self { mean: [mean; 3], scale: [scale; 3] }
    }
}

/// The photo as three planes (3 × height × width, the layout NCHW without the batch axis).
pub fn to_planar(photo: &RgbPhoto, normalization: &Normalization, order: ChannelOrder) -> Vec<f32> {
    let pixels = photo.data().as_chunks::<3>().0;
    let mut planes = Vec::with_capacity(pixels.len() * 3);
    for plane in 0..3 {
        let channel = match order {
            ChannelOrder::Rgb => plane,
            ChannelOrder::Bgr => 2 - plane,
        };
        let (mean, scale) = (normalization.mean[plane], normalization.scale[plane]);
        planes.extend(pixels.iter().map(|pixel| (f32::from(pixel[channel]) - mean) * scale));
    }
    planes
}

/// The photo's brightness as one plane (height × width), `(grey − mean) × scale`. The weights of the channels are
/// those of ITU-R BT.601.
pub fn to_planar_grey(photo: &RgbPhoto, mean: f32, scale: f32) -> Vec<f32> {
    let grey = |&[red, green, blue]: &[u8; 3]| {
        0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue)
    };
    photo.data().as_chunks::<3>().0.iter().map(|pixel| (grey(pixel) - mean) * scale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_pixels() -> RgbPhoto {
        RgbPhoto::new(2, 1, vec![0, 51, 255, 10, 20, 30]).unwrap()
    }

    #[test]
    fn planes_follow_the_order() {
        let photo = two_pixels();
        let rgb = to_planar(&photo, &Normalization::NONE, ChannelOrder::Rgb);
        assert_eq!(rgb, [0.0, 10.0, 51.0, 20.0, 255.0, 30.0]);
        let bgr = to_planar(&photo, &Normalization::NONE, ChannelOrder::Bgr);
        assert_eq!(bgr, [255.0, 30.0, 51.0, 20.0, 0.0, 10.0]);
    }

    #[test]
    fn normalisation_reaches_its_range() {
        let photo = two_pixels();
        let unit = to_planar(&photo, &Normalization::UNIT, ChannelOrder::Rgb);
        assert!((unit[2] - 0.2).abs() < 1e-6 && (unit[4] - 1.0).abs() < 1e-6);
        let signed = to_planar(&photo, &Normalization::SIGNED, ChannelOrder::Rgb);
        assert!((signed[0] + 1.0).abs() < 1e-6 && (signed[4] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn means_belong_to_the_written_planes() {
        let normalization = Normalization { mean: [1.0, 2.0, 3.0], scale: [1.0, 1.0, 2.0] };
        let bgr = to_planar(&two_pixels(), &normalization, ChannelOrder::Bgr);
        assert_eq!(bgr, [254.0, 29.0, 49.0, 18.0, -6.0, 14.0]);
    }

    #[test]
    fn grey_of_white_is_white() {
        let white = RgbPhoto::filled(2, 2, [255; 3]);
        assert!(to_planar_grey(&white, 0.0, 1.0 / 255.0).iter().all(|value| (value - 1.0).abs() < 1e-5));
    }
}

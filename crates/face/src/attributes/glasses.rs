//! Glasses: a head on the features of faceres tells them, the darkness of the lenses tells sunglasses.

use vultus_media::RgbPhoto;
use vultus_types::{Glasses, Landmarks};

use crate::crops::{EyeAlignment, eye_aligned_crop};

/// Probability from which glasses are reported. Where classes are as rare among the examples as among people, a head
/// is too sure that there are none: at 0.5 it misses 4 of 24 people with glasses in `attr48`.
pub const GLASSES_WORN_FROM: f32 = 0.3;
/// Luma below the eyes over that of the cheeks, on the darker side, below which the lenses are dark. Measured on
/// 59 photos of people with glasses, 14 of them sunglasses: 57 right.
const DARK_LENSES: f32 = 0.48;

/// A crop in which the eyes lie at (30, 36) and (70, 36).
const CROP: EyeAlignment = EyeAlignment { side: 100, eye_share: 0.40, eye_row: 0.36 };
/// The skin between the eye and the lower rim: bright behind clear glasses, whatever the colour of the eyes.
const LENSES: [Patch; 2] = [Patch::new(30, 43, 8, 3), Patch::new(70, 43, 8, 3)];
const CHEEKS: [Patch; 2] = [Patch::new(30, 62, 7, 5), Patch::new(70, 62, 7, 5)];

/// A rectangle of the crop: its centre and half extents in pixels.
struct Patch {
    x: u32,
    y: u32,
    half_width: u32,
    half_height: u32,
}

impl Patch {
    const fn new(x: u32, y: u32, half_width: u32, half_height: u32) -> Self {
        Self { x, y, half_width, half_height }
    }

    fn lumas(&self, crop: &RgbPhoto) -> Vec<f32> {
        let columns = self.x - self.half_width..=self.x + self.half_width;
        let rows = self.y - self.half_height..=self.y + self.half_height;
        let luma = |x: u32, y: u32| {
            let [red, green, blue] = crop.pixel(x, y).map(f32::from);
            0.299 * red + 0.587 * green + 0.114 * blue
        };
        rows.flat_map(|y| columns.clone().map(move |x| (x, y))).map(|(x, y)| luma(x, y)).collect()
    }

    fn mean_luma(&self, crop: &RgbPhoto) -> f32 {
        let lumas = self.lumas(crop);
        lumas.iter().sum::<f32>() / lumas.len() as f32
    }

    fn median_luma(&self, crop: &RgbPhoto) -> f32 {
        let mut lumas = self.lumas(crop);
        let middle = lumas.len() / 2;
        *lumas.select_nth_unstable_by(middle, f32::total_cmp).1
    }
}

/// What is worn before the eyes, if glasses are worn with that probability.
pub(super) fn tell_glasses(worn: f32, photo: &RgbPhoto, landmarks: &Landmarks) -> Glasses {
    if worn < GLASSES_WORN_FROM {
        return Glasses::None;
    }
    let dark = lens_brightness(photo, landmarks).is_some_and(|ratio| ratio < DARK_LENSES);
    if dark { Glasses::Sun } else { Glasses::Eye }
}

/// The luma below the eyes over that of the cheek beneath, on the darker side; `None` where the landmarks span
/// no area or a cheek is black.
fn lens_brightness(photo: &RgbPhoto, landmarks: &Landmarks) -> Option<f32> {
    let crop = eye_aligned_crop(photo, landmarks, &CROP)?;
    let sides =
        LENSES.iter().zip(&CHEEKS).map(|(lens, cheek)| lens.mean_luma(&crop) / cheek.median_luma(&crop));
    let darker = sides.fold(f32::INFINITY, f32::min);
    darker.is_finite().then_some(darker)
}

//! Cuts between scenes, by what is left of a picture when it is looked at from afar.

use vultus_media::{Filter, RgbPhoto, resize};

/// What is left of a picture: so many columns and rows of brightness.
const COLUMNS: u32 = 32;
const ROWS: u32 = 18;
/// Pictures that correlate less have a cut between them. At the cuts of films it is .3 and less, inside a scene that
/// is no close-up rarely below .6; brightness and contrast do not matter, so a flash is no cut.
const CUT_BELOW: f32 = 0.35;
/// A picture whose brightness varies less, of 255, is one colour.
const FLAT_BELOW: f32 = 0.5;

/// A picture from afar.
pub(super) struct Glance {
    /// Brightness less its mean, of unit length; none where the picture is of one colour.
    values: Option<Vec<f32>>,
}

impl Glance {
    pub(super) fn of(photo: &RgbPhoto) -> Self {
        let small = resize(photo, COLUMNS, ROWS, Filter::Area);
        let sum = |pixel: &[u8; 3]| pixel.iter().copied().map(f32::from).sum::<f32>() / 3.0;
        let mut values: Vec<f32> = small.data().as_chunks::<3>().0.iter().map(sum).collect();
        let count = values.len() as f32;
        let mean = values.iter().sum::<f32>() / count;
        for value in &mut values {
            *value -= mean;
        }
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        let is_flat = length < FLAT_BELOW * count.sqrt();
        for value in &mut values {
            *value /= length;
        }
        Self { values: (!is_flat).then_some(values) }
    }

    /// Whether another scene begins with this picture.
    pub(super) fn is_cut_from(&self, before: &Self) -> bool {
        match (&self.values, &before.values) {
            (Some(one), Some(other)) => {
                one.iter().zip(other).map(|(one, other)| one * other).sum::<f32>() < CUT_BELOW
            }
            (None, None) => false,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bright disc on a picture that darkens from left to right.
    fn scene(x: f32, y: f32, brightness: f32) -> Glance {
        let mut photo = RgbPhoto::filled(320, 180, [0; 3]);
        let width = photo.width() as usize;
        for (place, pixel) in photo.data_mut().as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let (column, row) = ((place % width) as f32, (place / width) as f32);
            let is_disc = (column - x).hypot(row - y) < 60.0;
            let value = if is_disc { 200.0 } else { 90.0 - column / 4.0 };
            *pixel = [(value * brightness) as u8; 3];
        }
        Glance::of(&photo)
    }

    #[test]
    fn movement_and_brightness_are_no_cut() {
        let before = scene(100.0, 90.0, 1.0);
        assert!(!scene(100.0, 90.0, 1.0).is_cut_from(&before));
        assert!(!scene(130.0, 90.0, 1.0).is_cut_from(&before));
        assert!(!scene(100.0, 90.0, 0.3).is_cut_from(&before));
    }

    #[test]
    fn another_picture_is_a_cut() {
        let before = scene(60.0, 60.0, 1.0);
        let flat = Glance::of(&RgbPhoto::filled(320, 180, [7; 3]));
        assert!(scene(260.0, 120.0, 1.0).is_cut_from(&before));
        assert!(flat.is_cut_from(&before) && before.is_cut_from(&flat) && !flat.is_cut_from(&flat));
    }
}

//! Turning a photo as its EXIF orientation asks.

use image::metadata::Orientation;

use crate::RgbPhoto;

/// Whether columns become rows.
pub(super) const fn is_turned(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

/// The photo as it is displayed.
pub(super) fn turned(photo: RgbPhoto, orientation: Orientation) -> RgbPhoto {
    let (right, bottom) = (photo.width() as usize - 1, photo.height() as usize - 1);
    match orientation {
        Orientation::NoTransforms => photo,
        Orientation::FlipHorizontal => photo.mirrored(),
        Orientation::FlipVertical => flipped(&photo),
        Orientation::Rotate180 => reversed(photo),
        Orientation::Rotate90 => transposed(&photo, |x, y| (y, bottom - x)),
        Orientation::Rotate270 => transposed(&photo, |x, y| (right - y, x)),
        // EXIF 5 mirrors along the main diagonal, EXIF 7 along the other one.
        Orientation::Rotate90FlipH => transposed(&photo, |x, y| (y, x)),
        Orientation::Rotate270FlipH => transposed(&photo, |x, y| (right - y, bottom - x)),
    }
}

fn flipped(photo: &RgbPhoto) -> RgbPhoto {
    let mut data = Vec::with_capacity(photo.data().len());
    for y in (0..photo.height() as usize).rev() {
        data.extend_from_slice(photo.row(y));
    }
    RgbPhoto::from_parts(photo.width(), photo.height(), data)
}

fn reversed(photo: RgbPhoto) -> RgbPhoto {
    let (width, height) = (photo.width(), photo.height());
    let mut data = photo.into_data();
    data.as_chunks_mut::<3>().0.reverse();
    RgbPhoto::from_parts(width, height, data)
}

/// Pixels of a square that are handled together, so that rows and columns both stay in the cache.
const TILE: usize = 32;

/// The photo with columns and rows exchanged; `source` tells from where the new pixel (x, y) comes.
fn transposed(photo: &RgbPhoto, source: impl Fn(usize, usize) -> (usize, usize)) -> RgbPhoto {
    let (width, height) = (photo.height() as usize, photo.width() as usize);
    let old = photo.data().as_chunks::<3>().0;
    let mut data = vec![0; photo.data().len()];
    let new = data.as_chunks_mut::<3>().0;
    for top in (0..height).step_by(TILE) {
        for left in (0..width).step_by(TILE) {
            for y in top..(top + TILE).min(height) {
                for x in left..(left + TILE).min(width) {
                    let (column, row) = source(x, y);
                    new[y * width + x] = old[row * height + column];
                }
            }
        }
    }
    RgbPhoto::from_parts(photo.height(), photo.width(), data)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The corners of a 50 × 40 photo, clockwise from the top left, are 1, 2, 3, 4.
    fn corners(orientation: Orientation) -> [u8; 4] {
        let mut photo = RgbPhoto::filled(50, 40, [0; 3]);
        for (index, at) in [0, 49, 39 * 50 + 49, 39 * 50].into_iter().enumerate() {
            photo.data_mut()[at * 3] = index as u8 + 1;
        }
        let photo = turned(photo, orientation);
        let (right, bottom) = (photo.width() - 1, photo.height() - 1);
        [(0, 0), (right, 0), (right, bottom), (0, bottom)].map(|(x, y)| photo.pixel(x, y)[0])
    }

    #[test]
    fn corners_go_where_exif_says() {
        let expected = [
            (1, [1, 2, 3, 4]),
            (2, [2, 1, 4, 3]),
            (3, [3, 4, 1, 2]),
            (4, [4, 3, 2, 1]),
            (5, [1, 4, 3, 2]),
            (6, [4, 1, 2, 3]),
            (7, [3, 2, 1, 4]),
            (8, [2, 3, 4, 1]),
        ];
        for (exif, expected) in expected {
            let orientation = Orientation::from_exif(exif).unwrap();
            assert_eq!(corners(orientation), expected, "orientation {exif}");
        }
    }

    #[test]
    fn every_orientation_keeps_every_pixel() {
        let data: Vec<u8> = (0..70u32 * 41).flat_map(|index| [index as u8, (index >> 8) as u8, 7]).collect();
        let photo = RgbPhoto::new(70, 41, data).unwrap();
        let sorted = |photo: &RgbPhoto| {
            let mut pixels = photo.data().as_chunks::<3>().0.to_vec();
            pixels.sort_unstable();
            pixels
        };
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif).unwrap();
            let result = turned(photo.clone(), orientation);
            assert_eq!(
                (result.width(), result.height()),
                if is_turned(orientation) { (41, 70) } else { (70, 41) }
            );
            assert_eq!(sorted(&result), sorted(&photo), "orientation {exif}");
        }
    }
}

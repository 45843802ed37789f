//! Writing photos: thumbnails for the store, drawings for the command line.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageResult};

use crate::{ImageError, RgbPhoto};

/// The photo as a JPEG file without metadata; `quality` is 1..=100.
///
/// # Errors
/// [`ImageError::Encode`] where a side is above 65,535 pixels.
pub fn encode_jpeg(photo: &RgbPhoto, quality: u8) -> Result<Vec<u8>, ImageError> {
    encode(photo, |bytes| {
        let encoder = JpegEncoder::new_with_quality(bytes, quality.clamp(1, 100));
        encoder.write_image(photo.data(), photo.width(), photo.height(), ExtendedColorType::Rgb8)
    })
}

/// The photo as a PNG file without metadata.
///
/// # Errors
/// [`ImageError::Encode`] where a side is longer than the format can hold.
pub fn encode_png(photo: &RgbPhoto) -> Result<Vec<u8>, ImageError> {
    encode(photo, |bytes| {
        let encoder = PngEncoder::new(bytes);
        encoder.write_image(photo.data(), photo.width(), photo.height(), ExtendedColorType::Rgb8)
    })
}

fn encode(
    photo: &RgbPhoto,
    write: impl FnOnce(&mut Vec<u8>) -> ImageResult<()>,
) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    write(&mut bytes).map_err(|_| ImageError::Encode { width: photo.width(), height: photo.height() })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DecodeLimits, decode};

    #[test]
    fn png_comes_back_exactly() {
        let data = (0..7 * 5 * 3).map(|index| (index * 37 % 251) as u8).collect();
        let photo = RgbPhoto::new(7, 5, data).unwrap();
        let file = encode_png(&photo).unwrap();
        assert_eq!(decode(&file, &DecodeLimits::default()).unwrap(), photo);
    }

    #[test]
    fn jpeg_comes_back_nearly() {
        let photo = RgbPhoto::filled(20, 10, [200, 100, 50]);
        let file = encode_jpeg(&photo, 95).unwrap();
        let back = decode(&file, &DecodeLimits::default()).unwrap();
        assert!(back.pixel(10, 5).iter().zip([200, 100, 50]).all(|(&left, right)| left.abs_diff(right) <= 3));
    }

    #[test]
    fn jpeg_refuses_a_side_it_cannot_hold() {
        let photo = RgbPhoto::filled(70_000, 1, [0; 3]);
        assert_eq!(encode_jpeg(&photo, 90), Err(ImageError::Encode { width: 70_000, height: 1 }));
    }
}

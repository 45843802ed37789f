//! Any pixel layout to RGB of 8 bits.

use image::ColorType;

use crate::ImageError;

/// The pixels of a decoder as RGB. Layouts with at least three bytes per pixel are packed in place.
pub(super) fn to_rgb(mut pixels: Vec<u8>, colour: ColorType) -> Result<Vec<u8>, ImageError> {
    match colour {
        ColorType::Rgb8 => {}
        ColorType::L8 => return Ok(pixels.iter().flat_map(|&grey| [grey; 3]).collect()),
        ColorType::La8 => return Ok(expand(&pixels, |[grey, alpha]| [on_white(grey, alpha); 3])),
        ColorType::L16 => return Ok(expand(&pixels, |low_high| [narrowed(low_high); 3])),
        ColorType::La16 => {
            pack(&mut pixels, |[a, b, c, d]: [u8; 4]| [on_white(narrowed([a, b]), narrowed([c, d])); 3]);
        }
        ColorType::Rgba8 => pack(&mut pixels, |[red, green, blue, alpha]: [u8; 4]| {
            [red, green, blue].map(|value| on_white(value, alpha))
        }),
        ColorType::Rgb16 => pack(&mut pixels, |[a, b, c, d, e, f]: [u8; 6]| {
            [narrowed([a, b]), narrowed([c, d]), narrowed([e, f])]
        }),
        ColorType::Rgba16 => pack(&mut pixels, |[a, b, c, d, e, f, g, h]: [u8; 8]| {
            let alpha = narrowed([g, h]);
            [[a, b], [c, d], [e, f]].map(|value| on_white(narrowed(value), alpha))
        }),
        _ => return Err(ImageError::UnsupportedFormat),
    }
    Ok(pixels)
}

fn expand(pixels: &[u8], convert: impl Fn([u8; 2]) -> [u8; 3]) -> Vec<u8> {
    pixels.as_chunks::<2>().0.iter().flat_map(|&pixel| convert(pixel)).collect()
}

/// Converts from front to back: what is written is never ahead of what is read.
fn pack<const N: usize>(pixels: &mut Vec<u8>, convert: impl Fn([u8; N]) -> [u8; 3]) {
    let count = pixels.len() / N;
    for index in 0..count {
        let mut pixel = [0; N];
        pixel.copy_from_slice(&pixels[index * N..(index + 1) * N]);
        pixels[index * 3..(index + 1) * 3].copy_from_slice(&convert(pixel));
    }
    pixels.truncate(count * 3);
    pixels.shrink_to_fit();
}

/// The colour of a pixel that lets white shine through.
fn on_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// 16 bits in the machine's byte order to 8, rounded.
fn narrowed(bytes: [u8; 2]) -> u8 {
    ((u32::from(u16::from_ne_bytes(bytes)) * 255 + 32_767) / 65_535) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_are_rounded_to_eight() {
        for value in 0..=255u16 {
            assert_eq!(narrowed((value * 257).to_ne_bytes()), value as u8);
        }
        assert_eq!(narrowed(128u16.to_ne_bytes()), 0);
        assert_eq!(narrowed(129u16.to_ne_bytes()), 1);
    }

    #[test]
    fn white_shines_through() {
        assert_eq!((on_white(10, 255), on_white(10, 0), on_white(0, 128)), (10, 255, 127));
    }
}

//! Reading image files under limits.
//!
//! The format is told from the content, never from a name or a media type. The header is read first; nothing of
//! the photo's size is allocated before its dimensions were checked.

mod compose;
mod jpeg;
mod orient;
mod webp;

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::bmp::BmpDecoder;
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{ImageDecoder, Limits};

use crate::{ImageError, RgbPhoto};

/// What a photo may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeLimits {
    /// The most bytes of the file.
    pub max_bytes: u64,
    /// The most pixels, columns × rows.
    pub max_pixels: u64,
    /// The longest side in pixels.
    pub max_side: u32,
}

impl Default for DecodeLimits {
    /// 20 MB, 50 megapixels, and the longest side that JPEG and GIF can write.
    fn default() -> Self {
        Self { max_bytes: 20_000_000, max_pixels: 50_000_000, max_side: 65_535 }
    }
}

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImageFormat {
    /// Baseline and progressive, 8 bits: grey, `YCbCr`, RGB, CMYK and YCCK.
    Jpeg,
    /// All colour types and depths.
    Png,
    /// Lossy and lossless; the first picture of an animation.
    WebP,
    /// Palette, RGB and RGBA, plain or run-length coded.
    Bmp,
    /// The first picture.
    Gif,
}

impl ImageFormat {
    /// The format whose signature `bytes` begin with.
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            [b'B', b'M', ..] => Some(Self::Bmp),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            _ => None,
        }
    }

    /// The media type, as HTTP writes it.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Bmp => "image/bmp",
            Self::Gif => "image/gif",
        }
    }
}

/// What the header of a file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageHeader {
    /// The format.
    pub format: ImageFormat,
    /// Columns in the displayed orientation.
    pub width: u32,
    /// Rows in the displayed orientation.
    pub height: u32,
}

/// Memory for what a decoder keeps beside the picture: palettes, profiles, text chunks.
const SIDE_BYTES: u64 = 32 << 20;
/// The largest pixel any format decodes to: RGBA of 16 bits.
const LARGEST_PIXEL_BYTES: u64 = 8;

/// Reads the header only.
///
/// # Errors
/// [`ImageError::Empty`], [`ImageError::UnsupportedFormat`], or [`ImageError::Damaged`] where the header cannot be
/// read. Limits are not checked.
pub fn probe(bytes: &[u8]) -> Result<ImageHeader, ImageError> {
    let format = format_of(bytes)?;
    guarded(|| {
        let (width, height, orientation) = match format {
            ImageFormat::Jpeg => {
                jpeg::Header::read(bytes).map(|jpeg| (jpeg.width, jpeg.height, jpeg.orientation))
            }
            ImageFormat::Png => png_decoder(bytes).map(header_of),
            ImageFormat::WebP => webp_decoder(bytes).map(header_of),
            ImageFormat::Bmp => bmp_decoder(bytes).map(header_of),
            ImageFormat::Gif => gif_decoder(bytes).map(header_of),
        }?;
        if width == 0 || height == 0 {
            return Err(ImageError::Damaged);
        }
        let (width, height) = if orient::is_turned(orientation) { (height, width) } else { (width, height) };
        Ok(ImageHeader { format, width, height })
    })
}

/// Reads a photo: RGB in the displayed orientation (the EXIF orientation is applied). Grey becomes RGB, 16 bits
/// become 8 (rounded), transparent pixels are laid on white, as on paper. Colour profiles are not applied.
///
/// A file that ends before its last pixel is refused, in a JPEG one without its end marker.
///
/// # Errors
/// Any [`ImageError`] but [`ImageError::Encode`]; the limits are checked before pixels are decoded.
pub fn decode(bytes: &[u8], limits: &DecodeLimits) -> Result<RgbPhoto, ImageError> {
    if bytes.len() as u64 > limits.max_bytes {
        return Err(ImageError::TooManyBytes { bytes: bytes.len() as u64, max_bytes: limits.max_bytes });
    }
    let format = format_of(bytes)?;
    guarded(|| match format {
        ImageFormat::Jpeg => jpeg::decode(bytes, limits),
        ImageFormat::Png => finish(png_decoder(bytes)?, limits),
        ImageFormat::WebP => {
            let decoder = webp_decoder(bytes)?;
            webp::check_frames(bytes, limits)?;
            finish(decoder, limits)
        }
        ImageFormat::Bmp => finish(bmp_decoder(bytes)?, limits),
        ImageFormat::Gif => finish(gif_decoder(bytes)?, limits),
    })
}

fn format_of(bytes: &[u8]) -> Result<ImageFormat, ImageError> {
    if bytes.is_empty() {
        return Err(ImageError::Empty);
    }
    ImageFormat::sniff(bytes).ok_or(ImageError::UnsupportedFormat)
}

/// A decoder that panics has met bytes that it does not understand.
fn guarded<T>(read: impl FnOnce() -> Result<T, ImageError>) -> Result<T, ImageError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or(Err(ImageError::Damaged))
}

fn png_decoder(bytes: &[u8]) -> Result<PngDecoder<Cursor<&[u8]>>, ImageError> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(SIDE_BYTES);
    PngDecoder::with_limits(Cursor::new(bytes), limits).map_err(|error| refused(&error))
}

fn webp_decoder(bytes: &[u8]) -> Result<WebPDecoder<Cursor<&[u8]>>, ImageError> {
    WebPDecoder::new(Cursor::new(bytes)).map_err(|error| refused(&error))
}

fn bmp_decoder(bytes: &[u8]) -> Result<BmpDecoder<Cursor<&[u8]>>, ImageError> {
    BmpDecoder::new(Cursor::new(bytes)).map_err(|error| refused(&error))
}

fn gif_decoder(bytes: &[u8]) -> Result<GifDecoder<Cursor<&[u8]>>, ImageError> {
    GifDecoder::new(Cursor::new(bytes)).map_err(|error| refused(&error))
}

fn header_of(mut decoder: impl ImageDecoder) -> (u32, u32, Orientation) {
    let (width, height) = decoder.dimensions();
    (width, height, orientation_of(&mut decoder))
}

/// Metadata that cannot be read orders nothing.
fn orientation_of(decoder: &mut impl ImageDecoder) -> Orientation {
    decoder.orientation().unwrap_or(Orientation::NoTransforms)
}

fn finish(mut decoder: impl ImageDecoder, limits: &DecodeLimits) -> Result<RgbPhoto, ImageError> {
    let (width, height) = decoder.dimensions();
    check_size(width, height, limits)?;
    let mut decoder_limits = Limits::no_limits();
    decoder_limits.max_image_width = Some(limits.max_side);
    decoder_limits.max_image_height = Some(limits.max_side);
    decoder_limits.max_alloc =
        Some(limits.max_pixels.saturating_mul(LARGEST_PIXEL_BYTES).saturating_add(SIDE_BYTES));
    decoder.set_limits(decoder_limits).map_err(|error| refused(&error))?;
    let orientation = orientation_of(&mut decoder);
    let colour = decoder.color_type();
    let mut pixels = vec![0; usize::try_from(decoder.total_bytes()).map_err(|_| ImageError::Damaged)?];
    decoder.read_image(&mut pixels).map_err(|error| refused(&error))?;
    let photo = RgbPhoto::new(width, height, compose::to_rgb(pixels, colour)?)?;
    Ok(orient::turned(photo, orientation))
}

fn check_size(width: u32, height: u32, limits: &DecodeLimits) -> Result<(), ImageError> {
    if width == 0 || height == 0 {
        return Err(ImageError::Damaged);
    }
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(ImageError::TooLarge { width, height, max_pixels: limits.max_pixels });
    }
    if width.max(height) > limits.max_side {
        return Err(ImageError::TooLong { width, height, max_side: limits.max_side });
    }
    Ok(())
}

fn refused(error: &image::ImageError) -> ImageError {
    match error {
        image::ImageError::Unsupported(_) => ImageError::UnsupportedFormat,
        _ => ImageError::Damaged,
    }
}

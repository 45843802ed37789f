//! JPEG. The decoder is called directly: its input is not copied, and CMYK is told apart from inverted CMYK.

use image::metadata::Orientation;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::{check_size, orient};
use crate::{DecodeLimits, ImageError, RgbPhoto};

/// Encoders write about ten scans; a file of very many costs much time and shows nothing.
const MAX_SCANS: usize = 50;

/// What stands before the first scan.
pub(super) struct Header<'a> {
    decoder: JpegDecoder<ZCursor<&'a [u8]>>,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) orientation: Orientation,
    colour: ColorSpace,
}

impl<'a> Header<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, ImageError> {
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options(ColorSpace::RGB));
        decoder.decode_headers().map_err(|error| refused(&error))?;
        let (width, height) = decoder.dimensions().ok_or(ImageError::Damaged)?;
        let colour = decoder.input_colorspace().ok_or(ImageError::Damaged)?;
        let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));
        Ok(Self {
            decoder,
            width: u32::try_from(width).map_err(|_| ImageError::Damaged)?,
            height: u32::try_from(height).map_err(|_| ImageError::Damaged)?,
            orientation: orientation.unwrap_or(Orientation::NoTransforms),
            colour,
        })
    }
}

pub(super) fn decode(bytes: &[u8], limits: &DecodeLimits) -> Result<RgbPhoto, ImageError> {
    let header = Header::read(bytes)?;
    let (width, height) = (header.width, header.height);
    check_size(width, height, limits)?;
    let structure = Structure::of(bytes);
    if !structure.is_complete {
        return Err(ImageError::Damaged);
    }
    // The decoder takes CMYK as inverted, which is Adobe's way and right only where Adobe's marker stands.
    let is_plain_cmyk = header.colour == ColorSpace::CMYK && !structure.has_adobe_marker;
    let mut decoder = header.decoder;
    if is_plain_cmyk {
        decoder.set_options(options(ColorSpace::CMYK));
    }
    let mut pixels = decoder.decode().map_err(|error| refused(&error))?;
    if is_plain_cmyk {
        pixels = pixels.as_chunks::<4>().0.iter().flat_map(|&ink| from_ink(ink)).collect();
    }
    Ok(orient::turned(RgbPhoto::new(width, height, pixels)?, header.orientation))
}

fn options(colour: ColorSpace) -> DecoderOptions {
    // Real photos break the letter of the standard in many harmless ways, so the decoder is not strict.
    DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_max_scans(MAX_SCANS)
        .jpeg_set_out_colorspace(colour)
}

/// Cyan, magenta, yellow and black, 255 being full ink, on white paper.
fn from_ink([cyan, magenta, yellow, black]: [u8; 4]) -> [u8; 3] {
    let light = u32::from(255 - black);
    [cyan, magenta, yellow].map(|ink| ((u32::from(255 - ink) * light + 127) / 255) as u8)
}

fn refused(error: &DecodeErrors) -> ImageError {
    match error {
        DecodeErrors::Unsupported(_) => ImageError::UnsupportedFormat,
        _ => ImageError::Damaged,
    }
}

/// What the markers of a file tell.
#[derive(Default)]
struct Structure {
    /// The end marker follows the last scan.
    is_complete: bool,
    has_adobe_marker: bool,
}

const END_OF_IMAGE: u8 = 0xD9;
const ADOBE_SEGMENT: u8 = 0xEE;

impl Structure {
    /// Steps from marker to marker; the pictures inside segments (thumbnails) are stepped over.
    fn of(bytes: &[u8]) -> Self {
        let mut structure = Self::default();
        let mut rest = bytes.get(2..).unwrap_or_default();
        while let Some((marker, after)) = next_marker(rest) {
            rest = after;
            match marker {
                END_OF_IMAGE => {
                    structure.is_complete = true;
                    return structure;
                }
                // Stuffed bytes, restarts and markers without a segment.
                0x00 | 0x01 | 0xD0..=0xD8 => {}
                _ => {
                    let Some((segment, after)) = segment(rest) else { return structure };
                    structure.has_adobe_marker |= marker == ADOBE_SEGMENT && segment.starts_with(b"Adobe");
                    rest = after;
                }
            }
        }
        structure
    }
}

/// The next marker and what follows it. Inside a scan this is called over and over for stuffed bytes.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let start = bytes.iter().position(|&byte| byte == 0xFF)?;
    let after_fill = start + bytes[start..].iter().position(|&byte| byte != 0xFF)?;
    Some((bytes[after_fill], &bytes[after_fill + 1..]))
}

/// The content of a segment and what follows it.
fn segment(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = usize::from(u16::from_be_bytes([*bytes.first()?, *bytes.get(1)?]));
    Some((bytes.get(2..length)?, bytes.get(length..)?))
}

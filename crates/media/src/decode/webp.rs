//! The frames inside a WebP file. The size in the file's header is the canvas; a frame tells its own size again,
//! and the decoder makes room for it before it compares the two.

use super::check_size;
use crate::{DecodeLimits, ImageError};

/// Bytes before the first chunk: `RIFF`, the size, `WEBP`.
const FILE_HEADER: usize = 12;
/// Bytes of an animation frame before its chunks: place, size, duration and flags.
const FRAME_HEADER: usize = 16;

/// Checks the size that every frame tells of itself.
pub(super) fn check_frames(bytes: &[u8], limits: &DecodeLimits) -> Result<(), ImageError> {
    let mut rest = bytes.get(FILE_HEADER..).unwrap_or_default();
    while let Some((name, content, after)) = chunk(rest) {
        check_frame(name, content, limits)?;
        // The chunks of an animation's frame lie inside it: step into it instead of over it.
        rest = if name == *b"ANMF" {
            content.get(FRAME_HEADER..).map_or(after, |_| &rest[8 + FRAME_HEADER..])
        } else {
            after
        };
    }
    Ok(())
}

/// The name and the content of the next chunk, as far as it is there, and what follows it.
fn chunk(bytes: &[u8]) -> Option<([u8; 4], &[u8], &[u8])> {
    let (name, rest) = bytes.split_first_chunk::<4>()?;
    let (size, rest) = rest.split_first_chunk::<4>()?;
    let size = u32::from_le_bytes(*size) as usize;
    let content = &rest[..size.min(rest.len())];
    let after = rest.get(size.saturating_add(size % 2)..).unwrap_or_default();
    Some((*name, content, after))
}

fn check_frame(name: [u8; 4], content: &[u8], limits: &DecodeLimits) -> Result<(), ImageError> {
    let size = match (&name, content) {
        // Three bytes of flags, the start code, then 14 bits of width and of height.
        (b"VP8 ", [_, _, _, 0x9D, 0x01, 0x2A, a, b, c, d, ..]) => {
            Some((u16::from_le_bytes([*a, *b]) & 0x3FFF, u16::from_le_bytes([*c, *d]) & 0x3FFF))
        }
        // The signature, then 14 bits of width − 1 and of height − 1.
        (b"VP8L", [0x2F, a, b, c, d, ..]) => {
            let bits = u32::from_le_bytes([*a, *b, *c, *d]);
            Some(((bits & 0x3FFF) as u16 + 1, (bits >> 14 & 0x3FFF) as u16 + 1))
        }
        _ => None,
    };
    size.map_or(Ok(()), |(width, height)| check_size(u32::from(width), u32::from(height), limits))
}

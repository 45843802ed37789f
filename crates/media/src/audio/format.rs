//! Which audio format bytes are of, and its reader.

use std::io::Cursor;

use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::default::formats::{FlacReader, MpaReader, OggReader, WavReader};

use super::AudioError;

/// An audio file format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AudioFormat {
    /// RIFF WAVE.
    Wav,
    /// OGG, with Vorbis or Opus in it.
    Ogg,
    /// FLAC.
    Flac,
    /// MPEG audio, layer III.
    Mp3,
}

/// Bytes of the header of an `ID3v2` tag.
const TAG_HEADER: usize = 10;

impl AudioFormat {
    /// The format, told by the first bytes; `None` for everything else, photos among it.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let bytes = without_tag(bytes);
        match bytes {
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some(Self::Wav),
            [b'O', b'g', b'g', b'S', ..] => Some(Self::Ogg),
            [b'f', b'L', b'a', b'C', ..] => Some(Self::Flac),
            [first, second, third, ..] if is_layer_three(*first, *second, *third) => Some(Self::Mp3),
            _ => None,
        }
    }

    /// Whether the number of samples in the header is exact. That of other formats is missing, estimated, or found by
    /// looking at the end of the file.
    pub(super) const fn declares_exact_length(self) -> bool {
        matches!(self, Self::Wav | Self::Flac)
    }

    pub(super) fn open(self, bytes: &[u8]) -> Result<Box<dyn FormatReader + '_>, AudioError> {
        let source = Cursor::new(without_tag(bytes));
        let stream = MediaSourceStream::new(Box::new(source), MediaSourceStreamOptions::default());
        let options = FormatOptions::default();
        let reader = match self {
            Self::Wav => WavReader::try_new(stream, options).map(boxed),
            Self::Ogg => OggReader::try_new(stream, options).map(boxed),
            Self::Flac => FlacReader::try_new(stream, options).map(boxed),
            Self::Mp3 => MpaReader::try_new(stream, options).map(boxed),
        };
        reader.map_err(|error| match error {
            Error::Unsupported(_) => AudioError::UnsupportedFormat,
            Error::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                AudioError::Truncated
            }
            _ => AudioError::Damaged,
        })
    }
}

fn boxed<'a>(reader: impl FormatReader + 'a) -> Box<dyn FormatReader + 'a> {
    Box::new(reader)
}

/// The bytes behind an `ID3v2` tag, where there is one.
fn without_tag(bytes: &[u8]) -> &[u8] {
    let [b'I', b'D', b'3', _, _, _, size @ ..] = bytes else { return bytes };
    let Some(size) = size.first_chunk::<4>() else { return bytes };
    // Seven bits of each byte.
    let size = size.iter().fold(0, |size, byte| size << 7 | usize::from(byte & 0x7F));
    bytes.get(TAG_HEADER + size..).unwrap_or_default()
}

/// Whether these begin a frame of MPEG audio layer III: eleven bits set, a version, the layer, a bit rate and a sample
/// rate that exist.
const fn is_layer_three(first: u8, second: u8, third: u8) -> bool {
    let is_sync = first == 0xFF && second & 0xE0 == 0xE0;
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    let (bit_rate, sample_rate) = (third >> 4, third >> 2 & 3);
    is_sync && version != 1 && layer == 1 && bit_rate != 15 && sample_rate != 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        let wav = b"RIFF\x24\0\0\0WAVEfmt ";
        assert_eq!(AudioFormat::of(wav), Some(AudioFormat::Wav));
        assert_eq!(AudioFormat::of(b"OggS\0"), Some(AudioFormat::Ogg));
        assert_eq!(AudioFormat::of(b"fLaC\0"), Some(AudioFormat::Flac));
        assert_eq!(AudioFormat::of(&[0xFF, 0xFB, 0x90, 0x64]), Some(AudioFormat::Mp3));
        let tagged = [&b"ID3\x04\0\0\0\0\0\x02xx"[..], b"fLaC"].concat();
        assert_eq!(AudioFormat::of(&tagged), Some(AudioFormat::Flac));
    }

    #[test]
    fn photos_and_other_files_are_no_audio() {
        let others: [&[u8]; 7] = [
            b"",
            &[0xFF, 0xD8, 0xFF, 0xE0],
            b"\x89PNG\r\n\x1a\n",
            b"RIFF\x24\0\0\0WEBPVP8 ",
            b"GIF89a",
            b"{\"text\":1}",
            b"ID3\x04\0\0\x7f\x7f\x7f\x7f",
        ];
        for other in others {
            assert_eq!(AudioFormat::of(other), None, "{other:?}");
        }
    }
}

//! Photos as requests carry them: an address, base64 text, a data URI, or the file itself.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use url::Url;

use crate::fetch::{FetchError, Fetcher};
use crate::params::Part;

/// Addresses and file names longer than this are refused.
pub const MOST_NAME_BYTES: usize = 2048;

/// Base64 as clients send it: with or without padding, stray bits at the end ignored.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Where a photo comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhotoSource {
    /// Sent along.
    Inline {
        /// The image file.
        bytes: Bytes,
        /// Its name, if the client gave one.
        file_name: Option<String>,
    },
    /// To be fetched.
    Remote(Url),
}

/// A photo that was sent or fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    /// The image file.
    pub bytes: Bytes,
    /// The last part of its address or the name of its file, where it has one.
    pub file_name: Option<String>,
    /// The address it was fetched from, if it was.
    pub address: Option<String>,
}

/// Why a field holds no photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    /// Text that is neither an http(s) address nor base64.
    #[error("the text is neither an address nor a photo")]
    NeitherPhotoNorAddress,
    /// A data URI or a long text that is not base64.
    #[error("the photo is not valid base64")]
    Base64,
    /// The address or file name is too long.
    #[error("the address or file name is too long")]
    TooLong,
    /// The address could not be fetched from.
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

impl PhotoSource {
    /// Reads a text field: an http(s) address, a data URI or base64.
    ///
    /// # Errors
    /// [`PhotoError`].
    pub fn from_text(text: &str) -> Result<Self, PhotoError> {
        let text = text.trim();
        if has_scheme(text, "http:") || has_scheme(text, "https:") {
            return Self::from_address(text);
        }
        if has_scheme(text, "data:") {
            let (_, data) = text.split_once(',').ok_or(PhotoError::Base64)?;
            let bytes = decode_base64(data).ok_or(PhotoError::Base64)?;
            return Ok(Self::Inline { bytes, file_name: None });
        }
        match decode_base64(text) {
            Some(bytes) => Ok(Self::Inline { bytes, file_name: None }),
            None if text.len() > MOST_NAME_BYTES => Err(PhotoError::Base64),
            None => Err(PhotoError::NeitherPhotoNorAddress),
        }
    }

    /// Reads a multipart part: a file, or text as in [`Self::from_text`] where the part has no file name and
    /// is text throughout (no image format is).
    ///
    /// # Errors
    /// [`PhotoError`].
    pub fn from_part(part: &Part) -> Result<Self, PhotoError> {
        if part.file_name.as_ref().is_some_and(|name| name.len() > MOST_NAME_BYTES) {
            return Err(PhotoError::TooLong);
        }
        match std::str::from_utf8(&part.bytes) {
            Ok(text) if part.file_name.is_none() && !text.is_empty() => {
                Self::from_text(text.trim().trim_matches('"'))
            }
            _ => Ok(Self::Inline { bytes: part.bytes.clone(), file_name: part.file_name.clone() }),
        }
    }

    fn from_address(text: &str) -> Result<Self, PhotoError> {
        if text.len() > MOST_NAME_BYTES {
            return Err(PhotoError::TooLong);
        }
        let address = Url::parse(text).map_err(|_| PhotoError::NeitherPhotoNorAddress)?;
        Ok(Self::Remote(address))
    }

    /// The photo itself, fetched where it has to be.
    ///
    /// # Errors
    /// [`PhotoError::Fetch`].
    pub async fn load(self, fetcher: &Fetcher) -> Result<Photo, PhotoError> {
        match self {
            Self::Inline { bytes, file_name } => Ok(Photo { bytes, file_name, address: None }),
            Self::Remote(address) => {
                let bytes = fetcher.fetch(&address).await?;
                let last = address.path_segments().and_then(Iterator::last);
                let file_name = last.filter(|name| !name.is_empty()).map(str::to_owned);
                Ok(Photo { bytes, file_name, address: Some(address.into()) })
            }
        }
    }
}

fn has_scheme(text: &str, scheme: &str) -> bool {
    text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// Decodes base64 with line breaks, the URL-safe alphabet, missing padding, and `+` that a form turned into
/// spaces. `None` for anything else and for nothing.
fn decode_base64(text: &str) -> Option<Bytes> {
    let cleaned: Vec<u8> = text
        .trim()
        .bytes()
        .filter(|byte| !matches!(byte, b'\r' | b'\n' | b'\t'))
        .map(|byte| match byte {
            b'-' | b' ' => b'+',
            b'_' => b'/',
            other => other,
        })
        .collect();
    let end = cleaned.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1);
    let bytes = LENIENT.decode(cleaned.get(..end)?).ok()?;
    (!bytes.is_empty()).then(|| bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn inline(bytes: &[u8]) -> PhotoSource {
        PhotoSource::Inline { bytes: Bytes::copy_from_slice(bytes), file_name: None }
    }

    #[test]
    fn base64_is_read_in_every_form_clients_send() {
        let photo = [0xff, 0xd8, 0xfb, 0xef];
        for text in [
            "/9j77w==",
            "/9j77w",
            "_9j77w",
            " /9j7\r\n7w==\n",
            "data:image/jpeg;base64,/9j77w==",
            "DATA:;base64, /9j77w",
        ] {
            assert_eq!(PhotoSource::from_text(text), Ok(inline(&photo)), "{text}");
        }
        assert_eq!(PhotoSource::from_text("+/v7"), PhotoSource::from_text("-_v7"));
        assert_eq!(PhotoSource::from_text("a /v"), PhotoSource::from_text("a+/v"));
    }

    #[test]
    fn addresses_are_told_from_photos() {
        let address = "HTTPS://example.com/a/face.jpg?x=1";
        assert!(matches!(PhotoSource::from_text(address), Ok(PhotoSource::Remote(_))));
        for text in ["ftp://example.com/a.jpg", "face.jpg", "http://", "file:///etc/passwd", "=", "!"] {
            assert_eq!(PhotoSource::from_text(text), Err(PhotoError::NeitherPhotoNorAddress), "{text}");
        }
        let long = format!("http://example.com/{}", "a".repeat(MOST_NAME_BYTES));
        assert_eq!(PhotoSource::from_text(&long), Err(PhotoError::TooLong));
    }

    #[test]
    fn broken_base64_is_told_from_a_broken_address() {
        assert_eq!(PhotoSource::from_text("data:image/png;base64,!"), Err(PhotoError::Base64));
        assert_eq!(PhotoSource::from_text("data:image/png"), Err(PhotoError::Base64));
        assert_eq!(PhotoSource::from_text(&"!".repeat(5000)), Err(PhotoError::Base64));
    }

    #[test]
    fn part_without_a_name_is_text_only_where_it_is_text() {
        let part = |bytes: &[u8], name: Option<&str>| Part {
            bytes: Bytes::copy_from_slice(bytes),
            file_name: name.map(str::to_owned),
        };
        let photo = [0xff, 0xd8, 0xff, 0xe0];
        assert_eq!(PhotoSource::from_part(&part(&photo, None)), Ok(inline(&photo)));
        assert_eq!(PhotoSource::from_part(&part(b"\"/9j/4A==\"", None)), Ok(inline(&photo)));
        assert_eq!(PhotoSource::from_part(&part(b"", None)), Ok(inline(b"")));
        let named = PhotoSource::from_part(&part(b"text", Some("a.jpg"))).unwrap();
        assert!(matches!(named, PhotoSource::Inline { bytes, file_name: Some(_) } if bytes == "text"));
    }

    proptest! {
        #[test]
        fn any_photo_survives_base64(bytes in proptest::collection::vec(any::<u8>(), 1..300)) {
            let text = base64::engine::general_purpose::URL_SAFE.encode(&bytes);
            prop_assert_eq!(PhotoSource::from_text(&format!("data:,{text}")), Ok(inline(&bytes)));
        }

        #[test]
        fn any_text_is_a_photo_or_an_error(text in ".{0,300}") {
            let _ = PhotoSource::from_text(&text);
        }
    }
}

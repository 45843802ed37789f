//! Identifiers.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Text that is not an identifier of the expected kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct ParseIdError(&'static str);

/// An account: one customer, with credentials for every dialect and galleries of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(pub Uuid);

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for AccountId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| ParseIdError("account id"))
    }
}

/// An enrolled face. Below 2^53, so that clients which read numbers as doubles keep every digit; greater for
/// later enrolments, so that descending ids are newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FaceId(u64);

impl FaceId {
    /// The first number that is not a face id.
    pub const LIMIT: u64 = 1 << 53;

    /// A face id, unless the number is 0 or at least [`Self::LIMIT`].
    pub fn new(number: u64) -> Option<Self> {
        (number > 0 && number < Self::LIMIT).then_some(Self(number))
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The Kairos form: 20 hexadecimal digits.
    pub fn to_hex(self) -> String {
        format!("{:020x}", self.0)
    }

    /// Reads the Kairos form back.
    pub fn from_hex(text: &str) -> Result<Self, ParseIdError> {
        let is_hex = text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = is_hex.then(|| u64::from_str_radix(text, 16).ok()).flatten();
        number.and_then(Self::new).ok_or(ParseIdError("face id"))
    }
}

impl fmt::Display for FaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A camera. Events may name one that is not configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CameraId(pub Uuid);

impl fmt::Display for CameraId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for CameraId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| ParseIdError("camera id"))
    }
}

/// An image or video that is or was analysed: 96 random bits, written as 24 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MediaId(pub [u8; 12]);

impl fmt::Display for MediaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for MediaId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = ParseIdError("media id");
        if text.len() != 24 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(refused);
        }
        let mut id = [0; 12];
        for (byte, at) in id.iter_mut().zip((0..24).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| refused)?;
        }
        Ok(Self(id))
    }
}

/// A person of an account: someone whom cameras saw. Counted from 1 within the account; no number is given
/// twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonId(u64);

impl PersonId {
    /// A person id, unless the number is 0 or one that clients which read numbers as doubles cannot hold.
    pub fn new(number: u64) -> Option<Self> {
        (number > 0 && number < FaceId::LIMIT).then_some(Self(number))
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The SHA-256 digest of a model file. Templates carry it: templates of different models are never compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelDigest(pub [u8; 32]);

impl ModelDigest {
    /// The digest of a model file's bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for ModelDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ModelDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ModelDigest {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = ParseIdError("SHA-256 digest");
        if text.len() != 64 || !text.is_ascii() {
            return Err(error);
        }
        let mut digest = [0; 32];
        for (index, byte) in digest.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).map_err(|_| error)?;
        }
        Ok(Self(digest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_ids_are_24_hexadecimal_digits() {
        let id = MediaId([0x4b, 0xf0, 0x1d, 0x6b, 0x18, 0x24, 0xe7, 0x96, 0x68, 0x6a, 0x13, 0x79]);
        assert_eq!(id.to_string(), "4bf01d6b1824e796686a1379");
        assert_eq!("4BF01d6b1824e796686a1379".parse(), Ok(id));
        for text in [
            "",
            "0123Test",
            "4bf01d6b1824e796686a137",
            "4bf01d6b1824e796686a13790",
            "+bf01d6b1824e796686a1379",
        ] {
            assert!(text.parse::<MediaId>().is_err(), "{text}");
        }
    }

    #[test]
    fn face_id_survives_its_kairos_form() {
        let id = FaceId::new(0x1f_ffff_ffff_ffff).unwrap();
        assert_eq!(FaceId::from_hex(&id.to_hex()), Ok(id));
    }

    #[test]
    fn face_id_refuses_other_text() {
        for text in ["", "0", "zz", "+0000000000000000001", "ffffffffffffffffffff", "00000000000000000000"] {
            assert!(FaceId::from_hex(text).is_err(), "{text}");
        }
    }

    #[test]
    fn model_digest_survives_its_text_form() {
        let digest = ModelDigest::of(b"model");
        assert_eq!(digest.to_string().parse(), Ok(digest));
    }
}

//! Passwords of operators: Argon2id with the parameters that OWASP's password storage cheat sheet names first
//! (19 MiB, 2 passes, 1 lane), which are the crate's defaults.

use std::ops::RangeInclusive;

use argon2::Argon2;
use argon2::password_hash::{PasswordHash as PhcString, PasswordHasher, PasswordVerifier, SaltString};
use vultus_store::PasswordHash;

use super::OperatorError;

/// How long a password may be that an operator chooses, in bytes of UTF-8.
pub const PASSWORD_BYTES: RangeInclusive<usize> = 12..=256;

/// Lower-case letters and digits without those that look alike: 32 of them, so that each tells five bits.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A one-time password of 100 random bits, in five groups of four.
pub(super) fn in_groups(random: [u8; 20]) -> String {
    let symbols: Vec<char> = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    symbols.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// Takes tens of milliseconds and 19 MiB.
pub(super) fn hash(password: &str, salt: [u8; 16]) -> Result<PasswordHash, OperatorError> {
    let internal = |error: argon2::password_hash::Error| OperatorError::Internal(error.to_string().into());
    let salt = SaltString::encode_b64(&salt).map_err(internal)?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt).map_err(internal)?;
    Ok(PasswordHash(hash.to_string()))
}

/// Whether the password is the one that was hashed. Takes as long where there is no hash to compare with.
pub(super) fn check(password: &str, hash: Option<&PasswordHash>) -> bool {
    let parsed = hash.and_then(|hash| PhcString::new(&hash.0).ok());
    let Some(parsed) = parsed else {
        // The result is nobody's; only the work counts.
        let _ = Argon2::default().hash_password_into(password.as_bytes(), &[0; 16], &mut [0; 32]);
        return false;
    };
    Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_is_right() {
        let stored = hash("correct horse", [1; 16]).unwrap();
        assert!(stored.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", stored.0);
        assert!(check("correct horse", Some(&stored)));
        assert!(!check("correct hors", Some(&stored)));
        assert!(!check("correct horse", None));
        assert!(!check("correct horse", Some(&PasswordHash("damaged".to_owned()))));
        assert_ne!(hash("correct horse", [2; 16]).unwrap(), stored, "the salt counts");
    }

    #[test]
    fn one_time_passwords_can_be_read_aloud() {
        let password = in_groups(std::array::from_fn(|index| index as u8 * 13));
        assert_eq!(password.len(), 24);
        assert!(PASSWORD_BYTES.contains(&password.len()));
        assert!(!password.contains(['l', 'o', '0', '1']));
    }
}

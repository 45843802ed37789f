//! Secrets of credentials: made here, shown once, stored as keyed hashes.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use vultus_store::{Credential, CredentialKind, SecretHash};

use crate::entropy::{Entropy, EntropyError, random};

/// Length of the key that a server hashes secrets with, in bytes.
pub const SECRET_KEY_BYTES: usize = 32;

/// Hashes secrets with HMAC-SHA-256 under the server's key: whoever reads the database alone can neither use
/// nor check a guessed secret.
#[derive(Clone)]
pub struct SecretHasher {
    key: [u8; SECRET_KEY_BYTES],
}

impl std::fmt::Debug for SecretHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretHasher(…)")
    }
}

impl SecretHasher {
    /// A hasher with the server's key. Whoever loses the key must rotate every credential.
    pub const fn new(key: [u8; SECRET_KEY_BYTES]) -> Self {
        Self { key }
    }

    /// The server's key, for what else is derived from it.
    pub(crate) const fn key(&self) -> &[u8; SECRET_KEY_BYTES] {
        &self.key
    }

    /// The hash of a secret of that kind; the same secret has another hash under another kind.
    pub fn hash(&self, kind: CredentialKind, secret: &str) -> SecretHash {
        self.hash_as(label(kind), secret)
    }

    /// The hash of something secret under a label, which tells its uses apart.
    pub(crate) fn hash_as(&self, label: &str, secret: &str) -> SecretHash {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key)
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(label.as_bytes());
        mac.update(&[0]);
        mac.update(secret.as_bytes());
        SecretHash(mac.finalize().into_bytes().into())
    }

    /// Whether `secret` is the credential's, in time that does not depend on where they differ.
    pub(crate) fn verify(&self, credential: &Credential, secret: &str) -> bool {
        let presented = self.hash(credential.kind, secret);
        presented.0.ct_eq(&credential.secret_hash.0).into()
    }

    /// What is stored of a secret that is found by its own hash.
    pub(crate) fn credential(&self, kind: CredentialKind, secret: &str) -> Credential {
        let secret_hash = self.hash(kind, secret);
        Credential { kind, public_id: public_id(secret_hash), secret_hash, expires_at: None }
    }
}

/// The public part of a credential that has no id of its own: the first 16 hexadecimal digits of its hash.
pub(crate) fn public_id(hash: SecretHash) -> String {
    hex::encode(&hash.0[..8])
}

/// A new secret: 256 random bits as 64 hexadecimal digits.
pub(crate) fn new_secret(entropy: &dyn Entropy) -> Result<String, EntropyError> {
    Ok(hex::encode(random::<32>(entropy)?))
}

const fn label(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::KairosAppKey => "kairos app_key",
        CredentialKind::FindFaceToken => "findface token",
        CredentialKind::PersePrivateKey => "perse private_key",
        CredentialKind::PerseApiKey => "perse api_key",
        CredentialKind::MachineSenseApiKey => "machinesense api_key",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_depends_on_key_kind_and_secret() {
        let hasher = SecretHasher::new([1; 32]);
        let hash = hasher.hash(CredentialKind::PerseApiKey, "secret");
        assert_eq!(hash, hasher.hash(CredentialKind::PerseApiKey, "secret"));
        assert_ne!(hash, hasher.hash(CredentialKind::PerseApiKey, "Secret"));
        assert_ne!(hash, hasher.hash(CredentialKind::FindFaceToken, "secret"));
        assert_ne!(hash, SecretHasher::new([2; 32]).hash(CredentialKind::PerseApiKey, "secret"));
    }

    #[test]
    fn only_the_secret_itself_verifies() {
        let hasher = SecretHasher::new([1; 32]);
        let credential = hasher.credential(CredentialKind::FindFaceToken, "secret");
        assert!(hasher.verify(&credential, "secret"));
        assert!(!hasher.verify(&credential, "secret "));
        assert!(!hasher.verify(&credential, ""));
    }

    #[test]
    fn debug_output_holds_no_key() {
        assert_eq!(format!("{:?}", SecretHasher::new([7; 32])), "SecretHasher(…)");
    }
}

//! What holds blocks together: a checksum, or encryption under a passphrase. Either binds a block to its archive and to
//! its place there.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

use crate::error::ArchiveError;
use crate::message::Encryption;

/// Random bytes that make the key another for each archive: as long as RFC 9106 recommends.
pub const SALT_BYTES: usize = 16;

/// What a seal adds to a block: the length of the tag of ChaCha20-Poly1305, and of the checksum.
pub(crate) const TAG_BYTES: usize = 16;

/// The parameters that RFC 9106 recommends where memory is short: 64 MiB, three passes, four lanes.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 4;

/// The most that an archive may ask for: a gigabyte.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 64;
const MOST_LANES: u32 = 64;

const KEY_BYTES: usize = 32;
const CHECK_BYTES: usize = 16;

/// Where a block stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) index: u64,
    pub(crate) is_last: bool,
}

impl Place {
    /// Another for each block of an archive, and every archive has a key of its own.
    fn nonce(self) -> [u8; NONCE_LEN] {
        let mut nonce = [0; NONCE_LEN];
        nonce[NONCE_LEN - 9..NONCE_LEN - 1].copy_from_slice(&self.index.to_be_bytes());
        nonce[NONCE_LEN - 1] = u8::from(self.is_last);
        nonce
    }
}

/// A block that is not as it was sealed.
#[derive(Debug)]
pub(crate) struct Broken;

/// The key of an archive.
pub(crate) struct Key {
    key: [u8; KEY_BYTES],
    check: Vec<u8>,
}

impl Key {
    /// A new key for an archive that is written, and what is needed to derive it again.
    pub(crate) fn new(passphrase: &[u8], salt: [u8; SALT_BYTES]) -> Result<(Self, Encryption), ArchiveError> {
        let mut encryption = Encryption {
            salt: salt.to_vec(),
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
            check: Vec::new(),
        };
        let key = Self::derive(passphrase, &encryption)?;
        encryption.check.clone_from(&key.check);
        Ok((key, encryption))
    }

    /// The key of an archive that is read.
    pub(crate) fn of(passphrase: &[u8], encryption: &Encryption) -> Result<Self, ArchiveError> {
        let key = Self::derive(passphrase, encryption)?;
        if key.check == encryption.check { Ok(key) } else { Err(ArchiveError::WrongPassphrase) }
    }

    /// Whether a new archive's key would follow from the passphrase in the same way.
    pub(crate) const fn is_as_today(encryption: &Encryption) -> bool {
        encryption.memory_kib == MEMORY_KIB && encryption.passes == PASSES && encryption.lanes == LANES
    }

    fn derive(passphrase: &[u8], encryption: &Encryption) -> Result<Self, ArchiveError> {
        let &Encryption { ref salt, memory_kib, passes, lanes, .. } = encryption;
        if memory_kib > MOST_MEMORY_KIB || passes > MOST_PASSES || lanes > MOST_LANES {
            return Err(ArchiveError::Key);
        }
        let params = Params::new(memory_kib, passes, lanes, None).map_err(|_| ArchiveError::Key)?;
        let mut derived = [0; 2 * KEY_BYTES];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase, salt, &mut derived)
            .map_err(|_| ArchiveError::Key)?;
        let (first, second) = derived.split_at(KEY_BYTES);
        let mut key = [0; KEY_BYTES];
        key.copy_from_slice(first);
        Ok(Self { key, check: Sha256::digest(second)[..CHECK_BYTES].to_vec() })
    }
}

/// Seals and opens blocks.
pub(crate) struct Seal {
    /// The digest of the header: blocks of another archive do not fit.
    archive: [u8; 32],
    key: Option<LessSafeKey>,
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seal").field("is_encrypted", &self.is_encrypted()).finish_non_exhaustive()
    }
}

impl Seal {
    pub(crate) fn new(header: &[u8], key: Option<&Key>) -> Result<Self, ArchiveError> {
        let bind = |key: &Key| UnboundKey::new(&CHACHA20_POLY1305, &key.key).map(LessSafeKey::new);
        let key = key.map(bind).transpose().map_err(|_| ArchiveError::Key)?;
        Ok(Self { archive: Sha256::digest(header).into(), key })
    }

    /// Whether blocks can be read with the key only.
    pub(crate) const fn is_encrypted(&self) -> bool {
        self.key.is_some()
    }

    /// Adds the seal to a block. Under one key no two blocks may have the same place, unless they are the same.
    pub(crate) fn seal(&self, place: Place, block: &mut Vec<u8>) -> Result<(), ArchiveError> {
        let Some(key) = &self.key else {
            let checksum = self.checksum(place, block);
            block.extend_from_slice(&checksum);
            return Ok(());
        };
        let nonce = Nonce::assume_unique_for_key(place.nonce());
        key.seal_in_place_append_tag(nonce, Aad::from(self.archive), block).map_err(|_| ArchiveError::Key)
    }

    /// Checks the seal of a block and takes it off.
    pub(crate) fn open(&self, place: Place, block: &mut Vec<u8>) -> Result<(), Broken> {
        let length = block.len().checked_sub(TAG_BYTES).ok_or(Broken)?;
        if let Some(key) = &self.key {
            let nonce = Nonce::assume_unique_for_key(place.nonce());
            key.open_in_place(nonce, Aad::from(self.archive), block).map_err(|_| Broken)?;
        } else if self.checksum(place, &block[..length]) != block[length..] {
            return Err(Broken);
        }
        block.truncate(length);
        Ok(())
    }

    fn checksum(&self, place: Place, block: &[u8]) -> [u8; TAG_BYTES] {
        let digest = Sha256::new()
            .chain_update(self.archive)
            .chain_update(place.nonce())
            .chain_update(block)
            .finalize();
        let mut checksum = [0; TAG_BYTES];
        checksum.copy_from_slice(&digest[..TAG_BYTES]);
        checksum
    }
}

//! The file: a header, and blocks one after the other.
//!
//! ```text
//! "vultusar"  version u16  length u16  header  checksum[16]
//! last? u1, length u31   compressed? u8, block   seal[16]        once for each block
//! ```
//!
//! Numbers are little-endian. The checksum is the beginning of the SHA-256 of all before it; the first bit of a block's
//! length tells the last block, after which the file ends.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use prost::Message;
use sha2::{Digest, Sha256};

use crate::error::ArchiveError;
use crate::message::{Block, Content, Header};
use crate::seal::{Key, Place, SALT_BYTES, Seal, TAG_BYTES};

/// What every archive begins with.
pub(crate) const MAGIC: [u8; 8] = *b"vultusar";
const VERSION: u16 = 1;
const FIXED_BYTES: usize = MAGIC.len() + 4;

/// The largest block, before and after its compression. What is written at a time is far smaller.
const MOST_BYTES: usize = 256 << 20;
const LAST: u32 = 1 << 31;
const LENGTH_BYTES: usize = 4;

const STORED: u8 = 0;
const DEFLATED: u8 = 1;

/// A block that was read.
pub(crate) struct Frame {
    pub(crate) index: u64,
    pub(crate) is_last: bool,
    pub(crate) content: Content,
}

/// A block as it stands in the file, opened.
pub(crate) struct Opened {
    pub(crate) is_last: bool,
    /// What was compressed and sealed.
    pub(crate) plain: Vec<u8>,
    /// How much of the file it takes.
    pub(crate) bytes: u64,
}

/// The beginning of an archive.
#[derive(Debug)]
pub(crate) struct Beginning {
    /// All that stands before the first block.
    pub(crate) bytes: Vec<u8>,
    pub(crate) header: Header,
}

impl Beginning {
    /// That of a new archive, and what its blocks are sealed with.
    pub(crate) fn new(
        archive: [u8; 16],
        passphrase: Option<(&[u8], [u8; SALT_BYTES])>,
    ) -> Result<(Self, Seal), ArchiveError> {
        let derived = passphrase.map(|(passphrase, salt)| Key::new(passphrase, salt)).transpose()?;
        let (key, encryption) = derived.unzip();
        let beginning = Self::of(Header { archive: archive.to_vec(), encryption })?;
        let seal = Seal::new(&beginning.bytes, key.as_ref())?;
        Ok((beginning, seal))
    }

    pub(crate) fn of(header: Header) -> Result<Self, ArchiveError> {
        let encoded = header.encode_to_vec();
        let length = u16::try_from(encoded.len()).map_err(|_| ArchiveError::Key)?;
        let mut bytes = [&MAGIC[..], &VERSION.to_le_bytes(), &length.to_le_bytes(), &encoded].concat();
        bytes.extend_from_slice(&Sha256::digest(&bytes)[..TAG_BYTES]);
        Ok(Self { bytes, header })
    }

    pub(crate) fn read(input: &mut impl Read) -> Result<Self, ArchiveError> {
        let mut bytes = vec![0; FIXED_BYTES];
        read_exact(input, &mut bytes, ArchiveError::NoArchive)?;
        if bytes[..MAGIC.len()] != MAGIC {
            return Err(ArchiveError::NoArchive);
        }
        let number = |place: usize| u16::from_le_bytes([bytes[place], bytes[place + 1]]);
        let (version, length) = (number(MAGIC.len()), number(MAGIC.len() + 2));
        let mut rest = vec![0; usize::from(length) + TAG_BYTES];
        let is_later = version > VERSION;
        read_exact(input, &mut rest, ArchiveError::Truncated(0))?;
        bytes.extend_from_slice(&rest);
        let signed = bytes.len() - TAG_BYTES;
        if Sha256::digest(&bytes[..signed])[..TAG_BYTES] != bytes[signed..] {
            // Later versions may have a header of another form.
            return Err(if is_later { ArchiveError::LaterVersion } else { ArchiveError::Damaged(0) });
        }
        if is_later {
            return Err(ArchiveError::LaterVersion);
        }
        let header = Header::decode(&bytes[FIXED_BYTES..signed]).map_err(|_| ArchiveError::Damaged(0))?;
        Ok(Self { bytes, header })
    }

    /// What the blocks are sealed with. The passphrase of an archive that is not encrypted is not looked at.
    pub(crate) fn seal(&self, passphrase: Option<&[u8]>) -> Result<Seal, ArchiveError> {
        let key = match (&self.header.encryption, passphrase) {
            (Some(encryption), Some(passphrase)) => Some(Key::of(passphrase, encryption)?),
            (Some(_), None) => return Err(ArchiveError::PassphraseNeeded),
            (None, _) => None,
        };
        Seal::new(&self.bytes, key.as_ref())
    }
}

/// The bytes of a block before it is compressed and sealed; `table` is whose rows it has, if any.
pub(crate) fn encoded(content: Content, table: &'static str) -> Result<Vec<u8>, ArchiveError> {
    let plain = Block { content: Some(content) }.encode_to_vec();
    if plain.len() > MOST_BYTES { Err(ArchiveError::TooLarge(table)) } else { Ok(plain) }
}

/// A block as it stands in the file: the same bytes whenever it is made.
pub(crate) fn sealed(
    seal: &Seal,
    place: Place,
    plain: &[u8],
    is_compressed: bool,
) -> Result<Vec<u8>, ArchiveError> {
    let mut block = if is_compressed { deflated(plain)? } else { stored(plain) };
    seal.seal(place, &mut block)?;
    // A block is far smaller than what the number takes.
    let length = block.len() as u32 | if place.is_last { LAST } else { 0 };
    Ok([&length.to_le_bytes(), block.as_slice()].concat())
}

/// Reads the block with that number.
pub(crate) fn opened(input: &mut impl Read, seal: &Seal, index: u64) -> Result<Opened, ArchiveError> {
    let mut length = [0; LENGTH_BYTES];
    read_exact(input, &mut length, ArchiveError::Truncated(index))?;
    let length = u32::from_le_bytes(length);
    let place = Place { index, is_last: length & LAST != 0 };
    let length = (length & !LAST) as usize;
    if length > MOST_BYTES + TAG_BYTES + 1 {
        return Err(ArchiveError::Damaged(index));
    }
    // The memory grows with what is there, whatever the length says.
    let mut block = Vec::new();
    input.take(length as u64).read_to_end(&mut block)?;
    if block.len() < length {
        return Err(ArchiveError::Truncated(index));
    }
    seal.open(place, &mut block).map_err(|_| ArchiveError::Damaged(index))?;
    let plain = plain(&block).ok_or(ArchiveError::Damaged(index))?;
    Ok(Opened { is_last: place.is_last, plain, bytes: (LENGTH_BYTES + length) as u64 })
}

fn stored(plain: &[u8]) -> Vec<u8> {
    [&[STORED], plain].concat()
}

fn deflated(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(vec![DEFLATED], Compression::fast());
    encoder.write_all(plain)?;
    let deflated = encoder.finish()?;
    Ok(if deflated.len() > plain.len() { stored(plain) } else { deflated })
}

/// Reads an archive.
#[derive(Debug)]
pub(crate) struct FrameReader<R> {
    input: R,
    seal: Seal,
    archive: [u8; 16],
    next: u64,
}

impl<R: Read> FrameReader<R> {
    /// Reads the header.
    pub(crate) fn open(mut input: R, passphrase: Option<&[u8]>) -> Result<Self, ArchiveError> {
        let beginning = Beginning::read(&mut input)?;
        let seal = beginning.seal(passphrase)?;
        let archive = beginning.header.archive.try_into().map_err(|_| ArchiveError::Damaged(0))?;
        Ok(Self { input, seal, archive, next: 0 })
    }

    /// The archive's id.
    pub(crate) const fn archive(&self) -> [u8; 16] {
        self.archive
    }

    /// Reads the next block. There is one until the last was read.
    pub(crate) fn next(&mut self) -> Result<Frame, ArchiveError> {
        let index = self.next;
        let Opened { is_last, plain, .. } = opened(&mut self.input, &self.seal, index)?;
        let block = Block::decode(plain.as_slice()).map_err(|_| ArchiveError::Damaged(index))?;
        // What this version has no name for.
        let content = block.content.ok_or(ArchiveError::LaterVersion)?;
        if is_last && self.input.read(&mut [0])? > 0 {
            return Err(ArchiveError::Damaged(index + 1));
        }
        self.next += 1;
        Ok(Frame { index, is_last, content })
    }
}

fn plain(block: &[u8]) -> Option<Vec<u8>> {
    match block.split_first()? {
        (&STORED, plain) => Some(plain.to_vec()),
        (&DEFLATED, deflated) => {
            let mut plain = Vec::new();
            let most = MOST_BYTES as u64;
            DeflateDecoder::new(deflated).take(most + 1).read_to_end(&mut plain).ok()?;
            (plain.len() <= MOST_BYTES).then_some(plain)
        }
        _ => None,
    }
}

fn read_exact(input: &mut impl Read, bytes: &mut [u8], at_end: ArchiveError) -> Result<(), ArchiveError> {
    match input.read_exact(bytes) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(at_end),
        result => Ok(result?),
    }
}

#[cfg(test)]
mod tests;

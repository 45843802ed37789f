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

const MAGIC: [u8; 8] = *b"vultusar";
const VERSION: u16 = 1;
const FIXED_BYTES: usize = MAGIC.len() + 4;

/// The largest block, before and after its compression. What is written at a time is far smaller.
const MOST_BYTES: usize = 256 << 20;
const LAST: u32 = 1 << 31;

const STORED: u8 = 0;
const DEFLATED: u8 = 1;

/// A block that was read.
pub(crate) struct Frame {
    pub(crate) index: u64,
    pub(crate) is_last: bool,
    pub(crate) content: Content,
}

/// Writes an archive.
pub(crate) struct FrameWriter<W> {
    output: W,
    seal: Seal,
    next: u64,
}

impl<W: Write> FrameWriter<W> {
    pub(crate) fn new(
        mut output: W,
        archive: [u8; 16],
        passphrase: Option<(&[u8], [u8; SALT_BYTES])>,
    ) -> Result<Self, ArchiveError> {
        let derived = passphrase.map(|(passphrase, salt)| Key::new(passphrase, salt)).transpose()?;
        let (key, encryption) = derived.unzip();
        let header = Header { archive: archive.to_vec(), encryption }.encode_to_vec();
        let length = u16::try_from(header.len()).map_err(|_| ArchiveError::Key)?;
        let mut start = [&MAGIC[..], &VERSION.to_le_bytes(), &length.to_le_bytes(), &header].concat();
        start.extend_from_slice(&Sha256::digest(&start)[..TAG_BYTES]);
        output.write_all(&start)?;
        Ok(Self { output, seal: Seal::new(&start, key.as_ref())?, next: 0 })
    }

    /// Writes a block; `table` is whose rows it has, if any.
    pub(crate) fn write(&mut self, content: Content, table: &'static str) -> Result<(), ArchiveError> {
        let place = Place { index: self.next, is_last: matches!(content, Content::End(_)) };
        let is_picture = matches!(content, Content::BlobPart(_));
        let plain = Block { content: Some(content) }.encode_to_vec();
        if plain.len() > MOST_BYTES {
            return Err(ArchiveError::TooLarge(table));
        }
        let mut block = if is_picture { stored(&plain) } else { deflated(&plain)? };
        self.seal.seal(place, &mut block)?;
        let length = u32::try_from(block.len()).map_err(|_| ArchiveError::TooLarge(table))?;
        let length = if place.is_last { length | LAST } else { length };
        self.output.write_all(&length.to_le_bytes())?;
        self.output.write_all(&block)?;
        self.next += 1;
        Ok(())
    }

    /// The output, with all that was written.
    pub(crate) fn into_output(mut self) -> Result<W, ArchiveError> {
        self.output.flush()?;
        Ok(self.output)
    }
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
        let mut start = vec![0; FIXED_BYTES];
        read_exact(&mut input, &mut start, ArchiveError::NoArchive)?;
        if start[..MAGIC.len()] != MAGIC {
            return Err(ArchiveError::NoArchive);
        }
        let number = |place: usize| u16::from_le_bytes([start[place], start[place + 1]]);
        let (version, length) = (number(MAGIC.len()), number(MAGIC.len() + 2));
        let mut rest = vec![0; usize::from(length) + TAG_BYTES];
        let is_later = version > VERSION;
        read_exact(&mut input, &mut rest, ArchiveError::Truncated(0))?;
        start.extend_from_slice(&rest);
        let signed = start.len() - TAG_BYTES;
        if Sha256::digest(&start[..signed])[..TAG_BYTES] != start[signed..] {
            // Later versions may have a header of another form.
            return Err(if is_later { ArchiveError::LaterVersion } else { ArchiveError::Damaged(0) });
        }
        if is_later {
            return Err(ArchiveError::LaterVersion);
        }
        let header = Header::decode(&start[FIXED_BYTES..signed]).map_err(|_| ArchiveError::Damaged(0))?;
        let archive = header.archive.try_into().map_err(|_| ArchiveError::Damaged(0))?;
        let key = match (&header.encryption, passphrase) {
            (Some(encryption), Some(passphrase)) => Some(Key::of(passphrase, encryption)?),
            (Some(_), None) => return Err(ArchiveError::PassphraseNeeded),
            (None, _) => None,
        };
        Ok(Self { input, seal: Seal::new(&start, key.as_ref())?, archive, next: 0 })
    }

    /// The archive's id.
    pub(crate) const fn archive(&self) -> [u8; 16] {
        self.archive
    }

    /// Reads the next block. There is one until the last was read.
    pub(crate) fn next(&mut self) -> Result<Frame, ArchiveError> {
        let index = self.next;
        let mut length = [0; 4];
        read_exact(&mut self.input, &mut length, ArchiveError::Truncated(index))?;
        let length = u32::from_le_bytes(length);
        let place = Place { index, is_last: length & LAST != 0 };
        let length = (length & !LAST) as usize;
        if length > MOST_BYTES + TAG_BYTES + 1 {
            return Err(ArchiveError::Damaged(index));
        }
        // The memory grows with what is there, whatever the length says.
        let mut block = Vec::new();
        (&mut self.input).take(length as u64).read_to_end(&mut block)?;
        if block.len() < length {
            return Err(ArchiveError::Truncated(index));
        }
        self.seal.open(place, &mut block).map_err(|_| ArchiveError::Damaged(index))?;
        let plain = plain(&block).ok_or(ArchiveError::Damaged(index))?;
        let block = Block::decode(plain.as_slice()).map_err(|_| ArchiveError::Damaged(index))?;
        // What this version has no name for.
        let content = block.content.ok_or(ArchiveError::LaterVersion)?;
        if place.is_last && self.input.read(&mut [0])? > 0 {
            return Err(ArchiveError::Damaged(index + 1));
        }
        self.next += 1;
        Ok(Frame { index, is_last: place.is_last, content })
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

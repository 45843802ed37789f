//! The file that an archive is written to, which may hold the beginning of it already.
//!
//! Every block is made anew and compared with the one that is there, but for photos, which are kept where all of one is
//! there under its key: keys are given once, and what is kept under one never changes. From the first block that is
//! another, or torn, the file is written anew. Not so where it is encrypted: two texts under one key and one place would
//! betray each other to whoever has both files. There the archive is begun anew, under another key, unless nothing but the
//! beginning of the very block to be written is to be replaced. That somebody has a copy of an end that the disk has lost
//! since, in a power failure say, cannot be noticed.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use prost::Message;

use crate::Discarded;
use crate::error::ArchiveError;
use crate::export::{ExportSettings, Halt, Protection};
use crate::frame::{Beginning, MAGIC, Opened, encoded, opened, sealed};
use crate::message::{Block, Content, Start};
use crate::seal::{Key, Place, Seal};

/// A file that is written, read and cut.
pub trait ArchiveFile: Read + Write + Seek {
    /// Cuts off all but so many bytes.
    ///
    /// # Errors
    /// As the file fails.
    fn cut(&mut self, bytes: u64) -> io::Result<()>;
}

impl ArchiveFile for File {
    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.set_len(bytes)
    }
}

/// A file in memory.
impl ArchiveFile for Cursor<Vec<u8>> {
    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.get_mut().truncate(usize::try_from(bytes).unwrap_or(usize::MAX));
        Ok(())
    }
}

/// An archive that is being written.
pub(crate) struct Output<F> {
    file: F,
    seal: Seal,
    /// The next block, and where it begins in the file.
    next: u64,
    offset: u64,
    /// Where the file ends that an interrupted export left; nothing of it is left to be compared at `offset` or before.
    old_end: u64,
    /// The bytes that were kept.
    kept: u64,
}

impl<F: ArchiveFile> Output<F> {
    /// Goes on with what an interrupted export left, or begins anew where there is nothing, or nothing that can be gone
    /// on with.
    ///
    /// # Errors
    /// [`ArchiveError::NoArchive`] where the file is no archive; [`ArchiveError::PassphraseNeeded`] and
    /// [`ArchiveError::WrongPassphrase`] where it is one that was encrypted otherwise. The file is then as it was.
    pub(crate) fn open(
        mut file: F,
        settings: &ExportSettings<'_>,
        start: &Start,
    ) -> Result<(Self, Option<Discarded>), ArchiveError> {
        let old_end = file.seek(SeekFrom::End(0))?;
        if old_end == 0 {
            return Ok((Self::begin(file, settings, start)?, None));
        }
        match find_old(&mut file, settings, start)? {
            Ok((seal, offset)) => Ok((Self { file, seal, next: 1, offset, old_end, kept: offset }, None)),
            Err(reason) => Ok((Self::begin(file, settings, start)?, Some(reason))),
        }
    }

    /// Begins anew, whatever the file holds.
    pub(crate) fn begin(
        mut file: F,
        settings: &ExportSettings<'_>,
        start: &Start,
    ) -> Result<Self, ArchiveError> {
        let passphrase = match settings.protection {
            Protection::None => None,
            Protection::Passphrase { passphrase, salt, .. } => Some((passphrase, salt)),
        };
        let (beginning, seal) = Beginning::new(*settings.id.0.as_bytes(), passphrase)?;
        let place = Place { index: 0, is_last: false };
        let first = sealed(&seal, place, &encoded(Content::Start(start.clone()), "")?, true)?;
        file.cut(0)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&beginning.bytes)?;
        file.write_all(&first)?;
        let offset = (beginning.bytes.len() + first.len()) as u64;
        Ok(Self { file, seal, next: 1, offset, old_end: 0, kept: 0 })
    }

    /// The file, to begin anew.
    pub(crate) fn into_file(self) -> F {
        self.file
    }

    /// The bytes that were kept of the interrupted export.
    pub(crate) const fn kept(&self) -> u64 {
        self.kept
    }

    /// Writes the next block, unless it is there: whether it was. `table` is whose rows it has, if any.
    ///
    /// # Errors
    /// [`Halt::Changed`] where another block is there and may not be written over: the archive is to be begun anew.
    pub(crate) fn write(&mut self, content: Content, table: &'static str) -> Result<bool, Halt> {
        let place = Place { index: self.next, is_last: matches!(content, Content::End(_)) };
        let is_compressed = !matches!(content, Content::BlobPart(_));
        let plain = encoded(content, table)?;
        let old = self.old_block(self.offset, self.next)?;
        if let Some(old) = old.filter(|old| old.plain == plain && old.is_last == place.is_last) {
            self.keep(old.bytes, 1);
            return Ok(true);
        }
        let block = sealed(&self.seal, place, &plain, is_compressed)?;
        if self.has_old() {
            self.give_up_old(&block)?;
        }
        self.file.seek(SeekFrom::Start(self.offset))?;
        self.file.write_all(&block)?;
        self.offset += block.len() as u64;
        self.next += 1;
        Ok(false)
    }

    /// Keeps the photo or medium of that key, if all of it comes next in what is there: its size.
    pub(crate) fn keep_blob(&mut self, key: &str) -> Result<Option<u64>, ArchiveError> {
        let (mut blocks, mut taken, mut size) = (0, 0, 0);
        while let Some(old) = self.old_block(self.offset + taken, self.next + blocks)? {
            let Ok(Block { content: Some(Content::BlobPart(part)) }) = Block::decode(&*old.plain) else {
                break;
            };
            if old.is_last || part.key != key {
                break;
            }
            (blocks, taken, size) = (blocks + 1, taken + old.bytes, size + part.bytes.len() as u64);
            if part.is_last {
                self.keep(taken, blocks);
                return Ok(Some(size));
            }
        }
        Ok(None)
    }

    /// The file, with the archive and nothing behind it.
    pub(crate) fn finish(mut self) -> Result<F, ArchiveError> {
        if self.has_old() {
            self.file.cut(self.offset)?;
        }
        self.file.flush()?;
        Ok(self.file)
    }

    fn keep(&mut self, bytes: u64, blocks: u64) {
        self.offset += bytes;
        self.kept += bytes;
        self.next += blocks;
    }

    const fn has_old(&self) -> bool {
        self.offset < self.old_end
    }

    /// The block of that number that an interrupted export left there, if it is whole.
    fn old_block(&mut self, offset: u64, index: u64) -> Result<Option<Opened>, ArchiveError> {
        if offset >= self.old_end {
            return Ok(None);
        }
        self.file.seek(SeekFrom::Start(offset))?;
        match opened(&mut self.file, &self.seal, index) {
            Ok(block) => Ok(Some(block)),
            Err(ArchiveError::File(error)) => Err(error.into()),
            Err(_) => Ok(None),
        }
    }

    /// Gives up what is there from the next block on, which is to be this one.
    fn give_up_old(&mut self, block: &[u8]) -> Result<(), Halt> {
        if !self.seal.is_encrypted() {
            self.file.cut(self.offset)?;
        } else if !self.is_torn(block)? {
            return Err(Halt::Changed);
        }
        // A torn block is written over and not cut off: after one more interruption another could come in its place.
        self.old_end = self.offset;
        Ok(())
    }

    /// Whether nothing but the beginning of this block is there.
    fn is_torn(&mut self, block: &[u8]) -> Result<bool, ArchiveError> {
        let left = self.old_end - self.offset;
        if left >= block.len() as u64 {
            return Ok(false);
        }
        let mut old = vec![0; left as usize];
        self.file.seek(SeekFrom::Start(self.offset))?;
        self.file.read_exact(&mut old)?;
        Ok(block.starts_with(&old))
    }
}

/// What seals the blocks of the archive that the file begins with, and where the second of them is; or why it cannot be
/// gone on with.
fn find_old(
    file: &mut (impl Read + Seek),
    settings: &ExportSettings<'_>,
    start: &Start,
) -> Result<Result<(Seal, u64), Discarded>, ArchiveError> {
    check_magic(file)?;
    file.seek(SeekFrom::Start(0))?;
    let beginning = match Beginning::read(file) {
        Ok(beginning) => beginning,
        Err(ArchiveError::File(error)) => return Err(error.into()),
        Err(ArchiveError::LaterVersion) => return Ok(Err(Discarded::Other)),
        Err(_) => return Ok(Err(Discarded::Unreadable)),
    };
    let passphrase = match (settings.protection, &beginning.header.encryption) {
        (Protection::Passphrase { .. }, None) => return Ok(Err(Discarded::Other)),
        (Protection::Passphrase { .. }, Some(encryption)) if !Key::is_as_today(encryption) => {
            return Ok(Err(Discarded::Other));
        }
        (Protection::Passphrase { passphrase, .. }, _) => Some(passphrase),
        (Protection::None, _) => None,
    };
    let seal = beginning.seal(passphrase)?;
    let first = match opened(file, &seal, 0) {
        Ok(first) => first,
        Err(ArchiveError::File(error)) => return Err(error.into()),
        Err(_) => return Ok(Err(Discarded::Unreadable)),
    };
    let Ok(Block { content: Some(Content::Start(old)) }) = Block::decode(&*first.plain) else {
        return Ok(Err(Discarded::Unreadable));
    };
    // How many rows and photos there were then is for progress bars only, and may be other than now.
    let same = Start { rows: start.rows, blobs: start.blobs, ..old };
    if same != *start || first.is_last {
        return Ok(Err(Discarded::Other));
    }
    Ok(Ok((seal, beginning.bytes.len() as u64 + first.bytes)))
}

/// Whether the file begins as archives do, as far as it goes.
fn check_magic(file: &mut (impl Read + Seek)) -> Result<(), ArchiveError> {
    let mut begun = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(MAGIC.len() as u64).read_to_end(&mut begun)?;
    if MAGIC.starts_with(&begun) { Ok(()) } else { Err(ArchiveError::NoArchive) }
}

#[cfg(test)]
mod tests;

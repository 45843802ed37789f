//! Reading an archive into a store.

use std::io::Read;

use uuid::Uuid;
use vultus_store::BlobStore;
use vultus_store::archive::{ArchiveId, ArchiveStore, ImportStart, Row, TABLES, Table};

use crate::error::ArchiveError;
use crate::export::digest_of;
use crate::frame::FrameReader;
use crate::message::{BlobPart, Content, End, Rows, Start};
use crate::rows::{TableDigest, from_message, table_of};
use crate::{Progress, Stage, Summary};

/// The largest photo or medium that is taken. Servers take none above 64 MB.
const MOST_BLOB_BYTES: usize = 1 << 30;

/// After how many photos it is noted how far the import has come: a few are written again after an interruption.
const BLOBS_PER_NOTE: u64 = 64;

/// An archive of which the header and the first block were read.
#[derive(Debug)]
pub struct Importer<R> {
    frames: FrameReader<R>,
    start: Start,
    tables: Vec<Table>,
}

impl<R: Read> Importer<R> {
    /// Reads the beginning of an archive. The passphrase of one that is not encrypted is not looked at.
    ///
    /// # Errors
    /// [`ArchiveError`].
    pub fn open(input: R, passphrase: Option<&[u8]>) -> Result<Self, ArchiveError> {
        let mut frames = FrameReader::open(input, passphrase)?;
        let Content::Start(start) = frames.next()?.content else { return Err(ArchiveError::Damaged(0)) };
        let tables: Option<Vec<Table>> =
            start.tables.iter().map(|header| table_of(header, &TABLES)).collect();
        Ok(Self { frames, tables: tables.ok_or(ArchiveError::LaterVersion)?, start })
    }

    /// The archive's id.
    pub fn id(&self) -> ArchiveId {
        ArchiveId(Uuid::from_bytes(self.frames.archive()))
    }

    /// The key under which credentials are hashed, where it is in the archive.
    pub fn secret_key(&self) -> Option<&[u8]> {
        Some(self.start.secret_key.as_slice()).filter(|key| !key.is_empty())
    }

    /// Whether photos and media are in the archive.
    pub const fn has_blobs(&self) -> bool {
        self.start.has_blobs
    }

    /// Whether the store takes the archive: it does where it is empty, or has begun to take it.
    ///
    /// # Errors
    /// [`ArchiveError::NotEmpty`] and [`ArchiveError::OtherArchive`] where it does not.
    pub async fn begin(&self, store: &dyn ArchiveStore) -> Result<(), ArchiveError> {
        self.first_to_fill(store).await.map(drop)
    }

    /// The first block that the store does not have.
    async fn first_to_fill(&self, store: &dyn ArchiveStore) -> Result<u64, ArchiveError> {
        match store.begin_import(self.id()).await? {
            ImportStart::At(next) => Ok(next),
            ImportStart::NotEmpty(table) => Err(ArchiveError::NotEmpty(table)),
            ImportStart::OtherArchive => Err(ArchiveError::OtherArchive),
        }
    }

    /// Fills an empty store, or goes on with it, and compares at the end what the store holds with the archive.
    ///
    /// # Errors
    /// [`ArchiveError`]. Unless the store was refused, it is then for nobody else until the import was made again.
    pub async fn run(
        self,
        store: &dyn ArchiveStore,
        blobs: &BlobStore,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Summary, ArchiveError> {
        let noted = self.first_to_fill(store).await?;
        let digests = self.tables.iter().map(|_| TableDigest::default()).collect();
        let (archive, rows, count) = (self.id(), self.start.rows, self.start.blobs);
        let mut filling = Filling {
            store,
            blobs,
            archive,
            tables: self.tables,
            noted,
            digests,
            done: 0,
            summary: Summary::default(),
            partial: None,
        };
        let mut frames = self.frames;
        loop {
            let frame = frames.next()?;
            let index = frame.index;
            let is_kept = index < filling.noted;
            match frame.content {
                Content::Rows(rows_of) if !frame.is_last => {
                    filling.add_rows(index, rows_of).await?;
                    progress(Progress { stage: Stage::Rows, done: filling.done, total: rows, is_kept });
                }
                Content::BlobPart(part) if !frame.is_last => {
                    filling.add_blob_part(index, part).await?;
                    let done = filling.summary.blobs;
                    progress(Progress { stage: Stage::Blobs, done, total: count, is_kept });
                }
                Content::End(end) if frame.is_last => return filling.finish(index, &end, progress).await,
                _ => return Err(ArchiveError::Damaged(index)),
            }
        }
    }
}

/// A store that is being filled.
struct Filling<'a> {
    store: &'a dyn ArchiveStore,
    blobs: &'a BlobStore,
    archive: ArchiveId,
    tables: Vec<Table>,
    /// The first block that the store does not have.
    noted: u64,
    digests: Vec<TableDigest>,
    /// Rows that were read.
    done: u64,
    summary: Summary,
    /// The pieces of a photo or medium so far.
    partial: Option<(String, Vec<u8>)>,
}

impl Filling<'_> {
    async fn add_rows(&mut self, index: u64, rows: Rows) -> Result<(), ArchiveError> {
        let damaged = || ArchiveError::Damaged(index);
        let number = rows.table as usize;
        let table = self.tables.get(number).ok_or_else(damaged)?;
        let read = |message| from_message(message, table).ok_or_else(damaged);
        let rows = rows.rows.into_iter().map(read).collect::<Result<Vec<Row>, _>>()?;
        let digest = self.digests.get_mut(number).ok_or_else(damaged)?;
        digest.add(&rows);
        self.done += rows.len() as u64;
        if index >= self.noted {
            self.store.import_rows(self.archive, &(self.noted..index + 1), table, &rows).await?;
            self.noted = index + 1;
        }
        Ok(())
    }

    async fn add_blob_part(&mut self, index: u64, part: BlobPart) -> Result<(), ArchiveError> {
        let (key, mut bytes) = self.partial.take().unwrap_or_else(|| (part.key.clone(), Vec::new()));
        if key != part.key || bytes.len() + part.bytes.len() > MOST_BLOB_BYTES {
            return Err(ArchiveError::Damaged(index));
        }
        bytes.extend_from_slice(&part.bytes);
        if !part.is_last {
            self.partial = Some((key, bytes));
            return Ok(());
        }
        self.summary.blobs += 1;
        self.summary.blob_bytes += bytes.len() as u64;
        if index >= self.noted {
            self.blobs.put(&key, bytes.into()).await?;
            if self.summary.blobs.is_multiple_of(BLOBS_PER_NOTE) {
                self.store.note_import(self.archive, &(self.noted..index + 1)).await?;
                self.noted = index + 1;
            }
        }
        Ok(())
    }

    /// Compares what was read, and what the store holds, with what the archive says; opens the store to others.
    async fn finish(
        mut self,
        index: u64,
        end: &End,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Summary, ArchiveError> {
        let read: Vec<(u64, Vec<u8>)> =
            std::mem::take(&mut self.digests).into_iter().map(TableDigest::finish).collect();
        let said = end.tables.iter().map(|table| (table.rows, table.digest.clone()));
        let blobs = (self.summary.blobs, self.summary.blob_bytes);
        if self.partial.is_some() || !read.iter().cloned().eq(said) || blobs != (end.blobs, end.blob_bytes) {
            return Err(ArchiveError::Damaged(index));
        }
        let mut compared = 0;
        let mut count = |rows| {
            compared += rows;
            progress(Progress { stage: Stage::Comparing, done: compared, total: self.done, is_kept: false });
        };
        let mut snapshot = self.store.snapshot().await?;
        for (table, read) in self.tables.iter().zip(&read) {
            if digest_of(&mut *snapshot, table, &mut count).await? != *read {
                return Err(ArchiveError::Mismatch(table.name));
            }
        }
        drop(snapshot);
        let counters: Vec<(String, i64)> =
            end.counters.iter().map(|counter| (counter.table.clone(), counter.last)).collect();
        self.store.finish_import(self.archive, &counters).await?;
        let tables = self.tables.iter().zip(read).map(|(table, (rows, _))| (table.name, rows));
        Ok(Summary { tables: tables.collect(), missing_blobs: end.missing_blobs, ..self.summary })
    }
}

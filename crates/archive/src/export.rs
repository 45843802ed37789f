//! Writing an archive.

use std::io::Write;

use vultus_store::BlobStore;
use vultus_store::archive::{ArchiveId, ArchiveStore, Row, Snapshot, TABLES, Table};

use crate::error::ArchiveError;
use crate::frame::FrameWriter;
use crate::message::{BlobPart, Content, Counter, End, Rows, Start, TableEnd};
use crate::rows::{TableDigest, header_of, to_message};
use crate::seal::SALT_BYTES;
use crate::{Progress, Stage, Summary};

/// Pieces that photos and media are cut into.
const PART_BYTES: usize = 4 << 20;

/// The digest of each table in the last block.
type Digests = Vec<(u64, Vec<u8>)>;

/// How an archive is written.
#[derive(Clone, Copy)]
pub struct ExportSettings<'a> {
    /// The archive's id, by which an interrupted import knows it again.
    pub id: ArchiveId,
    /// The version that writes it, for people.
    pub version: &'a str,
    /// Whether it is encrypted.
    pub protection: Protection<'a>,
}

/// Whether an archive is encrypted.
#[derive(Clone, Copy)]
pub enum Protection<'a> {
    /// It is not: whoever has it can read it.
    None,
    /// With ChaCha20-Poly1305, under a key that Argon2id derives.
    Passphrase {
        /// From this.
        passphrase: &'a [u8],
        /// And from random bytes.
        salt: [u8; SALT_BYTES],
        /// The key under which credentials are hashed, to be taken along.
        secret_key: &'a [u8],
    },
}

/// Writes everything that a store holds now, with photos and media where `blobs` is given. What is written meanwhile
/// is not in the archive; photos that are deleted meanwhile are missing in it, and are counted.
///
/// # Errors
/// [`ArchiveError`]; what was written then is no whole archive.
pub async fn export<W: Write>(
    store: &dyn ArchiveStore,
    blobs: Option<&BlobStore>,
    output: W,
    settings: ExportSettings<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Summary, W), ArchiveError> {
    let (passphrase, secret_key) = match settings.protection {
        Protection::None => (None, &[][..]),
        Protection::Passphrase { passphrase, salt, secret_key } => (Some((passphrase, salt)), secret_key),
    };
    let mut frames = FrameWriter::new(output, *settings.id.0.as_bytes(), passphrase)?;
    let mut snapshot = store.snapshot().await?;
    let mut start = Start {
        version: settings.version.to_owned(),
        tables: TABLES.iter().map(header_of).collect(),
        rows: 0,
        blobs: if blobs.is_some() { snapshot.blob_count().await? } else { 0 },
        has_blobs: blobs.is_some(),
        secret_key: secret_key.to_vec(),
    };
    for table in &TABLES {
        start.rows += snapshot.count(table).await?;
    }
    let (rows, count) = (start.rows, start.blobs);
    frames.write(Content::Start(start), "")?;
    let digests = write_rows(&mut *snapshot, &mut frames, rows, progress).await?;
    let mut summary = Summary::default();
    if let Some(blobs) = blobs {
        write_blobs(&mut *snapshot, blobs, &mut frames, &mut summary, &mut |done| {
            progress(Progress { stage: Stage::Blobs, done, total: count });
        })
        .await?;
    }
    summary.tables = TABLES.iter().zip(&digests).map(|(table, (rows, _))| (table.name, *rows)).collect();
    let counters = snapshot.counters().await?;
    frames.write(Content::End(end(&summary, digests, counters)), "")?;
    Ok((summary, frames.into_output()?))
}

fn end(summary: &Summary, digests: Digests, counters: Vec<(&'static str, i64)>) -> End {
    End {
        tables: digests.into_iter().map(|(rows, digest)| TableEnd { rows, digest }).collect(),
        blobs: summary.blobs,
        blob_bytes: summary.blob_bytes,
        missing_blobs: summary.missing_blobs,
        counters: counters
            .into_iter()
            .map(|(table, last)| Counter { table: table.to_owned(), last })
            .collect(),
    }
}

async fn write_rows<W: Write>(
    snapshot: &mut dyn Snapshot,
    frames: &mut FrameWriter<W>,
    total: u64,
    progress: &mut dyn FnMut(Progress),
) -> Result<Digests, ArchiveError> {
    let (mut digests, mut done) = (Vec::new(), 0);
    for (number, table) in (0..).zip(&TABLES) {
        let mut pages = Pages::of(table);
        while let Some(rows) = pages.next(snapshot).await? {
            done += rows.len() as u64;
            let rows = rows.into_iter().map(to_message).collect();
            frames.write(Content::Rows(Rows { table: number, rows }), table.name)?;
            progress(Progress { stage: Stage::Rows, done, total });
        }
        digests.push(pages.digest.finish());
    }
    Ok(digests)
}

async fn write_blobs<W: Write>(
    snapshot: &mut dyn Snapshot,
    blobs: &BlobStore,
    frames: &mut FrameWriter<W>,
    summary: &mut Summary,
    progress: &mut dyn FnMut(u64),
) -> Result<(), ArchiveError> {
    let mut last: Option<String> = None;
    loop {
        let keys = snapshot.blob_keys(last.as_deref()).await?;
        let Some(newest) = keys.last() else { return Ok(()) };
        last = Some(newest.clone());
        for key in keys {
            let Some(blob) = blobs.get(&key).await? else {
                summary.missing_blobs += 1;
                continue;
            };
            summary.blobs += 1;
            summary.blob_bytes += blob.len() as u64;
            let mut rest = blob;
            loop {
                let bytes = rest.split_to(rest.len().min(PART_BYTES));
                let is_last = rest.is_empty();
                frames.write(Content::BlobPart(BlobPart { key: key.clone(), bytes, is_last }), "")?;
                if is_last {
                    break;
                }
            }
            progress(summary.blobs + summary.missing_blobs);
        }
    }
}

/// What tells the rows of a table now.
pub(crate) async fn digest_of(
    snapshot: &mut dyn Snapshot,
    table: &Table,
    progress: &mut dyn FnMut(u64),
) -> Result<(u64, Vec<u8>), ArchiveError> {
    let mut pages = Pages::of(table);
    while let Some(rows) = pages.next(snapshot).await? {
        progress(rows.len() as u64);
    }
    Ok(pages.digest.finish())
}

/// A walk through the rows of a table.
struct Pages<'a> {
    table: &'a Table,
    /// The key of the last row so far.
    last: Option<Row>,
    is_over: bool,
    /// What tells the rows so far.
    digest: TableDigest,
}

impl<'a> Pages<'a> {
    fn of(table: &'a Table) -> Self {
        Self { table, last: None, is_over: false, digest: TableDigest::default() }
    }

    /// The next rows, at least one; `None` behind the last.
    async fn next(&mut self, snapshot: &mut dyn Snapshot) -> Result<Option<Vec<Row>>, ArchiveError> {
        if self.is_over {
            return Ok(None);
        }
        let rows = snapshot.page(self.table, self.last.as_ref()).await?;
        self.is_over = rows.len() < self.table.rows_per_page;
        let Some(newest) = rows.last() else { return Ok(None) };
        self.last = Some(newest[..self.table.keys].to_vec());
        self.digest.add(&rows);
        Ok(Some(rows))
    }
}

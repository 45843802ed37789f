//! Writing an archive.

use bytes::Bytes;
use vultus_store::BlobStore;
use vultus_store::archive::{ArchiveId, ArchiveStore, Row, Snapshot, TABLES, Table};

use crate::error::ArchiveError;
use crate::message::{BlobPart, Content, Counter, End, Rows, Start, TableEnd};
use crate::output::{ArchiveFile, Output};
use crate::rows::{TableDigest, header_of, to_message};
use crate::seal::SALT_BYTES;
use crate::{Discarded, Kept, Progress, Stage, Summary};

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
        /// And from random bytes, others for each export.
        salt: [u8; SALT_BYTES],
        /// The key under which credentials are hashed, to be taken along.
        secret_key: &'a [u8],
    },
}

/// What was written.
#[derive(Debug)]
pub struct Exported<F> {
    /// What the archive holds.
    pub summary: Summary,
    /// How much of it an interrupted export had written.
    pub kept: Kept,
    /// Why what an interrupted export had written was not kept.
    pub discarded: Option<Discarded>,
    /// The file, flushed but not synced.
    pub file: F,
}

/// Why writing stops.
pub(crate) enum Halt {
    /// The file holds other blocks, under the same key: the archive is to be begun anew.
    Changed,
    /// It failed.
    Failed(ArchiveError),
}

impl<E: Into<ArchiveError>> From<E> for Halt {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Writes everything that a store holds now, with photos and media where `blobs` is given. What is written meanwhile
/// is not in the archive; photos that are deleted meanwhile are missing in it, and are counted.
///
/// Where the file holds what an interrupted export of the same store wrote, this goes on with it, and keeps its id and its
/// salt: an archive comes out as if there had been no interruption. What has changed is written anew, all that follows it
/// too, and an archive that is encrypted is then begun anew, with the id and the salt of the settings.
///
/// # Errors
/// [`ArchiveError`]; what was written then is no whole archive, and can be gone on with.
/// [`ArchiveError::NoArchive`], [`ArchiveError::PassphraseNeeded`] and [`ArchiveError::WrongPassphrase`] where the file holds
/// something else, or an archive under another passphrase: it is then as it was.
pub async fn export<F: ArchiveFile>(
    store: &dyn ArchiveStore,
    blobs: Option<&BlobStore>,
    file: F,
    settings: ExportSettings<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Exported<F>, ArchiveError> {
    let mut snapshot = store.snapshot().await?;
    let start = start_of(&mut *snapshot, blobs.is_some(), &settings).await?;
    let (output, mut discarded) = Output::open(file, &settings, &start)?;
    let mut export = Export::of(output, start.clone(), progress);
    let summary = match export.write_all(&mut *snapshot, blobs).await {
        Ok(summary) => summary,
        Err(Halt::Failed(error)) => return Err(error),
        Err(Halt::Changed) => {
            discarded = Some(Discarded::Changed);
            let output = Output::begin(export.output.into_file(), &settings, &start)?;
            export = Export::of(output, start, export.progress);
            match export.write_all(&mut *snapshot, blobs).await {
                Ok(summary) => summary,
                Err(Halt::Failed(error)) => return Err(error),
                // There is nothing any more that could be another.
                Err(Halt::Changed) => return Err(ArchiveError::Damaged(0)),
            }
        }
    };
    let kept = Kept { bytes: export.output.kept(), ..export.kept };
    Ok(Exported { summary, kept, discarded, file: export.output.finish()? })
}

async fn start_of(
    snapshot: &mut dyn Snapshot,
    has_blobs: bool,
    settings: &ExportSettings<'_>,
) -> Result<Start, ArchiveError> {
    let secret_key = match settings.protection {
        Protection::None => &[],
        Protection::Passphrase { secret_key, .. } => secret_key,
    };
    let mut start = Start {
        version: settings.version.to_owned(),
        tables: TABLES.iter().map(header_of).collect(),
        rows: 0,
        blobs: if has_blobs { snapshot.blob_count().await? } else { 0 },
        has_blobs,
        secret_key: secret_key.to_vec(),
    };
    for table in &TABLES {
        start.rows += snapshot.count(table).await?;
    }
    Ok(start)
}

/// What goes into an archive behind its first block.
struct Export<'a, F> {
    output: Output<F>,
    start: Start,
    summary: Summary,
    kept: Kept,
    progress: &'a mut dyn FnMut(Progress),
}

impl<'a, F: ArchiveFile> Export<'a, F> {
    fn of(output: Output<F>, start: Start, progress: &'a mut dyn FnMut(Progress)) -> Self {
        Self { output, start, summary: Summary::default(), kept: Kept::default(), progress }
    }

    async fn write_all(
        &mut self,
        snapshot: &mut dyn Snapshot,
        blobs: Option<&BlobStore>,
    ) -> Result<Summary, Halt> {
        let digests = self.write_rows(snapshot).await?;
        if let Some(blobs) = blobs {
            self.write_blobs(snapshot, blobs).await?;
        }
        self.summary.tables =
            TABLES.iter().zip(&digests).map(|(table, (rows, _))| (table.name, *rows)).collect();
        let counters = snapshot.counters().await?;
        self.output.write(Content::End(end(&self.summary, digests, counters)), "")?;
        Ok(std::mem::take(&mut self.summary))
    }

    async fn write_rows(&mut self, snapshot: &mut dyn Snapshot) -> Result<Digests, Halt> {
        let (mut digests, mut done) = (Vec::new(), 0);
        for (number, table) in (0..).zip(&TABLES) {
            let mut pages = Pages::of(table);
            while let Some(rows) = pages.next(snapshot).await? {
                let count = rows.len() as u64;
                let rows = rows.into_iter().map(to_message).collect();
                let is_kept = self.output.write(Content::Rows(Rows { table: number, rows }), table.name)?;
                done += count;
                self.kept.rows += if is_kept { count } else { 0 };
                (self.progress)(Progress { stage: Stage::Rows, done, total: self.start.rows, is_kept });
            }
            digests.push(pages.digest.finish());
        }
        Ok(digests)
    }

    async fn write_blobs(&mut self, snapshot: &mut dyn Snapshot, blobs: &BlobStore) -> Result<(), Halt> {
        let mut last: Option<String> = None;
        loop {
            let keys = snapshot.blob_keys(last.as_deref()).await?;
            let Some(newest) = keys.last() else { return Ok(()) };
            last = Some(newest.clone());
            for key in keys {
                let is_kept = self.write_blob(&key, blobs).await?;
                let done = self.summary.blobs + self.summary.missing_blobs;
                (self.progress)(Progress { stage: Stage::Blobs, done, total: self.start.blobs, is_kept });
            }
        }
    }

    /// Writes a photo or medium, unless it is missing, or was written by an interrupted export: whether it was.
    async fn write_blob(&mut self, key: &str, blobs: &BlobStore) -> Result<bool, Halt> {
        if let Some(bytes) = self.output.keep_blob(key)? {
            self.summary.blobs += 1;
            self.summary.blob_bytes += bytes;
            self.kept.blobs += 1;
            return Ok(true);
        }
        let Some(blob) = blobs.get(key).await? else {
            self.summary.missing_blobs += 1;
            return Ok(false);
        };
        self.summary.blobs += 1;
        self.summary.blob_bytes += blob.len() as u64;
        for part in parts(key, blob) {
            self.output.write(Content::BlobPart(part), "")?;
        }
        Ok(false)
    }
}

/// The pieces of a photo or medium, at least one.
fn parts(key: &str, blob: Bytes) -> impl Iterator<Item = BlobPart> {
    let mut rest = Some(blob);
    std::iter::from_fn(move || {
        let mut bytes = rest.take()?;
        if bytes.len() > PART_BYTES {
            rest = Some(bytes.split_off(PART_BYTES));
        }
        Some(BlobPart { key: key.to_owned(), bytes, is_last: rest.is_none() })
    })
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

//! `vultus export` and `vultus import`: everything that a server keeps, into one file and out of it.

mod bars;
mod partial;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use uuid::Uuid;
use vultus_archive::{
    ArchiveError, Discarded, ExportSettings, Exported, Importer, Kept, Protection, SALT_BYTES, Summary,
};
use vultus_service::{Entropy, SystemEntropy};
use vultus_store::BlobStore;
use vultus_store::archive::ArchiveId;

use self::bars::Bars;
use self::partial::Partial;
use crate::args::moving::{ExportArgs, ImportArgs};
use crate::config::Config;
use crate::database::Database;
use crate::printer::Printer;
use crate::{ExitStatus, accounts_key, wiring};

/// What is read at a time.
const BUFFER_BYTES: usize = 1 << 20;

/// Writes the archive.
pub(crate) async fn export(
    args: &ExportArgs,
    config: &Config,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let partial = Partial::of(&args.file);
    if let Some(reason) = partial.taken()? {
        printer.refusal(&reason);
        return Ok(ExitStatus::Refused);
    }
    let passphrase = args.passphrase_file.as_deref().map(read_passphrase).transpose()?;
    let secret_key = passphrase.as_ref().map(|_| accounts_key::bytes(&config.database.secret_key_file));
    let secret_key = secret_key.transpose()?;
    let protection = match (&passphrase, &secret_key) {
        (Some(passphrase), Some(secret_key)) => {
            Protection::Passphrase { passphrase, salt: random::<SALT_BYTES>()?, secret_key }
        }
        _ => Protection::None,
    };
    let id = ArchiveId(Uuid::from_bytes(random()?));
    let settings = ExportSettings { id, version: env!("CARGO_PKG_VERSION"), protection };
    let database = wiring::open_database(config).await?;
    if secret_key.is_some() {
        // The key that goes along must be that of the credentials.
        wiring::accounts(config, database.store()).await?;
    }
    let blobs = if args.no_photos { None } else { Some(wiring::open_blobs(config)?) };
    let written = write(&partial, &database, blobs.as_ref(), settings).await;
    database.close().await;
    let Exported { summary, kept, discarded, file } = match written? {
        Ok(written) => written,
        Err(reason) => {
            printer.refusal(&reason);
            return Ok(ExitStatus::Refused);
        }
    };
    partial.finish(&file)?;
    if let Some(reason) = discarded {
        printer.note(&partial.discarded(reason));
    }
    if args.json {
        printer.json(&exported(&summary, kept, discarded))?;
    } else {
        show(&summary, printer);
    }
    if kept != Kept::default() {
        let Kept { bytes, rows, blobs } = kept;
        printer.note(&format!(
            "{bytes} bytes were there of an interrupted export: {rows} rows, {blobs} photos and media"
        ));
    }
    if secret_key.is_none() {
        printer.note(&format!(
            "the key of the credentials is not in the archive, because the archive is not encrypted: take {} along, \
             or no credential works where the archive is imported",
            config.database.secret_key_file.display()
        ));
    }
    Ok(ExitStatus::Done)
}

/// Writes the archive, or says why it is not written.
async fn write(
    partial: &Partial,
    database: &Database,
    blobs: Option<&BlobStore>,
    settings: ExportSettings<'_>,
) -> anyhow::Result<Result<Exported<File>, String>> {
    let file = match partial.open()? {
        Ok(file) => file,
        Err(reason) => return Ok(Err(reason)),
    };
    let (store, mut bars) = (database.archive(), Bars::default());
    let mut show = |progress| bars.show(progress);
    let written = vultus_archive::export(&*store, blobs, file, settings, &mut show).await;
    bars.finish();
    match written.map_err(|error| (partial.refusal(&error), error)) {
        Ok(written) => Ok(Ok(written)),
        Err((Some(reason), _)) => Ok(Err(reason)),
        Err((None, error)) => Err(error).context(partial.broken()),
    }
}

/// Fills the database from the archive.
pub(crate) async fn import(
    args: &ImportArgs,
    config: &Config,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let passphrase = args.passphrase_file.as_deref().map(read_passphrase).transpose()?;
    let input = BufReader::with_capacity(BUFFER_BYTES, fs_err::File::open(&args.file)?);
    let importer = match Importer::open(input, passphrase.as_deref()) {
        Ok(importer) => importer,
        Err(error) => return ended(Err(error), printer),
    };
    let database = wiring::open_database_to_import(config).await?;
    let archive = database.archive();
    if let Err(error) = importer.begin(&*archive).await {
        return ended(Err(error), printer);
    }
    let key_file = &config.database.secret_key_file;
    if let Some(key) = importer.secret_key()
        && !accounts_key::install(key_file, key)?
    {
        printer.refusal(&format!(
            "{} is another key than that of the archive's credentials: move it away, and import again",
            key_file.display()
        ));
        return Ok(ExitStatus::Refused);
    }
    let (has_key, has_photos) = (importer.secret_key().is_some(), importer.has_blobs());
    let mut bars = Bars::default();
    let blobs = wiring::open_blobs(config)?;
    let filled = importer.run(&*archive, &blobs, &mut |progress| bars.show(progress)).await;
    bars.finish();
    database.close().await;
    match filled {
        Ok(summary) if args.json => printer.json(&as_json(&summary))?,
        Ok(summary) => show(&summary, printer),
        Err(error) => return ended(Err(error), printer),
    }
    if !has_key && !key_file.try_exists()? {
        let key_file = key_file.display();
        printer.note(&format!(
            "the key of the credentials was not in the archive: put it to {key_file} before the first start"
        ));
    }
    if !has_photos {
        printer.note("photos and media were not in the archive: take them along, or there are none");
    }
    Ok(ExitStatus::Done)
}

/// What is wrong with the archive or with where it should go is a refusal.
fn ended(result: Result<(), ArchiveError>, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let is_internal = |error: &ArchiveError| {
        matches!(error, ArchiveError::File(_) | ArchiveError::Store(_) | ArchiveError::Blob(_))
    };
    super::ended(result.map(Ok), is_internal, printer)
}

fn as_json(summary: &Summary) -> Value {
    let Summary { tables, blobs, blob_bytes, missing_blobs } = summary;
    let rows: serde_json::Map<_, _> =
        tables.iter().map(|&(table, rows)| (table.to_owned(), json!(rows))).collect();
    json!({ "rows": rows, "blobs": blobs, "blob_bytes": blob_bytes, "missing_blobs": missing_blobs })
}

/// The same, and what an interrupted export did of it.
fn exported(summary: &Summary, kept: Kept, discarded: Option<Discarded>) -> Value {
    let mut told = as_json(summary);
    told["kept"] = json!({ "bytes": kept.bytes, "rows": kept.rows, "blobs": kept.blobs });
    told["discarded"] = json!(discarded.map(|reason| match reason {
        Discarded::Other => "other",
        Discarded::Unreadable => "unreadable",
        Discarded::Changed => "changed",
    }));
    told
}

fn show(summary: &Summary, printer: &Printer) {
    let Summary { tables, blobs, blob_bytes, missing_blobs } = summary;
    let count = |name: &str| tables.iter().find(|(table, _)| *table == name).map_or(0, |(_, rows)| *rows);
    printer.line(&format!(
        "{} accounts, {} faces, {} rows in all; {blobs} photos and media ({blob_bytes} bytes)",
        count("accounts"),
        count("faces"),
        summary.rows()
    ));
    if *missing_blobs > 0 {
        printer.note(&format!("{missing_blobs} photos and media are missing: they were not there any more"));
    }
}

/// The passphrase is the file without the end of its line.
fn read_passphrase(path: &Path) -> anyhow::Result<Vec<u8>> {
    let text = fs_err::read(path)?;
    let length = text.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
    if length == 0 {
        bail!("{} holds no passphrase", path.display());
    }
    Ok(text[..length].to_vec())
}

fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemEntropy.fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passphrase_ends_with_its_line_and_is_not_empty() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passphrase");
        std::fs::write(&path, " open sesame \r\n").unwrap();
        assert_eq!(read_passphrase(&path).unwrap(), b" open sesame ");
        std::fs::write(&path, "\n").unwrap();
        assert!(read_passphrase(&path).is_err());
    }
}

//! `vultus export` and `vultus import`: everything that a server keeps, into one file and out of it.

mod bars;

use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::json;
use uuid::Uuid;
use vultus_archive::{ArchiveError, ExportSettings, Importer, Protection, SALT_BYTES, Summary};
use vultus_service::{Entropy, SystemEntropy};
use vultus_store::archive::ArchiveId;

use self::bars::Bars;
use crate::args::moving::{ExportArgs, ImportArgs};
use crate::config::Config;
use crate::printer::Printer;
use crate::{ExitStatus, accounts_key, wiring};

/// What the file is called until it is whole.
const UNFINISHED: &str = "partial";
/// What is written or read at a time.
const BUFFER_BYTES: usize = 1 << 20;

/// Writes the archive.
pub(crate) async fn export(
    args: &ExportArgs,
    config: &Config,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    if args.file.try_exists()? {
        printer.refusal(&format!("{} exists already", args.file.display()));
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
    let partial = args.file.with_added_extension(UNFINISHED);
    let output = BufWriter::with_capacity(BUFFER_BYTES, create_private(&partial)?);
    let mut bars = Bars::default();
    let archive = database.archive();
    let written = vultus_archive::export(&*archive, blobs.as_ref(), output, settings, &mut |progress| {
        bars.show(progress);
    })
    .await;
    bars.finish();
    database.close().await;
    let (summary, output) = match written {
        Ok(written) => written,
        Err(error) => {
            fs_err::remove_file(&partial)?;
            return Err(error.into());
        }
    };
    output.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    fs_err::rename(&partial, &args.file)?;
    sync_folder(&args.file)?;
    show(&summary, args.json, printer)?;
    if secret_key.is_none() {
        printer.note(&format!(
            "the key of the credentials is not in the archive, because the archive is not encrypted: take {} along, \
             or no credential works where the archive is imported",
            config.database.secret_key_file.display()
        ));
    }
    Ok(ExitStatus::Done)
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
        Ok(summary) => show(&summary, args.json, printer)?,
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

fn show(summary: &Summary, json: bool, printer: &Printer) -> anyhow::Result<()> {
    let Summary { tables, blobs, blob_bytes, missing_blobs } = summary;
    if json {
        let rows: serde_json::Map<_, _> =
            tables.iter().map(|&(table, rows)| (table.to_owned(), json!(rows))).collect();
        return printer.json(&json!({
            "rows": rows, "blobs": blobs, "blob_bytes": blob_bytes, "missing_blobs": missing_blobs,
        }));
    }
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
    Ok(())
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

/// A new file for its owner only, in place of one that an interrupted export left.
fn create_private(path: &Path) -> anyhow::Result<File> {
    match fs_err::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    file.with_context(|| format!("cannot write {}", path.display()))
}

fn sync_folder(path: &Path) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.map_or_else(|| PathBuf::from("."), Path::to_owned);
    Ok(fs_err::File::open(folder)?.sync_all()?)
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

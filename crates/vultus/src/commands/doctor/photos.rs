//! Where photos and media are kept.

use std::path::Path;
use std::time::Instant;

use vultus_store::{BlobError, BlobFault, BlobStore, S3Settings};
use vultus_types::{Clock, SystemClock};

use super::report::{Finding, Report};
use crate::config::{BlobsConfig, Config};
use crate::wiring;

const CHECK: &str = "photos";

/// Whether photos can be written, read and deleted. A folder that is not there yet is made by the first start.
pub(super) async fn check(config: &Config, report: &mut Report) {
    match &config.blobs {
        BlobsConfig::Folder(folder) if folder.exists() => report.add(in_folder(folder)),
        BlobsConfig::Folder(_) => {}
        BlobsConfig::S3(settings) => report.add(in_bucket(config, settings).await),
    }
}

fn in_folder(folder: &Path) -> Finding {
    let shown = folder.display();
    match tempfile::tempfile_in(folder) {
        Ok(_) => Finding::ok(CHECK, format!("{shown} can be written")),
        Err(error) => Finding::missing(CHECK, format!("{shown} cannot be written: {error}"))
            .mend(format!("run as its owner, or chown -R $(id -un) {shown}")),
    }
}

async fn in_bucket(config: &Config, settings: &S3Settings) -> Finding {
    let address = settings.address();
    let started = Instant::now();
    match probe(config).await {
        Ok(()) => {
            let time_ms = started.elapsed().as_millis();
            let text = format!("in {address} an object was written, read and deleted in {time_ms} ms");
            Finding::ok(CHECK, text)
        }
        Err(error) => {
            let finding = Finding::missing(CHECK, format!("cannot be kept in {address}: {error:#}"));
            finding.mend(mend(error.downcast_ref()))
        }
    }
}

async fn probe(config: &Config) -> anyhow::Result<()> {
    let blobs: BlobStore = wiring::open_blobs(config)?;
    // A name that no other process uses.
    let name = format!("{}-{}", SystemClock.now().0, std::process::id());
    Ok(blobs.probe(&name).await?)
}

fn mend(error: Option<&BlobError>) -> &'static str {
    match error {
        Some(BlobError::Settings(_)) => "set the variable, or choose with --blobs-credentials",
        Some(BlobError::Backend(BlobFault::Unreachable | BlobFault::Timeout)) => {
            "start the object store, or correct --blobs-endpoint"
        }
        Some(BlobError::Backend(BlobFault::Refused(code))) if code == "NoSuchBucket" => {
            "make the bucket, or correct --blobs-url"
        }
        _ => "let the credentials put, get, delete and list objects there (docs/operating.md)",
    }
}

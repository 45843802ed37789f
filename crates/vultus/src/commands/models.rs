//! `vultus models …`.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use serde::Serialize;
use vultus_models::{
    InstallOptions, InstallReport, ListRow, LoadRequest, Manifest, SystemClients, VerifyReport, list, verify,
};

use crate::ExitStatus;
use crate::args::ModelsCommand;
use crate::config::Config;
use crate::engine;
use crate::printer::{Printer, table};
use crate::progress::StepBars;

pub(crate) fn run(command: ModelsCommand, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    match command {
        ModelsCommand::Install { pack, from, json } => {
            let Some(manifest) = Manifest::named(&pack)? else {
                printer.refusal(&format!("there is no pack {pack:?}; `vultus models list` shows them"));
                return Ok(ExitStatus::Refused);
            };
            let report = run_blocking(|| install(&manifest, from.as_deref(), config))?;
            show_report(&report, json, printer)?;
            Ok(ExitStatus::Done)
        }
        ModelsCommand::List { json } => {
            show_list(&list(&config.models_dir)?, json, printer)?;
            Ok(ExitStatus::Done)
        }
        ModelsCommand::Verify { json } => {
            let load = |request: &LoadRequest<'_>| engine::load_model(config, request);
            let report = verify(&config.models_dir, &load, &StepBars::default())?;
            show_verification(&report, json, printer)
        }
    }
}

/// Runs what blocks without holding up the other tasks of the runtime.
fn run_blocking<T>(work: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(work)
}

/// Installs a pack with progress on standard error.
pub(crate) fn install(
    manifest: &Manifest,
    from: Option<&Path>,
    config: &Config,
) -> anyhow::Result<InstallReport> {
    let fetch = |address: &str, into: &Path, limit: u64, progress: &dyn Fn(u64)| {
        download(address, into, limit, progress).map_err(|error| format!("{error:#}"))
    };
    let client = SystemClients { fetch: Some(&fetch) };
    let load = |request: &LoadRequest<'_>| engine::load_model(config, request);
    let progress = StepBars::default();
    let options = InstallOptions {
        from_dir: from,
        optional_models: true,
        client: &client,
        load: &load,
        progress: &progress,
    };
    Ok(run_blocking(|| vultus_models::install(&config.models_dir, manifest, &options))?)
}

/// Downloads a file of a public repository, of at most `limit` bytes.
fn download(address: &str, into: &Path, limit: u64, progress: &dyn Fn(u64)) -> anyhow::Result<()> {
    let client = reqwest::blocking::Client::builder().connect_timeout(Duration::from_secs(20)).timeout(None);
    let mut answer = client.build()?.get(address).send()?.error_for_status()?;
    let mut file = File::create(into)?;
    let mut buffer = vec![0; 1 << 16];
    let mut done = 0;
    loop {
        let read = answer.read(&mut buffer)?;
        if read == 0 {
            return Ok(file.sync_all()?);
        }
        done += read as u64;
        if done > limit {
            bail!("the file is larger than the {limit} bytes it should have");
        }
        file.write_all(&buffer[..read])?;
        progress(done);
    }
}

fn show_report(report: &InstallReport, json: bool, printer: &Printer) -> anyhow::Result<()> {
    if json {
        return printer.json(report);
    }
    let what = if report.already_installed { "is installed already" } else { "was installed" };
    printer.line(&format!("pack {} {what} in {}", report.pack, report.dir.display()));
    Ok(())
}

#[derive(Serialize)]
struct Listing<'a> {
    models: &'a [ListRow],
}

fn show_list(rows: &[ListRow], json: bool, printer: &Printer) -> anyhow::Result<()> {
    if json {
        return printer.json(&Listing { models: rows });
    }
    let heading = ["pack", "model", "task", "version", "licence", "size", "digest", "input", "source"];
    let mut lines = vec![heading.map(str::to_owned).to_vec()];
    for row in rows {
        let size = row.bytes.map_or("-".to_owned(), |bytes| format!("{:.1} MB", bytes as f64 / 1e6));
        let digest = row.digest.as_deref().map_or("not installed", |digest| &digest[..digest.len().min(12)]);
        let task = serde_json::to_value(row.task)?.as_str().unwrap_or_default().to_owned();
        let texts = [&row.pack, &row.name, &task, &row.version, &row.licence].map(String::clone);
        let mut line = texts.to_vec();
        line.extend([size, digest.to_owned(), row.input.clone(), row.source.clone()]);
        lines.push(line);
    }
    printer.line(&table(&lines));
    Ok(())
}

#[derive(Serialize)]
struct Verification<'a> {
    ok: bool,
    #[serde(flatten)]
    report: &'a VerifyReport,
}

fn show_verification(report: &VerifyReport, json: bool, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let ok = report.is_intact();
    if json {
        printer.json(&Verification { ok, report })?;
    } else {
        let packs = report.packs.iter().flat_map(|pack| {
            let problem = pack.problem.iter().map(|problem| (pack.pack.as_str(), Some(problem)));
            problem.chain(pack.models.iter().map(|file| (file.name.as_str(), file.problem.as_ref())))
        });
        let runtime = report.runtime.iter().map(|file| (file.name.as_str(), file.problem.as_ref()));
        for (name, problem) in runtime.chain(packs) {
            printer.line(&format!("{name}: {}", problem.map_or("intact", String::as_str)));
        }
        if report.packs.is_empty() {
            printer.line("no pack is installed");
        }
    }
    Ok(if ok { ExitStatus::Done } else { ExitStatus::Refused })
}

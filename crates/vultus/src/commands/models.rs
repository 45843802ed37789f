//! `vultus models …`.

use std::path::Path;

use serde::Serialize;
use vultus_models::{
    InstallOptions, InstallReport, ListRow, LoadRequest, Manifest, SystemClients, VerifyReport, list, verify,
};

use crate::ExitStatus;
use crate::args::ModelsCommand;
use crate::config::Config;
use crate::download::{Downloader, Patience};
use crate::engine;
use crate::printer::Printer;
use crate::progress::StepBars;

pub(crate) fn run(command: ModelsCommand, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    match command {
        ModelsCommand::Install { pack, from, json } => {
            let Some(manifest) = Manifest::named(&pack)? else {
                printer.refusal(&format!("there is no pack {pack:?}; `vultus models list` shows them"));
                return Ok(ExitStatus::Refused);
            };
            if let Err(error) = manifest.check_licence(&config.accepted_licences) {
                printer.refusal(&error);
                return Ok(ExitStatus::Refused);
            }
            let report = install(&manifest, from.as_deref(), config)?;
            show_report(&report, json, printer)?;
            Ok(ExitStatus::Done)
        }
        ModelsCommand::List { json } => {
            show_list(&list(&config.models_dir)?, json, config, printer)?;
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
    run_blocking(|| install_now(manifest, from, config))
}

fn install_now(manifest: &Manifest, from: Option<&Path>, config: &Config) -> anyhow::Result<InstallReport> {
    let downloader = Downloader::new(Patience::default())?;
    let fetch = |address: &str, into: &Path, size: u64, progress: &dyn Fn(u64)| {
        downloader.fetch(address, into, size, progress)
    };
    let client = SystemClients { fetch: Some(&fetch), mirror: config.mirror.as_deref() };
    let load = |request: &LoadRequest<'_>| engine::load_model(config, request);
    let progress = StepBars::default();
    let options = InstallOptions {
        from_dir: from,
        optional_models: true,
        client: &client,
        load: &load,
        progress: &progress,
    };
    Ok(vultus_models::install(&config.models_dir, manifest, &options)?)
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

fn show_list(rows: &[ListRow], json: bool, config: &Config, printer: &Printer) -> anyhow::Result<()> {
    if json {
        return printer.json(&Listing { models: rows });
    }
    let heading = ["pack", "model", "task", "version", "licence", "size", "digest", "input", "source"];
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let size = row.bytes.map_or("-".to_owned(), |bytes| format!("{:.1} MB", bytes as f64 / 1e6));
        let digest = row.digest.as_deref().map_or("not installed", |digest| &digest[..digest.len().min(12)]);
        let task = serde_json::to_value(row.task)?.as_str().unwrap_or_default().to_owned();
        let is_accepted = !row.needs_acceptance || config.accepted_licences.contains(&row.pack);
        let condition = if is_accepted { "" } else { " (to be accepted)" };
        let licence = format!("{}{condition}", row.licence);
        let digest = digest.to_owned();
        let texts =
            [&row.pack, &row.name, &task, &row.version, &licence, &size, &digest, &row.input, &row.source];
        lines.push(texts.map(String::clone));
    }
    printer.table(heading, lines);
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

//! What the evaluations share: opening the engine, showing progress, printing, writing.

use std::num::NonZeroUsize;

use anyhow::Context;
use sha2::{Digest, Sha256};
use vultus_eval::findings::Findings;
use vultus_eval::plots::write_plots;
use vultus_eval::report::{Report, ReportHeader, ReportModel, Task};
use vultus_eval::text::{breakdown_rows, confusion_rows, figure_rows};
use vultus_eval::{EvalError, Session};
use vultus_face::{FaceAnalyzer, FaceEngine};
use vultus_models::Pack;
use vultus_search::Calibration;

use crate::ExitStatus;
use crate::args::eval::RunArgs;
use crate::config::Config;
use crate::engine;
use crate::printer::{Printer, table};
use crate::progress::with_photo_bar;

use super::command_line::CommandLine;

/// An evaluation with its engine open.
pub(super) struct Run<'a> {
    args: &'a RunArgs,
    config: &'a Config,
    pack: Pack,
    engine: FaceEngine,
    engine_text: String,
}

impl<'a> Run<'a> {
    /// Opens the configured pack's engine.
    pub(super) fn open(args: &'a RunArgs, config: &'a Config) -> anyhow::Result<Self> {
        let pack = engine::open_configured_pack(config)?;
        let engine = engine::load(config, &pack)?;
        let engine_text = describe_engine(&pack)?;
        Ok(Self { args, config, pack, engine, engine_text })
    }

    /// The engine.
    pub(super) const fn engine(&self) -> &FaceEngine {
        &self.engine
    }

    /// The table that turns similarities into confidences, where the pack makes templates and there is one for them.
    pub(super) fn calibration(&self, printer: &Printer) -> Option<Calibration> {
        if !self.engine.capabilities().template {
            return None;
        }
        let table = engine::calibration(&self.pack, &self.engine);
        table.inspect_err(|error| printer.note(&format!("no rates by confidence: {error:#}"))).ok()
    }

    /// Runs `work` with a session that shows a progress bar.
    pub(super) fn session<T>(
        &self,
        work: impl FnOnce(&Session<'_>) -> Result<T, EvalError>,
    ) -> Result<T, EvalError> {
        let threads = NonZeroUsize::new(self.config.threads).unwrap_or(NonZeroUsize::MIN);
        let cache = self.args.cache.as_deref().map(|folder| (folder, self.engine_text.as_str()));
        let seed = self.args.seed;
        with_photo_bar(|progress| work(&Session { analyzer: &self.engine, threads, progress, cache, seed }))
    }

    /// Prints the findings and writes the files that were asked for. `command` is what repeats the evaluation.
    pub(super) fn finish(
        &self,
        task: Task,
        findings: Findings,
        command: CommandLine,
        printer: &Printer,
    ) -> anyhow::Result<ExitStatus> {
        finish(self.args, &self.pack, task, findings, command, printer)
    }
}

/// As [`Run::finish`], for what ran without a face engine.
pub(super) fn finish(
    args: &RunArgs,
    pack: &Pack,
    task: Task,
    findings: Findings,
    command: CommandLine,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let command = command.value("data", &args.data).value("licence", &args.licence);
    let header = ReportHeader {
        task,
        data: args.data.clone(),
        licence: args.licence.clone(),
        pack: pack.name.clone(),
        models: pack.models.iter().map(|model| ReportModel::new(&model.name, model.digest)).collect(),
        software: env!("CARGO_PKG_VERSION").to_owned(),
        command: command.value("seed", args.seed).finish(),
    };
    let report = Report::new(header, findings);
    if let Some(path) = &args.output {
        fs_err::write(path, report.to_json()?)?;
    }
    if let Some(folder) = &args.plots {
        write_plots(folder, task.name(), &report.findings.plots)?;
    }
    if args.json {
        printer.json(&report)?;
    } else {
        print_tables(&report.findings, printer);
    }
    Ok(ExitStatus::Done)
}

/// A text that differs wherever an analysis could: the pack, its models, and this very programme, so that a cache
/// never answers for another build.
fn describe_engine(pack: &Pack) -> anyhow::Result<String> {
    let path = std::env::current_exe().context("this programme cannot be found")?;
    let mut hasher = Sha256::new();
    std::io::copy(&mut fs_err::File::open(path)?, &mut hasher)?;
    let digests: Vec<String> =
        pack.models.iter().map(|model| format!("{} {}", model.name, model.digest)).collect();
    let programme = ReportModel::new("programme", vultus_types::ModelDigest(hasher.finalize().into()));
    Ok(format!("{}\n{} {}\n{}", pack.name, programme.name, programme.digest, digests.join("\n")))
}

fn print_tables(findings: &Findings, printer: &Printer) {
    for count in &findings.counts {
        printer.line(&format!("{}: {}", count.of, count.count));
    }
    printer.line("");
    printer.line(&table(&figure_rows(&findings.figures)));
    for breakdown in &findings.breakdowns {
        printer.line("");
        printer.line(&table(&breakdown_rows(breakdown)));
    }
    for confusion in &findings.confusions {
        printer.line("");
        printer.line(&table(&confusion_rows(confusion)));
    }
}

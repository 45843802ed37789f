//! `vultus eval …`: error rates on labelled photos.

use std::num::NonZeroUsize;
use std::path::Path;

use serde_json::json;
use vultus_eval::pairs::PairList;
use vultus_eval::verify::{VerifyReport, verify};
use vultus_face::FaceAnalyzer;

use crate::ExitStatus;
use crate::args::EvalCommand;
use crate::config::Config;
use crate::engine;
use crate::printer::{Printer, table};
use crate::progress::with_photo_bar;

pub(crate) fn run(command: EvalCommand, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    match command {
        EvalCommand::Verify { pairs, images, json } => run_verify(&pairs, &images, json, config, printer),
    }
}

fn run_verify(
    pairs: &Path,
    images: &Path,
    json: bool,
    config: &Config,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let list = match PairList::parse(&fs_err::read_to_string(pairs)?) {
        Ok(list) => list,
        Err(error) => {
            printer.refusal(&error);
            return Ok(ExitStatus::Refused);
        }
    };
    let pack = engine::open_configured_pack(config)?;
    let analyzer = engine::load(config, &pack)?;
    let threads = NonZeroUsize::new(config.threads).unwrap_or(NonZeroUsize::MIN);
    let report = with_photo_bar(|progress| verify(&analyzer, &list, images, None, threads, progress))?;
    let models: Vec<_> = analyzer.score_rule().parts.iter().map(|part| part.model.to_string()).collect();
    if json {
        let mut result = serde_json::to_value(&report)?;
        result["pack"] = json!(pack.name);
        result["models"] = json!(models);
        printer.json(&result)?;
    } else {
        printer.line(&table(&rows(&report)));
    }
    Ok(ExitStatus::Done)
}

fn rows(report: &VerifyReport) -> Vec<Vec<String>> {
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    let mut rows = vec![
        row("measure", "value".to_owned()),
        row("mated pairs", report.mated_pairs.to_string()),
        row("non-mated pairs", report.non_mated_pairs.to_string()),
        row("failure to acquire", percent(report.failure_to_acquire_rate)),
        row("accuracy", percent(report.accuracy)),
    ];
    for point in &report.operating_points {
        rows.push(row(&format!("TAR at FMR {:e}", point.fmr), percent(point.tar)));
    }
    if let Some(rate) = report.equal_error_rate {
        rows.push(row("equal error rate", percent(rate)));
    }
    rows
}

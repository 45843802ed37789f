//! `vultus eval cluster`.

use std::path::PathBuf;

use vultus_eval::cluster::cluster;
use vultus_eval::report::Task;

use crate::ExitStatus;
use crate::args::eval::ClusterArgs;
use crate::config::Config;
use crate::printer::Printer;

use super::command_line::CommandLine;
use super::run::Run;
use super::verify::photos_of;

pub(super) fn run(args: &ClusterArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let photos = photos_of(&args.images)?;
    let run = Run::open(&args.run, config)?;
    let Some(calibration) = run.calibration(printer) else {
        printer.refusal(&"persons are told apart by confidence, and the pack has no calibration table");
        return Ok(ExitStatus::Refused);
    };
    let findings = run.session(|session| cluster(session, &photos, &calibration))?;
    let images = args.images.iter().map(PathBuf::as_path);
    let command = CommandLine::new("cluster", config).paths("images", images);
    run.finish(Task::Cluster, findings, command, printer)
}

//! `vultus eval quality`.

use vultus_eval::quality::{FlagLimits, quality};
use vultus_eval::report::Task;

use crate::ExitStatus;
use crate::args::eval::QualityArgs;
use crate::config::Config;
use crate::printer::Printer;

use super::attributes::{read_labels, with_labels};
use super::command_line::CommandLine;
use super::run::Run;

pub(super) fn run(args: &QualityArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let photos = read_labels(&args.labels, args.run.seed)?;
    let run = Run::open(&args.run, config)?;
    let QualityArgs { underexposure, overexposure, sharpness, color, rotation, .. } = *args;
    let limits = FlagLimits { underexposure, overexposure, sharpness, color, rotation_deg: rotation };
    let findings = run.session(|session| quality(session, &photos, limits))?;
    let command = with_labels(CommandLine::new("quality", config), &args.labels)
        .value("underexposure", underexposure)
        .value("overexposure", overexposure)
        .value("sharpness", sharpness)
        .value("color", color)
        .value("rotation", rotation);
    run.finish(Task::Quality, findings, command, printer)
}

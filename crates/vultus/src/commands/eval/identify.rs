//! `vultus eval identify`.

use std::path::PathBuf;

use vultus_eval::identify::{SplitOptions, identify};
use vultus_eval::report::Task;

use crate::ExitStatus;
use crate::args::eval::IdentifyArgs;
use crate::config::Config;
use crate::printer::Printer;

use super::command_line::CommandLine;
use super::run::Run;
use super::verify::photos_of;

pub(super) fn run(args: &IdentifyArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let photos = photos_of(&args.images)?;
    let run = Run::open(&args.run, config)?;
    let calibration = run.calibration(printer);
    let options = SplitOptions { unenrolled: args.unenrolled, gallery_photos: args.gallery_photos };
    let findings = run.session(|session| identify(session, &photos, options, calibration.as_ref()))?;
    let command = CommandLine::new("identify", config)
        .paths("images", args.images.iter().map(PathBuf::as_path))
        .value("unenrolled", args.unenrolled)
        .value("gallery-photos", args.gallery_photos);
    run.finish(Task::Identify, findings, command, printer)
}

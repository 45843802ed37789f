//! `vultus eval detect`.

use vultus_eval::detection::{DetectOptions, detect, parse_boxes};
use vultus_eval::report::Task;

use crate::ExitStatus;
use crate::args::eval::DetectArgs;
use crate::config::Config;
use crate::printer::Printer;

use super::command_line::CommandLine;
use super::run::Run;

pub(super) fn run(args: &DetectArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let labels = match parse_boxes(&fs_err::read_to_string(&args.boxes)?) {
        Ok(labels) => labels,
        Err(error) => {
            printer.refusal(&error);
            return Ok(ExitStatus::Refused);
        }
    };
    let run = Run::open(&args.run, config)?;
    let options = DetectOptions { min_head_scale: args.min_head_scale, iou: args.iou };
    let findings = run.session(|session| detect(session, &labels, &args.images, options))?;
    let command = CommandLine::new("detect", config)
        .paths("boxes", [args.boxes.as_path()])
        .paths("images", [args.images.as_path()])
        .value("iou", args.iou)
        .value("min-head-scale", args.min_head_scale);
    run.finish(Task::Detect, findings, command, printer)
}

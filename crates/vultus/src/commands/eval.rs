//! `vultus eval …`: error rates on labelled photos.

mod attributes;
mod cluster;
mod command_line;
mod detect;
mod identify;
mod pad;
mod quality;
mod report;
mod run;
mod verify;
mod voice;

use crate::ExitStatus;
use crate::args::eval::EvalCommand;
use crate::config::Config;
use crate::printer::Printer;

pub(crate) fn run(command: EvalCommand, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    match command {
        EvalCommand::Verify(args) => verify::run(&args, config, printer),
        EvalCommand::Identify(args) => identify::run(&args, config, printer),
        EvalCommand::Cluster(args) => cluster::run(&args, config, printer),
        EvalCommand::Detect(args) => detect::run(&args, config, printer),
        EvalCommand::Attributes(args) => attributes::run(&args, config, printer),
        EvalCommand::Quality(args) => quality::run(&args, config, printer),
        EvalCommand::Pad(args) => pad::run(&args, config, printer),
        EvalCommand::Voice(args) => voice::run(&args, config, printer),
        EvalCommand::Report { results, output } => report::run(&results, &output, printer),
    }
}

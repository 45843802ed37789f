//! `vultus eval pad`.

use std::path::PathBuf;

use vultus_eval::pad::{AttackSpecies, presentation_attacks};
use vultus_eval::report::Task;

use crate::ExitStatus;
use crate::args::eval::PadArgs;
use crate::commands::last_parts;
use crate::config::Config;
use crate::printer::Printer;

use super::command_line::CommandLine;
use super::run::Run;

pub(super) fn run(args: &PadArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let run = Run::open(&args.run, config)?;
    let attacks = args.attack.iter();
    let attacks = attacks.map(|(name, folder)| AttackSpecies { name: name.clone(), folder: folder.clone() });
    let attacks: Vec<AttackSpecies> = attacks.collect();
    let findings =
        run.session(|session| presentation_attacks(session, &args.bona_fide, &attacks, &args.threshold))?;
    let mut command =
        CommandLine::new("pad", config).paths("bona-fide", args.bona_fide.iter().map(PathBuf::as_path));
    for (name, folder) in &args.attack {
        command = command.value("attack", format!("{name}={}", last_parts(folder)));
    }
    for threshold in &args.threshold {
        command = command.value("threshold", threshold);
    }
    run.finish(Task::Pad, findings, command, printer)
}

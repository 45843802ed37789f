//! `vultus completions` and `vultus man`: what the command line says of itself, for shells and for `man`.

use clap::CommandFactory;

use crate::ExitStatus;
use crate::args::Cli;
use crate::args::tools::{CompletionsArgs, ManArgs};
use crate::printer::Printer;

pub(crate) fn completions(args: &CompletionsArgs, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "vultus", &mut script);
    printer.text(&String::from_utf8(script)?);
    Ok(ExitStatus::Done)
}

pub(crate) fn man(args: &ManArgs, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let command = Cli::command();
    if let Some(dir) = &args.dir {
        fs_err::create_dir_all(dir)?;
        clap_mangen::generate_to(command, dir)?;
        return Ok(ExitStatus::Done);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    printer.text(&String::from_utf8(page)?);
    Ok(ExitStatus::Done)
}

//! The `vultus` program: parses arguments, reads the configuration and runs one subcommand.

mod accounts_key;
mod args;
mod background;
mod cameras;
mod commands;
mod config;
mod console;
mod database;
mod documents;
mod download;
mod draw;
mod engine;
mod follow;
mod lifecycle;
mod media_work;
mod printer;
mod progress;
mod shards;
mod voice;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::config::Config;
use crate::printer::Printer;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    /// It did what was asked.
    Done,
    /// The input or the request was refused; the reason was printed.
    Refused,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let printer = Printer::default();
    match run(cli, &printer) {
        Ok(ExitStatus::Done) => ExitCode::SUCCESS,
        Ok(ExitStatus::Refused) => ExitCode::from(1),
        Err(error) => {
            printer.failure(&error);
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let config = match (Config::resolve(cli.shared), &cli.command) {
        (Err(error), Command::Doctor(args)) => return commands::doctor::refuse(args, &error, printer),
        (config, _) => config?,
    };
    lifecycle::start_logging(config.log.as_deref(), &cli.command)?;
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    threads.block_on(commands::run(cli.command, &config, printer))
}

//! One file per subcommand.

pub(crate) mod accounts;
mod analyze;
mod blobs;
mod calibrate;
mod compare;
mod consents;
mod detect;
pub(crate) mod doctor;
mod enroll;
mod eval;
mod fit_template;
mod identify;
mod manual;
pub(crate) mod models;
mod moving;
mod operators;
mod reembed;
mod same_person;
mod serve;
mod shards;
mod train_head;
mod worker;

use std::path::Path;

use crate::ExitStatus;
use crate::args::Command;
use crate::config::Config;
use crate::printer::Printer;

/// Runs a subcommand.
pub(crate) async fn run(command: Command, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    match command {
        Command::Serve(args) => serve::run(&args, config, printer).await,
        Command::Worker(args) => worker::run(&args, config, printer).await,
        Command::Models(command) => models::run(command, config, printer),
        Command::Accounts(command) => accounts::run(command, config, printer).await,
        Command::Operators(command) => operators::run(command, config, printer).await,
        Command::Blobs(command) => blobs::run(command, config, printer).await,
        Command::Shards(command) => shards::run(command, config, printer).await,
        Command::Export(args) => moving::export(&args, config, printer).await,
        Command::Import(args) => moving::import(&args, config, printer).await,
        Command::Consents(command) => consents::run(command, config, printer).await,
        Command::Detect(args) => detect::run(&args, config, printer),
        Command::Analyze(args) => analyze::run(&args, config, printer).await,
        Command::Compare(args) => compare::run(&args, config, printer),
        Command::Enroll(args) => enroll::run(&args, config, printer).await,
        Command::Identify(args) => identify::run(args, config, printer).await,
        Command::Reembed(args) => reembed::run(&args, config, printer).await,
        Command::Eval(command) => eval::run(command, config, printer).await,
        Command::Calibrate(args) => calibrate::run(&args, config, printer),
        Command::FitTemplate(args) => fit_template::run(&args, config, printer),
        Command::TrainHead(args) => train_head::run(&args, config, printer),
        Command::Doctor(args) => doctor::run(&args, config, printer).await,
        Command::Completions(args) => manual::completions(&args, printer),
        Command::Man(args) => manual::man(&args, printer),
    }
}

/// How a command ended whose use case refuses some things: why is told, and what broke is passed on.
fn ended<E>(
    result: Result<anyhow::Result<()>, E>,
    is_internal: impl Fn(&E) -> bool,
    printer: &Printer,
) -> anyhow::Result<ExitStatus>
where
    E: std::error::Error + Send + Sync + 'static,
{
    match result {
        Ok(shown) => shown.map(|()| ExitStatus::Done),
        Err(error) if is_internal(&error) => Err(error.into()),
        Err(error) => {
            printer.refusal(&error);
            Ok(ExitStatus::Refused)
        }
    }
}

/// The last two parts of a path: enough to know it by, and nothing of this machine.
fn last_parts(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts[parts.len().saturating_sub(2)..].join("/")
}

//! Logging and the signals that end the process.

use std::io::{self, IsTerminal};

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::args::Command;

/// Starts logging to standard error: as text on a terminal, as one JSON object a line elsewhere. Servers
/// and workers log what they do; other commands only warnings, unless a filter is given.
pub(crate) fn start_logging(filter: Option<&str>, command: &Command) -> anyhow::Result<()> {
    let is_lasting = matches!(command, Command::Serve(_) | Command::Worker(_));
    let default = if is_lasting { "info,ort=warn" } else { "warn,ort=error" };
    let filter = EnvFilter::try_new(filter.unwrap_or(default)).context("in the log filter")?;
    let logger = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    if io::stderr().is_terminal() {
        logger.init();
    } else {
        logger.json().flatten_event(true).init();
    }
    Ok(())
}

/// Returns when the process is asked to stop, by an interrupt from the keyboard or a termination signal.
pub(crate) async fn stop_requested() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

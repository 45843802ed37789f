//! `vultus blobs …`: looks after photos and media; works on the store directly, also while a server runs.

use std::sync::Arc;
use std::time::Duration;

use vultus_service::{OrphanCounts, OrphanSweep, Orphans};
use vultus_types::SystemClock;

use crate::ExitStatus;
use crate::args::blobs::{BlobsCommand, SweepArgs};
use crate::config::Config;
use crate::printer::Printer;
use crate::progress::seen_bar;
use crate::wiring;

pub(crate) async fn run(
    command: BlobsCommand,
    config: &Config,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let BlobsCommand::Sweep(args) = command;
    let database = wiring::open_database(config).await?;
    let store = database.store();
    let orphans = Orphans::new(store.clone(), wiring::open_blobs(config)?, Arc::new(SystemClock));
    let how =
        OrphanSweep { older_than: Duration::from_hours(args.older_than.into()), is_dry_run: args.dry_run };
    let bar = seen_bar("photos and media");
    let counts = orphans.sweep(how, |counts| bar.set_position(counts.seen)).await;
    bar.finish_and_clear();
    database.close().await;
    show(&counts?, &args, printer)?;
    Ok(ExitStatus::Done)
}

fn show(counts: &OrphanCounts, args: &SweepArgs, printer: &Printer) -> anyhow::Result<()> {
    if args.json {
        return printer.json(counts);
    }
    let OrphanCounts { seen, used, young, foreign, orphans, orphan_bytes, deleted } = counts;
    printer.line(&format!("{seen} photos and media, of which"));
    printer.line(&format!("{used:>10} are in use"));
    if *young > 0 {
        printer.line(&format!("{young:>10} are younger than {} hours: left alone", args.older_than));
    }
    if *foreign > 0 {
        printer.line(&format!("{foreign:>10} belong to accounts that are not in this database: left alone"));
    }
    let done = if args.dry_run { "would be deleted".to_owned() } else { format!("{deleted} were deleted") };
    printer.line(&format!("{orphans:>10} are nobody's ({orphan_bytes} bytes): {done}"));
    Ok(())
}

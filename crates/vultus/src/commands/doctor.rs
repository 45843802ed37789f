//! `vultus doctor`: says what is missing or wrong, and the command that mends it. Changes nothing, but for
//! an object that is written into the bucket of photos, and deleted.

mod data;
mod machine;
mod models;
mod photos;
mod report;
mod shards;

use crate::ExitStatus;
use crate::args::tools::DoctorArgs;
use crate::config::Config;
use crate::printer::Printer;

use data::Data;
use report::{Finding, Report};

/// Makes every check.
pub(crate) async fn run(args: &DoctorArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let mut report = Report::default();
    let server = match config.server(&args.serve()) {
        Ok(server) => {
            report.add(Finding::ok("configuration", format!("can be used; the pack is `{}`", config.pack)));
            Some(server)
        }
        Err(error) => {
            report.add(unusable(&error));
            None
        }
    };
    report.add(machine::cores_and_memory(config));
    report.add(machine::clock(config.database.file()));
    data::folder(config, &mut report);
    photos::check(config, &mut report).await;
    let Data { database, faces } = data::database(config, &mut report).await;
    shards::check(config, &mut report).await;
    let engine = tokio::task::block_in_place(|| models::check(config, &mut report));
    if let (Some(database), Some(engine)) = (&database, &engine) {
        report.add(models::templates(database.store().as_ref(), faces, engine, config).await);
    }
    if let Some(database) = database {
        database.close().await;
    }
    report.add(machine::ffmpeg(config).await);
    if let Some(server) = server {
        report.add(machine::port(server.listen).await);
    }
    report.show(args.json, printer)
}

/// Where the configuration cannot be read, no other check can be made.
pub(crate) fn refuse(
    args: &DoctorArgs,
    error: &anyhow::Error,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let mut report = Report::default();
    report.add(unusable(error));
    report.show(args.json, printer)
}

fn unusable(error: &anyhow::Error) -> Finding {
    // What is wrong in a file is told in several lines, the last of which is empty.
    let reason = format!("{error:#}");
    Finding::missing("configuration", format!("cannot be used: {}", reason.trim_end()))
        .mend("correct the file or the variable; `vultus help` names the settings")
}

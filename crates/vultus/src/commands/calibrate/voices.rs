//! The table of the pack's speaker encoder.

use std::fmt::Write;
use std::num::NonZeroUsize;
use std::path::Path;

use vultus_eval::voice::{LabelledRecordings, VoiceSession, calibrate_voices};
use vultus_search::Provenance;

use crate::ExitStatus;
use crate::args::fitting::CalibrateArgs;
use crate::commands::last_parts;
use crate::config::Config;
use crate::printer::Printer;
use crate::progress::with_bar;
use crate::{engine, voice};

pub(super) fn run(args: &CalibrateArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let pack = engine::open_configured_pack(config)?;
    let Some(analyzer) = voice::load(config, &pack)? else {
        printer.refusal(&format!("the pack `{}` has no speaker encoder", pack.name));
        return Ok(ExitStatus::Refused);
    };
    let mut populations = Vec::new();
    for folder in &args.voices {
        let mut recordings = LabelledRecordings::default();
        recordings.add_folder(folder)?;
        populations.push(recordings);
    }
    let origin = Provenance {
        models: Vec::new(),
        data_set: args.data.clone(),
        data_set_licence: args.licence.clone(),
        command: command_line(args, config),
    };
    let threads = NonZeroUsize::new(config.threads).unwrap_or(NonZeroUsize::MIN);
    let report = with_bar("recordings", |progress| {
        let piece_seconds = args.piece_seconds;
        let session = VoiceSession { analyzer: &analyzer, piece_seconds, threads, progress, seed: 0 };
        calibrate_voices(&session, &populations, args.margin.max(1.0), origin)
    })?;
    fs_err::write(&args.output, format!("{}\n", serde_json::to_string_pretty(&report.table)?))?;
    printer.line(&format!(
        "{} samples of speech, {} recordings that could not be used, {} pairs counted",
        report.photos, report.failures, report.table.pairs
    ));
    Ok(ExitStatus::Done)
}

/// The command to keep in the table, without paths of this machine.
fn command_line(args: &CalibrateArgs, config: &Config) -> String {
    let folders: Vec<_> = args.voices.iter().map(|folder| last_parts(folder)).collect();
    let mut command = format!(
        "vultus calibrate --pack {} --voices {}",
        last_parts(Path::new(&config.pack)),
        folders.join(" ")
    );
    if let Some(seconds) = args.piece_seconds {
        let _ = write!(command, " --piece-seconds {seconds}");
    }
    let _ = write!(command, " --margin {}", args.margin);
    command
}

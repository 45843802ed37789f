//! `vultus eval voice`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use vultus_eval::report::Task;
use vultus_eval::voice::{LabelledRecordings, VoiceSession, compare_voices};
use vultus_voice::VoiceAnalyzer;

use crate::ExitStatus;
use crate::args::eval::VoiceArgs;
use crate::config::Config;
use crate::printer::Printer;
use crate::progress::with_bar;
use crate::{engine, voice};

use super::command_line::CommandLine;
use super::run::finish;

pub(super) fn run(args: &VoiceArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    if args.run.cache.is_some() {
        printer.refusal(&"of recordings nothing is kept: leave out --cache");
        return Ok(ExitStatus::Refused);
    }
    let pack = engine::open_configured_pack(config)?;
    let Some(analyzer) = voice::load(config, &pack)? else {
        printer.refusal(&format!("the pack `{}` has no speaker encoder", pack.name));
        return Ok(ExitStatus::Refused);
    };
    let calibration = voice::calibration(&pack, analyzer.score_rule())?;
    let mut recordings = LabelledRecordings::default();
    for folder in &args.folders {
        recordings.add_folder(folder)?;
    }
    let threads = NonZeroUsize::new(config.threads).unwrap_or(NonZeroUsize::MIN);
    let findings = with_bar("recordings", |progress| {
        let (piece_seconds, seed) = (args.seconds, args.run.seed);
        let session = VoiceSession { analyzer: &analyzer, piece_seconds, threads, progress, seed };
        compare_voices(&session, &recordings, calibration.as_ref())
    })?;
    let command = CommandLine::new("voice", config)
        .words(args.folders.iter().map(PathBuf::as_path))
        .optional("seconds", args.seconds);
    finish(&args.run, &pack, Task::Voice, findings, command, printer)
}

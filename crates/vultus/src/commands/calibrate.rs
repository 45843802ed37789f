//! `vultus calibrate`: the table of similarities and false match rates of the pack's embedder.

use std::fmt::Write;
use std::num::NonZeroUsize;
use std::path::Path;

use vultus_eval::calibrate::{LabelledPhotos, SamePersonRule, calibrate};
use vultus_search::Provenance;

use crate::ExitStatus;
use crate::args::CalibrateArgs;
use crate::config::Config;
use crate::engine;
use crate::printer::Printer;
use crate::progress::with_photo_bar;

pub(crate) fn run(args: &CalibrateArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let analyzer = engine::open(config)?;
    let mut photos = LabelledPhotos::default();
    for folder in &args.images {
        photos.add_folder(folder)?;
    }
    let origin = Provenance {
        models: Vec::new(),
        data_set: args.data.clone(),
        data_set_licence: args.licence.clone(),
        command: command_line(args, config),
    };
    let second = args.second_pack.as_deref().map(|name| engine::open_named(config, name)).transpose()?;
    let same_person = second.as_ref().map(|second| SamePersonRule {
        above: args.same_above.unwrap_or(f32::INFINITY),
        second,
        second_above: args.second_same_above.unwrap_or(f32::INFINITY),
    });
    let threads = NonZeroUsize::new(config.threads).unwrap_or(NonZeroUsize::MIN);
    let report = with_photo_bar(|progress| {
        calibrate(&analyzer, &photos, same_person.as_ref(), origin, threads, progress)
    })?;
    fs_err::write(&args.output, format!("{}\n", serde_json::to_string_pretty(&report.table)?))?;
    printer.line(&format!(
        "{} photos, {} without a template, {} pairs counted, {} left out as the same person",
        report.photos, report.failures, report.table.pairs, report.dropped_pairs
    ));
    Ok(ExitStatus::Done)
}

/// The command to keep in the table; folders are named by their last two parts, so that it tells nothing of this
/// machine.
fn command_line(args: &CalibrateArgs, config: &Config) -> String {
    let folders: Vec<_> = args.images.iter().map(|folder| last_parts(folder)).collect();
    let mut command = format!("vultus calibrate --pack {} --images {}", config.pack, folders.join(" "));
    if let (Some(pack), Some(above), Some(second)) =
        (&args.second_pack, args.same_above, args.second_same_above)
    {
        let _ = write!(command, " --second-pack {pack} --same-above {above} --second-same-above {second}");
    }
    command
}

fn last_parts(folder: &Path) -> String {
    let parts: Vec<_> = folder.iter().map(|part| part.to_string_lossy()).collect();
    parts[parts.len().saturating_sub(2)..].join("/")
}

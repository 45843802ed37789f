//! `vultus calibrate`: the table of similarities and false match rates of the pack's templates.

mod voices;

use std::fmt::Write;
use std::num::NonZeroUsize;
use std::path::Path;

use vultus_eval::calibrate::{CalibrationRequest, LabelledPhotos, calibrate};
use vultus_search::Provenance;

use crate::ExitStatus;
use crate::args::fitting::CalibrateArgs;
use crate::commands::last_parts;
use crate::config::Config;
use crate::engine;
use crate::printer::Printer;
use crate::progress::with_photo_bar;

pub(crate) fn run(args: &CalibrateArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    if !args.voices.is_empty() {
        return voices::run(args, config, printer);
    }
    let analyzer = engine::open(config)?;
    let other = args.same_person.open_pack(config)?;
    let request = CalibrationRequest {
        populations: &populations(args)?,
        same_person: args.same_person.rule(other.as_ref().unwrap_or(&analyzer)),
        margin: args.margin.max(1.0),
        origin: Provenance {
            models: Vec::new(),
            data_set: args.data.clone(),
            data_set_licence: args.licence.clone(),
            command: command_line(args, config),
        },
    };
    let threads = NonZeroUsize::new(config.threads).unwrap_or(NonZeroUsize::MIN);
    let report = with_photo_bar(|progress| calibrate(&analyzer, &request, threads, progress))?;
    fs_err::write(&args.output, format!("{}\n", serde_json::to_string_pretty(&report.table)?))?;
    printer.line(&format!(
        "{} photos, {} without a template, {} pairs counted, {} left out as the same person",
        report.photos, report.failures, report.table.pairs, report.dropped_pairs
    ));
    Ok(ExitStatus::Done)
}

/// The folders, each of them cut up by group where groups are asked for.
fn populations(args: &CalibrateArgs) -> anyhow::Result<Vec<LabelledPhotos>> {
    let labels = args.labels.as_ref().map(fs_err::read_to_string).transpose()?;
    let mut populations = Vec::new();
    for folder in &args.images {
        let mut photos = LabelledPhotos::default();
        photos.add_folder(folder)?;
        match (&labels, &args.per_group) {
            (Some(labels), Some(column)) => populations.extend(photos.by_group(labels, column)?),
            _ => populations.push(photos),
        }
    }
    Ok(populations)
}

/// The command to keep in the table, without paths of this machine.
fn command_line(args: &CalibrateArgs, config: &Config) -> String {
    let folders: Vec<_> = args.images.iter().map(|folder| last_parts(folder)).collect();
    let mut command = format!(
        "vultus calibrate --pack {} --images {}",
        last_parts(Path::new(&config.pack)),
        folders.join(" ")
    );
    let _ = write!(command, " --margin {}", args.margin);
    if let (Some(labels), Some(column)) = (&args.labels, &args.per_group) {
        let _ = write!(command, " --labels {} --per-group {column}", last_parts(labels));
    }
    for (model, cosine) in &args.same_person.same_person {
        let _ = write!(command, " --same-person {model}={cosine}");
    }
    if let Some(pack) = &args.same_person.same_person_pack {
        let _ = write!(command, " --same-person-pack {pack}");
    }
    command
}

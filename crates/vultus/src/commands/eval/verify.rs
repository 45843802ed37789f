//! `vultus eval verify`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use vultus_eval::calibrate::LabelledPhotos;
use vultus_eval::labels::{LabelSource, Truth, labelled_photos};
use vultus_eval::pairs::PairList;
use vultus_eval::report::Task;
use vultus_eval::verify::{Protocol, verify};

use crate::ExitStatus;
use crate::args::eval::VerifyArgs;
use crate::config::Config;
use crate::printer::Printer;

use super::command_line::CommandLine;
use super::run::Run;

pub(super) fn run(args: &VerifyArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    match &args.pairs {
        Some(pairs) => run_pairs(args, pairs, config, printer),
        None => run_folders(args, config, printer),
    }
}

fn run_pairs(
    args: &VerifyArgs,
    pairs: &Path,
    config: &Config,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let list = match PairList::parse(&fs_err::read_to_string(pairs)?) {
        Ok(list) => list,
        Err(error) => {
            printer.refusal(&error);
            return Ok(ExitStatus::Refused);
        }
    };
    let [images] = args.images.as_slice() else {
        printer.refusal(&"the photos of a list of pairs lie in one folder");
        return Ok(ExitStatus::Refused);
    };
    let run = Run::open(&args.run, config)?;
    let calibration = run.calibration(printer);
    let findings = run
        .session(|session| verify(session, &Protocol::Pairs { list: &list, images }, calibration.as_ref()))?;
    run.finish(Task::Verify, findings, command_line(args, config), printer)
}

fn run_folders(args: &VerifyArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let people = photos_of(&args.images)?;
    let strangers = if args.strangers.is_empty() { None } else { Some(photos_of(&args.strangers)?) };
    let truths = args.labels.as_deref().map(|labels| truths(args, labels)).transpose()?.unwrap_or_default();
    let run = Run::open(&args.run, config)?;
    let calibration = run.calibration(printer);
    let other = args.same_person.open_pack(config)?;
    let same_person = args.same_person.rule(other.as_ref().unwrap_or_else(|| run.engine()));
    let findings = run.session(|session| {
        let protocol = Protocol::AllPairs {
            people: &people,
            strangers: strangers.as_ref(),
            truths: &truths,
            same_person: same_person.as_ref(),
        };
        verify(session, &protocol, calibration.as_ref())
    })?;
    run.finish(Task::Verify, findings, command_line(args, config), printer)
}

/// The photos of several folders.
pub(super) fn photos_of(folders: &[PathBuf]) -> anyhow::Result<LabelledPhotos> {
    let mut photos = LabelledPhotos::default();
    for folder in folders {
        photos.add_folder(folder).with_context(|| format!("in {}", folder.display()))?;
    }
    if photos.paths.is_empty() {
        bail!("there are no photos in the folders");
    }
    Ok(photos)
}

/// The labels by photo.
fn truths(args: &VerifyArgs, labels: &Path) -> anyhow::Result<HashMap<PathBuf, Truth>> {
    let [folder] = (if args.strangers.is_empty() { &args.images } else { &args.strangers }).as_slice() else {
        bail!("labels belong to the photos of one folder");
    };
    let text = fs_err::read_to_string(labels)?;
    let photos = labelled_photos(LabelSource::Table(&text), folder)?;
    Ok(photos.into_iter().map(|photo| (photo.path, photo.truth)).collect())
}

fn command_line(args: &VerifyArgs, config: &Config) -> CommandLine {
    CommandLine::new("verify", config)
        .paths("pairs", args.pairs.as_deref())
        .paths("images", args.images.iter().map(PathBuf::as_path))
        .paths("strangers", args.strangers.iter().map(PathBuf::as_path))
        .paths("labels", args.labels.as_deref())
        .same_person(&args.same_person)
}

//! `vultus eval attributes`.

use anyhow::bail;
use vultus_eval::attributes::{AttributeOptions, attributes};
use vultus_eval::folders::sample;
use vultus_eval::labels::{LabelSource, LabelledPhoto, labelled_photos};
use vultus_eval::report::Task;
use vultus_types::{EthnicityEstimate, GenderEstimate};

use crate::ExitStatus;
use crate::args::eval::{AttributesArgs, LabelArgs, LabelNames};
use crate::config::Config;
use crate::printer::Printer;

use super::command_line::CommandLine;
use super::run::Run;

pub(super) fn run(args: &AttributesArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let photos = read_labels(&args.labels, args.run.seed)?;
    let run = Run::open(&args.run, config)?;
    let options = AttributeOptions {
        gender_from: args.gender_from.unwrap_or(GenderEstimate::KNOWN_FROM.into()),
        ethnicity_from: args.ethnicity_from.unwrap_or(EthnicityEstimate::KNOWN_FROM.into()),
    };
    let findings = run.session(|session| attributes(session, &photos, options))?;
    let command = with_labels(CommandLine::new("attributes", config), &args.labels)
        .optional("gender-from", args.gender_from)
        .optional("ethnicity-from", args.ethnicity_from);
    run.finish(Task::Attributes, findings, command, printer)
}

/// The photos with their labels, at most as many as asked for.
pub(super) fn read_labels(args: &LabelArgs, seed: u64) -> anyhow::Result<Vec<LabelledPhoto>> {
    let text = args.labels.as_deref().map(fs_err::read_to_string).transpose()?;
    let source = match (&text, args.names) {
        (Some(text), _) => LabelSource::Table(text),
        (None, Some(LabelNames::Utkface)) => LabelSource::UtkFaceNames,
        (None, Some(LabelNames::Expressions)) => LabelSource::ExpressionFolders,
        (None, None) => bail!("either labels or names must say what the photos show"),
    };
    let photos = labelled_photos(source, &args.images)?;
    if photos.is_empty() {
        bail!("there are no labelled photos");
    }
    Ok(sample(photos, args.limit, seed))
}

/// Adds where photos and labels are.
pub(super) fn with_labels(command: CommandLine, args: &LabelArgs) -> CommandLine {
    let names = args.names.map(|names| match names {
        LabelNames::Utkface => "utkface",
        LabelNames::Expressions => "expressions",
    });
    command
        .paths("images", [args.images.as_path()])
        .paths("labels", args.labels.as_deref())
        .optional("names", names)
        .optional("limit", args.limit)
}

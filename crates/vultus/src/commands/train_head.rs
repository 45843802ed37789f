//! `vultus train-head`: trains a linear head on the features of the configured pack.

use std::num::NonZeroUsize;

use anyhow::Context;
use vultus_eval::train_head::{HeadTask, TrainRequest, train_head};

use crate::ExitStatus;
use crate::args::TrainHeadArgs;
use crate::config::Config;
use crate::engine;
use crate::printer::Printer;
use crate::progress::with_photo_bar;

pub(crate) fn run(args: &TrainHeadArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let task = HeadTask::named(&args.head).context("there is no such head")?;
    let analyzer = engine::open(config)?;
    let labels = fs_err::read_to_string(&args.labels)?;
    let command = format!(
        "vultus train-head {} --labels labels.csv --images . --data {:?} --licence {:?} --output {}.json",
        args.head, args.data, args.licence, args.head
    );
    let request = TrainRequest {
        task,
        labels: &labels,
        images: &args.images,
        data: &args.data,
        licence: &args.licence,
        command: &command,
    };
    let threads = NonZeroUsize::new(config.threads).unwrap_or(NonZeroUsize::MIN);
    let head = with_photo_bar(|progress| {
        train_head(&analyzer, analyzer.attribute_models(), &request, threads, progress)
    })?;
    fs_err::write(&args.output, format!("{}\n", head.to_json()?.trim_end()))?;
    for (name, figure) in &head.measured {
        printer.line(&format!("{name} {figure:.4}"));
    }
    Ok(ExitStatus::Done)
}

//! `vultus train-head`: trains heads on the features of the configured pack.

use std::fmt::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::Context;
use vultus_eval::train_head::{HeadTask, LabelledSet, TrainRequest, train_heads};

use crate::ExitStatus;
use crate::args::fitting::TrainHeadArgs;
use crate::config::Config;
use crate::engine;
use crate::printer::Printer;
use crate::progress::with_photo_bar;

/// The labels and the photos in the folder of a data set.
const LABELS: &str = "labels.csv";
const IMAGES: &str = "images";

/// A data set read from its folder.
struct Set {
    name: String,
    labels: String,
    images: PathBuf,
}

impl Set {
    fn read(name: &str, dir: &Path) -> anyhow::Result<Self> {
        let labels = fs_err::read_to_string(dir.join(LABELS))?;
        Ok(Self { name: name.to_owned(), labels, images: dir.join(IMAGES) })
    }

    fn borrowed(&self) -> LabelledSet<'_> {
        LabelledSet { name: &self.name, labels: &self.labels, images: &self.images }
    }
}

pub(crate) fn run(args: &TrainHeadArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let tasks: Option<Vec<HeadTask>> = args.heads.iter().map(|name| HeadTask::named(name)).collect();
    let tasks = tasks.context("there is no such head")?;
    let learnt = Set::read("learnt", &args.from)?;
    let checks = args.check.iter().map(|(name, dir)| Set::read(name, dir));
    let checks = checks.collect::<anyhow::Result<Vec<_>>>()?;
    let analyzer = engine::open(config)?;
    let command = shown_command(args);
    let request = TrainRequest {
        tasks: &tasks,
        learnt: learnt.borrowed(),
        checks: &checks.iter().map(Set::borrowed).collect::<Vec<_>>(),
        data: &args.data,
        licence: &args.licence,
        command: &command,
    };
    let threads = NonZeroUsize::new(config.threads).unwrap_or(NonZeroUsize::MIN);
    let models = analyzer.attribute_models().features();
    let heads = with_photo_bar(|progress| train_heads(&analyzer, models, &request, threads, progress))?;
    fs_err::create_dir_all(&args.output)?;
    for head in heads {
        fs_err::write(args.output.join(format!("{}.json", head.name)), head.to_json()?)?;
        for (name, figure) in &head.measured {
            printer.line(&format!("{} {name} {figure:.4}", head.name));
        }
    }
    Ok(ExitStatus::Done)
}

/// The command without the paths of this machine.
fn shown_command(args: &TrainHeadArgs) -> String {
    let base = |dir: &Path| dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut command = format!("vultus train-head {} --from {}", args.heads.join(" "), base(&args.from));
    for (name, dir) in &args.check {
        let _ = write!(command, " --check {name}={}", base(dir));
    }
    let _ = write!(command, " --data {:?} --licence {:?} --output heads", args.data, args.licence);
    command
}

//! Arguments of the commands that fit what is shipped with a pack to labelled photos and recordings.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `calibrate`.
#[derive(Debug, Args)]
pub(crate) struct CalibrateArgs {
    /// Photos: one folder per person, or loose photos of one stranger each. Each DIR is a population of its
    /// own; the table keeps its promise in the worst of them.
    #[arg(long, value_name = "DIR", required_unless_present = "voices", num_args = 1..)]
    pub(crate) images: Vec<PathBuf>,
    /// Recordings instead, for the table of the pack's speaker encoder: one folder per speaker. Each DIR is a
    /// population of its own.
    #[arg(long, value_name = "DIR", num_args = 1.., conflicts_with_all = ["images", "labels"])]
    pub(crate) voices: Vec<PathBuf>,
    /// Compare pieces of this much speech, in seconds, as well, so that the table is one of long and short recordings
    /// together.
    #[arg(long, value_name = "SECONDS", requires = "voices")]
    pub(crate) piece_seconds: Option<f32>,
    /// The data set's name, kept in the table.
    #[arg(long)]
    pub(crate) data: String,
    /// The data set's licence, kept in the table.
    #[arg(long)]
    pub(crate) licence: String,
    /// Promise this many times the rate that was measured, to leave room for other populations.
    #[arg(long, default_value_t = 1.5)]
    pub(crate) margin: f64,
    /// Labels of the photos' groups: a CSV file with a column `file` and the one named by --per-group. Every
    /// group is then a population of its own, and the table keeps its promise in the worst group.
    #[arg(long, value_name = "FILE", requires = "per_group")]
    pub(crate) labels: Option<PathBuf>,
    /// The column of --labels that names the groups.
    #[arg(long, value_name = "COLUMN", requires = "labels")]
    pub(crate) per_group: Option<String>,
    /// Which pairs are left out.
    #[command(flatten)]
    pub(crate) same_person: SamePersonArgs,
    /// Where to write the table.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

/// Arguments of `fit-template`.
#[derive(Debug, Args)]
pub(crate) struct FitTemplateArgs {
    /// Photos of many people; who they show need not be known.
    #[arg(long, value_name = "DIR", required = true, num_args = 1..)]
    pub(crate) images: Vec<PathBuf>,
    /// A part of the template: a model of the pack, its share in the score, and, where it shall be cut down
    /// to fewer numbers, how many. In template order.
    #[arg(long = "part", value_name = "MODEL=SHARE[:NUMBERS]", required = true, value_parser = parse_part)]
    pub(crate) parts: Vec<(String, f32, Option<usize>)>,
    /// How many centroids stand for faces in general.
    #[arg(long, default_value_t = 512)]
    pub(crate) centroids: usize,
    /// How many of a face's best scores against them make its mean and spread.
    #[arg(long, default_value_t = 200)]
    pub(crate) top: usize,
    /// Where the choice of the first centroids begins.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The data set's name, kept in the recipe.
    #[arg(long)]
    pub(crate) data: String,
    /// The data set's licence, kept in the recipe.
    #[arg(long)]
    pub(crate) licence: String,
    /// Where to write the recipe.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

fn parse_model_number(text: &str) -> Result<(String, f32), String> {
    let parsed = text.split_once('=').and_then(|(model, number)| Some((model, number.parse().ok()?)));
    let (model, number) = parsed.ok_or("expected MODEL=NUMBER")?;
    Ok((model.to_owned(), number))
}

fn parse_part(text: &str) -> Result<(String, f32, Option<usize>), String> {
    let wrong = || "expected MODEL=SHARE or MODEL=SHARE:NUMBERS".to_owned();
    let (rest, numbers) = match text.rsplit_once(':') {
        Some((rest, numbers)) => (rest, Some(numbers.parse().map_err(|_| wrong())?)),
        None => (text, None),
    };
    let (model, share) = parse_model_number(rest).map_err(|_| wrong())?;
    Ok((model, share, numbers))
}

/// Arguments of `train-head`.
#[derive(Debug, Args)]
pub(crate) struct TrainHeadArgs {
    /// The heads.
    #[arg(required = true, value_parser = ["age", "ethnicity", "gender", "glasses"])]
    pub(crate) heads: Vec<String>,
    /// The data set to learn from: a folder with labels.csv, whose column `file` names a photo and whose
    /// columns age, race, gender and glasses hold labels as in FairFace (glasses: 0 or 1), and the photos in
    /// images/.
    #[arg(long, value_name = "DIR")]
    pub(crate) from: PathBuf,
    /// A data set of the same form to measure the heads on, under that name; may be repeated.
    #[arg(long, value_name = "NAME=DIR", value_parser = named_dir)]
    pub(crate) check: Vec<(String, PathBuf)>,
    /// The data set's name, kept in the heads.
    #[arg(long)]
    pub(crate) data: String,
    /// The data set's licence, kept in the heads.
    #[arg(long)]
    pub(crate) licence: String,
    /// The folder to write the heads to, each as NAME.json.
    #[arg(long, value_name = "DIR")]
    pub(crate) output: PathBuf,
}

fn named_dir(text: &str) -> Result<(String, PathBuf), String> {
    let (name, dir) = text
        .split_once('=')
        .filter(|(name, dir)| !name.is_empty() && !dir.is_empty())
        .ok_or("expected NAME=DIR")?;
    Ok((name.to_owned(), PathBuf::from(dir)))
}

/// Telling photos of one person that labels call two.
#[derive(Debug, Args)]
pub(crate) struct SamePersonArgs {
    /// Take two photos for the same person, and leave the pair out, where the model has a cosine above this; given
    /// several times, where all models have. Collections of strangers are cut from albums, in which people return.
    #[arg(long, value_name = "MODEL=COSINE", value_parser = parse_model_number)]
    pub(crate) same_person: Vec<(String, f32)>,
    /// The pack that has the models of --same-person [default: the pack that is measured].
    #[arg(long, value_name = "NAME|DIR", requires = "same_person")]
    pub(crate) same_person_pack: Option<String>,
}

//! Arguments of `eval`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::fitting::SamePersonArgs;

/// `vultus eval …`.
#[derive(Debug, Subcommand)]
pub(crate) enum EvalCommand {
    /// 1:1 verification: over a list of pairs in the format of LFW, or over all pairs of labelled folders.
    Verify(VerifyArgs),
    /// 1:N identification in an open set: people with a gallery entry and people without.
    Identify(IdentifyArgs),
    /// Telling persons apart as faces come, as a server does with what cameras see.
    Cluster(ClusterArgs),
    /// Detection on photos with labelled boxes.
    Detect(DetectArgs),
    /// Age, gender, ethnicity, glasses, lips, expression and pose on labelled photos.
    Attributes(AttributesArgs),
    /// Quality measures on photos that are made worse in known steps.
    Quality(QualityArgs),
    /// Presentation attack detection on folders of bona fide photos and of attacks.
    Pad(PadArgs),
    /// 1:1 comparison of voices: over all pairs of recordings in folders of speakers.
    Voice(VoiceArgs),
    /// People in labelled videos: how many, whether each keeps one number, and their dominant expression.
    Video(VideoArgs),
    /// Write the document about accuracy from results.
    Report {
        /// The folder of the results, as `--output` writes them.
        #[arg(long, value_name = "DIR", default_value = "docs/accuracy")]
        results: PathBuf,
        /// Where to write the document.
        #[arg(long, value_name = "FILE", default_value = "docs/accuracy.md")]
        output: PathBuf,
    },
}

/// What every evaluation takes.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The data set's name, kept in the result.
    #[arg(long, value_name = "NAME", default_value = "unnamed")]
    pub(crate) data: String,
    /// The data set's licence, kept in the result.
    #[arg(long, value_name = "TEXT", default_value = "not stated")]
    pub(crate) licence: String,
    /// Print as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the result, as JSON, to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write plots, as SVG, to this folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) plots: Option<PathBuf>,
    /// Keep the analysis of each photo in this folder, and use what is kept there. It holds templates, which are
    /// biometric data: the folder must be readable by its owner only (it is made so) and is yours to delete. Nothing
    /// is kept without this option.
    #[arg(long, value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
    /// Seed of all random choices: splits, samples, resampling.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}

/// Arguments of `eval video`.
#[derive(Debug, Args)]
pub(crate) struct VideoArgs {
    /// The folder of the videos.
    pub(crate) videos: PathBuf,
    /// Their labels: a CSV file with `file,time_ms,x,y,person,emotion` [default: labels.csv in the folder].
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<PathBuf>,
    /// What every evaluation takes.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// Arguments of `eval verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The pairs: `NAME i j` for the same person, `NAME i OTHER j` for two; folds where the first line says so.
    /// Without it every photo is compared with every other.
    #[arg(long, value_name = "FILE")]
    pub(crate) pairs: Option<PathBuf>,
    /// The photos: `NAME/NAME_0001.jpg` with `--pairs`; else one folder per person, or loose photos of one stranger
    /// each.
    #[arg(long, value_name = "DIR", required = true, num_args = 1..)]
    pub(crate) images: Vec<PathBuf>,
    /// Take the non-mated comparisons from these photos instead: loose photos of one stranger each, or one folder per
    /// person.
    #[arg(long, value_name = "DIR", num_args = 1.., conflicts_with = "pairs")]
    pub(crate) strangers: Vec<PathBuf>,
    /// Labels of the photos, for error rates by group: a CSV file with a column `file` and any of `age`, `gender`,
    /// `race`. Its files lie in the folder of the strangers, or of the images where there are none.
    #[arg(long, value_name = "FILE", conflicts_with = "pairs")]
    pub(crate) labels: Option<PathBuf>,
    /// Which non-mated pairs are left out.
    #[command(flatten)]
    pub(crate) same_person: SamePersonArgs,
    /// What every evaluation takes.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// Arguments of `eval identify`.
#[derive(Debug, Args)]
pub(crate) struct IdentifyArgs {
    /// The photos: one folder per person, or loose photos of one stranger each.
    #[arg(long, value_name = "DIR", required = true, num_args = 1..)]
    pub(crate) images: Vec<PathBuf>,
    /// The share of the people that is not enrolled, 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.5, value_parser = share)]
    pub(crate) unenrolled: f64,
    /// Photos of each enrolled person that are enrolled; the others are searched for.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) gallery_photos: usize,
    /// What every evaluation takes.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// Arguments of `eval cluster`.
#[derive(Debug, Args)]
pub(crate) struct ClusterArgs {
    /// The photos: one folder per person, or loose photos of one stranger each.
    #[arg(long, value_name = "DIR", required = true, num_args = 1..)]
    pub(crate) images: Vec<PathBuf>,
    /// What every evaluation takes.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// Arguments of `eval detect`.
#[derive(Debug, Args)]
pub(crate) struct DetectArgs {
    /// The labels: a CSV file with `name,width,height,xmin,ymin,xmax,ymax` in pixels.
    #[arg(long, value_name = "FILE")]
    pub(crate) boxes: PathBuf,
    /// The photos.
    #[arg(long, value_name = "DIR")]
    pub(crate) images: PathBuf,
    /// A find counts where it overlaps a label by at least this intersection over union.
    #[arg(long, value_name = "SHARE", default_value_t = vultus_eval::detection::MATCH_IOU)]
    pub(crate) iou: f32,
    /// The smallest face to look for, as a share of the photo's larger side: 0.015 to 0.5.
    #[arg(long, value_name = "SHARE", default_value_t = 0.015)]
    pub(crate) min_head_scale: f32,
    /// What every evaluation takes.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// Where labels come from when they come from no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LabelNames {
    /// File names `age_gender_race_…`.
    Utkface,
    /// One folder per expression.
    Expressions,
}

/// Where photos and labels are.
#[derive(Debug, Args)]
pub(crate) struct LabelArgs {
    /// The photos.
    #[arg(long, value_name = "DIR")]
    pub(crate) images: PathBuf,
    /// The labels: a CSV file with a column `file` or `name` and any of `age`, `gender`, `race`, `glasses`,
    /// `mouth_open`, `happy`, `expression`, `yaw`, `pitch`, `roll`.
    #[arg(long, value_name = "FILE", required_unless_present = "names")]
    pub(crate) labels: Option<PathBuf>,
    /// The labels are in the names of files or folders.
    #[arg(long, conflicts_with = "labels")]
    pub(crate) names: Option<LabelNames>,
    /// Take this many photos only, chosen by the seed.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
}

/// Arguments of `eval attributes`.
#[derive(Debug, Args)]
pub(crate) struct AttributesArgs {
    /// Photos and labels.
    #[command(flatten)]
    pub(crate) labels: LabelArgs,
    /// The least probability at which a gender counts as told [default: as in answers].
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(crate) gender_from: Option<f64>,
    /// The least probability at which an ethnic group counts as told [default: as in answers].
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(crate) ethnicity_from: Option<f64>,
    /// What every evaluation takes.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// Arguments of `eval quality`.
#[derive(Debug, Args)]
pub(crate) struct QualityArgs {
    /// Photos and labels.
    #[command(flatten)]
    pub(crate) labels: LabelArgs,
    /// Underexposure from which on an undegraded photo counts as flagged.
    #[arg(long, value_name = "MEASURE", default_value_t = 0.35)]
    pub(crate) underexposure: f32,
    /// The same for overexposure.
    #[arg(long, value_name = "MEASURE", default_value_t = 0.3)]
    pub(crate) overexposure: f32,
    /// Sharpness up to which an undegraded photo counts as flagged.
    #[arg(long, value_name = "MEASURE", default_value_t = 0.25)]
    pub(crate) sharpness: f32,
    /// The same for colour.
    #[arg(long, value_name = "MEASURE", default_value_t = 0.2)]
    pub(crate) color: f32,
    /// Degrees that a head is turned from which on an undegraded photo counts as flagged.
    #[arg(long, value_name = "DEGREES", default_value_t = 30.0)]
    pub(crate) rotation: f32,
    /// What every evaluation takes.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// Arguments of `eval pad`.
#[derive(Debug, Args)]
pub(crate) struct PadArgs {
    /// Folders of bona fide photos.
    #[arg(long, value_name = "DIR", required = true, num_args = 1..)]
    pub(crate) bona_fide: Vec<PathBuf>,
    /// Folders of attacks, each with the name of its species; a species may have several.
    #[arg(long, value_name = "SPECIES=DIR", required = true, num_args = 1.., value_parser = species)]
    pub(crate) attack: Vec<(String, PathBuf)>,
    /// The scores from which on a presentation passes as bona fide: by default the middle, and the thresholds of
    /// Kairos IDV and Perse where a client sends none.
    #[arg(long, value_name = "SCORE", num_args = 1.., default_values_t = [0.5, 0.6, 0.7])]
    pub(crate) threshold: Vec<f32>,
    /// What every evaluation takes.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// Arguments of `eval voice`.
#[derive(Debug, Args)]
pub(crate) struct VoiceArgs {
    /// The recordings (WAV, OGG, FLAC, MP3): one folder per speaker.
    #[arg(value_name = "FOLDER", required = true)]
    pub(crate) folders: Vec<PathBuf>,
    /// Take only this much of the speech of each recording, from its beginning: 1.6 seconds or more.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) seconds: Option<f32>,
    /// What every evaluation takes.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// A number from 0 to 1.
fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

fn species(text: &str) -> Result<(String, PathBuf), String> {
    let parts = text.split_once('=').filter(|(name, folder)| !name.is_empty() && !folder.is_empty());
    let (name, folder) = parts.ok_or_else(|| "expected SPECIES=DIR".to_owned())?;
    Ok((name.to_owned(), PathBuf::from(folder)))
}

//! What can be typed on the command line. Parsing only: nothing here does anything.

pub(crate) mod blobs;
pub(crate) mod database;
pub(crate) mod eval;
pub(crate) mod fitting;
pub(crate) mod moving;
pub(crate) mod operators;
pub(crate) mod search;
pub(crate) mod tools;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use vultus_service::MOST_REQUESTS_PER_MINUTE;

use blobs::{BlobArgs, BlobsCommand};
use database::DatabaseArgs;
use eval::EvalCommand;
use fitting::{CalibrateArgs, FitTemplateArgs, TrainHeadArgs};
use moving::{ExportArgs, ImportArgs};
use operators::OperatorsCommand;
use search::{SearchArgs, ShardsCommand};
use tools::{CompletionsArgs, DoctorArgs, ManArgs};

/// Self-hosted face biometrics behind the API you already use.
///
/// Results go to standard output, progress and logs to standard error. Exit status: 0 done, 1 the input or
/// the request was refused, 2 something broke.
#[derive(Debug, Parser)]
#[command(name = "vultus", version, propagate_version = true)]
pub(crate) struct Cli {
    /// Settings every command shares.
    #[command(flatten)]
    pub(crate) shared: SharedArgs,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Settings every command shares. Flags win over `VULTUS_*` variables, these over the configuration file.
#[derive(Debug, Args)]
pub(crate) struct SharedArgs {
    /// Configuration file [default: vultus.toml, where it exists].
    #[arg(long, global = true, env = "VULTUS_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where accounts, faces and photos are kept [default: data].
    #[arg(long, global = true, env = "VULTUS_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Where accounts and faces are kept.
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
    /// Where photos and media are kept.
    #[command(flatten)]
    pub(crate) blobs: BlobArgs,
    /// Where enrolled faces are searched.
    #[command(flatten)]
    pub(crate) search: SearchArgs,
    /// Where models are installed [default: the folder `models` of the data directory].
    #[arg(long, global = true, env = "VULTUS_MODELS_DIR", value_name = "DIR")]
    pub(crate) models_dir: Option<PathBuf>,
    /// The pack to use: a name that `models list` shows, or a directory with a `pack.toml` [default:
    /// default].
    #[arg(long, global = true, env = "VULTUS_PACK", value_name = "NAME|DIR")]
    pub(crate) pack: Option<String>,
    /// Accept the licence of a pack that is not free for commercial use, by its name.
    #[arg(long, global = true, env = "VULTUS_ACCEPT_LICENCE", value_name = "PACK", value_delimiter = ',')]
    pub(crate) accept_licence: Vec<String>,
    /// A mirror of the hosts of public repositories, from which packs such as `recommended` are downloaded:
    /// the address that stands in for scheme and host, as in `http://mirror.example/git`.
    #[arg(long, global = true, env = "VULTUS_MIRROR", value_name = "URL")]
    pub(crate) mirror: Option<String>,
    /// An ONNX Runtime library to use instead of the installed one.
    #[arg(long, global = true, env = "VULTUS_ORT_LIB", value_name = "FILE")]
    pub(crate) ort_lib: Option<PathBuf>,
    /// Threads that run models [default: the number of cores].
    #[arg(long, global = true, env = "VULTUS_THREADS", value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// What is logged: error, warn, info, debug, trace, or filters such as `vultus_http=debug`.
    #[arg(long, global = true, env = "VULTUS_LOG", value_name = "FILTER")]
    pub(crate) log: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Answer requests.
    Serve(ServeArgs),
    /// Watch the cameras and analyse media without answering requests, beside servers on the same data.
    Worker(WorkerArgs),
    /// Install, list and check models.
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Create and manage accounts.
    #[command(subcommand)]
    Accounts(AccountsCommand),
    /// Create and manage the people who sign in to the console.
    #[command(subcommand)]
    Operators(OperatorsCommand),
    /// Look after photos and media.
    #[command(subcommand)]
    Blobs(BlobsCommand),
    /// Look after the servers over which the faces are spread for searches.
    #[command(subcommand)]
    Shards(ShardsCommand),
    /// Write everything that is kept into one archive, as of now; servers may go on.
    Export(ExportArgs),
    /// Fill an empty database from an archive, of SQLite or PostgreSQL alike. What was interrupted goes on.
    Import(ImportArgs),
    /// Show what clients declared about the consent of the persons they sent.
    #[command(subcommand)]
    Consents(ConsentsCommand),
    /// Find and describe the faces in photos.
    Detect(DetectArgs),
    /// Find and describe the people in an image or a video.
    Analyze(AnalyzeArgs),
    /// Compare the largest face of one photo with the faces of another, or the voices of two recordings.
    Compare(CompareArgs),
    /// Enrol a folder of photos, one folder per subject.
    Enroll(EnrollArgs),
    /// Look for the faces of a photo in a gallery.
    Identify(IdentifyArgs),
    /// Recompute every enrolled face from its photo with another pack.
    Reembed(ReembedArgs),
    /// Measure error rates on labelled photos and recordings.
    #[command(subcommand)]
    Eval(EvalCommand),
    /// Measure how similarities relate to false match rates and write the table.
    Calibrate(CalibrateArgs),
    /// Fit how the pack makes and scores templates to many faces and write the recipe.
    FitTemplate(FitTemplateArgs),
    /// Train a linear head on labelled photos and write it.
    TrainHead(TrainHeadArgs),
    /// Say what is missing or wrong here, and the command that mends it.
    Doctor(DoctorArgs),
    /// Print a script with which a shell completes `vultus` commands.
    Completions(CompletionsArgs),
    /// Write the manual pages.
    Man(ManArgs),
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Address and port to listen on [default: 127.0.0.1:8080].
    #[arg(long, env = "VULTUS_LISTEN", value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Networks inside which remote photos may be fetched although they are private, such as 10.1.0.0/16.
    #[arg(long, env = "VULTUS_ALLOW_FETCH", value_name = "CIDR", value_delimiter = ',', num_args = 1..)]
    pub(crate) allow_fetch: Vec<String>,
    /// Where no account exists yet, create this one and print its credentials once.
    #[arg(long, value_name = "NAME")]
    pub(crate) first_account: Option<String>,
    /// Watch no cameras; `vultus worker` may do it instead.
    #[arg(long, env = "VULTUS_NO_CAMERAS")]
    pub(crate) no_cameras: bool,
    /// Analyse no images and videos that are handed in; `vultus worker` may do it instead.
    #[arg(long, env = "VULTUS_NO_MEDIA")]
    pub(crate) no_media: bool,
}

/// Arguments of `worker`.
#[derive(Debug, Args)]
pub(crate) struct WorkerArgs {
    /// Networks inside which cameras may be although they are private, such as 10.1.0.0/16.
    #[arg(long, env = "VULTUS_ALLOW_FETCH", value_name = "CIDR", value_delimiter = ',', num_args = 1..)]
    pub(crate) allow_fetch: Vec<String>,
}

/// `vultus models …`.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// Fetch, verify and import a pack's models.
    Install {
        /// The pack.
        #[arg(default_value = "default")]
        pack: String,
        /// Take the package files from this directory, whatever their names; nothing is downloaded.
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show the models of every known pack.
    List {
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Check every installed file and reference output again.
    Verify {
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// `vultus consents …`.
#[derive(Debug, Subcommand)]
pub(crate) enum ConsentsCommand {
    /// List the calls that processed persons, oldest first.
    List {
        /// Those of this account only.
        #[arg(long, value_name = "NAME")]
        account: Option<String>,
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
    },
}

/// Arguments of commands about one account or operator.
#[derive(Debug, Args)]
pub(crate) struct NamedArgs {
    /// The name, as `list` shows it.
    pub(crate) name: String,
    /// Print as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `vultus accounts …`.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountsCommand {
    /// Create an account and print its credentials, once.
    Create {
        /// Its name, unique.
        name: String,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the accounts.
    List {
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Replace every credential of an account and print the new ones, once.
    Rotate(NamedArgs),
    /// Refuse every request of an account from now on; its data stays.
    Disable(NamedArgs),
    /// Let a disabled account in again.
    Enable(NamedArgs),
    /// Make this machine's secret key that of the database, where the former one is lost. Every credential then has to
    /// be replaced with `rotate`.
    AdoptKey,
    /// Limit what an account may use per calendar month (UTC), and per minute.
    Quota {
        /// The account.
        name: String,
        /// Answered liveness verifications of Kairos IDV; further ones are refused until the month ends.
        #[arg(long, value_name = "N|none", value_parser = parse_limit, required_unless_present = "requests_per_minute")]
        liveness_per_month: Option<Limit>,
        /// Requests of any dialect, at all servers together, 1 to 1000000; further ones are refused until the minute
        /// ends.
        #[arg(long, value_name = "N|none", value_parser = parse_rate)]
        requests_per_minute: Option<Limit>,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// A number of times, or no limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit(pub(crate) Option<u32>);

fn parse_limit(text: &str) -> Result<Limit, String> {
    match text {
        "none" => Ok(Limit(None)),
        _ => {
            text.parse().map(|number| Limit(Some(number))).map_err(|_| "expected a number or none".to_owned())
        }
    }
}

fn parse_rate(text: &str) -> Result<Limit, String> {
    match parse_limit(text) {
        Ok(limit) if limit.0.is_none_or(|number| (1..=MOST_REQUESTS_PER_MINUTE).contains(&number)) => {
            Ok(limit)
        }
        _ => Err(format!("expected a number from 1 to {MOST_REQUESTS_PER_MINUTE}, or none")),
    }
}

/// Arguments of `detect`.
#[derive(Debug, Args)]
pub(crate) struct DetectArgs {
    /// Photos.
    #[arg(required = true, value_name = "IMG")]
    pub(crate) photos: Vec<PathBuf>,
    /// The smallest face to look for, as a share of the photo's larger side: 0.015 to 0.5.
    #[arg(long, value_name = "SHARE", default_value_t = 0.015)]
    pub(crate) min_head_scale: f32,
    /// Print as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the photo with boxes and points drawn over it (one photo only).
    #[arg(long, value_name = "OUT.png")]
    pub(crate) draw: Option<PathBuf>,
}

/// Arguments of `analyze`.
#[derive(Debug, Args)]
pub(crate) struct AnalyzeArgs {
    /// The image or video.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Frames looked at per second of a video, 1 to 60.
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub(crate) frames_per_second: u32,
    /// The smallest face to look for, as a share of a frame's larger side: 0.015 to 0.5.
    #[arg(long, value_name = "SHARE", default_value_t = 0.03)]
    pub(crate) min_head_scale: f32,
    /// Print every frame and the persons as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the image or video with boxes, numbers and expressions drawn over it.
    #[arg(long, value_name = "OUT.mp4|OUT.png")]
    pub(crate) draw: Option<PathBuf>,
    /// Write a plot of each person's expressions over time.
    #[arg(long, value_name = "OUT.svg")]
    pub(crate) plot: Option<PathBuf>,
}

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The photo whose largest face is compared, or a recording (WAV, OGG, FLAC, MP3).
    pub(crate) source: PathBuf,
    /// The photo whose faces it is compared with, or the other recording.
    pub(crate) target: PathBuf,
    /// The confidence at which two faces or voices match.
    #[arg(long, default_value_t = 0.6)]
    pub(crate) threshold: f32,
    /// Print as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `enroll`.
#[derive(Debug, Args)]
pub(crate) struct EnrollArgs {
    /// A folder with one folder of photos per subject.
    pub(crate) folder: PathBuf,
    /// The gallery to enrol into.
    #[arg(long)]
    pub(crate) gallery: String,
    /// The account whose gallery it is; may be left out where there is only one.
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// Keep no photos.
    #[arg(long)]
    pub(crate) no_photos: bool,
    /// Print as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `identify`.
#[derive(Debug, Args)]
pub(crate) struct IdentifyArgs {
    /// The photo.
    pub(crate) photo: PathBuf,
    /// The gallery to search.
    #[arg(long)]
    pub(crate) gallery: String,
    /// The account whose gallery it is; may be left out where there is only one.
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// The confidence at which two faces match.
    #[arg(long, default_value_t = 0.6)]
    pub(crate) threshold: f32,
    /// The most candidates per face.
    #[arg(long, default_value_t = 10)]
    pub(crate) max_results: usize,
    /// Print as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Arguments of `reembed`.
#[derive(Debug, Args)]
pub(crate) struct ReembedArgs {
    /// Remove faces whose template cannot be made anew: no photo was kept, it cannot be read, or no face is
    /// found in it. Without this or --keep-missing, nothing is changed while there are such faces.
    #[arg(long, conflicts_with = "keep_missing")]
    pub(crate) drop_missing: bool,
    /// Keep such faces with their old templates: they stay in their galleries, but no search finds them.
    #[arg(long)]
    pub(crate) keep_missing: bool,
    /// Print as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

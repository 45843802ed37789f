//! What can be typed on the command line. Parsing only: nothing here does anything.

pub(crate) mod eval;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use eval::EvalCommand;

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
    /// Where models are installed [default: the folder `models` of the data directory].
    #[arg(long, global = true, env = "VULTUS_MODELS_DIR", value_name = "DIR")]
    pub(crate) models_dir: Option<PathBuf>,
    /// The pack to use: a name that `models list` shows, or a directory with a `pack.toml` [default: default].
    #[arg(long, global = true, env = "VULTUS_PACK", value_name = "NAME|DIR")]
    pub(crate) pack: Option<String>,
    /// Accept the licence of a pack that is not free for commercial use, by its name.
    #[arg(long, global = true, env = "VULTUS_ACCEPT_LICENCE", value_name = "PACK", value_delimiter = ',')]
    pub(crate) accept_licence: Vec<String>,
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
    /// Install, list and check models.
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Create and manage accounts.
    #[command(subcommand)]
    Accounts(AccountsCommand),
    /// Find and describe the faces in photos.
    Detect(DetectArgs),
    /// Compare the largest face of one photo with the faces of another.
    Compare(CompareArgs),
    /// Enrol a folder of photos, one folder per subject.
    Enroll(EnrollArgs),
    /// Look for the faces of a photo in a gallery.
    Identify(IdentifyArgs),
    /// Measure error rates on labelled photos.
    #[command(subcommand)]
    Eval(EvalCommand),
    /// Measure how similarities relate to false match rates and write the table.
    Calibrate(CalibrateArgs),
    /// Train a linear head on labelled photos and write it.
    TrainHead(TrainHeadArgs),
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
}

/// `vultus models …`.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// Fetch, verify and import a pack's models.
    Install {
        /// The pack.
        #[arg(default_value = "default")]
        pack: String,
        /// Take the package files from this directory; nothing is downloaded.
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
    Rotate {
        /// The account.
        name: String,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Refuse every request of an account from now on; its data stays.
    Disable {
        /// The account.
        name: String,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Let a disabled account in again.
    Enable {
        /// The account.
        name: String,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
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

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The photo whose largest face is compared.
    pub(crate) source: PathBuf,
    /// The photo whose faces it is compared with.
    pub(crate) target: PathBuf,
    /// The confidence at which two faces match.
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

/// Arguments of `calibrate`.
#[derive(Debug, Args)]
pub(crate) struct CalibrateArgs {
    /// Photos: one folder per person, or loose photos of one stranger each.
    #[arg(long, value_name = "DIR", required = true, num_args = 1..)]
    pub(crate) images: Vec<PathBuf>,
    /// The data set's name, kept in the table.
    #[arg(long)]
    pub(crate) data: String,
    /// The data set's licence, kept in the table.
    #[arg(long)]
    pub(crate) licence: String,
    /// Another pack whose embedder must agree before two photos labelled as strangers are taken for the same
    /// person and left out; collections of strangers are cut from albums, in which people return.
    #[arg(long, value_name = "NAME|DIR", requires_all = ["same_above", "second_same_above"])]
    pub(crate) second_pack: Option<String>,
    /// The similarity above which a pair of the measured pack is suspected to be one person.
    #[arg(long, value_name = "SIMILARITY")]
    pub(crate) same_above: Option<f32>,
    /// The similarity of the second pack above which the suspicion holds.
    #[arg(long, value_name = "SIMILARITY")]
    pub(crate) second_same_above: Option<f32>,
    /// Where to write the table.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

/// Arguments of `train-head`.
#[derive(Debug, Args)]
pub(crate) struct TrainHeadArgs {
    /// The head.
    #[arg(value_parser = ["glasses"])]
    pub(crate) head: String,
    /// The labels: a CSV file with a column `file` and one named like the head.
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: PathBuf,
    /// The photos.
    #[arg(long, value_name = "DIR")]
    pub(crate) images: PathBuf,
    /// The data set's name, kept in the head.
    #[arg(long)]
    pub(crate) data: String,
    /// The data set's licence, kept in the head.
    #[arg(long)]
    pub(crate) licence: String,
    /// Where to write the head.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

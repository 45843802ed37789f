//! Configuration: flags > `VULTUS_*` variables > the file > defaults.

mod blobs;
mod database;
mod file;
mod search;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::thread;

use anyhow::{Context, bail};
use vultus_service::{FriendRule, PersonMode, PersonPolicy, Policy, VideoOptions};
use vultus_types::Confidence;

pub(crate) use self::blobs::BlobsConfig;
pub(crate) use self::database::{DatabaseConfig, DatabasePlace};
use self::file::{
    DialectSection, DialectsSection, FileConfig, MediaSection, PerseSection, PersonsKey, PersonsSection,
};
pub(crate) use self::search::{DATABASE_SHARD, SearchConfig, ShardConfig, ShardsConfig};
use crate::args::{ServeArgs, SharedArgs};

/// The resolved settings.
#[derive(Debug)]
pub(crate) struct Config {
    /// What belongs to this machine, and everything else that is not told to lie elsewhere.
    pub(crate) data_dir: PathBuf,
    /// Where accounts and faces are kept.
    pub(crate) database: DatabaseConfig,
    /// Where photos and media are kept.
    pub(crate) blobs: BlobsConfig,
    /// Where enrolled faces are searched.
    pub(crate) search: SearchConfig,
    /// Where models are installed.
    pub(crate) models_dir: PathBuf,
    /// Name or directory of the pack.
    pub(crate) pack: String,
    /// Packs whose restrictive licence the operator accepts.
    pub(crate) accepted_licences: Vec<String>,
    /// What stands in for scheme and host of public repositories.
    pub(crate) mirror: Option<String>,
    /// An ONNX Runtime library to use instead of the installed one.
    pub(crate) ort_lib: Option<PathBuf>,
    /// Threads that run models.
    pub(crate) threads: usize,
    /// Requests that may wait for a thread; one more is refused.
    pub(crate) queue: usize,
    /// Whether the OpenVINO provider is tried first.
    pub(crate) openvino: bool,
    /// Log filter.
    pub(crate) log: Option<String>,
    /// How cameras are watched.
    pub(crate) cameras: CamerasConfig,
    /// The console and its API.
    pub(crate) console: ConsoleConfig,
    /// How images and videos are analysed.
    pub(crate) media: MediaConfig,
    /// Whether age, gender and ethnicity are estimated at all.
    pub(crate) demographics: bool,
    /// How the persons that cameras see are told apart.
    pub(crate) persons: PersonPolicy,
    /// Changes that the search index may be behind the database for a while; with more, `/readyz` says no.
    pub(crate) max_lag_changes: u64,
    listen: SocketAddr,
    allow_fetch: Vec<String>,
    shutdown_grace_s: u64,
    drain_s: u64,
    dialects: DialectsSection,
}

/// Whether and where a dialect is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DialectConfig {
    /// Whether it is served.
    pub(crate) is_enabled: bool,
    /// The path it is mounted under, with a slash before and none behind; empty where it is not.
    pub(crate) prefix: String,
}

/// How the Perse dialect is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PerseConfig {
    /// Whether and where.
    pub(crate) mount: DialectConfig,
    /// Whether every call that processes a person must declare their consent.
    pub(crate) requires_consent: bool,
    /// The largest photo, in bytes.
    pub(crate) most_photo_bytes: usize,
}

/// How cameras are watched.
#[derive(Clone, Debug)]
pub(crate) struct CamerasConfig {
    /// Whether `serve` watches them.
    pub(crate) is_enabled: bool,
    /// The folder that video files may lie in.
    pub(crate) files: Option<PathBuf>,
    /// Frames that are looked at per second, 1 to 30; the usual number where it is not told.
    pub(crate) frames_per_second: Option<u32>,
    /// The program that reads video, by name or path; `ffmpeg` where it is not told.
    pub(crate) ffmpeg: Option<PathBuf>,
}

impl CamerasConfig {
    /// The program that reads video, by name or path.
    pub(crate) fn ffmpeg(&self) -> PathBuf {
        self.ffmpeg.clone().unwrap_or_else(|| VideoOptions::default().program)
    }
}

/// The console and its API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConsoleConfig {
    /// Whether they are served.
    pub(crate) is_enabled: bool,
    /// Whether operators may sign in over plain HTTP from other machines.
    pub(crate) allow_http: bool,
}

/// How images and videos that were handed in are analysed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MediaConfig {
    /// Whether `serve` does it.
    pub(crate) is_enabled: bool,
    /// How many side by side, 1 to 64; the usual number where it is not told.
    pub(crate) jobs: Option<usize>,
    /// How many may wait.
    pub(crate) most_waiting: u32,
    /// Frames that are looked at per second, 1 to 60.
    pub(crate) frames_per_second: u32,
}

impl MediaConfig {
    fn read(section: &MediaSection) -> anyhow::Result<Self> {
        let frames_per_second = section.frames_per_second.unwrap_or(12);
        if !(1..=60).contains(&frames_per_second) {
            bail!("frames_per_second of media must lie between 1 and 60");
        }
        if section.jobs.is_some_and(|jobs| !(1..=64).contains(&jobs)) {
            bail!("jobs of media must lie between 1 and 64");
        }
        Ok(Self {
            is_enabled: section.enabled.unwrap_or(true),
            jobs: section.jobs,
            most_waiting: section.most_waiting.unwrap_or(32),
            frames_per_second,
        })
    }
}

/// Settings of the server.
#[derive(Debug)]
pub(crate) struct ServerConfig {
    /// Address and port.
    pub(crate) listen: SocketAddr,
    /// Private networks that photos may be fetched from.
    pub(crate) allow_fetch: Vec<ipnet::IpNet>,
    /// How long requests in flight may take after the signal to stop, in seconds.
    pub(crate) shutdown_grace_s: u64,
    /// How long the server goes on answering after that signal, in seconds, while it says that it is not ready.
    pub(crate) drain_s: u64,
    /// The Kairos dialect.
    pub(crate) kairos: DialectConfig,
    /// The FindFace dialect.
    pub(crate) findface: DialectConfig,
    /// The Perse dialect.
    pub(crate) perse: PerseConfig,
    /// The dialect of Kairos IDV.
    pub(crate) idv: DialectConfig,
    /// The MachineSense dialect.
    pub(crate) machinesense: DialectConfig,
}

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
/// Requests waiting per thread before further ones are refused: at some 100 ms each, about 3 s.
const QUEUE_PER_THREAD: usize = 32;

impl Config {
    /// Reads the file and lays flags and variables over it.
    pub(crate) fn resolve(args: SharedArgs) -> anyhow::Result<Self> {
        let file = FileConfig::read(args.config.as_deref())?;
        let data_dir = args.data_dir.or(file.data_dir).unwrap_or_else(|| PathBuf::from("data"));
        let models_dir = args.models_dir.or(file.models.dir).unwrap_or_else(|| data_dir.join("models"));
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads = args.threads.or(file.inference.threads).unwrap_or(cores);
        if threads == 0 || threads > 1024 {
            bail!("threads must lie between 1 and 1024");
        }
        if !file.cameras.frames_per_second.is_none_or(|frames| (1..=30).contains(&frames)) {
            bail!("frames_per_second of cameras must lie between 1 and 30");
        }
        let mut accepted_licences = file.models.accept_licences;
        accepted_licences.extend(args.accept_licence);
        let database = DatabaseConfig::resolve(args.database, file.database, &data_dir)?;
        Ok(Self {
            search: SearchConfig::resolve(args.search, file.search, &database)?,
            database,
            blobs: BlobsConfig::resolve(args.blobs, file.blobs, &data_dir)?,
            data_dir,
            models_dir,
            pack: args.pack.or(file.models.pack).unwrap_or_else(|| "default".to_owned()),
            accepted_licences,
            mirror: args.mirror.or(file.models.mirror),
            ort_lib: args.ort_lib.or(file.models.ort_lib),
            threads,
            queue: file.inference.queue.unwrap_or(threads * QUEUE_PER_THREAD),
            openvino: file.inference.openvino.unwrap_or(true),
            log: args.log.or(file.log),
            cameras: CamerasConfig {
                is_enabled: file.cameras.enabled.unwrap_or(true),
                files: file.cameras.files,
                frames_per_second: file.cameras.frames_per_second,
                ffmpeg: file.cameras.ffmpeg,
            },
            console: ConsoleConfig {
                is_enabled: file.console.enabled.unwrap_or(true),
                allow_http: file.console.allow_http.unwrap_or(false),
            },
            media: MediaConfig::read(&file.media)?,
            persons: persons(&file.persons)?,
            demographics: file.privacy.demographics.unwrap_or(true),
            max_lag_changes: file.server.max_lag_changes.unwrap_or(Policy::default().max_lag_changes),
            listen: file.server.listen.unwrap_or(DEFAULT_LISTEN),
            allow_fetch: file.server.allow_fetch,
            shutdown_grace_s: file.server.shutdown_grace_s.unwrap_or(30),
            drain_s: file.server.drain_s.unwrap_or(0),
            dialects: file.dialects,
        })
    }

    /// The private networks that may be connected to: those of the configuration and those of a flag.
    pub(crate) fn networks(&self, flag: &[String]) -> anyhow::Result<Vec<ipnet::IpNet>> {
        let parse = |text: &String| {
            text.parse()
                .with_context(|| format!("allow_fetch: {text:?} is not a network such as 10.1.0.0/16"))
        };
        self.allow_fetch.iter().chain(flag).map(parse).collect()
    }

    /// The server's settings, with its flags laid over the file's.
    pub(crate) fn server(&self, args: &ServeArgs) -> anyhow::Result<ServerConfig> {
        Ok(ServerConfig {
            listen: args.listen.unwrap_or(self.listen),
            allow_fetch: self.networks(&args.allow_fetch)?,
            shutdown_grace_s: self.shutdown_grace_s,
            drain_s: self.drain_s,
            kairos: dialect("kairos", &self.dialects.kairos)?,
            findface: dialect("findface", &self.dialects.findface)?,
            perse: perse(&self.dialects.perse)?,
            idv: dialect("idv", &self.dialects.idv)?,
            machinesense: dialect("machinesense", &self.dialects.machinesense)?,
        })
    }
}

fn persons(section: &PersonsSection) -> anyhow::Result<PersonPolicy> {
    let default = PersonPolicy::default();
    let mode = match section.identify {
        Some(PersonsKey::Off) => PersonMode::Off,
        Some(PersonsKey::PerCamera) => PersonMode::PerCamera,
        Some(PersonsKey::Global) => PersonMode::Global,
        None => default.mode,
    };
    let threshold = section.threshold.unwrap_or(default.threshold.get());
    if !(0.0..=1.0).contains(&threshold) {
        bail!("the threshold of persons must lie between 0 and 1");
    }
    let friend = FriendRule {
        days: section.friend_days.unwrap_or(default.friend.days),
        within_days: section.friend_within_days.unwrap_or(default.friend.within_days),
    };
    if friend.days == 0 || friend.within_days < friend.days {
        bail!("friend_days must be at least 1 and friend_within_days at least as many");
    }
    Ok(PersonPolicy { mode, threshold: Confidence::new(threshold), friend })
}

fn perse(section: &PerseSection) -> anyhow::Result<PerseConfig> {
    let mount = DialectSection { enabled: section.enabled, prefix: section.prefix.clone() };
    let most_photo_bytes = section.max_photo_bytes.unwrap_or(vultus_api_perse::MOST_PHOTO_BYTES);
    if !(1..=vultus_http::MAX_BODY_BYTES).contains(&most_photo_bytes) {
        bail!("dialects.perse.max_photo_bytes must lie between 1 and {}", vultus_http::MAX_BODY_BYTES);
    }
    Ok(PerseConfig {
        mount: dialect("perse", &mount)?,
        requires_consent: section.require_consent.unwrap_or(false),
        most_photo_bytes,
    })
}

fn dialect(name: &str, section: &DialectSection) -> anyhow::Result<DialectConfig> {
    let prefix = section.prefix.as_deref().unwrap_or_default().trim_end_matches('/');
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let is_path = prefix.strip_prefix('/').is_some_and(|path| path.split('/').all(is_part));
    if !prefix.is_empty() && !is_path {
        bail!("dialects.{name}.prefix: {prefix:?} is not a path such as /{name}");
    }
    Ok(DialectConfig { is_enabled: section.enabled.unwrap_or(true), prefix: prefix.to_owned() })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn args(config: Option<PathBuf>) -> SharedArgs {
        SharedArgs {
            config,
            data_dir: None,
            database: crate::args::database::DatabaseArgs::default(),
            blobs: crate::args::blobs::BlobArgs::default(),
            search: crate::args::search::SearchArgs::default(),
            models_dir: None,
            pack: None,
            accept_licence: Vec::new(),
            mirror: None,
            ort_lib: None,
            threads: None,
            log: None,
        }
    }

    fn resolve_text(text: &str) -> anyhow::Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vultus.toml");
        std::fs::write(&path, text).unwrap();
        Config::resolve(args(Some(path)))
    }

    #[test]
    fn unknown_keys_stop_the_start() {
        for text in ["listen = 1", "[server]\nport = 1", "[unknown]\n"] {
            assert!(resolve_text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn models_lie_in_the_data_directory_unless_told_otherwise() {
        let config = resolve_text("data_dir = \"/srv/faces\"").unwrap();
        assert_eq!(config.models_dir, Path::new("/srv/faces/models"));
    }

    #[test]
    fn lag_is_bounded_also_where_nobody_says_how() {
        assert_eq!(resolve_text("").unwrap().max_lag_changes, 10_000);
        assert_eq!(resolve_text("[server]\nmax_lag_changes = 7").unwrap().max_lag_changes, 7);
    }

    #[test]
    fn flags_win_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vultus.toml");
        std::fs::write(&path, "data_dir = \"file\"\n[models]\npack = \"file\"").unwrap();
        let flags = SharedArgs { pack: Some("flag".to_owned()), ..args(Some(path)) };
        let config = Config::resolve(flags).unwrap();
        assert_eq!((config.data_dir.as_path(), config.pack.as_str()), (Path::new("file"), "flag"));
    }

    #[test]
    fn a_named_file_that_does_not_exist_stops_the_start() {
        assert!(Config::resolve(args(Some(PathBuf::from("no-such-file.toml")))).is_err());
    }

    #[test]
    fn persons_are_told_apart_per_camera_unless_told_otherwise() {
        let text = "[persons]\nidentify = \"global\"\nthreshold = 0.9\nfriend_days = 2";
        let persons = resolve_text(text).unwrap().persons;
        assert_eq!((persons.mode, persons.threshold), (PersonMode::Global, Confidence::new(0.9)));
        assert_eq!(persons.friend, FriendRule { days: 2, within_days: 7 });
        assert_eq!(resolve_text("").unwrap().persons, PersonPolicy::default());
        for text in ["identify = \"maybe\"", "threshold = 1.5", "friend_days = 8", "friend_days = 0"] {
            assert!(resolve_text(&format!("[persons]\n{text}")).is_err(), "{text}");
        }
    }

    #[test]
    fn cameras_are_watched_unless_told_otherwise() {
        assert!(resolve_text("").unwrap().cameras.is_enabled);
        assert!(!resolve_text("[cameras]\nenabled = false").unwrap().cameras.is_enabled);
        for frames in [0, 31] {
            assert!(resolve_text(&format!("[cameras]\nframes_per_second = {frames}")).is_err());
        }
    }

    #[test]
    fn console_is_served_over_tls_or_loopback_unless_told_otherwise() {
        let console = resolve_text("").unwrap().console;
        assert_eq!(console, ConsoleConfig { is_enabled: true, allow_http: false });
        let told = resolve_text("[console]\nenabled = false\nallow_http = true").unwrap().console;
        assert_eq!(told, ConsoleConfig { is_enabled: false, allow_http: true });
        assert!(resolve_text("[console]\nport = 1").is_err());
    }

    #[test]
    fn dialects_are_served_bare_unless_told_otherwise() {
        let serve = ServeArgs {
            listen: None,
            allow_fetch: Vec::new(),
            first_account: None,
            no_cameras: false,
            no_media: false,
        };
        let config = resolve_text(
            "[dialects.kairos]\nenabled = false\n[dialects.findface]\nprefix = \"/ff/\"\n[dialects.idv]\n\
             prefix = \"/idv\"\n[dialects.machinesense]\nenabled = false",
        );
        let server = config.unwrap().server(&serve).unwrap();
        assert!(!server.kairos.is_enabled && !server.machinesense.is_enabled);
        assert_eq!(server.idv, DialectConfig { is_enabled: true, prefix: "/idv".to_owned() });
        assert_eq!(server.findface, DialectConfig { is_enabled: true, prefix: "/ff".to_owned() });
        let bare = resolve_text("").unwrap().server(&serve).unwrap();
        assert_eq!(bare.kairos, DialectConfig { is_enabled: true, prefix: String::new() });
        for prefix in ["ff", "/a//b", "/a b", "/{x}"] {
            let config = resolve_text(&format!("[dialects.findface]\nprefix = \"{prefix}\"")).unwrap();
            assert!(config.server(&serve).is_err(), "{prefix}");
        }
    }

    #[test]
    fn perse_wants_no_consent_and_small_photos_unless_told_otherwise() {
        let serve = ServeArgs {
            listen: None,
            allow_fetch: Vec::new(),
            first_account: None,
            no_cameras: false,
            no_media: false,
        };
        let perse = |text: &str| Ok::<_, anyhow::Error>(resolve_text(text)?.server(&serve)?.perse);
        let default = perse("").unwrap();
        assert!(default.mount.is_enabled && !default.requires_consent);
        assert_eq!(default.most_photo_bytes, 1 << 20);
        let text = "[dialects.perse]\nprefix = \"/perse\"\nrequire_consent = true\nmax_photo_bytes = 9000000";
        let told = perse(text).unwrap();
        assert_eq!((told.requires_consent, told.most_photo_bytes), (true, 9_000_000));
        assert_eq!(told.mount.prefix, "/perse");
        for text in ["max_photo_bytes = 0", "max_photo_bytes = 30000000", "consent = true"] {
            assert!(perse(&format!("[dialects.perse]\n{text}")).is_err(), "{text}");
        }
    }

    #[test]
    fn networks_that_are_none_stop_the_start() {
        let config = resolve_text("[server]\nallow_fetch = [\"everything\"]").unwrap();
        let serve = ServeArgs {
            listen: None,
            allow_fetch: Vec::new(),
            first_account: None,
            no_cameras: false,
            no_media: false,
        };
        assert!(config.server(&serve).is_err());
    }
}

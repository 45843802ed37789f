//! The ordinary package clients, run as child processes.

use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use super::InstallError;
use crate::manifest::{Origin, Source};

/// How often a running client's progress is looked at.
const POLL: Duration = Duration::from_millis(100);
/// How much of a client's output is looked at, in bytes.
const OUTPUT: u64 = 8 << 10;
/// How much of a client's last words is reported, in bytes.
const MESSAGE: usize = 1000;
/// Words by which clients say that there is no network.
const OFFLINE: [&str; 10] = [
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ENETUNREACH",
    "ETIMEDOUT",
    "EHOSTUNREACH",
    "name resolution",
    "Failed to establish a new connection",
    "Network is unreachable",
    "Connection refused",
];

/// Obtains packages.
pub trait PackageClient: Sync {
    /// Downloads a package into the directory `into` and returns its file. Calls `progress` with the number of
    /// bytes so far. Need not check digest or size.
    ///
    /// For a package of [`Origin::Repository`] the directory may hold what an interrupted call left, which may
    /// be gone on with; for the others it is empty.
    ///
    /// # Errors
    /// [`InstallError::ClientMissing`], [`InstallError::Offline`], [`InstallError::ClientFailed`].
    fn download(&self, source: &Source, into: &Path, progress: &dyn Fn(u64))
    -> Result<PathBuf, InstallError>;
}

/// Downloads one file: address, destination, size in bytes, and a function to call with the bytes so far. The
/// destination may hold the beginning of the file, which is gone on with where the host lets it.
pub type Fetch<'a> = dyn Fn(&str, &Path, u64, &dyn Fn(u64)) -> Result<(), FetchError> + Sync + 'a;

/// Why a file was not downloaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The file cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The host cannot be reached.
    #[error("{0}")]
    Offline(String),
    /// The host does not give the file.
    #[error("{0}")]
    Failed(String),
}

/// `npm`, `python3 -m pip`, and a function that downloads files of public repositories.
pub struct SystemClients<'a> {
    /// Downloads a file; without one, packs from repositories need a directory with the files.
    pub fetch: Option<&'a Fetch<'a>>,
    /// The address that stands in for scheme and host of repositories: a mirror with the same paths.
    pub mirror: Option<&'a str>,
}

impl std::fmt::Debug for SystemClients<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SystemClients").field("fetch", &self.fetch.is_some()).finish()
    }
}

impl PackageClient for SystemClients<'_> {
    fn download(
        &self,
        source: &Source,
        into: &Path,
        progress: &dyn Fn(u64),
    ) -> Result<PathBuf, InstallError> {
        let work = into.join("work");
        let output = into.join("package");
        fs_err::create_dir_all(&work)?;
        fs_err::create_dir_all(&output)?;
        let (client, command) = match &source.origin {
            Origin::Npm { package } => ("npm", npm(package, &source.version, &work, &output)),
            Origin::Pip { package, args } => ("pip", pip(package, &source.version, args, &work, &output)),
            Origin::Repository { .. } => return self.fetch(source, &output, progress),
            Origin::Operator { file } => {
                return Err(InstallError::NotBrought { file: file.clone(), dir: None });
            }
        };
        run(client, command, source, into, progress)?;
        only_file(&output)?.ok_or_else(|| InstallError::ClientFailed {
            client,
            package: source.describe(),
            message: "it left no file, or several".to_owned(),
        })
    }
}

impl SystemClients<'_> {
    fn fetch(&self, source: &Source, output: &Path, progress: &dyn Fn(u64)) -> Result<PathBuf, InstallError> {
        const CLIENT: &str = "the downloader";
        let package = source.describe();
        let failed = |message: &str| InstallError::ClientFailed {
            client: CLIENT,
            package: package.clone(),
            message: message.to_owned(),
        };
        let fetch = self.fetch.ok_or_else(|| failed("this program has none"))?;
        let address = source.address(self.mirror).ok_or_else(|| failed("it has no address"))?;
        let size = source.pin.ok_or_else(|| failed("its size is not known"))?.bytes;
        let file = output.join("file");
        match fetch(&address, &file, size, progress) {
            Ok(()) => Ok(file),
            Err(FetchError::Io(error)) => Err(error.into()),
            Err(FetchError::Offline(message)) => {
                Err(InstallError::Offline { client: CLIENT, package: package.clone(), message })
            }
            Err(FetchError::Failed(message)) => Err(failed(&message)),
        }
    }
}

/// The client's cache is put below `work`, where its growth shows the progress.
fn npm(package: &str, version: &str, work: &Path, output: &Path) -> Command {
    let mut command = Command::new("npm");
    command
        .args(["pack", &format!("{package}@{version}"), "--ignore-scripts", "--loglevel=error"])
        .args(["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"])
        .args(["--no-update-notifier", "--no-progress"])
        .arg("--pack-destination")
        .arg(output)
        .arg("--cache")
        .arg(work)
        .current_dir(work);
    command
}

/// The temporary directory is put below `work`, where its growth shows the progress.
fn pip(package: &str, version: &str, args: &[String], work: &Path, output: &Path) -> Command {
    let mut command = Command::new("python3");
    command
        .args(["-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--quiet"])
        .args(["--no-deps", "--only-binary=:all:", "--no-cache-dir", "--retries=2", "--progress-bar=off"])
        .args(args)
        .arg("--dest")
        .arg(output)
        .arg(format!("{package}=={version}"))
        .env("TMPDIR", work)
        .current_dir(work);
    command
}

fn run(
    client: &'static str,
    mut command: Command,
    source: &Source,
    into: &Path,
    progress: &dyn Fn(u64),
) -> Result<(), InstallError> {
    let package = source.describe();
    let words = into.join("messages");
    let messages = fs_err::File::create(&words)?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(messages.into_parts().0)
        .spawn()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                InstallError::ClientMissing { client, package: package.clone(), reason: error.to_string() }
            }
            _ => error.into(),
        })?;
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None => std::thread::sleep(POLL),
        }
        progress(size_of_tree(into).min(source.pin.map_or(u64::MAX, |pin| pin.bytes)));
    };
    if status.success() { Ok(()) } else { Err(failure(client, package, status, &last_words(&words)?)) }
}

fn failure(client: &'static str, package: String, status: ExitStatus, words: &str) -> InstallError {
    let message = if words.trim().is_empty() { status.to_string() } else { words.trim().to_owned() };
    if message.contains("No module named pip") {
        return InstallError::ClientMissing { client, package, reason: message };
    }
    if message.contains("ENOSPC") || message.contains("No space left on device") {
        return InstallError::DiskFull(io::Error::new(io::ErrorKind::StorageFull, message));
    }
    if OFFLINE.iter().any(|sign| message.contains(sign)) {
        return InstallError::Offline { client, package, message };
    }
    InstallError::ClientFailed { client, package, message }
}

/// The last whole lines of a file, without the lines of stack traces.
fn last_words(path: &Path) -> io::Result<String> {
    let mut file = fs_err::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(io::SeekFrom::Start(length.saturating_sub(OUTPUT)))?;
    let mut bytes = Vec::new();
    file.take(OUTPUT).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = Vec::new();
    let mut left = MESSAGE;
    for line in text.lines().rev().filter(|line| !line.contains("    at ")) {
        let Some(rest) = left.checked_sub(line.len() + 1) else { break };
        left = rest;
        lines.push(line);
    }
    lines.reverse();
    Ok(lines.join("\n"))
}

/// The one file in `dir`.
fn only_file(dir: &Path) -> io::Result<Option<PathBuf>> {
    let mut files = fs_err::read_dir(dir)?;
    let first = files.next().transpose()?.map(|entry| entry.path());
    Ok(first.filter(|_| files.next().is_none()))
}

/// The size of all files below `dir` as far as they can be seen: clients create and delete files meanwhile.
fn size_of_tree(dir: &Path) -> u64 {
    let Ok(entries) = fs_err::read_dir(dir) else { return 0 };
    let size = |entry: fs_err::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size_of_tree(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.filter_map(Result::ok).map(size).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> Source {
        let manifest = crate::Manifest::named("default").unwrap().unwrap();
        manifest.source("human").unwrap().clone()
    }

    fn shell(script: &str) -> Result<(), InstallError> {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run("npm", command, &source(), folder.path(), &|_| ())
    }

    #[test]
    fn failures_of_clients_are_told_apart() {
        assert!(shell("exit 0").is_ok());
        let offline = shell("echo npm error code EAI_AGAIN >&2; exit 1");
        assert!(matches!(offline, Err(InstallError::Offline { client: "npm", .. })), "{offline:?}");
        let full = shell("echo 'write failed: No space left on device' >&2; exit 1");
        assert!(matches!(full, Err(InstallError::DiskFull(_))), "{full:?}");
        let missing = shell("echo '/usr/bin/python3: No module named pip' >&2; exit 1");
        assert!(matches!(missing, Err(InstallError::ClientMissing { .. })), "{missing:?}");
        let other = shell("echo 404 not found >&2; exit 1");
        assert!(
            matches!(other, Err(InstallError::ClientFailed { message, .. }) if message == "404 not found")
        );
    }

    #[test]
    fn a_missing_program_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let command = Command::new("no-such-program-as-this");
        let result = run("npm", command, &source(), folder.path(), &|_| ());
        assert!(matches!(result, Err(InstallError::ClientMissing { .. })), "{result:?}");
    }

    #[test]
    fn long_messages_are_cut_to_their_end() {
        let result = shell("seq 1 5000 >&2; echo 'npm error     at onSocket (client:1)' >&2; exit 3");
        let Err(InstallError::ClientFailed { message, .. }) = result else { panic!("{result:?}") };
        assert!(
            message.len() <= MESSAGE && message.starts_with("480") && message.ends_with("5000"),
            "{message}"
        );
    }

    #[test]
    fn progress_counts_the_growing_files() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "head -c 5000 /dev/zero > big; sleep 0.4"]).current_dir(folder.path());
        let most = std::sync::atomic::AtomicU64::new(0);
        run("npm", command, &source(), folder.path(), &|bytes| {
            most.fetch_max(bytes, std::sync::atomic::Ordering::Relaxed);
        })
        .unwrap();
        assert!(most.into_inner() >= 5000);
    }

    #[test]
    fn repository_files_are_fetched_from_the_pinned_commit() {
        let manifest = crate::Manifest::named("recommended").unwrap().unwrap();
        let source = manifest.source("yunet").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let fetch = |address: &str, file: &Path, limit: u64, progress: &dyn Fn(u64)| {
            assert!(address.contains("/0047ac24afb1a50a0c6105001c89d1b5b805dbf1/onnx/yunet_s_640_640.onnx"));
            assert_eq!(limit, 232_589);
            progress(1);
            std::fs::write(file, "model").map_err(FetchError::Io)
        };
        let clients = SystemClients { fetch: Some(&fetch), mirror: None };
        let file = clients.download(source, folder.path(), &|_| ()).unwrap();
        assert_eq!(fs_err::read(file).unwrap(), b"model");
        let without = SystemClients { fetch: None, mirror: None }.download(source, folder.path(), &|_| ());
        assert!(matches!(without, Err(InstallError::ClientFailed { .. })));
    }
}

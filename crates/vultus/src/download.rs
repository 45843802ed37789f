//! Downloads of files of known size from public hosts: gone on with where they were cut, tried again where that
//! may help, bounded in everything. Whether the bytes are the right ones is for the caller to check.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::blocking::{Client, ClientBuilder, Response};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_RANGE, RANGE};
use reqwest::redirect::{Attempt, Policy};
use vultus_models::FetchError;

/// Redirects that are followed at most; hosts of repositories need two.
const MOST_REDIRECTS: usize = 5;
/// Attempts in a row that bring nothing new before a download is given up.
const MOST_ATTEMPTS: u32 = 5;
/// How much is read at a time, in bytes.
const PIECE: usize = 1 << 16;

/// How long a download waits for what. Shorter in tests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For a connection.
    pub(crate) connect: Duration,
    /// For the answer's beginning, and for each piece of it.
    pub(crate) silence: Duration,
    /// Before the second attempt; doubled before each further one.
    pub(crate) pause: Duration,
    /// For the whole file, besides the time it takes at [`Self::least_rate`].
    pub(crate) grace: Duration,
    /// The rate below which a download is given up, in bytes per second.
    pub(crate) least_rate: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            silence: Duration::from_secs(30),
            pause: Duration::from_secs(1),
            grace: Duration::from_mins(2),
            least_rate: 16 << 10,
        }
    }
}

/// Downloads files.
#[derive(Debug)]
pub(crate) struct Downloader {
    client: Client,
    patience: Patience,
}

/// Why an attempt ended early.
enum Setback {
    /// It is of no use to try again.
    Final(FetchError),
    /// It may help to try again.
    Passing {
        reason: String,
        /// Whether no answer came at all.
        is_offline: bool,
    },
}

impl From<io::Error> for Setback {
    fn from(error: io::Error) -> Self {
        Self::Final(error.into())
    }
}

fn refused(reason: String) -> Setback {
    Setback::Final(FetchError::Failed(reason))
}

fn passing(reason: String) -> Setback {
    Setback::Passing { reason, is_offline: false }
}

impl Downloader {
    /// A downloader that uses the proxies of the environment.
    ///
    /// # Errors
    /// [`FetchError::Failed`] where no HTTP client can be made.
    pub(crate) fn new(patience: Patience) -> Result<Self, FetchError> {
        Self::with(patience, |builder| builder)
    }

    fn with(patience: Patience, adapt: impl Fn(ClientBuilder) -> ClientBuilder) -> Result<Self, FetchError> {
        let builder = || {
            adapt(Client::builder())
                .http1_only()
                .connect_timeout(patience.connect)
                .timeout(patience.silence)
                .redirect(Policy::custom(redirect))
                .referer(false)
                .user_agent(concat!("vultus/", env!("CARGO_PKG_VERSION")))
        };
        // A machine without root certificates can still use a mirror over http.
        let client = builder().build().or_else(|_| builder().tls_certs_only(Vec::new()).build());
        let client = client.map_err(|error| FetchError::Failed(with_causes(&error)))?;
        Ok(Self { client, patience })
    }

    /// Downloads the file of `size` bytes at `address` to `into`, which may hold its beginning. What has come so
    /// far stays there when it fails. Calls `progress` with the number of bytes in the file.
    ///
    /// # Errors
    /// [`FetchError`].
    pub(crate) fn fetch(
        &self,
        address: &str,
        into: &Path,
        size: u64,
        progress: &dyn Fn(u64),
    ) -> Result<(), FetchError> {
        let mut file = File::options().create(true).truncate(false).read(true).write(true).open(into)?;
        if file.metadata()?.len() > size {
            file.set_len(0)?;
        }
        let mut transfer = Transfer { address, size, file: &mut file, progress };
        self.repeat(&mut transfer)?;
        Ok(file.sync_all()?)
    }

    /// Makes attempts until the file is whole or they bring nothing new.
    fn repeat(&self, transfer: &mut Transfer<'_>) -> Result<(), FetchError> {
        let most = self.patience.grace + Duration::from_secs(transfer.size / self.patience.least_rate);
        let deadline = Instant::now() + most;
        let mut furthest = transfer.done()?;
        let mut in_vain = 0;
        loop {
            let (reason, is_offline) = match transfer.attempt(&self.client, deadline) {
                Ok(()) => return Ok(()),
                Err(Setback::Final(error)) => return Err(error),
                Err(Setback::Passing { reason, is_offline }) => (reason, is_offline),
            };
            let done = transfer.done()?;
            in_vain = if done > furthest { 1 } else { in_vain + 1 };
            furthest = furthest.max(done);
            let give_up = |reason: String| {
                if is_offline { FetchError::Offline(reason) } else { FetchError::Failed(reason) }
            };
            let pause = self.patience.pause * 2_u32.pow(in_vain - 1);
            if in_vain >= MOST_ATTEMPTS {
                return Err(give_up(format!("{reason} (after {in_vain} attempts)")));
            }
            if Instant::now() + pause >= deadline {
                let size = transfer.size;
                return Err(give_up(format!(
                    "{reason} ({done} of {size} bytes have come; run it again to go on)"
                )));
            }
            tracing::debug!(%reason, done, "the download is tried again");
            std::thread::sleep(pause);
        }
    }
}

/// One file on its way.
struct Transfer<'a> {
    address: &'a str,
    size: u64,
    file: &'a mut File,
    progress: &'a dyn Fn(u64),
}

impl Transfer<'_> {
    fn done(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Asks for what is missing and appends it.
    fn attempt(&mut self, client: &Client, deadline: Instant) -> Result<(), Setback> {
        let done = self.done()?;
        (self.progress)(done);
        if done == self.size {
            return Ok(());
        }
        // Encoded bodies have other sizes and no ranges.
        let mut request = client.get(self.address).header(ACCEPT_ENCODING, "identity");
        if done > 0 {
            request = request.header(RANGE, format!("bytes={done}-"));
        }
        let answer = request.send().map_err(|error| no_answer(&error))?;
        let start = self.start(&answer, done)?;
        self.append(answer, start, deadline)
    }

    /// Where in the file the answer's body begins.
    fn start(&mut self, answer: &Response, done: u64) -> Result<u64, Setback> {
        let status = answer.status();
        let text = |header| answer.headers().get(header).and_then(|value| value.to_str().ok());
        let (start, total) = match status {
            StatusCode::OK => (0, answer.content_length()),
            StatusCode::PARTIAL_CONTENT => {
                let range = text(CONTENT_RANGE).and_then(parse_range);
                let (start, total) =
                    range.ok_or_else(|| refused("the host's range is malformed".to_owned()))?;
                if start != done {
                    return Err(refused(format!("the host answers from byte {start} and not from {done}")));
                }
                (start, total)
            }
            StatusCode::RANGE_NOT_SATISFIABLE => {
                // The host's file ends before what is here, so that this is no beginning of it.
                self.file.set_len(0)?;
                return Err(passing(format!("the host has no more than {done} of {} bytes", self.size)));
            }
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                return Err(passing(format!("the host answers {status}")));
            }
            _ if status.is_server_error() => return Err(passing(format!("the host answers {status}"))),
            _ => return Err(refused(format!("the host answers {status}"))),
        };
        match total {
            Some(total) if total != self.size => {
                Err(refused(format!("the host's file has {total} bytes, expected {}", self.size)))
            }
            _ => Ok(start),
        }
    }

    fn append(&mut self, mut answer: Response, start: u64, deadline: Instant) -> Result<(), Setback> {
        self.file.set_len(start)?;
        self.file.seek(SeekFrom::Start(start))?;
        let mut piece = vec![0; PIECE];
        let mut done = start;
        while done < self.size {
            if Instant::now() >= deadline {
                return Err(passing("the host is too slow".to_owned()));
            }
            let read = answer.read(&mut piece).map_err(|error| passing(with_causes(&error)))?;
            if read == 0 {
                return Err(passing(format!("the host's file ends after {done} of {} bytes", self.size)));
            }
            if read as u64 > self.size - done {
                return Err(self.too_long()?);
            }
            self.file.write_all(&piece[..read])?;
            done += read as u64;
            (self.progress)(done);
        }
        match answer.read(&mut piece) {
            Ok(1..) => Err(self.too_long()?),
            // Everything is here, however the connection ends.
            Ok(0) | Err(_) => Ok(()),
        }
    }

    /// What came is no beginning of the right file.
    fn too_long(&mut self) -> io::Result<Setback> {
        self.file.set_len(0)?;
        Ok(refused(format!("the host's file is larger than {} bytes", self.size)))
    }
}

fn no_answer(error: &reqwest::Error) -> Setback {
    let reason = with_causes(error);
    if error.is_redirect() || error.is_builder() {
        return refused(reason);
    }
    Setback::Passing { reason, is_offline: error.is_connect() }
}

/// Start and, where it is told, total of a `Content-Range` such as `bytes 5-9/10`.
fn parse_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let start = range.split_once('-')?.0.parse().ok()?;
    let total = if total == "*" { None } else { Some(total.parse().ok()?) };
    Some((start, total))
}

/// Follows a few redirects, none of which leads from https to http.
fn redirect(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let is_secure = attempt.previous().first().is_some_and(|address| address.scheme() == "https");
    if attempt.previous().len() > MOST_REDIRECTS {
        attempt.error("the host redirects too often")
    } else if is_secure && attempt.url().scheme() != "https" {
        attempt.error("the host redirects to an address without encryption")
    } else {
        attempt.follow()
    }
}

/// The error with its causes; the outer ones alone say little.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod host;
#[cfg(test)]
mod tests;

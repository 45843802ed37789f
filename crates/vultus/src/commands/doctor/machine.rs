//! The machine: cores, memory, clock, ffmpeg, port.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use tokio::net::TcpListener;
use vultus_types::{Clock, SystemClock};
use vultus_video::{VideoError, ffmpeg_version};

use super::report::Finding;
use crate::config::Config;

/// Memory below which a server with the larger packs is in danger, in MiB. See the figures in `docs/operating.md`.
const LITTLE_MEMORY_MIB: u64 = 1024;
/// 1 January 2026 in seconds since 1970: no clock that is right is before the year of this version.
const EARLIEST_S: i64 = 1_767_225_600;
/// How far the clock may be behind the database's last write before something is wrong, in seconds.
const LATEST_AHEAD_S: i64 = 3600;
/// The oldest version of ffmpeg with every option that is used.
const OLDEST_FFMPEG: (u32, u32) = (4, 4);
/// How long whoever holds the port may take to say who it is.
const PROBE_TIME: Duration = Duration::from_secs(3);

pub(super) fn cores_and_memory(config: &Config) -> Finding {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = config.threads;
    let (memory, is_little) = match memory_mib() {
        Some(mib) => (format!("{mib} MiB of memory"), mib < LITTLE_MEMORY_MIB),
        None => ("an unknown amount of memory".to_owned(), false),
    };
    let text = format!("{cores} cores, {memory}; {threads} threads run models");
    if threads > cores {
        return Finding::warning(
            "machine",
            format!("{text}: more than there are cores, which slows all down"),
        )
        .mend(format!("set --threads {cores}, or leave it out"));
    }
    if is_little {
        return Finding::warning("machine", format!("{text}: some packs need {LITTLE_MEMORY_MIB} MiB"));
    }
    Finding::ok("machine", text)
}

/// What this process may use: the machine's memory, or less where its control group says so.
fn memory_mib() -> Option<u64> {
    let table = std::fs::read_to_string("/proc/meminfo").ok()?;
    let total = table.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let total_kib: u64 = total.split_whitespace().next()?.parse().ok()?;
    let group = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let group_bytes = group.and_then(|text| text.trim().parse::<u64>().ok());
    Some(group_bytes.map_or(total_kib / 1024, |bytes| (bytes >> 20).min(total_kib / 1024)))
}

pub(super) fn clock(database: Option<&Path>) -> Finding {
    let now_s = SystemClock.now().0 / 1_000_000;
    let mend = "set the clock, for example with `timedatectl set-ntp true`";
    if now_s < EARLIEST_S {
        return Finding::missing("clock", "stands before 2026".to_owned()).mend(mend);
    }
    if database.and_then(last_write_s).is_some_and(|written| written > now_s + LATEST_AHEAD_S) {
        let text = "is behind the last write of the database: events and sessions get wrong times".to_owned();
        return Finding::warning("clock", text).mend(mend);
    }
    Finding::ok("clock", "is plausible".to_owned())
}

fn last_write_s(database: &Path) -> Option<i64> {
    let modified = fs_err::metadata(database).ok()?.modified().ok()?;
    i64::try_from(modified.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

pub(super) async fn ffmpeg(config: &Config) -> Finding {
    const CHECK: &str = "ffmpeg";
    let program = config.cameras.ffmpeg();
    let shown = program.display();
    match ffmpeg_version(&program).await {
        Ok(version) if is_old(&version) => {
            let (major, minor) = OLDEST_FFMPEG;
            Finding::warning(CHECK, format!("is version {version}; {major}.{minor} or later is needed"))
                .mend("install a later one and name it in `[cameras] ffmpeg`")
        }
        Ok(version) => Finding::ok(CHECK, format!("version {version}")),
        Err(_) if !config.cameras.is_enabled && !config.media.is_enabled => {
            Finding::ok(CHECK, "is not there, and not needed: cameras and media are switched off".to_owned())
        }
        Err(VideoError::Missing) => Finding::missing(
            CHECK,
            format!("{shown} is not there: no cameras are watched, no videos analysed"),
        )
        .mend("apt-get install ffmpeg, or name it in `[cameras] ffmpeg`"),
        Err(error) => Finding::missing(CHECK, format!("{shown} cannot be used: {error}"))
            .mend("apt-get install ffmpeg, or name another one in `[cameras] ffmpeg`"),
    }
}

/// Whether a version such as `5.1.6-0+deb12u1` is too old; builds without a number are taken for new ones.
fn is_old(version: &str) -> bool {
    let mut parts = version.split(|sign: char| !sign.is_ascii_digit()).map(str::parse::<u32>);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) < OLDEST_FFMPEG,
        (Some(Ok(major)), _) => major < OLDEST_FFMPEG.0,
        _ => false,
    }
}

pub(super) async fn port(listen: SocketAddr) -> Finding {
    const CHECK: &str = "port";
    match TcpListener::bind(listen).await {
        Ok(_) => Finding::ok(CHECK, format!("{listen} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => match who_serves(listen).await {
            Some(state) => Finding::ok(CHECK, format!("{listen} is served by Vultus, which is {state}")),
            None => Finding::missing(CHECK, format!("{listen} is held by another programme"))
                .mend("end it, or choose another address: `vultus serve --listen 127.0.0.1:8081`"),
        },
        Err(error) => Finding::missing(CHECK, format!("{listen} cannot be listened on: {error}"))
            .mend("choose another address: `vultus serve --listen 127.0.0.1:8080`"),
    }
}

/// What a Vultus that listens there says of itself; `None` where it is something else.
async fn who_serves(listen: SocketAddr) -> Option<String> {
    let host = match listen {
        SocketAddr::V4(address) if address.ip().is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(address) if address.ip().is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other.ip(),
    };
    let address = SocketAddr::new(host, listen.port());
    let client = reqwest::Client::builder().no_proxy().timeout(PROBE_TIME).build().ok()?;
    let answer = client.get(format!("http://{address}/readyz")).send().await.ok()?;
    let text = answer.text().await.ok()?;
    let state = text.trim_end();
    (state == "ready" || state == "shutting down" || state.starts_with("not ready")).then(|| state.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_before_4_4_are_old() {
        for old in ["4.3.1", "3.4", "2.8.17-0ubuntu0.1", "4.0"] {
            assert!(is_old(old), "{old}");
        }
        for new in ["4.4", "5.1.6-0+deb12u1", "7.0.2-static", "N-109542-g3ed3a3b", "10"] {
            assert!(!is_old(new), "{new}");
        }
    }

    #[tokio::test]
    async fn a_port_held_by_something_else_is_told() {
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = held.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = held.accept().await {
                drop(stream);
            }
        });
        let found = serde_json::to_value(port(address).await).unwrap();
        assert_eq!(found["state"], "missing", "{found}");
    }
}

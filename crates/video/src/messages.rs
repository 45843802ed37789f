//! What the child says on its standard error: facts about the video, and known complaints.
//!
//! The text itself is never kept: it holds addresses, credentials and whatever a stranger wrote into a file.
//! Lines become numbers and [`Failure`]s here, and nothing else leaves this file.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::sync::watch;

use crate::error::Failure;

/// The part of a line that is looked at; the rest is skipped.
const MAX_LINE_BYTES: u64 = 1024;

/// What is known of a video.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceInfo {
    /// Its length; `None` for a live stream.
    pub duration: Option<Duration>,
    /// Columns and rows of the latest frame, before anything is cut off or made smaller.
    pub size: Option<(u32, u32)>,
    /// Whether the pictures carry no times of their own, so that the moment of arrival must do.
    pub(crate) is_untimed: bool,
    /// Whether the description is over.
    pub(crate) is_described: bool,
    /// The latest known complaint.
    pub(crate) failure: Option<Failure>,
}

/// Formats that are nothing but pictures one after the other.
const UNTIMED_FORMATS: [&str; 5] = ["mpjpeg", "mjpeg", "h264", "hevc", "m4v"];

/// Complaints by a piece of their text, as ffmpeg 4 to 7 write them.
const COMPLAINTS: [(&str, Failure); 24] = [
    ("Connection refused", Failure::Refused),
    ("No route to host", Failure::Unreachable),
    ("Network is unreachable", Failure::Unreachable),
    ("Connection timed out", Failure::Unreachable),
    ("Failed to resolve hostname", Failure::Unreachable),
    ("401 Unauthorized", Failure::Unauthorised),
    ("403 Forbidden", Failure::Unauthorised),
    ("404 Not Found", Failure::NotFound),
    ("No such file or directory", Failure::NotFound),
    ("Server returned", Failure::Answer),
    ("Stream ends prematurely", Failure::BrokenOff),
    ("Connection reset by peer", Failure::BrokenOff),
    ("partial file", Failure::BrokenOff),
    ("Input/output error", Failure::BrokenOff),
    ("moov atom not found", Failure::NotVideo),
    ("Invalid data found when processing input", Failure::NotVideo),
    ("does not contain any stream", Failure::NoPictures),
    ("matches no streams", Failure::NoPictures),
    ("not on whitelist", Failure::NotAllowed),
    ("Protocol not found", Failure::NotAllowed),
    ("Cannot allocate memory", Failure::Memory),
    ("exceeds max_pixels", Failure::Memory),
    ("Unrecognized option", Failure::OldVersion),
    ("Option not found", Failure::OldVersion),
];

/// Reads the child's messages to their end and keeps `info` up to date.
pub(crate) async fn follow(stream: impl AsyncRead + Unpin, info: watch::Sender<SourceInfo>) {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut stream).take(MAX_LINE_BYTES).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let is_whole = line.last() == Some(&b'\n');
        info.send_if_modified(|info| read_line(&String::from_utf8_lossy(&line), info));
        if !is_whole && !skip_line(&mut stream).await {
            return;
        }
    }
}

/// Skips the rest of a line; `false` at the end of the stream.
async fn skip_line(stream: &mut (impl AsyncBufReadExt + Unpin)) -> bool {
    loop {
        let Ok(bytes) = stream.fill_buf().await else { return false };
        if bytes.is_empty() {
            return false;
        }
        let end = bytes.iter().position(|&byte| byte == b'\n');
        let length = end.map_or(bytes.len(), |end| end + 1);
        stream.consume(length);
        if end.is_some() {
            return true;
        }
    }
}

/// Takes over what a line says; whether that is anything new.
fn read_line(line: &str, info: &mut SourceInfo) -> bool {
    let before = info.clone();
    if let Some(rest) = line.strip_prefix("Input #0, ") {
        let format = rest.split(", from ").next().unwrap_or_default();
        info.is_untimed = UNTIMED_FORMATS.contains(&format);
    } else if let Some(rest) = line.strip_prefix("  Duration: ") {
        // Texts inside a file are shown further to the right.
        info.duration = rest.split(',').next().and_then(parse_duration);
    } else if line.starts_with("Stream mapping:") {
        info.is_described = true;
    } else if line.starts_with("[Parsed_showinfo") {
        if let Some(size) = parse_size(line) {
            info.size = Some(size);
        }
    } else if let Some((_, failure)) = COMPLAINTS.iter().find(|(text, _)| line.contains(text)) {
        // What is damaged because the rest did not come is no wonder.
        if info.failure != Some(Failure::BrokenOff) {
            info.failure = Some(*failure);
        }
    }
    *info != before
}

/// `HH:MM:SS.ss`; `None` for `N/A`, for nothing, and for a length beyond a month, which is a damaged header.
fn parse_duration(text: &str) -> Option<Duration> {
    const MONTH_S: f64 = 31.0 * 86_400.0;
    let mut seconds = 0.0;
    for part in text.trim().split(':') {
        seconds = seconds * 60.0 + part.parse::<f64>().ok().filter(|part| *part >= 0.0)?;
    }
    (seconds > 0.0 && seconds < MONTH_S).then(|| Duration::from_secs_f64(seconds))
}

/// ` s:1920x1080 ` in a line of the filter `showinfo`.
fn parse_size(line: &str) -> Option<(u32, u32)> {
    let text = line.split(" s:").nth(1)?.split(' ').next()?;
    let (width, height) = text.split_once('x')?;
    let parse = |side: &str| side.parse().ok().filter(|side| *side > 0);
    Some((parse(width)?, parse(height)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn info_of(text: &str) -> SourceInfo {
        let (sender, receiver) = watch::channel(SourceInfo::default());
        follow(text.as_bytes(), sender).await;
        receiver.borrow().clone()
    }

    #[tokio::test]
    async fn length_and_size_are_told() {
        let info = info_of(
            "Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:a.mp4':\n  Metadata:\n    title : none\n  \
             Duration: 00:01:03.20, start: 0.000000, bitrate: 558 kb/s\nStream mapping:\n\
             [Parsed_showinfo_1 @ 0x562a] n:   0 pts:      0 pts_time:0  sar:1/1 s:1280x900 i:P iskey:1 \n",
        )
        .await;
        assert_eq!((info.duration, info.size), (Some(Duration::from_millis(63_200)), Some((1280, 900))));
        assert!(info.is_described && !info.is_untimed && info.failure.is_none());
    }

    #[tokio::test]
    async fn live_streams_have_no_length() {
        let info = info_of("Input #0, mpjpeg, from 'http://x/':\n  Duration: N/A, bitrate: N/A\n").await;
        assert!(info.duration.is_none() && info.is_untimed);
    }

    #[tokio::test]
    async fn texts_inside_a_file_tell_nothing() {
        let text = "  Duration: 00:00:05.00, start: 0\n      Duration: 99:00:00.00,\n    \
                    title : Input #0, mjpeg, \n";
        let info = info_of(text).await;
        assert_eq!(info.duration, Some(Duration::from_secs(5)));
        assert!(!info.is_untimed);
    }

    #[tokio::test]
    async fn complaints_become_known_failures_without_their_text() {
        let info = info_of("rtsp://user:secret@10.0.0.7/live: Connection refused\n").await;
        assert_eq!(info.failure, Some(Failure::Refused));
        assert!(!format!("{info:?}").contains("secret"));
        assert_eq!(info_of("something unheard of\n").await, SourceInfo::default());
    }

    #[tokio::test]
    async fn endless_lines_are_skipped() {
        let text = format!("{}\n  Duration: 00:00:01.00, start\n{}", "x".repeat(100_000), "y".repeat(5000));
        assert_eq!(info_of(&text).await.duration, Some(Duration::from_secs(1)));
    }

    #[test]
    fn impossible_lengths_are_none() {
        for text in ["N/A", "", "-1:00", "1e9:00:00", "NaN", "00:00:00.00", "inf"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}

//! The child process: its arguments, its surroundings, its limits.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::{Region, VideoError, VideoSource};

/// How a video is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoOptions {
    /// The program, by name or path.
    pub program: PathBuf,
    /// Frames taken per second of the video, 1 to 60.
    pub frames_per_second: u32,
    /// The longest side of a frame in pixels; greater ones are made smaller.
    pub max_side: u32,
    /// The part of the video that is shown; all of it otherwise.
    pub crop: Option<Region>,
    /// Where to begin, for videos that have a length.
    pub start_at: Duration,
    /// How long a child may give nothing before it is ended.
    pub silence: Duration,
}

impl Default for VideoOptions {
    /// `ffmpeg` from the search path, 4 frames per second of at most 1280 pixels, 15 seconds of silence.
    fn default() -> Self {
        Self {
            program: PathBuf::from("ffmpeg"),
            frames_per_second: 4,
            max_side: 1280,
            crop: None,
            start_at: Duration::ZERO,
            silence: Duration::from_secs(15),
        }
    }
}

/// The largest picture that is decoded: 8192 × 4320, the largest that cameras and cinemas have.
const MAX_PIXELS: u32 = 8192 * 4320;
/// Address space of the child in bytes: its libraries take some 300 MiB, sixteen pictures of the largest size
/// 850 MiB.
#[cfg(target_os = "linux")]
const MAX_MEMORY_BYTES: u64 = 2 << 30;
/// Containers and bare streams that are read, by the names that ffmpeg gives them. What refers to other files
/// or hosts (concatenation, session descriptions, DASH…) is not among them.
const FORMATS: &str = "mov,mp4,matroska,webm,flv,live_flv,avi,mpegts,mpeg,mpegvideo,ogg,asf,gif,ivf,mpjpeg,\
                       mjpeg,h264,hevc,m4v,jpeg_pipe,png_pipe";
/// Playlists, and what they consist of beside pictures; from the network only, where the gateway checks each
/// hop.
const NETWORK_FORMATS: &str = "hls,aac,mp3,ac3,webvtt,rtsp";
/// Variables of this process's environment that the child needs to be found and loaded.
const KEPT_VARIABLES: [&str; 2] = ["PATH", "LD_LIBRARY_PATH"];

/// Within this time the programme tells its version.
const LONGEST_START: Duration = Duration::from_secs(10);

/// Where the child finds the network, and how it tells the time of pictures.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Surroundings {
    /// The gateway, where there is one.
    pub(crate) gateway: Option<SocketAddr>,
    /// Whether the moment of arrival is a picture's time.
    pub(crate) is_timed_by_arrival: bool,
}

/// Starts the child. It ends when it is dropped.
///
/// # Errors
/// [`VideoError::Missing`], [`VideoError::Start`].
pub(crate) fn start(
    source: &VideoSource,
    options: &VideoOptions,
    surroundings: Surroundings,
) -> Result<Child, VideoError> {
    let mut command = Command::new(&options.program);
    command.args(arguments(source, options, surroundings)).env_clear().env("LC_ALL", "C");
    for name in KEPT_VARIABLES {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    if let (VideoSource::Http(_), Some(gateway)) = (source, surroundings.gateway) {
        command.env("http_proxy", format!("http://{gateway}"));
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Its own group: an interrupt from the keyboard is ours to handle.
    command.kill_on_drop(true).process_group(0);
    let child = command.spawn().map_err(VideoError::start)?;
    limit(&child).map_err(VideoError::Start)?;
    Ok(child)
}

/// Bounds what the child may take: memory, and no files.
#[cfg(target_os = "linux")]
fn limit(child: &Child) -> std::io::Result<()> {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let Some(pid) = child.id().and_then(|id| Pid::from_raw(id as i32)) else { return Ok(()) };
    for (resource, most) in [(Resource::As, MAX_MEMORY_BYTES), (Resource::Fsize, 0), (Resource::Core, 0)] {
        prlimit(Some(pid), resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}

/// Other systems have no such limits for another process; the sizes of pictures are bounded all the same.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail where there are limits")]
fn limit(_: &Child) -> std::io::Result<()> {
    Ok(())
}

/// The version of the programme, as it tells it itself: the third word of its first line.
///
/// # Errors
/// [`VideoError::Missing`], [`VideoError::Start`]; [`VideoError::Failed`] where it is another programme.
pub async fn ffmpeg_version(program: &Path) -> Result<String, VideoError> {
    let mut command = Command::new(program);
    command.arg("-version").stdin(Stdio::null()).kill_on_drop(true);
    let answer = tokio::time::timeout(LONGEST_START, command.output()).await;
    let output = answer.map_err(|_| VideoError::Failed(None))?.map_err(VideoError::start)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut words = text.lines().next().unwrap_or_default().split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some("ffmpeg"), Some("version"), Some(version)) => Ok(version.to_owned()),
        _ => Err(VideoError::Failed(None)),
    }
}

fn arguments(source: &VideoSource, options: &VideoOptions, surroundings: Surroundings) -> Vec<OsString> {
    let mut arguments = Arguments::default();
    arguments.add("-nostdin -hide_banner -nostats -loglevel info");
    let (protocols, formats) = match source {
        VideoSource::File(_) => ("file", FORMATS.to_owned()),
        VideoSource::Http(_) => {
            ("http,https,httpproxy,tls,tcp,crypto", format!("{FORMATS},{NETWORK_FORMATS}"))
        }
        VideoSource::Rtsp(_) => ("rtsp,rtp,tcp", format!("{FORMATS},{NETWORK_FORMATS}")),
    };
    arguments.pair("-protocol_whitelist", protocols);
    arguments.pair("-format_whitelist", &formats);
    arguments.pair("-max_pixels", &MAX_PIXELS.to_string());
    arguments.add("-threads 1");
    if !options.start_at.is_zero() {
        arguments.pair("-ss", &format!("{:.3}", options.start_at.as_secs_f64()));
    }
    if surroundings.is_timed_by_arrival {
        arguments.add("-use_wallclock_as_timestamps 1");
    }
    if matches!(source, VideoSource::Rtsp(_)) {
        arguments.add("-rtsp_transport tcp");
    }
    arguments.add("-i");
    arguments.0.push(input(source, surroundings.gateway));
    arguments.add("-map 0:v:0 -an -sn -dn -filter_threads 1");
    arguments.pair("-vf", &filters(options));
    arguments.add("-f image2pipe -c:v ppm pipe:1");
    arguments.0
}

/// Takes frames at the wanted rate, tells their size, cuts out what is shown, makes that smaller where it is
/// too large.
fn filters(options: &VideoOptions) -> String {
    let rate = options.frames_per_second.clamp(1, 60);
    let side = options.max_side;
    let crop = options.crop.map_or_else(String::new, |region| format!("{},", region.crop_filter()));
    format!(
        "fps={rate},showinfo=checksum=0,{crop}scale=w='min(iw,{side})':h='min(ih,{side})':\
         force_original_aspect_ratio=decrease"
    )
}

/// The address as the child gets it: that of an rtsp host leads through the gateway.
fn input(source: &VideoSource, gateway: Option<SocketAddr>) -> OsString {
    match source {
        VideoSource::File(path) => {
            let mut input = OsString::from("file:");
            input.push(path);
            input
        }
        VideoSource::Http(url) => url.as_str().into(),
        VideoSource::Rtsp(url) => {
            let mut url = url.clone();
            if let Some(gateway) = gateway {
                // Neither can fail: the address has a host.
                let _ = url.set_host(Some(&gateway.ip().to_string()));
                let _ = url.set_port(Some(gateway.port()));
            }
            url.as_str().into()
        }
    }
}

#[derive(Default)]
struct Arguments(Vec<OsString>);

impl Arguments {
    /// Arguments without spaces.
    fn add(&mut self, words: &str) {
        self.0.extend(words.split(' ').map(OsString::from));
    }

    fn pair(&mut self, name: &str, value: &str) {
        self.0.extend([OsString::from(name), OsString::from(value)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments_of(source: &VideoSource, gateway: Option<&str>) -> Vec<String> {
        let gateway = gateway.map(|gateway| gateway.parse().unwrap());
        let surroundings = Surroundings { gateway, is_timed_by_arrival: false };
        let arguments = arguments(source, &VideoOptions::default(), surroundings);
        arguments.into_iter().map(|argument| argument.into_string().unwrap()).collect()
    }

    fn value<'a>(arguments: &'a [String], name: &str) -> &'a str {
        let at = arguments.iter().position(|argument| argument == name).unwrap();
        &arguments[at + 1]
    }

    #[tokio::test]
    async fn version_is_told_by_ffmpeg_alone() {
        let version = ffmpeg_version(Path::new("ffmpeg")).await.unwrap();
        assert!(version.contains(|sign: char| sign.is_ascii_digit()), "{version}");
        let other = ffmpeg_version(Path::new("true")).await;
        assert!(matches!(other, Err(VideoError::Failed(None))), "{other:?}");
        let missing = ffmpeg_version(Path::new("/nowhere/ffmpeg")).await;
        assert!(matches!(missing, Err(VideoError::Missing)), "{missing:?}");
    }

    #[test]
    fn files_get_no_network() {
        let arguments = arguments_of(&VideoSource::File(PathBuf::from("/v/-a b.mp4")), None);
        assert_eq!(value(&arguments, "-protocol_whitelist"), "file");
        assert!(!value(&arguments, "-format_whitelist").contains("hls"));
        assert_eq!(value(&arguments, "-i"), "file:/v/-a b.mp4");
    }

    #[test]
    fn rtsp_leads_to_the_gateway_and_keeps_its_credentials() {
        let source = VideoSource::Rtsp("rtsp://user:pw@cam.example:8554/live?x=1".parse().unwrap());
        let arguments = arguments_of(&source, Some("127.0.0.1:4000"));
        assert_eq!(value(&arguments, "-i"), "rtsp://user:pw@127.0.0.1:4000/live?x=1");
        assert_eq!(value(&arguments, "-rtsp_transport"), "tcp");
    }

    #[test]
    fn network_streams_get_no_files() {
        for text in ["http://a.example/x", "rtsp://a.example/x"] {
            let url = text.parse().unwrap();
            let source =
                if text.starts_with("http") { VideoSource::Http(url) } else { VideoSource::Rtsp(url) };
            let arguments = arguments_of(&source, Some("127.0.0.1:4000"));
            let protocols: Vec<_> = value(&arguments, "-protocol_whitelist").split(',').collect();
            for forbidden in ["file", "pipe", "data", "concat", "subfile", "udp", "unix"] {
                assert!(!protocols.contains(&forbidden), "{text}: {forbidden}");
            }
        }
    }
}

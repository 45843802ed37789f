//! Videos of coloured squares, which the fake analyser takes for faces, and a host that serves them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use axum::Router;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use vultus_face::fakes::{FakeFace, fake_photo};
use vultus_video::{SourceRules, VideoOptions};

pub(crate) const RED: [u8; 3] = [200, 0, 0];
pub(crate) const BLUE: [u8; 3] = [0, 0, 200];
pub(crate) const GREEN: [u8; 3] = [0, 200, 0];
/// Frames per second of the videos, and of the frames that are taken of them.
pub(crate) const RATE: u32 = 4;
pub(crate) const WIDTH: u32 = 320;
pub(crate) const HEIGHT: u32 = 240;

/// A face of 60 pixels.
pub(crate) fn face(colour: [u8; 3], x: u32, y: u32) -> FakeFace {
    FakeFace { colour, x, y, side: 60 }
}

/// A person who walks through the picture from left to right at row `y`.
pub(crate) fn walk(colour: [u8; 3], y: u32, frames: u32) -> Vec<Vec<FakeFace>> {
    (0..frames).map(|frame| vec![face(colour, 10 + frame * 20, y)]).collect()
}

/// Frames without anybody.
pub(crate) fn nobody(frames: usize) -> Vec<Vec<FakeFace>> {
    vec![Vec::new(); frames]
}

/// A video without loss of `RATE` frames per second, one for each list of faces, in the container that the
/// name's end says. Written into a pipe, it does not know its own length: a live stream.
pub(crate) async fn video(scenes: &[Vec<FakeFace>], output: &[&str]) -> Vec<u8> {
    video_of_size(WIDTH, HEIGHT, scenes, output).await
}

pub(crate) async fn video_of_size(
    width: u32,
    height: u32,
    scenes: &[Vec<FakeFace>],
    output: &[&str],
) -> Vec<u8> {
    let mut photos = Vec::new();
    for faces in scenes {
        photos.extend(fake_photo(width, height, faces).unwrap());
    }
    let rate = RATE.to_string();
    let input = ["-f", "image2pipe", "-framerate", &rate, "-c:v", "png", "-i", "pipe:0"];
    let coding = ["-c:v", "libx264rgb", "-crf", "0", "-preset", "ultrafast", "-g", "4"];
    let arguments = [["-hide_banner", "-loglevel", "error", "-y"].as_slice(), &input, &coding, output];
    ffmpeg(&arguments.concat(), photos).await
}

/// Runs ffmpeg and returns what it wrote to its standard output.
pub(crate) async fn ffmpeg(arguments: &[&str], input: Vec<u8>) -> Vec<u8> {
    let mut command = tokio::process::Command::new("ffmpeg");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("ffmpeg is missing: run `make test`");
    let mut pipe = child.stdin.take().unwrap();
    let write = tokio::spawn(async move { pipe.write_all(&input).await });
    let output = child.wait_with_output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    write.await.unwrap().unwrap();
    output.stdout
}

/// A video that knows its length and begins with its index.
pub(crate) async fn mp4(scenes: &[Vec<FakeFace>]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    write_mp4(folder.path(), "video.mp4", scenes).await;
    std::fs::read(folder.path().join("video.mp4")).unwrap()
}

pub(crate) async fn write_mp4(folder: &Path, name: &str, scenes: &[Vec<FakeFace>]) -> PathBuf {
    let path = folder.join(name);
    video(scenes, &["-movflags", "+faststart", path.to_str().unwrap()]).await;
    path
}

/// A video that does not know its length, as a live stream.
pub(crate) async fn live(scenes: &[Vec<FakeFace>]) -> Vec<u8> {
    video(scenes, &["-f", "matroska", "pipe:1"]).await
}

/// Files of `folder` may be read, and 127.0.0.1 may be connected to.
pub(crate) fn rules(folder: Option<&Path>) -> SourceRules {
    SourceRules {
        files: folder.map(Path::to_owned),
        permits: Arc::new(|address| address == IpAddr::V4(Ipv4Addr::LOCALHOST)),
    }
}

pub(crate) fn options() -> VideoOptions {
    VideoOptions { frames_per_second: RATE, ..VideoOptions::default() }
}

/// Serves `router` on an address of loopback.
pub(crate) async fn serve_on(address: Ipv4Addr, router: Router) -> SocketAddr {
    let listener = TcpListener::bind((address, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

pub(crate) async fn serve(router: Router) -> SocketAddr {
    serve_on(Ipv4Addr::LOCALHOST, router).await
}

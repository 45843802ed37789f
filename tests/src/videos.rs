//! Videos for tests, made with ffmpeg.

use std::path::Path;
use std::process::{Command, Stdio};

/// Runs ffmpeg, which must succeed.
///
/// # Panics
/// Where it is missing: run `make test`.
pub fn ffmpeg(arguments: &[&str]) {
    let mut command = Command::new("ffmpeg");
    command.args(["-loglevel", "error", "-y"]).args(arguments).stdin(Stdio::null());
    let status = command.status().expect("ffmpeg is missing: run `make test`");
    assert!(status.success());
}

/// A video in which the first portrait moves through the picture, then nobody, then the second.
///
/// # Panics
/// Where ffmpeg is missing: run `make test`.
pub fn passage(folder: &Path, portraits: [&[u8]; 2]) -> Vec<u8> {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    for (number, portrait) in portraits.iter().enumerate() {
        std::fs::write(path(&format!("{number}.jpg")), portrait).unwrap();
    }
    let scene = "color=gray:s=640x480:r=10:d=4[b0];color=gray:s=640x480:r=10:d=4[nobody];\
                 color=gray:s=640x480:r=10:d=4[b1];[0]scale=-2:360[p0];[1]scale=-2:360[p1];\
                 [b0][p0]overlay=x='10+60*t':y=60:shortest=1[s0];\
                 [b1][p1]overlay=x='300-60*t':y=60:shortest=1[s1];\
                 [s0][nobody][s1]concat=n=3,format=yuv420p";
    let inputs = ["-loop", "1", "-i", &path("0.jpg"), "-loop", "1", "-i", &path("1.jpg")];
    let made = ["-filter_complex", scene, "-movflags", "+faststart", "-y", &path("video.mp4")];
    ffmpeg(&[inputs.as_slice(), &made].concat());
    std::fs::read(path("video.mp4")).unwrap()
}

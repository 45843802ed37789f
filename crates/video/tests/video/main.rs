//! The crate against a real ffmpeg: videos made of test photos, read from files and over loopback.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a panic is a failed test")]

mod cameras;
mod frames;
mod media;
mod network;
mod rtsp;
mod support;

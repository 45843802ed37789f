//! The crate against a real ffmpeg: videos made of test photos, read from files and over loopback.

mod cameras;
mod frames;
mod network;
mod support;

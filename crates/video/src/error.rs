//! Why there is no video. No text carries an address, a name of a file, or anything the child wrote.

use std::fmt;

/// Why an address is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Not a file, http, https or rtsp address.
    #[error("the address is not one that video is read from: file, http, https and rtsp are")]
    Address,
    /// There is no folder that video files may lie in.
    #[error("no folder for video files is configured")]
    NoFolder,
    /// There is no such file in the folder.
    #[error("there is no such file in the folder for video files")]
    NoSuchFile,
}

/// What the child said was wrong, in our words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The host refused the connection.
    Refused,
    /// The host does not answer, or there is no such host.
    Unreachable,
    /// The host asks for other credentials.
    Unauthorised,
    /// The host has no such stream.
    NotFound,
    /// The host answered with another error.
    Answer,
    /// What comes is no video that can be read.
    NotVideo,
    /// There are no pictures in it.
    NoPictures,
    /// The connection broke.
    BrokenOff,
    /// It needs a protocol or format that is not allowed.
    NotAllowed,
    /// The video needs more memory than allowed.
    Memory,
    /// This version of ffmpeg does not know what is asked of it.
    OldVersion,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "the connection was refused",
            Self::Unreachable => "the host cannot be reached",
            Self::Unauthorised => "the credentials were refused",
            Self::NotFound => "the host has no such stream",
            Self::Answer => "the host answered with an error",
            Self::NotVideo => "what comes is no video that can be read",
            Self::NoPictures => "it has no pictures",
            Self::BrokenOff => "the stream broke off",
            Self::NotAllowed => "it needs a protocol or format that is not allowed",
            Self::Memory => "it needs more memory than allowed",
            Self::OldVersion => "this version of ffmpeg does not know what is asked of it",
        })
    }
}

/// Why no more frames come.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VideoError {
    /// The address is not read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The program is not installed.
    #[error("ffmpeg is not installed")]
    Missing,
    /// The child or its gateway could not be started.
    #[error("ffmpeg could not be started")]
    Start(#[source] std::io::Error),
    /// The host's address is loopback, private or otherwise not public, and not of an allowed network.
    #[error("the host may not be connected to: its network is not among those allowed")]
    Forbidden,
    /// The child gave up.
    #[error("{}", .0.map_or_else(|| "ffmpeg gave up".to_owned(), |failure| failure.to_string()))]
    Failed(Option<Failure>),
    /// A signal ended the child.
    #[error("ffmpeg was killed by signal {0}")]
    Killed(i32),
    /// Nothing came for too long.
    #[error("nothing came for {0} s")]
    Silent(u64),
    /// The child wrote something else than frames.
    #[error("ffmpeg wrote something else than frames")]
    NoFrames,
}

impl VideoError {
    /// Why the programme could not be started.
    pub(crate) fn start(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::Missing,
            _ => Self::Start(error),
        }
    }
}

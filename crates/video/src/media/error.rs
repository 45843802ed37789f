//! Why a medium could not be analysed.

use std::time::Duration;

use vultus_face::FaceError;
use vultus_inference::PoolError;
use vultus_media::ImageError;

use super::MediaSinkError;
use crate::VideoError;
use crate::error::Failure;

/// Why there is no analysis, or no more of it. No text carries a name of a file or anything out of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// The bytes are neither an image nor a video that is read here.
    #[error("the medium is neither an image nor a video that can be read")]
    NotMedia,
    /// There is sound in it, or nothing at all, but no picture.
    #[error("the medium has no pictures")]
    NoPictures,
    /// It begins as an image or a video, but is damaged or cut off before its first whole picture.
    #[error("the medium is damaged or cut off before its first picture")]
    Truncated,
    /// It lasts longer than allowed.
    #[error("the medium lasts longer than the {} s allowed", .most.as_secs())]
    TooLong {
        /// The longest length allowed.
        most: Duration,
    },
    /// The image is larger than allowed.
    #[error(transparent)]
    Image(ImageError),
    /// The file cannot be read.
    #[error("the medium's file could not be read")]
    File(#[source] std::io::Error),
    /// Nothing comes out of ffmpeg.
    #[error(transparent)]
    Video(VideoError),
    /// The engine failed.
    #[error(transparent)]
    Face(FaceError),
    /// The work on a frame gave no result.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// The frames could not be handed on.
    #[error(transparent)]
    Sink(#[from] MediaSinkError),
}

impl MediaError {
    /// Why a video gave no frame at all; `is_known` tells whether it begins as videos do.
    pub(super) fn without_frames(error: VideoError, is_known: bool) -> Self {
        match error {
            VideoError::Failed(Some(Failure::NoPictures)) => Self::NoPictures,
            VideoError::Failed(Some(Failure::BrokenOff)) => Self::Truncated,
            VideoError::Failed(Some(Failure::NotVideo)) if is_known => Self::Truncated,
            VideoError::Failed(Some(Failure::NotVideo | Failure::NotAllowed)) => Self::NotMedia,
            error => Self::Video(error),
        }
    }

    /// Whether a video that has given frames only ends too early: what could be read of it is its result.
    pub(super) const fn is_early_end(error: &VideoError) -> bool {
        matches!(error, VideoError::Failed(None | Some(Failure::BrokenOff | Failure::NotVideo)))
    }
}

impl From<FaceError> for MediaError {
    fn from(error: FaceError) -> Self {
        match error {
            FaceError::Image(ImageError::Empty | ImageError::UnsupportedFormat) => Self::NotMedia,
            FaceError::Image(ImageError::Damaged) => Self::Truncated,
            FaceError::Image(error) => Self::Image(error),
            error => Self::Face(error),
        }
    }
}

//! From a file to its frames and persons.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use vultus_face::FaceAnalyzer;
use vultus_inference::WorkPool;
use vultus_media::{DecodeLimits, ImageError};

use super::format::{Format, HEAD_BYTES, is_still_gif};
use super::looks::{Looked, Looks, options};
use super::people::People;
use super::{MediaError, MediaInfo, MediaKind, MediaSink, MediaSummary};
use crate::place::place;
use crate::{FrameStream, Likeness, SourceRules, VideoOptions, VideoSource};

/// Frames per second of videos that are over before the first frame at the usual rate.
const SHORT_RATE: u32 = 60;
/// A video may be longer than it tells by as much as its last frames.
const LENGTH_TOLERANCE: Duration = Duration::from_secs(1);

/// What an analysis works with.
#[derive(Clone)]
pub struct MediaParts {
    /// Finds and describes faces.
    pub analyzer: Arc<dyn FaceAnalyzer>,
    /// Where the analyser runs.
    pub pool: Arc<WorkPool>,
    /// Compares the analyser's templates.
    pub likeness: Arc<dyn Likeness>,
}

/// Where a medium lies.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaSource {
    /// A file on this machine, which the caller has put there.
    File(PathBuf),
}

/// How media are analysed.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaSettings {
    /// How videos are read. What is shown is all of it, from the beginning: `crop` and `start_at` are not used.
    pub video: VideoOptions,
    /// The smallest face to look for, as a share of a frame's larger side.
    pub min_head_scale: f32,
    /// Faces of one frame, largest first.
    pub max_faces: usize,
    /// The longest video.
    pub max_length: Duration,
    /// Whether the 68 points are wanted.
    pub wants_points: bool,
    /// Whether age and gender are wanted.
    pub wants_demographics: bool,
}

impl Default for MediaSettings {
    /// 12 frames per second of at most 1280 pixels, as the answers of Kairos have them; faces from a thirtieth of the
    /// picture on, 32 in each; two hours; everything.
    fn default() -> Self {
        Self {
            video: VideoOptions { frames_per_second: 12, ..VideoOptions::default() },
            min_head_scale: 0.03,
            max_faces: 32,
            max_length: Duration::from_hours(2),
            wants_points: true,
            wants_demographics: true,
        }
    }
}

/// Analyses an image or a video, which is told by its content. Frames are handed to `sink` in their order, at most two
/// seconds of the video after they were read. A video that is damaged or cut off further on gives what can be read
/// of it; its length is then that of its last frame. Dropping the future ends everything, the child as well.
///
/// # Errors
/// [`MediaError`]; frames may have been handed on before.
pub async fn analyze_media(
    parts: &MediaParts,
    source: MediaSource,
    settings: &MediaSettings,
    sink: &mut dyn MediaSink,
) -> Result<MediaSummary, MediaError> {
    let MediaSource::File(path) = source;
    let head = head_of(&path).await.map_err(MediaError::File)?;
    if head.is_empty() {
        return Err(MediaError::NotMedia);
    }
    let format = Format::of(&head);
    let is_image = format.kind == MediaKind::Image
        || format.ending == "gif" && read_image(&path).await.is_ok_and(|bytes| is_still_gif(&bytes));
    if is_image {
        return analyze_image(parts, &path, format, settings, sink).await;
    }
    analyze_video(parts, &path, format, settings, sink).await
}

async fn head_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    tokio::fs::File::open(path).await?.take(HEAD_BYTES as u64).read_to_end(&mut head).await?;
    Ok(head)
}

async fn analyze_image(
    parts: &MediaParts,
    path: &Path,
    format: Format,
    settings: &MediaSettings,
    sink: &mut dyn MediaSink,
) -> Result<MediaSummary, MediaError> {
    let bytes = read_image(path).await?;
    let options = options(settings, true);
    let permit = place(&parts.pool).await;
    let analyzer = Arc::clone(&parts.analyzer);
    let analysis = parts.pool.run(permit, move |cancel| analyzer.analyze(&bytes, &options, cancel)).await??;
    let looked = Looked {
        time: Duration::ZERO,
        size: (analysis.width, analysis.height),
        scale: (1.0, 1.0),
        is_cut: false,
        faces: analysis.faces.into(),
    };
    let info = info(MediaKind::Image, format, looked.size, Duration::ZERO);
    sink.begin(&info).await?;
    let likeness = Arc::clone(&parts.likeness);
    let mut people = People::new(likeness, MediaKind::Image, Duration::ZERO, settings.wants_points);
    people.take(&looked);
    while let Some(frame) = people.next(true) {
        sink.frame(frame).await?;
    }
    Ok(MediaSummary { info, frames: 1, persons: people.summaries() })
}

/// The bytes of an image, where they are not too many.
async fn read_image(path: &Path) -> Result<Vec<u8>, MediaError> {
    let max_bytes = DecodeLimits::default().max_bytes;
    let mut bytes = Vec::new();
    let file = tokio::fs::File::open(path).await.map_err(MediaError::File)?;
    file.take(max_bytes + 1).read_to_end(&mut bytes).await.map_err(MediaError::File)?;
    let count = bytes.len() as u64;
    if count > max_bytes {
        return Err(MediaError::Image(ImageError::TooManyBytes { bytes: count, max_bytes }));
    }
    Ok(bytes)
}

fn info(kind: MediaKind, format: Format, (width, height): (u32, u32), length: Duration) -> MediaInfo {
    MediaInfo { kind, format: format.ending.to_owned(), width, height, length }
}

/// The frames of a video, with its first one.
struct Opened<'a> {
    looks: Looks<'a>,
    people: People,
    first: Looked,
}

/// Opens a video; `None` where there is a picture in it but no frame is taken, as it is over too soon.
async fn open<'a>(
    parts: &'a MediaParts,
    path: &Path,
    is_known: bool,
    settings: &'a MediaSettings,
) -> Result<Option<Opened<'a>>, MediaError> {
    let without_frames = |error| MediaError::without_frames(error, is_known);
    let video = VideoOptions { crop: None, start_at: Duration::ZERO, ..settings.video.clone() };
    let rules = SourceRules { files: None, permits: Arc::new(|_| false) };
    let source = VideoSource::File(path.to_owned());
    let stream = FrameStream::open(&source, &video, &rules).await.map_err(without_frames)?;
    if stream.duration().is_some_and(|duration| duration > settings.max_length) {
        return Err(MediaError::TooLong { most: settings.max_length });
    }
    let mut looks = Looks::new(parts, settings, stream);
    let likeness = Arc::clone(&parts.likeness);
    let people = People::new(likeness, MediaKind::Video, frame_length(settings), settings.wants_points);
    match looks.next(|time| people.wants_everything(time)).await? {
        Some(first) => Ok(Some(Opened { looks, people, first })),
        None => looks.take_end().map(|()| None).map_err(without_frames),
    }
}

/// How long a frame stands.
fn frame_length(settings: &MediaSettings) -> Duration {
    Duration::from_secs(1) / settings.video.frames_per_second.max(1)
}

async fn analyze_video(
    parts: &MediaParts,
    path: &Path,
    format: Format,
    settings: &MediaSettings,
    sink: &mut dyn MediaSink,
) -> Result<MediaSummary, MediaError> {
    let video = VideoOptions { frames_per_second: SHORT_RATE, ..settings.video.clone() };
    let for_short = MediaSettings { video, ..settings.clone() };
    let opened = match open(parts, path, format.is_known(), settings).await? {
        Some(opened) => Some(opened),
        None => open(parts, path, format.is_known(), &for_short).await?,
    };
    let Some(opened) = opened else { return Err(MediaError::NoPictures) };
    hand_on_video(opened, format, settings.max_length, sink).await
}

async fn hand_on_video(
    opened: Opened<'_>,
    format: Format,
    max_length: Duration,
    sink: &mut dyn MediaSink,
) -> Result<MediaSummary, MediaError> {
    let Opened { mut looks, mut people, first } = opened;
    let mut info = info(MediaKind::Video, format, first.size, looks.duration().unwrap_or_default());
    sink.begin(&info).await?;
    let (mut frames, mut last) = (0, Duration::ZERO);
    let mut next = Some(first);
    while let Some(looked) = next {
        if looked.time > max_length.saturating_add(LENGTH_TOLERANCE) {
            return Err(MediaError::TooLong { most: max_length });
        }
        (frames, last) = (frames + 1, looked.time);
        people.take(&looked);
        while let Some(frame) = people.next(false) {
            sink.frame(frame).await?;
        }
        next = looks.next(|time| people.wants_everything(time)).await?;
    }
    let is_whole = match looks.take_end() {
        Ok(()) => true,
        Err(error) if MediaError::is_early_end(&error) => false,
        Err(error) => return Err(MediaError::Video(error)),
    };
    while let Some(frame) = people.next(true) {
        sink.frame(frame).await?;
    }
    info.length = looks.duration().filter(|_| is_whole).unwrap_or(last);
    Ok(MediaSummary { info, frames, persons: people.summaries() })
}

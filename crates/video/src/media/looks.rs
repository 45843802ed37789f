//! Frames on their way: several are analysed at once, and they come out in their order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use vultus_face::AnalyzeOptions;
use vultus_inference::PoolError;
use vultus_media::RgbPhoto;
use vultus_types::{AnalyzedFace, Wanted};

use super::cut::Glance;
use super::{MediaError, MediaParts, MediaSettings};
use crate::place::place;
use crate::{Frame, FrameStream, VideoError};

/// Frames beyond one for each thread: they wait, so that no thread does.
const WAITING_FRAMES: usize = 2;

/// A frame that was looked at.
pub(super) struct Looked {
    /// Time since the beginning.
    pub(super) time: Duration,
    /// Pixels of the medium across and down.
    pub(super) size: (u32, u32),
    /// Pixels of the medium for each pixel of the frame, across and down.
    pub(super) scale: (f32, f32),
    /// Whether another scene begins with it.
    pub(super) is_cut: bool,
    /// The faces, in pixels of the frame.
    pub(super) faces: Arc<[AnalyzedFace]>,
}

/// A frame that is being looked at.
struct Pending {
    time: Duration,
    size: (u32, u32),
    scale: (f32, f32),
    is_cut: bool,
    /// None where the picture is the same as the one before.
    work: Option<Work>,
}

/// Work that ends when nobody waits for it any more.
struct Work(JoinHandle<Result<Arc<[AnalyzedFace]>, MediaError>>);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What to look for in a frame.
pub(super) fn options(settings: &MediaSettings, is_full: bool) -> AnalyzeOptions {
    let wanted = Wanted {
        landmarks: true,
        eyes: true,
        expression: true,
        template: is_full,
        quality: is_full,
        appearance: is_full,
        demographics: is_full && settings.wants_demographics,
        ..Wanted::BOXES
    };
    AnalyzeOptions {
        min_head_scale: settings.min_head_scale,
        max_faces: settings.max_faces,
        ..AnalyzeOptions::new(wanted)
    }
}

/// The frames of a video with what is seen in them.
pub(super) struct Looks<'a> {
    parts: &'a MediaParts,
    settings: &'a MediaSettings,
    stream: FrameStream,
    /// How the stream ended.
    end: Option<Result<(), VideoError>>,
    pending: VecDeque<Pending>,
    /// Frames that are being looked at, at most.
    most: usize,
    /// The latest picture that came, and whether everything is looked for in it.
    latest: Option<(Arc<RgbPhoto>, bool)>,
    /// The latest picture from afar.
    glance: Option<Glance>,
    /// What is seen in the latest picture that was handed on.
    seen: Arc<[AnalyzedFace]>,
}

impl<'a> Looks<'a> {
    pub(super) fn new(parts: &'a MediaParts, settings: &'a MediaSettings, stream: FrameStream) -> Self {
        Self {
            parts,
            settings,
            stream,
            end: None,
            pending: VecDeque::new(),
            most: parts.pool.stats().threads + WAITING_FRAMES,
            latest: None,
            glance: None,
            seen: Arc::new([]),
        }
    }

    /// The next frame, in order; `None` at the end. `is_full` tells for the time of a frame whether everything is to
    /// be looked for in it, or only what changes from frame to frame.
    pub(super) async fn next(
        &mut self,
        is_full: impl Fn(Duration) -> bool,
    ) -> Result<Option<Looked>, MediaError> {
        while self.end.is_none() && self.pending.len() < self.most {
            match self.stream.next().await {
                Ok(Some(frame)) => self.begin(frame, &is_full),
                Ok(None) => self.end = Some(Ok(())),
                Err(error) => self.end = Some(Err(error)),
            }
        }
        let Some(Pending { time, size, scale, is_cut, work }) = self.pending.pop_front() else {
            return Ok(None);
        };
        if let Some(mut work) = work {
            self.seen = (&mut work.0).await.unwrap_or(Err(PoolError::ShutDown.into()))?;
        }
        Ok(Some(Looked { time, size, scale, is_cut, faces: Arc::clone(&self.seen) }))
    }

    /// Looks at a frame, unless its picture was looked at already.
    fn begin(&mut self, frame: Frame, is_full: impl Fn(Duration) -> bool) {
        let rate = u64::from(self.settings.video.frames_per_second.max(1));
        // Frames are told by their ends: the first of twelve a second at 83 ms.
        let time = Duration::from_millis(1000 * (frame.index + 1) / rate);
        let size = (frame.shown.width, frame.shown.height);
        let scale = (size.0 as f32 / frame.photo.width() as f32, size.1 as f32 / frame.photo.height() as f32);
        let mut pending = Pending { time, size, scale, is_cut: false, work: None };
        let is_same = self.latest.as_ref().is_some_and(|(photo, _)| **photo == frame.photo);
        if !is_same {
            let glance = Glance::of(&frame.photo);
            pending.is_cut = self.glance.replace(glance).is_some_and(|before| self.is_cut_from(&before));
        }
        // Only templates tell who is who on both sides of a cut.
        let is_full = pending.is_cut || is_full(time);
        if !(is_same && self.latest.as_ref().is_some_and(|(_, was_full)| *was_full || !is_full)) {
            let photo = Arc::new(frame.photo);
            self.latest = Some((Arc::clone(&photo), is_full));
            let options = options(self.settings, is_full);
            pending.work = Some(Work(tokio::spawn(look(self.parts.clone(), photo, options))));
        }
        self.pending.push_back(pending);
    }

    /// Whether another scene begins with the latest picture.
    fn is_cut_from(&self, before: &Glance) -> bool {
        self.glance.as_ref().is_some_and(|glance| glance.is_cut_from(before))
    }

    /// How the stream ended; its end has come.
    pub(super) fn take_end(&mut self) -> Result<(), VideoError> {
        self.end.take().unwrap_or(Ok(()))
    }

    /// The length of the video, where it tells.
    pub(super) fn duration(&self) -> Option<Duration> {
        self.stream.duration()
    }
}

async fn look(
    parts: MediaParts,
    photo: Arc<RgbPhoto>,
    options: AnalyzeOptions,
) -> Result<Arc<[AnalyzedFace]>, MediaError> {
    let permit = place(&parts.pool).await;
    let analyzer = parts.analyzer;
    let analysis =
        parts.pool.run(permit, move |cancel| analyzer.analyze_pixels(&photo, &options, cancel)).await?;
    Ok(analysis?.faces.into())
}

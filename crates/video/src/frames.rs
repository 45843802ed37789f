//! The frames of a video, one after the other.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use tokio::io::BufReader;
use tokio::process::{Child, ChildStdout};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use vultus_media::RgbPhoto;

use crate::error::Failure;
use crate::ffmpeg::{self, Surroundings};
use crate::gateway::Gateway;
use crate::messages;
use crate::ppm::read_frame;
use crate::{Region, SourceInfo, SourceRules, VideoError, VideoOptions, VideoSource};

/// How long a child that gives no more frames may take to end.
const END_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the first frame's size may be on its way after the frame.
const SIZE_TIMEOUT: Duration = Duration::from_secs(2);

/// One picture of a video.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The number among the frames of its stream, from 0; numbers are missing where frames were dropped.
    pub index: u64,
    /// Time since the beginning of the video.
    pub time: Duration,
    /// The pixels.
    pub photo: RgbPhoto,
    /// The part of the video that the frame shows, in pixels of the video.
    pub shown: Region,
}

/// A running child and the frames it gives. The child ends when this is dropped.
#[derive(Debug)]
pub struct FrameStream {
    child: Child,
    frames: BufReader<ChildStdout>,
    info: watch::Receiver<SourceInfo>,
    messages: JoinHandle<()>,
    gateway: Option<Gateway>,
    options: VideoOptions,
    is_live: bool,
    next_index: u64,
}

impl FrameStream {
    /// Starts a child on `source` and waits until it has described the video.
    ///
    /// # Errors
    /// Every [`VideoError`] but [`VideoError::NoFrames`].
    pub async fn open(
        source: &VideoSource,
        options: &VideoOptions,
        rules: &SourceRules,
    ) -> Result<Self, VideoError> {
        let is_timed_by_arrival = matches!(source, VideoSource::Rtsp(_));
        let stream = Self::start(source, options, rules, is_timed_by_arrival).await?;
        let info = stream.info.borrow().clone();
        if matches!(source, VideoSource::Http(_)) && info.is_untimed && info.duration.is_none() {
            return Self::start(source, options, rules, true).await;
        }
        Ok(stream)
    }

    async fn start(
        source: &VideoSource,
        options: &VideoOptions,
        rules: &SourceRules,
        is_timed_by_arrival: bool,
    ) -> Result<Self, VideoError> {
        let permits = rules.permits.clone();
        let gateway = match source {
            VideoSource::File(_) => None,
            VideoSource::Http(_) => Some(Gateway::proxy(permits).await.map_err(VideoError::Start)?),
            VideoSource::Rtsp(url) => Some(Gateway::rtsp(url, permits).await.map_err(VideoError::Start)?),
        };
        let address = gateway.as_ref().map(Gateway::address);
        let surroundings = Surroundings { gateway: address, is_timed_by_arrival };
        let mut child = ffmpeg::start(source, options, surroundings)?;
        let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(VideoError::NoFrames);
        };
        let (sender, info) = watch::channel(SourceInfo::default());
        let mut stream = Self {
            child,
            frames: BufReader::with_capacity(1 << 16, output),
            info,
            messages: tokio::spawn(messages::follow(errors, sender)),
            gateway,
            options: options.clone(),
            is_live: true,
            next_index: 0,
        };
        let described = stream.info.wait_for(|info| info.is_described);
        let is_described = timeout(options.silence, described).await.map(|described| described.is_ok());
        match is_described {
            Ok(true) => {}
            Ok(false) => return Err(stream.ended().await.err().unwrap_or(VideoError::Failed(None))),
            Err(_) => return Err(stream.silent()),
        }
        stream.is_live = match source {
            VideoSource::File(_) => false,
            VideoSource::Http(_) => stream.duration().is_none(),
            VideoSource::Rtsp(_) => true,
        };
        Ok(stream)
    }

    /// The length of the video; `None` for live streams and for files that do not tell it.
    pub fn duration(&self) -> Option<Duration> {
        self.info.borrow().duration
    }

    /// Whether pictures come when they are taken, so that one who is too slow misses some. Otherwise the
    /// child waits.
    pub const fn is_live(&self) -> bool {
        self.is_live
    }

    /// The id of the child's process, while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.child.id()
    }

    /// The next frame; `None` where the video is over. A call that is dropped before it is done may leave
    /// half a frame behind: drop the stream as well.
    ///
    /// # Errors
    /// [`VideoError`]: however the child ended.
    pub async fn next(&mut self) -> Result<Option<Frame>, VideoError> {
        let read = read_frame(&mut self.frames, self.options.max_side);
        let photo = match timeout(self.options.silence, read).await {
            Err(_) => return Err(self.silent()),
            Ok(photo) => photo?,
        };
        let Some(photo) = photo else { return self.ended().await.map(|()| None) };
        let (width, height) = self.size().await.ok_or(VideoError::NoFrames)?;
        let whole = Region { width, height, x: 0, y: 0 };
        let shown = self.options.crop.map_or(whole, |region| region.within(width, height));
        let index = self.next_index;
        self.next_index += 1;
        let offset = Duration::from_secs_f64(index as f64 / f64::from(self.options.frames_per_second.max(1)));
        Ok(Some(Frame { index, time: self.options.start_at + offset, photo, shown }))
    }

    /// The size of the video, which is told before its first frame comes, though by another way.
    async fn size(&mut self) -> Option<(u32, u32)> {
        let told = timeout(SIZE_TIMEOUT, self.info.wait_for(|info| info.size.is_some())).await;
        told.ok()?.ok()?.size
    }

    /// Whether the video leads to a host that may not be connected to.
    fn is_forbidden(&self) -> bool {
        self.gateway.as_ref().is_some_and(Gateway::was_forbidden)
    }

    /// Ends a child that gives nothing.
    fn silent(&mut self) -> VideoError {
        // It may have ended by itself meanwhile, which is as good.
        let _ = self.child.start_kill();
        if self.is_forbidden() {
            VideoError::Forbidden
        } else {
            VideoError::Silent(self.options.silence.as_secs())
        }
    }

    /// Waits for a child that has closed its output and tells how it ended.
    async fn ended(&mut self) -> Result<(), VideoError> {
        let Ok(Ok(status)) = timeout(END_TIMEOUT, self.child.wait()).await else { return Err(self.silent()) };
        // Its last words may still be in the pipe.
        let _ = timeout(END_TIMEOUT, &mut self.messages).await;
        let failure = self.info.borrow().failure;
        if self.is_forbidden() {
            return Err(VideoError::Forbidden);
        }
        if let Some(signal) = status.signal() {
            return Err(VideoError::Killed(signal));
        }
        match failure {
            Some(Failure::BrokenOff) => Err(VideoError::Failed(failure)),
            _ if status.success() => Ok(()),
            _ => Err(VideoError::Failed(failure)),
        }
    }
}

impl Drop for FrameStream {
    fn drop(&mut self) {
        self.messages.abort();
    }
}

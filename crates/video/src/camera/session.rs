//! One connection to a camera, from its first frame to its last.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use vultus_face::{AnalyzeOptions, FaceError};
use vultus_inference::PoolError;
use vultus_types::{AnalyzedFace, Wanted};

use super::poster::Poster;
use super::shots::Shots;
use super::{Camera, CameraState, CameraWorkerParts};
use crate::place::{place, try_place};
use crate::{
    BestShot, Frame, FrameStream, Sighting, Tracker, TrackerParams, VideoError, VideoOptions, VideoSource,
    shot_score,
};

/// Faces of one frame that are followed, largest first.
const MAX_FACES: usize = 32;
/// A video that stops no earlier than this before its end was read to its end: sound may go on for longer.
const END_TOLERANCE: Duration = Duration::from_secs(2);

/// How a connection ended.
pub(super) struct Ended {
    /// Why it failed; `Ok` where the stream said that it is over.
    pub(super) result: Result<(), VideoError>,
    /// Frames that came.
    pub(super) frames: u64,
    /// Whether a video with a length was read to its end.
    pub(super) is_complete: bool,
    /// Where to go on in a video with a length.
    pub(super) resume_at: Duration,
}

impl Ended {
    fn without_frames(error: VideoError, resume_at: Duration) -> Self {
        Self { result: Err(error), frames: 0, is_complete: false, resume_at }
    }
}

/// Reads the camera's stream until it ends, or until `stop` says so.
pub(super) async fn run(
    parts: &Arc<CameraWorkerParts>,
    camera: &Camera,
    start_at: Duration,
    stop: &mut watch::Receiver<bool>,
) -> Ended {
    let settings = &parts.settings;
    let options = VideoOptions { crop: camera.tracked_region, start_at, ..settings.video.clone() };
    let open = async {
        let source = VideoSource::parse(&camera.url, &settings.rules).await?;
        let is_file = matches!(source, VideoSource::File(_));
        FrameStream::open(&source, &options, &settings.rules).await.map(|stream| (stream, is_file))
    };
    let opened = tokio::select! {
        opened = open => opened,
        () = stopped(stop) => return Ended::without_frames(VideoError::Failed(None), start_at),
    };
    let (stream, is_file) = match opened {
        Ok(opened) => opened,
        Err(error) => return Ended::without_frames(error, start_at),
    };
    if !*stop.borrow() {
        parts.states.set(camera.id, CameraState::Running, parts.clock.now());
    }
    let duration = stream.duration();
    let mut session = Session::new(parts, camera, stream.is_live());
    let mut feed = Feed::new(stream);
    let result = loop {
        let frame = tokio::select! {
            frame = feed.next() => frame,
            () = stopped(stop) => break Ok(()),
        };
        match frame {
            Ok(Some(frame)) => session.take(frame).await,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    drop(feed);
    let (frames, last) = (session.frames, session.last_time);
    session.finish().await;
    let resume_at = if duration.is_some() { last.unwrap_or(start_at) } else { Duration::ZERO };
    let is_at_end = duration.is_some_and(|duration| {
        // With no frame more, it was gone on with where it stopped and there was nothing left.
        resume_at + END_TOLERANCE >= duration || frames == 0 && !start_at.is_zero()
    });
    let is_complete = result.is_ok() && (is_at_end || is_file);
    Ended { result, frames, is_complete, resume_at }
}

/// Returns when the worker or the camera is to stop.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Whoever could say so has gone: that is as good.
    let _ = stop.wait_for(|is_stopped| *is_stopped).await;
}

/// Where a session's frames come from.
enum Feed {
    /// The child waits until a frame is done.
    Waiting(Box<FrameStream>),
    /// Frames come when they come; the latest counts.
    Latest { frames: watch::Receiver<Option<Arc<Frame>>>, task: JoinHandle<Result<(), VideoError>> },
}

impl Feed {
    fn new(mut stream: FrameStream) -> Self {
        if !stream.is_live() {
            return Self::Waiting(Box::new(stream));
        }
        let (latest, frames) = watch::channel(None);
        let task = tokio::spawn(async move {
            while let Some(frame) = stream.next().await? {
                if latest.send(Some(Arc::new(frame))).is_err() {
                    break;
                }
            }
            Ok(())
        });
        Self::Latest { frames, task }
    }

    async fn next(&mut self) -> Result<Option<Arc<Frame>>, VideoError> {
        match self {
            Self::Waiting(stream) => Ok(stream.next().await?.map(Arc::new)),
            Self::Latest { frames, task } => {
                if frames.changed().await.is_ok() {
                    return Ok(frames.borrow_and_update().clone());
                }
                task.await.unwrap_or(Err(VideoError::NoFrames)).map(|()| None)
            }
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        if let Self::Latest { task, .. } = self {
            task.abort();
        }
    }
}

/// What was found in the latest frame that was looked at.
struct Looked {
    frame: Arc<Frame>,
    faces: Vec<AnalyzedFace>,
}

struct Session<'a> {
    parts: &'a Arc<CameraWorkerParts>,
    camera: &'a Camera,
    is_live: bool,
    tracker: Tracker,
    shots: Shots,
    poster: Poster,
    latest: Option<Looked>,
    frames: u64,
    next_index: u64,
    last_time: Option<Duration>,
}

impl<'a> Session<'a> {
    fn new(parts: &'a Arc<CameraWorkerParts>, camera: &'a Camera, is_live: bool) -> Self {
        Self {
            parts,
            camera,
            is_live,
            tracker: Tracker::new(TrackerParams::default()),
            shots: Shots::default(),
            poster: Poster::start(parts, camera),
            latest: None,
            frames: 0,
            next_index: 0,
            last_time: None,
        }
    }

    /// Follows the faces of a frame and posts the best shots of those who have gone.
    async fn take(&mut self, frame: Arc<Frame>) {
        let missed = frame.index - self.next_index;
        (self.next_index, self.last_time) = (frame.index + 1, Some(frame.time));
        self.frames += 1;
        let Some(faces) = self.look(&frame).await else {
            self.count(0, missed + 1);
            return;
        };
        self.count(1, missed);
        self.follow(&frame, &faces);
        for track in self.tracker.expire(frame.time) {
            if let Some(shot) = self.shots.finish(track) {
                self.post(shot).await;
            }
        }
        for shot in self.shots.take_due(frame.time) {
            self.post(shot).await;
        }
        self.latest = Some(Looked { frame, faces });
    }

    fn follow(&mut self, frame: &Arc<Frame>, faces: &[AnalyzedFace]) {
        let sighting =
            |face: &AnalyzedFace| Sighting { bounds: face.bounds, template: face.template.clone() };
        let sightings: Vec<_> = faces.iter().map(sighting).collect();
        let tracks = self.tracker.update(frame.time, &sightings, &*self.parts.likeness);
        let seen_at = self.parts.clock.now();
        let size = (frame.photo.width(), frame.photo.height());
        for (track, face) in tracks.into_iter().zip(faces) {
            self.shots.see(track, frame.time);
            let region = self.camera.posted_region;
            if region.is_none_or(|region| region.contains(&face.bounds, size, frame.shown)) {
                let score = shot_score(face);
                let shot = || BestShot::cut(&frame.photo, &face.bounds, score, seen_at);
                self.shots.offer(track, score, shot);
            }
        }
    }

    /// The faces of a frame; `None` where there was no place for the work, or it failed.
    async fn look(&self, frame: &Arc<Frame>) -> Option<Vec<AnalyzedFace>> {
        // A picture that stands still was looked at already.
        let same = |looked: &&Looked| looked.frame.photo == frame.photo;
        let wants_templates = self.tracker.wants_templates(frame.time);
        if let Some(looked) = self.latest.as_ref().filter(same) {
            let has_templates = looked.faces.iter().all(|face| face.template.is_some());
            if has_templates || !wants_templates {
                return Some(looked.faces.clone());
            }
        }
        let wanted = Wanted { landmarks: true, quality: true, template: wants_templates, ..Wanted::BOXES };
        let options = AnalyzeOptions {
            min_head_scale: self.parts.settings.min_head_scale,
            max_faces: MAX_FACES,
            ..AnalyzeOptions::new(wanted)
        };
        let pool = &self.parts.pool;
        let permit = if self.is_live { try_place(pool)? } else { place(pool).await };
        let (analyzer, frame) = (Arc::clone(&self.parts.analyzer), Arc::clone(frame));
        let job = move |cancel: &_| analyzer.analyze_pixels(&frame.photo, &options, cancel);
        match pool.run(permit, job).await {
            Ok(Ok(analysis)) => Some(analysis.faces),
            Ok(Err(FaceError::Cancelled)) | Err(PoolError::ShutDown) => None,
            Ok(Err(error)) => self.failed(&error),
            Err(error) => self.failed(&error),
        }
    }

    fn failed(&self, error: &dyn std::error::Error) -> Option<Vec<AnalyzedFace>> {
        tracing::warn!(camera = %self.camera.id, %error, "a frame could not be analysed");
        None
    }

    async fn post(&self, shot: BestShot) {
        if !self.poster.post(shot, !self.is_live).await {
            self.parts.states.count(self.camera.id, |status| status.lost += 1);
        }
    }

    fn count(&self, frames: u64, dropped: u64) {
        self.parts.states.count(self.camera.id, |status| {
            status.frames += frames;
            status.dropped += dropped;
        });
    }

    /// Posts the best shots of everyone who was still there.
    async fn finish(mut self) {
        for shot in self.shots.take_all() {
            self.poster.post(shot, true).await;
        }
        self.poster.finish().await;
    }
}

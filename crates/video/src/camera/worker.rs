//! Keeps a task for every enabled camera.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;
use vultus_types::{CameraId, Timestamp};

use super::session::{self, stopped};
use super::{Camera, CameraSourceError, CameraState, CameraStatus, CameraWorkerParts};
use crate::VideoError;

/// How long cameras may take to post what they have when the worker stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// A stream that gave frames for this long was well: its next failure is waited for from the beginning.
const WELL_AFTER: Duration = Duration::from_secs(10);

/// Reads the cameras that its source tells it to.
pub struct CameraWorker {
    parts: Arc<CameraWorkerParts>,
    running: HashMap<CameraId, Running>,
    tasks: JoinSet<()>,
}

/// A camera with its task.
struct Running {
    camera: Camera,
    stop: watch::Sender<bool>,
    task: AbortHandle,
}

impl CameraWorker {
    /// A worker that reads nothing yet.
    pub fn new(parts: CameraWorkerParts) -> Self {
        Self { parts: Arc::new(parts), running: HashMap::new(), tasks: JoinSet::new() }
    }

    /// Works until `stop` is done, then posts the best shots of everyone who is to be seen.
    pub async fn run(mut self, stop: impl Future<Output = ()> + Send) {
        let mut stop = std::pin::pin!(stop);
        let mut held_since = Instant::now();
        loop {
            let asked_at = Instant::now();
            match self.parts.cameras.hold().await {
                Ok(cameras) => {
                    held_since = asked_at;
                    self.reconcile(cameras);
                }
                Err(error) => self.go_on(&error, held_since),
            }
            tokio::select! {
                () = &mut stop => break,
                () = tokio::time::sleep(self.parts.settings.look_every) => {}
            }
            while self.tasks.try_join_next().is_some() {}
        }
        for camera in self.running.values() {
            camera.stop.send_replace(true);
        }
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_TIMEOUT, all).await.is_err() {
            tracing::warn!("cameras took too long to stop, their last faces are lost");
        }
        if let Err(error) = self.parts.cameras.release().await {
            tracing::warn!(%error, cause = %error.0, "cameras are held for a while yet");
        }
    }

    /// Goes on with the cameras as they were for as long as they are held: then another worker may have them.
    fn go_on(&mut self, error: &CameraSourceError, held_since: Instant) {
        let is_held = held_since.elapsed() < self.parts.settings.hold_for;
        tracing::warn!(%error, cause = %error.0, is_held, "it is not known which cameras to read");
        if !is_held {
            self.reconcile(Vec::new());
        }
    }

    /// Stops cameras that are gone or changed and starts those that are new.
    fn reconcile(&mut self, cameras: Vec<Camera>) {
        let wanted: HashMap<CameraId, Camera> =
            cameras.into_iter().map(|camera| (camera.id, camera)).collect();
        let states = &self.parts.states;
        self.running.retain(|id, running| {
            // A task ends by itself only where it panicked.
            let is_same = wanted.get(id) == Some(&running.camera) && !running.task.is_finished();
            if !is_same {
                running.stop.send_replace(true);
                states.forget(*id);
                tracing::info!(camera = %id, "camera stopped");
            }
            is_same
        });
        for (id, camera) in wanted {
            if !self.running.contains_key(&id) {
                let (stop, stopped) = watch::channel(false);
                let task = self.tasks.spawn(keep(Arc::clone(&self.parts), camera.clone(), stopped));
                self.running.insert(id, Running { camera, stop, task });
            }
        }
    }
}

/// Reads one camera for as long as it is wanted.
async fn keep(parts: Arc<CameraWorkerParts>, camera: Camera, mut stop: watch::Receiver<bool>) {
    let settings = &parts.settings;
    let mut wait = settings.first_wait;
    let mut resume_at = Duration::ZERO;
    let show = |stop: &watch::Receiver<bool>, state: CameraState| {
        if !*stop.borrow() {
            parts.states.set(camera.id, state, parts.clock.now());
            log(&parts, camera.id);
        }
    };
    loop {
        show(&stop, CameraState::Connecting);
        let started = Instant::now();
        let ended = session::run(&parts, &camera, resume_at, &mut stop).await;
        if *stop.borrow() {
            return;
        }
        if ended.is_complete {
            show(&stop, CameraState::Finished);
            stopped(&mut stop).await;
            return;
        }
        resume_at = ended.resume_at;
        if ended.frames > 0 && started.elapsed() >= WELL_AFTER {
            wait = settings.first_wait;
        }
        let micros = wait.as_micros() as i64;
        let until = Timestamp(parts.clock.now().0.saturating_add(micros));
        show(&stop, CameraState::Waiting { until, error: reason(&ended.result) });
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stopped(&mut stop) => return,
        }
        wait = (wait * 2).min(settings.longest_wait);
    }
}

/// One line for each change of a camera's state, with what came of the camera so far.
fn log(parts: &CameraWorkerParts, camera: CameraId) {
    let Some(CameraStatus { state, frames, dropped, events, lost, .. }) = parts.states.get(camera) else {
        return;
    };
    match state {
        CameraState::Waiting { error, .. } => {
            tracing::warn!(%camera, error, frames, dropped, events, lost, "camera waits to be read again");
        }
        state => tracing::info!(%camera, ?state, frames, dropped, events, lost, "camera"),
    }
}

fn reason(result: &Result<(), VideoError>) -> String {
    result.as_ref().err().map_or_else(|| "the stream ended".to_owned(), ToString::to_string)
}

//! Sends best shots to the sink, beside the frames: storing must not hold up a stream.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use vultus_media::{RgbPhoto, encode_jpeg};

use super::{Camera, CameraWorkerParts, FaceEvent, SinkError};
use crate::BestShot;

/// Shots of one camera that wait.
const QUEUE: usize = 8;
/// JPEG quality of posted photos: at 95 compression costs no similarity that is worth its bytes.
const JPEG_QUALITY: u8 = 95;
/// How often a shot is tried where there is no place for it.
const ATTEMPTS: u32 = 20;
/// The wait between two attempts.
const ATTEMPT_EVERY: Duration = Duration::from_millis(250);

/// The way to the sink for one camera.
pub(super) struct Poster {
    queue: mpsc::Sender<BestShot>,
    task: JoinHandle<()>,
}

impl Poster {
    pub(super) fn start(parts: &Arc<CameraWorkerParts>, camera: &Camera) -> Self {
        let (queue, shots) = mpsc::channel(QUEUE);
        Self { queue, task: tokio::spawn(post_all(Arc::clone(parts), camera.clone(), shots)) }
    }

    /// Queues a shot; where the queue is full, waits for a place if it may. Returns whether it was queued.
    pub(super) async fn post(&self, shot: BestShot, may_wait: bool) -> bool {
        if may_wait { self.queue.send(shot).await.is_ok() } else { self.queue.try_send(shot).is_ok() }
    }

    /// Waits until every queued shot was posted or given up.
    pub(super) async fn finish(self) {
        drop(self.queue);
        // A task that panicked has said so.
        let _ = self.task.await;
    }
}

async fn post_all(parts: Arc<CameraWorkerParts>, camera: Camera, mut shots: mpsc::Receiver<BestShot>) {
    while let Some(shot) = shots.recv().await {
        match post(&parts, &camera, shot).await {
            Ok(()) => parts.states.count(camera.id, |status| status.events += 1),
            Err(error) => {
                parts.states.count(camera.id, |status| status.lost += 1);
                match &error {
                    SinkError::Unusable => tracing::debug!(camera = %camera.id, %error, "face not posted"),
                    SinkError::Busy | SinkError::Failed(_) => {
                        let cause = std::error::Error::source(&error).map(ToString::to_string);
                        tracing::warn!(camera = %camera.id, %error, cause, "face not posted");
                    }
                }
            }
        }
    }
}

async fn post(parts: &Arc<CameraWorkerParts>, camera: &Camera, shot: BestShot) -> Result<(), SinkError> {
    let BestShot { photo, bounds, seen_at, .. } = shot;
    let photo = encode(parts, photo).await?;
    let event = FaceEvent { camera: camera.id, account: camera.account, photo, bounds, seen_at };
    let mut attempts = 1;
    loop {
        match parts.events.post(event.clone()).await {
            Err(SinkError::Busy) if attempts < ATTEMPTS => tokio::time::sleep(ATTEMPT_EVERY).await,
            result => return result,
        }
        attempts += 1;
    }
}

/// The photo as a file, made on the work pool.
async fn encode(parts: &CameraWorkerParts, photo: RgbPhoto) -> Result<Bytes, SinkError> {
    for _ in 0..ATTEMPTS {
        if let Ok(permit) = parts.pool.try_permit() {
            let encoded = parts.pool.run(permit, move |_| encode_jpeg(&photo, JPEG_QUALITY)).await;
            let encoded = encoded.map_err(|error| SinkError::Failed(error.into()))?;
            return encoded.map(Bytes::from).map_err(|error| SinkError::Failed(error.into()));
        }
        tokio::time::sleep(ATTEMPT_EVERY).await;
    }
    Err(SinkError::Busy)
}

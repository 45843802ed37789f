//! What each camera is doing.

use std::collections::HashMap;

use parking_lot::Mutex;
use vultus_types::{CameraId, Timestamp};

/// What a camera is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraState {
    /// Its stream is being opened.
    Connecting,
    /// Frames come.
    Running,
    /// Its stream failed and is tried again later.
    Waiting {
        /// When.
        until: Timestamp,
        /// Why, in one line without addresses.
        error: String,
    },
    /// Its video had an end and was read to it. It is read again when the camera is changed, or enabled anew.
    Finished,
}

/// A camera's state and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraStatus {
    /// What it is doing.
    pub state: CameraState,
    /// Since when.
    pub since: Timestamp,
    /// Frames that faces were looked for in.
    pub frames: u64,
    /// Frames that came while there was no place for work.
    pub dropped: u64,
    /// Faces that were posted.
    pub events: u64,
    /// Faces that were not posted: nothing could be made of them, or there was no place for too long.
    pub lost: u64,
}

/// The states of all cameras that a worker of this process reads.
#[derive(Debug, Default)]
pub struct CameraStates(Mutex<HashMap<CameraId, CameraStatus>>);

impl CameraStates {
    /// A camera's status; `None` where no worker of this process reads it.
    pub fn get(&self, camera: CameraId) -> Option<CameraStatus> {
        self.0.lock().get(&camera).cloned()
    }

    /// Every camera's status, by id.
    pub fn all(&self) -> Vec<(CameraId, CameraStatus)> {
        let mut all: Vec<_> = self.0.lock().iter().map(|(id, status)| (*id, status.clone())).collect();
        all.sort_by_key(|(id, _)| *id);
        all
    }

    pub(super) fn set(&self, camera: CameraId, state: CameraState, now: Timestamp) {
        let mut all = self.0.lock();
        let known = all.entry(camera).or_insert_with(|| CameraStatus {
            state: CameraState::Connecting,
            since: now,
            frames: 0,
            dropped: 0,
            events: 0,
            lost: 0,
        });
        (known.state, known.since) = (state, now);
    }

    pub(super) fn count(&self, camera: CameraId, count: impl FnOnce(&mut CameraStatus)) {
        if let Some(status) = self.0.lock().get_mut(&camera) {
            count(status);
        }
    }

    pub(super) fn forget(&self, camera: CameraId) {
        self.0.lock().remove(&camera);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_survive_changes_of_state() {
        let (states, camera) = (CameraStates::default(), CameraId(uuid::Uuid::from_u128(7)));
        states.set(camera, CameraState::Connecting, Timestamp(1));
        states.count(camera, |status| status.frames += 3);
        states.set(camera, CameraState::Running, Timestamp(2));
        let status = states.get(camera).unwrap();
        assert_eq!((status.state, status.since, status.frames), (CameraState::Running, Timestamp(2), 3));
        states.forget(camera);
        states.count(camera, |status| status.frames += 1);
        assert!(states.all().is_empty());
    }
}

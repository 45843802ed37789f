//! Who is told of what between those who hand media in, those who wait for them and those who work at them, within
//! one process.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, broadcast};
use vultus_types::MediaId;

/// Media that may be handed in at one time: each is held in memory until it is stored.
const PLACES: usize = 4;

/// Removals that a worker may be late to hear of; it finds out about the others when it next stores something.
const REMOVALS: usize = 64;

/// The right to hand in a medium.
#[derive(Debug)]
pub struct MediaPlace(#[expect(dead_code, reason = "it is held, not read")] OwnedSemaphorePermit);

/// What is new about media in this process.
#[derive(Debug)]
pub(crate) struct MediaNews {
    places: Arc<Semaphore>,
    added: Notify,
    ended: Notify,
    removed: broadcast::Sender<MediaId>,
}

impl Default for MediaNews {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(PLACES)),
            added: Notify::new(),
            ended: Notify::new(),
            removed: broadcast::channel(REMOVALS).0,
        }
    }
}

impl MediaNews {
    pub(super) fn place(&self) -> Option<MediaPlace> {
        Arc::clone(&self.places).try_acquire_owned().ok().map(MediaPlace)
    }

    pub(super) fn tell_added(&self) {
        self.added.notify_one();
    }

    /// Done when a medium was added since the last call.
    pub(super) fn added(&self) -> impl Future<Output = ()> + '_ {
        self.added.notified()
    }

    pub(super) fn tell_ended(&self) {
        self.ended.notify_waiters();
    }

    /// Done when work at a medium ends after this call.
    pub(super) fn ended(&self) -> impl Future<Output = ()> + '_ {
        self.ended.notified()
    }

    pub(super) fn tell_removed(&self, id: MediaId) {
        // Nobody may be listening.
        let _ = self.removed.send(id);
        self.ended.notify_waiters();
    }

    /// Removals from now on.
    pub(super) fn removals(&self) -> broadcast::Receiver<MediaId> {
        self.removed.subscribe()
    }
}

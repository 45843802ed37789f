//! Places for work on frames.

use std::time::Duration;

use vultus_inference::{Permit, WorkPool};

/// How often one who can wait looks for a place.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A place, where one is free for frames: half of them stay for requests.
pub(crate) fn try_place(pool: &WorkPool) -> Option<Permit> {
    let stats = pool.stats();
    let is_free = stats.permits < stats.threads.max(stats.capacity / 2);
    is_free.then(|| pool.try_permit().ok()).flatten()
}

/// A place, as soon as there is one. There is none any more in a pool that is shut down: whoever shuts it down
/// drops those who wait.
pub(crate) async fn place(pool: &WorkPool) -> Permit {
    loop {
        match try_place(pool) {
            Some(permit) => return permit,
            None => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}

//! Hearing of changes from the other nodes.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::CHANNEL;

/// How long to wait before listening is tried again. Meanwhile changes are found by asking.
const PAUSE: Duration = Duration::from_secs(1);

/// A connection on which the server tells of changes; where it is lost, another one.
#[derive(Debug)]
pub(crate) struct Listener {
    heard: Arc<Notify>,
    task: AbortHandle,
}

impl Listener {
    pub(crate) fn start(pool: PgPool) -> Self {
        let heard = Arc::new(Notify::new());
        let task = tokio::spawn(listen(pool, Arc::clone(&heard))).abort_handle();
        Self { heard, task }
    }

    /// Returns when something was heard, or after that time.
    pub(crate) async fn wait(&self, at_most: Duration) {
        let _ = tokio::time::timeout(at_most, self.heard.notified()).await;
    }

    pub(crate) fn stop(&self) {
        self.task.abort();
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn listen(pool: PgPool, heard: Arc<Notify>) {
    while !pool.is_closed() {
        // What is lost when a connection is, those who wait find by asking.
        let _ = hear(&pool, &heard).await;
        tokio::time::sleep(PAUSE).await;
    }
}

async fn hear(pool: &PgPool, heard: &Notify) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        listener.recv().await?;
        heard.notify_waiters();
    }
}

//! Work that goes on beside the requests until the process stops.

use std::future::Future;

use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinHandle};

/// Running work.
#[derive(Debug)]
pub(crate) struct Background<T> {
    stop: oneshot::Sender<()>,
    task: JoinHandle<T>,
}

/// Resolves when the work is to end.
#[derive(Debug)]
pub(crate) struct Stopped(oneshot::Receiver<()>);

impl<T: Send + 'static> Background<T> {
    /// Starts it. It ends by itself soon after what it is given resolves.
    pub(crate) fn start<F>(work: impl FnOnce(Stopped) -> F) -> Self
    where
        F: Future<Output = T> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        Self { stop, task: tokio::spawn(work(Stopped(stopped))) }
    }

    /// Ends it and waits for what becomes of it.
    pub(crate) async fn stop(self) -> Result<T, JoinError> {
        drop(self.stop);
        self.task.await
    }
}

impl Stopped {
    pub(crate) async fn wait(self) {
        // Whoever could say so has gone: that is as good.
        let _ = self.0.await;
    }
}

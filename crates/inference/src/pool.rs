//! A bounded pool of named threads for work that keeps a core busy.
//!
//! A request takes a [`Permit`] before its body is read and hands it over with its job. There are as many
//! permits as threads and places in the queue together, so a job that holds one is never refused, and a server
//! that is full says so before it has spent memory on the request.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use crate::Cancel;

/// Every place is taken; try again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("all places for work are taken")]
pub struct Overloaded;

/// Why a job gave no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PoolError {
    /// The job panicked; its thread and the other jobs go on.
    #[error("the job panicked")]
    Panicked,
    /// The pool takes no more work.
    #[error("the work pool is shut down")]
    ShutDown,
}

/// What a pool is doing at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolStats {
    /// Threads.
    pub threads: usize,
    /// Permits that are out: requests being read, jobs waiting and jobs running.
    pub permits: usize,
    /// Permits there are at all.
    pub capacity: usize,
    /// Jobs that wait for a thread.
    pub queued: usize,
    /// Jobs on a thread.
    pub running: usize,
    /// Permits refused since the start.
    pub refused: u64,
    /// Jobs skipped because nobody waited any more when their turn came, since the start.
    pub skipped: u64,
    /// Jobs that panicked since the start.
    pub panicked: u64,
}

/// The right to run one job. Dropping it frees the place.
#[derive(Debug)]
pub struct Permit {
    shared: Arc<Shared>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.shared.state.lock().permits -= 1;
    }
}

/// A fixed number of threads with a bounded queue before them. Dropping the pool shuts it down.
#[derive(Debug)]
pub struct WorkPool {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    threads: usize,
    capacity: usize,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    permits: usize,
    running: usize,
    refused: u64,
    skipped: u64,
    panicked: u64,
    is_closed: bool,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("queued", &self.queue.len())
            .field("running", &self.running)
            .finish_non_exhaustive()
    }
}

/// A job with its permit inside the closure, and the flag of the one who waits for it.
struct Job {
    cancel: Cancel,
    work: Box<dyn FnOnce() -> Ended + Send>,
}

/// A job that ran. Its answer goes out after it has been counted, so that whoever has the answer no longer finds
/// the job among those that run.
struct Ended {
    is_panic: bool,
    answer: Box<dyn FnOnce()>,
}

impl WorkPool {
    /// A pool of `threads` threads and `queue_capacity` places for jobs that wait. The threads are called
    /// `work-0`, `work-1`, …
    ///
    /// # Errors
    /// Where the operating system refuses a thread.
    pub fn new(threads: NonZeroUsize, queue_capacity: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            wake: Condvar::new(),
            threads: threads.get(),
            capacity: threads.get().saturating_add(queue_capacity),
        });
        let pool = Self { shared, threads: Mutex::default() };
        for index in 0..threads.get() {
            let shared = Arc::clone(&pool.shared);
            let builder = std::thread::Builder::new().name(format!("work-{index}"));
            pool.threads.lock().push(builder.spawn(move || shared.work())?);
        }
        Ok(pool)
    }

    /// Takes a place, without waiting for one.
    ///
    /// # Errors
    /// [`Overloaded`] where none is free or the pool is shut down.
    pub fn try_permit(&self) -> Result<Permit, Overloaded> {
        let mut state = self.shared.state.lock();
        if state.is_closed || state.permits >= self.shared.capacity {
            state.refused += 1;
            return Err(Overloaded);
        }
        state.permits += 1;
        Ok(Permit { shared: Arc::clone(&self.shared) })
    }

    /// Runs `job` on a thread of the pool and waits for its result. The permit is freed when the job ends.
    ///
    /// # Errors
    /// As [`Self::run_keeping`].
    pub async fn run<T: Send + 'static>(
        &self,
        permit: Permit,
        job: impl FnOnce(&Cancel) -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        self.submit(
            permit,
            |result, permit| {
                // The place is free before the answer is out, so that whoever got an answer can ask again at once.
                drop(permit);
                result
            },
            job,
        )
        .await
    }

    /// Runs `job` on a thread of the pool and waits for its result. The permit comes back with it, for a request
    /// that has more than one job.
    ///
    /// Dropping the future cancels the job: one that waits is skipped when its turn comes, one that runs sees it
    /// in its [`Cancel`].
    ///
    /// # Errors
    /// [`PoolError::Panicked`] where the job did, [`PoolError::ShutDown`] where the pool no longer works.
    pub async fn run_keeping<T: Send + 'static>(
        &self,
        permit: Permit,
        job: impl FnOnce(&Cancel) -> T + Send + 'static,
    ) -> Result<(T, Permit), PoolError> {
        self.submit(permit, |result, permit| (result, permit), job).await
    }

    /// Runs a job; `end` says what of its result and of the permit is handed back.
    async fn submit<T: Send + 'static, R: Send + 'static>(
        &self,
        permit: Permit,
        end: fn(T, Permit) -> R,
        job: impl FnOnce(&Cancel) -> T + Send + 'static,
    ) -> Result<R, PoolError> {
        let (answer, result) = oneshot::channel();
        let cancel = Cancel::default();
        let cancel_on_drop = CancelOnDrop(cancel.clone());
        let job_cancel = cancel.clone();
        let work = Box::new(move || {
            let result = catch_unwind(AssertUnwindSafe(|| job(&job_cancel)));
            let is_panic = result.is_err();
            let result = result.map(|result| end(result, permit)).map_err(|_| PoolError::Panicked);
            // Nobody may be waiting any more, which is no failure.
            let answer = Box::new(move || drop(answer.send(result)));
            Ended { is_panic, answer }
        });
        self.shared.push(Job { cancel, work })?;
        let result = result.await.unwrap_or(Err(PoolError::ShutDown));
        drop(cancel_on_drop);
        result
    }

    /// What the pool is doing now.
    pub fn stats(&self) -> PoolStats {
        let state = self.shared.state.lock();
        PoolStats {
            threads: self.shared.threads,
            permits: state.permits,
            capacity: self.shared.capacity,
            queued: state.queue.len(),
            running: state.running,
            refused: state.refused,
            skipped: state.skipped,
            panicked: state.panicked,
        }
    }

    /// Refuses new permits and new jobs, lets the jobs that wait or run finish, and joins the threads. Blocks
    /// until then. A second call does nothing.
    pub fn shut_down(&self) {
        self.shared.state.lock().is_closed = true;
        self.shared.wake.notify_all();
        for thread in self.threads.lock().drain(..) {
            // Jobs are caught when they panic, so a thread ends in no other way than by returning.
            let _ = thread.join();
        }
    }
}

impl Drop for WorkPool {
    fn drop(&mut self) {
        self.shut_down();
    }
}

struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Shared {
    fn push(&self, job: Job) -> Result<(), PoolError> {
        let mut state = self.state.lock();
        if state.is_closed {
            drop(state);
            // The permit inside the job takes the lock when it is dropped.
            drop(job);
            return Err(PoolError::ShutDown);
        }
        state.queue.push_back(job);
        drop(state);
        self.wake.notify_one();
        Ok(())
    }

    /// One thread's life: jobs in their order, until the pool is closed and the queue is empty.
    fn work(&self) {
        while let Some(job) = self.next_job() {
            if job.cancel.is_cancelled() {
                drop(job);
                let mut state = self.state.lock();
                state.running -= 1;
                state.skipped += 1;
                continue;
            }
            let ended = (job.work)();
            let mut state = self.state.lock();
            state.running -= 1;
            state.panicked += u64::from(ended.is_panic);
            drop(state);
            (ended.answer)();
        }
    }

    fn next_job(&self) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.queue.pop_front() {
                state.running += 1;
                return Some(job);
            }
            if state.is_closed {
                return None;
            }
            self.wake.wait(&mut state);
        }
    }
}

#[cfg(test)]
mod tests;

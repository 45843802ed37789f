use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::*;

fn pool(threads: usize, queue: usize) -> Arc<WorkPool> {
    Arc::new(WorkPool::new(NonZeroUsize::new(threads).unwrap(), queue).unwrap())
}

/// Waits for another thread to get somewhere.
fn eventually(is_reached: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_reached() {
        assert!(start.elapsed() < Duration::from_secs(20), "never reached");
        std::thread::yield_now();
    }
}

/// A job that occupies a thread until the returned sender is dropped.
fn blocker(pool: &Arc<WorkPool>) -> (mpsc::Sender<()>, tokio::task::JoinHandle<Result<(), PoolError>>) {
    let (release, wait) = mpsc::channel();
    let (pool, permit) = (Arc::clone(pool), pool.try_permit().unwrap());
    let job = async move {
        let wait_for_release = move |_: &Cancel| {
            let _ = wait.recv();
        };
        pool.run(permit, wait_for_release).await
    };
    (release, tokio::spawn(job))
}

async fn until_running(pool: &WorkPool, count: usize) {
    while pool.stats().running < count {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn job_gives_its_result() {
    let pool = pool(2, 2);
    let permit = pool.try_permit().unwrap();
    let name = pool.run(permit, |_| std::thread::current().name().map(str::to_owned)).await.unwrap();
    assert!(name.is_some_and(|name| name.starts_with("work-")));
}

#[tokio::test]
async fn full_pool_refuses_at_once() {
    let pool = pool(1, 2);
    let permits: Vec<_> = (0..3).map(|_| pool.try_permit().unwrap()).collect();
    assert_eq!(pool.try_permit().unwrap_err(), Overloaded);
    assert_eq!((pool.stats().permits, pool.stats().refused), (3, 1));
    drop(permits);
    assert_eq!(pool.stats().permits, 0);
    assert!(pool.try_permit().is_ok());
}

#[tokio::test]
async fn permit_is_free_when_the_answer_is_there() {
    let pool = pool(1, 0);
    for number in 0..200 {
        let permit = pool.try_permit().expect("the job before has ended");
        assert_eq!(pool.run(permit, move |_| number).await, Ok(number));
    }
}

#[tokio::test]
async fn jobs_beyond_the_threads_wait_in_order() {
    let pool = pool(1, 8);
    let (release, blocked) = blocker(&pool);
    until_running(&pool, 1).await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut waiting = Vec::new();
    for number in 0..5 {
        let (pool, order) = (Arc::clone(&pool), Arc::clone(&order));
        let permit = pool.try_permit().unwrap();
        waiting.push(tokio::spawn(async move { pool.run(permit, move |_| order.lock().push(number)).await }));
        tokio::task::yield_now().await;
    }
    while pool.stats().queued < 5 {
        tokio::task::yield_now().await;
    }
    drop(release);
    blocked.await.unwrap().unwrap();
    for job in waiting {
        job.await.unwrap().unwrap();
    }
    assert_eq!(*order.lock(), [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn waiting_job_is_skipped_when_its_future_is_dropped() {
    let pool = pool(1, 4);
    let (release, blocked) = blocker(&pool);
    until_running(&pool, 1).await;
    let ran = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&ran);
    let permit = pool.try_permit().unwrap();
    let job = pool.run(permit, move |_| seen.store(true, Ordering::SeqCst));
    assert!(tokio::time::timeout(Duration::from_millis(20), job).await.is_err());
    drop(release);
    blocked.await.unwrap().unwrap();
    let permit = pool.try_permit().unwrap();
    pool.run(permit, |_| ()).await.unwrap();
    assert!(!ran.load(Ordering::SeqCst));
    assert_eq!(pool.stats().skipped, 1);
    assert_eq!(pool.stats().permits, 0);
}

#[tokio::test]
async fn running_job_sees_that_its_future_is_dropped() {
    let pool = pool(1, 0);
    let permit = pool.try_permit().unwrap();
    let job = pool.run(permit, |cancel| {
        while !cancel.is_cancelled() {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    assert!(tokio::time::timeout(Duration::from_millis(50), job).await.is_err());
    eventually(|| pool.stats().permits == 0);
}

#[tokio::test]
async fn panic_of_a_job_stays_in_it() {
    let pool = pool(1, 1);
    for _ in 0..3 {
        let permit = pool.try_permit().unwrap();
        let result: Result<(), _> = pool.run(permit, |_| panic!("a job of a test")).await;
        assert_eq!(result, Err(PoolError::Panicked));
    }
    let permit = pool.try_permit().unwrap();
    assert_eq!(pool.run(permit, |_| 7).await, Ok(7));
    eventually(|| pool.stats().panicked == 3);
}

#[tokio::test]
async fn shutdown_finishes_the_jobs_it_took() {
    let pool = pool(1, 8);
    let (release, blocked) = blocker(&pool);
    until_running(&pool, 1).await;
    let done = Arc::new(AtomicUsize::new(0));
    let mut waiting = Vec::new();
    for _ in 0..4 {
        let (pool, done) = (Arc::clone(&pool), Arc::clone(&done));
        let permit = pool.try_permit().unwrap();
        let job = async move { pool.run(permit, move |_| done.fetch_add(1, Ordering::SeqCst)).await };
        waiting.push(tokio::spawn(job));
    }
    while pool.stats().queued < 4 {
        tokio::task::yield_now().await;
    }
    let late = pool.try_permit().unwrap();
    let closing = Arc::clone(&pool);
    let shutdown = std::thread::spawn(move || closing.shut_down());
    eventually(|| pool.try_permit().is_err());
    assert_eq!(pool.run(late, |_| ()).await, Err(PoolError::ShutDown));
    drop(release);
    blocked.await.unwrap().unwrap();
    for job in waiting {
        job.await.unwrap().unwrap();
    }
    shutdown.join().unwrap();
    assert_eq!(done.load(Ordering::SeqCst), 4);
    assert_eq!(pool.stats().permits, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_place_is_lost_under_load() {
    let pool = pool(2, 6);
    let mut tasks = Vec::new();
    for task in 0..16u64 {
        let pool = Arc::clone(&pool);
        tasks.push(tokio::spawn(async move {
            for round in 0..50u64 {
                let Ok(permit) = pool.try_permit() else {
                    tokio::task::yield_now().await;
                    continue;
                };
                let job =
                    pool.run(permit, move |_| assert!((task + round) % 7 != 0, "every seventh job panics"));
                let _ = tokio::time::timeout(Duration::from_micros(200 * (round % 3)), job).await;
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    eventually(|| pool.stats().permits == 0);
    let stats = pool.stats();
    assert_eq!((stats.queued, stats.running), (0, 0));
}

#[tokio::test]
async fn kept_permit_holds_its_place_between_two_jobs_and_a_panic_frees_it() {
    let pool = pool(1, 0);
    let permit = pool.try_permit().unwrap();
    let (first, permit) = pool.run_keeping(permit, |_| 7).await.unwrap();
    assert_eq!((first, pool.stats().permits), (7, 1));
    assert!(pool.try_permit().is_err(), "the one place is taken");
    let panicked = pool.run_keeping(permit, |_| panic!("a job")).await.map(|((), _)| ());
    assert_eq!(panicked, Err(PoolError::Panicked));
    assert_eq!(pool.stats().permits, 0);
}

#[tokio::test]
async fn job_whose_answer_is_out_is_no_longer_counted() {
    let pool = pool(1, 0);
    for _ in 0..1000 {
        pool.run(pool.try_permit().unwrap(), |_| ()).await.unwrap();
        let stats = pool.stats();
        assert_eq!((stats.permits, stats.queued, stats.running), (0, 0, 0));
    }
}

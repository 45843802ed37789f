use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use vultus_store::{MediaStore, WorkerId};
use vultus_video::{MediaInfo, MediaKind, MediaSink};

use super::*;
use crate::Policy;
use crate::events::tests::account;
use crate::fakes::{Bench, BenchOptions, START};

/// Finds as many frames as the file has bytes; `!` is unreadable, `~` lasts for ever.
#[derive(Default)]
struct Counter {
    begun: AtomicUsize,
}

fn info() -> MediaInfo {
    let (format, length) = ("mp4".to_owned(), Duration::from_secs(3));
    MediaInfo { kind: MediaKind::Video, format, width: 640, height: 480, length }
}

#[async_trait]
impl MediaAnalyst for Counter {
    async fn analyse(
        &self,
        file: &Path,
        _: bool,
        sink: &mut (dyn MediaSink + '_),
    ) -> Result<MediaSummary, MediaFailure> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let bytes = tokio::fs::read(file).await.map_err(|_| MediaFailure::Internal)?;
        match bytes.first() {
            Some(b'!') => return Err(MediaFailure::Unreadable),
            Some(b'~') => std::future::pending().await,
            _ => {}
        }
        for number in 1..=bytes.len() as u64 {
            let frame = MediaFrame { time: Duration::from_millis(number), people: Vec::new() };
            sink.frame(frame).await.map_err(|_| MediaFailure::Internal)?;
        }
        Ok(MediaSummary { info: info(), frames: bytes.len() as u64, persons: Vec::new() })
    }
}

/// A running worker.
struct Stage {
    bench: Bench,
    counter: Arc<Counter>,
    folder: tempfile::TempDir,
    stop: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Stage {
    async fn new() -> Self {
        Self::with(Policy::default()).await
    }

    async fn with(policy: Policy) -> Self {
        let bench = Bench::with(BenchOptions { policy, ..BenchOptions::default() }).await.unwrap();
        let (counter, folder) = (Arc::default(), tempfile::tempdir().unwrap());
        Self { bench, counter, folder, stop: None }
    }

    fn start(&mut self) {
        let settings = MediaWorkerSettings {
            look_every: Duration::from_millis(10),
            hold_for: Duration::from_millis(90),
            ..MediaWorkerSettings::new(self.folder.path().to_owned())
        };
        let worker = self.bench.service.media_worker(self.counter.clone(), settings).unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async {
            let stopped = async {
                let _ = stopped.await;
            };
            worker.run(stopped).await.unwrap();
        });
        self.stop = Some((stop, task));
    }

    async fn stop(&mut self) {
        let (stop, task) = self.stop.take().unwrap();
        drop(stop);
        task.await.unwrap();
    }

    async fn add(&self, caller: Caller, file: &'static [u8]) -> MediaId {
        let command = MediaCommand { file: Bytes::from_static(file), wants_points: true };
        let place = self.bench.service.admit_media().unwrap();
        self.bench.service.add_media(caller, place, command).await.unwrap()
    }

    async fn until(&self, caller: Caller, id: MediaId, progress: &MediaProgress) {
        for _ in 0..1000 {
            let report = self.bench.service.media(caller, id).await.unwrap().unwrap();
            if report.progress == *progress {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("never {progress:?}");
    }

    /// Whether a file of the medium is kept anywhere.
    async fn has_file(&self, caller: Caller, id: MediaId) -> bool {
        let is_kept =
            self.bench.blobs.get(&BlobStore::media_key(caller.account, id)).await.unwrap().is_some();
        let folders = std::fs::read_dir(self.folder.path()).unwrap();
        is_kept || folders.into_iter().any(|folder| folder.unwrap().path().join(id.to_string()).exists())
    }
}

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn medium_is_analysed_and_its_file_goes() {
    let mut stage = Stage::new().await;
    let caller = account(&stage.bench, "demo").await;
    let file: &[u8] = &[7; 250];
    let id = stage.add(caller, file).await;
    assert!(stage.has_file(caller, id).await);
    let service = Arc::clone(&stage.bench.service);
    assert_eq!(service.media(caller, id).await.unwrap().unwrap().progress, MediaProgress::Waiting);
    stage.start();
    let report = service.await_media(caller, id, PATIENCE).await.unwrap().unwrap();
    let summary = MediaSummary { info: info(), frames: 250, persons: Vec::new() };
    assert_eq!(report.progress, MediaProgress::Complete(summary));
    assert_eq!((report.started_at, report.wants_points), (Some(START), true));
    let mut times = Vec::new();
    for chunk in 0.. {
        let Some(frames) = service.media_frames(id, chunk).await.unwrap() else { break };
        times.extend(frames.iter().map(|frame| frame.time.as_millis()));
    }
    assert_eq!(times, (1..=250).collect::<Vec<_>>());
    stage.stop().await;
    assert!(!stage.has_file(caller, id).await);
    assert!(service.remove_media(caller, id).await.unwrap());
    assert_eq!(service.media(caller, id).await.unwrap(), None);
    assert_eq!(service.media_frames(id, 0).await.unwrap(), None);
}

#[tokio::test]
async fn medium_that_cannot_be_read_says_why_and_is_not_tried_again() {
    let mut stage = Stage::new().await;
    let caller = account(&stage.bench, "demo").await;
    stage.start();
    let id = stage.add(caller, b"!").await;
    let report = stage.bench.service.await_media(caller, id, PATIENCE).await.unwrap().unwrap();
    assert_eq!(report.progress, MediaProgress::Failed(MediaFailure::Unreadable));
    stage.stop().await;
    assert_eq!(stage.counter.begun.load(Ordering::SeqCst), 1);
    assert!(!stage.has_file(caller, id).await);
}

#[tokio::test]
async fn waiting_ends_when_the_time_is_up() {
    let stage = Stage::new().await;
    let caller = account(&stage.bench, "demo").await;
    let id = stage.add(caller, b"abc").await;
    let report = stage.bench.service.await_media(caller, id, Duration::from_millis(20)).await.unwrap();
    assert_eq!(report.unwrap().progress, MediaProgress::Waiting);
}

#[tokio::test]
async fn removed_medium_is_worked_at_no_longer() {
    let mut stage = Stage::new().await;
    let caller = account(&stage.bench, "demo").await;
    stage.start();
    let endless = stage.add(caller, b"~").await;
    stage.until(caller, endless, &MediaProgress::Running).await;
    let stranger = account(&stage.bench, "other").await;
    assert!(!stage.bench.service.remove_media(stranger, endless).await.unwrap());
    assert!(stage.bench.service.remove_media(caller, endless).await.unwrap());
    for _ in 0..1000 {
        if !stage.has_file(caller, endless).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the file is still read");
}

#[tokio::test]
async fn medium_whose_worker_stops_waits_again() {
    let mut stage = Stage::new().await;
    let caller = account(&stage.bench, "demo").await;
    stage.start();
    let endless = stage.add(caller, b"~").await;
    stage.until(caller, endless, &MediaProgress::Running).await;
    stage.stop().await;
    let report = stage.bench.service.media(caller, endless).await.unwrap().unwrap();
    assert_eq!(report.progress, MediaProgress::Waiting);
}

#[tokio::test]
async fn medium_whose_worker_died_is_begun_again_a_few_times() {
    let mut stage = Stage::new().await;
    let caller = account(&stage.bench, "demo").await;
    let id = stage.add(caller, b"abc").await;
    let dead = WorkerId(uuid::Uuid::from_u128(9));
    let died = || async { stage.bench.store.claim_media(dead, START, START).await.unwrap().unwrap() };
    assert_eq!((died().await.attempts, died().await.attempts), (1, 2));
    stage.start();
    let report = stage.bench.service.await_media(caller, id, PATIENCE).await.unwrap().unwrap();
    assert!(matches!(report.progress, MediaProgress::Complete(_)), "{report:?}");
    let fatal = stage.bench.service.clone();
    stage.stop().await;
    let id = stage.add(caller, b"abc").await;
    for _ in 0..3 {
        stage.bench.store.claim_media(dead, START, START).await.unwrap().unwrap();
    }
    stage.start();
    let report = fatal.await_media(caller, id, PATIENCE).await.unwrap().unwrap();
    assert_eq!(report.progress, MediaProgress::Failed(MediaFailure::BrokeOff));
}

#[tokio::test]
async fn too_many_media_are_refused() {
    let stage = Stage::with(Policy { most_media: 2, ..Policy::default() }).await;
    let caller = account(&stage.bench, "demo").await;
    let service = &stage.bench.service;
    let places: Vec<_> = std::iter::from_fn(|| service.admit_media().ok()).collect();
    assert_eq!(places.len(), 4);
    let mut kinds = vec![service.admit_media().unwrap_err().kind()];
    for place in places {
        let command = MediaCommand { file: Bytes::from_static(b"abc"), wants_points: false };
        kinds.extend(service.add_media(caller, place, command).await.err().map(|error| error.kind()));
    }
    assert!(kinds.iter().all(|kind| matches!(kind, ErrorKind::Overloaded { .. })), "{kinds:?}");
    assert_eq!(kinds.len(), 3);
}

#[tokio::test]
async fn empty_file_is_refused() {
    let stage = Stage::new().await;
    let caller = account(&stage.bench, "demo").await;
    let place = stage.bench.service.admit_media().unwrap();
    let command = MediaCommand { file: Bytes::new(), wants_points: false };
    let error = stage.bench.service.add_media(caller, place, command).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsupportedMedia);
}

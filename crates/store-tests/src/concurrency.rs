//! Several connections and tasks at once.

use std::sync::Arc;
use std::time::Duration;

use vultus_store::{FaceStore, Store, StoreError};
use vultus_types::CalendarMonth;

use crate::Backend;
use crate::fixtures::{NOW, account_id, face, with_accounts};

const WRITES: u64 = 25;

/// What one connection wrote, another one reads at once.
pub async fn connections_see_each_others_writes(backend: &dyn Backend) {
    let one = with_accounts(backend).await;
    let two = backend.connect().await;
    one.add_faces(&["g"], &[face(1, 1, "Ann")]).await.unwrap();
    assert_eq!(two.face_count().await.unwrap(), 1);
    assert_eq!(two.last_change().await.unwrap(), one.last_change().await.unwrap());
    two.remove_gallery(account_id(1), "g", NOW).await.unwrap().unwrap();
    assert_eq!(one.galleries(account_id(1)).await.unwrap(), [""; 0]);
}

/// Writers take turns; every write is there in the end.
pub async fn writers_on_two_connections_lose_nothing(backend: &dyn Backend) {
    let one = with_accounts(backend).await;
    let two = backend.connect().await;
    let write = |store: Arc<dyn Store>, start: u64| async move {
        for number in start..start + WRITES {
            store.add_faces(&["g"], &[face(1, number, "Ann")]).await.unwrap();
        }
    };
    let tasks = [
        tokio::spawn(write(Arc::clone(&one), 1000)),
        tokio::spawn(write(Arc::clone(&one), 2000)),
        tokio::spawn(write(Arc::clone(&two), 3000)),
        tokio::spawn(write(two, 4000)),
    ];
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(one.face_count().await.unwrap(), 4 * WRITES);
    assert_eq!(one.changes_after(0, 1000).await.unwrap().len() as u64, 4 * WRITES);
}

/// A reader sees all faces of a batch or none, while writers write and remove.
pub async fn readers_never_see_half_a_batch(backend: &dyn Backend) {
    let writer = with_accounts(backend).await;
    let reader = backend.connect().await;
    let writing = tokio::spawn(async move {
        for round in 0..WRITES {
            let batch: Vec<_> = (1..=4).map(|number| face(1, round * 10 + number, "Ann")).collect();
            writer.add_faces(&["g"], &batch).await.unwrap();
            if round % 2 == 1 {
                writer.remove_subject(account_id(1), "g", "Ann", None, NOW).await.unwrap().unwrap();
            }
        }
    });
    let mut reads = 0;
    while !writing.is_finished() || reads == 0 {
        assert_eq!(reader.face_count().await.unwrap() % 4, 0);
        let faces = reader.faces_of_subject(account_id(1), "g", "Ann").await.unwrap().unwrap_or_default();
        assert_eq!(faces.len() % 4, 0);
        reads += 1;
    }
    writing.await.unwrap();
}

/// Two processes that hit the same face id: one is refused, with nothing stored of its batch.
pub async fn one_of_two_equal_ids_wins(backend: &dyn Backend) {
    let one = with_accounts(backend).await;
    let two = backend.connect().await;
    for number in 1..=WRITES {
        let [first, second] = [face(1, number, "Ann"), face(2, number, "Bob")];
        let (left, right) = tokio::join!(
            one.add_faces(&["a"], std::slice::from_ref(&first)),
            two.add_faces(&["b"], std::slice::from_ref(&second))
        );
        let is_conflict = |result: &Result<(), StoreError>| matches!(result, Err(StoreError::Conflict(_)));
        assert!(left.is_ok() != right.is_ok(), "one and one only");
        assert!(is_conflict(&left) || is_conflict(&right));
    }
    assert_eq!(one.face_count().await.unwrap(), WRITES);
}

/// How many of four times [`WRITES`] were counted, half of them on each of two connections.
async fn counted_at_once<F>(
    one: &Arc<dyn Store>,
    two: &Arc<dyn Store>,
    count: impl Fn(Arc<dyn Store>) -> F + Clone + Send + 'static,
) -> u64
where
    F: Future<Output = Result<bool, StoreError>> + Send,
{
    let tasks = [one, one, two, two].map(|store| {
        let (store, count) = (Arc::clone(store), count.clone());
        tokio::spawn(async move {
            let mut counted = 0;
            for _ in 0..WRITES {
                counted += u64::from(count(Arc::clone(&store)).await.unwrap());
            }
            counted
        })
    });
    let mut counted = 0;
    for task in tasks {
        counted += task.await.unwrap();
    }
    counted
}

/// Two processes that count at once give away no more than the limit between them.
pub async fn counts_on_two_connections_stop_at_the_limit(backend: &dyn Backend) {
    let one = with_accounts(backend).await;
    let two = backend.connect().await;
    let month = CalendarMonth { year: 2026, month: 3 };
    one.set_liveness_limit(account_id(1), Some(WRITES as u32)).await.unwrap();
    let count = move |store: Arc<dyn Store>| async move { store.count_liveness(account_id(1), month).await };
    assert_eq!(counted_at_once(&one, &two, count).await, WRITES);
    assert_eq!(one.liveness_usage(account_id(1), month).await.unwrap().count, WRITES);
}

/// Requests that come to two processes at once are as many as the limit allows between them, exactly.
pub async fn requests_on_two_connections_stop_at_the_limit(backend: &dyn Backend) {
    let one = with_accounts(backend).await;
    let two = backend.connect().await;
    let minute = 29_556_477;
    one.set_request_limit(account_id(1), Some(WRITES as u32)).await.unwrap();
    let count = move |store: Arc<dyn Store>| async move { store.count_request(account_id(1), minute).await };
    assert_eq!(counted_at_once(&one, &two, count).await, WRITES);
    assert!(!one.count_request(account_id(1), minute).await.unwrap());
    assert!(one.count_request(account_id(1), minute + 1).await.unwrap());
}

/// A caller that goes away in the middle of a write leaves a whole write or none, and no lock.
pub async fn dropped_writes_happen_whole_or_not(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    for round in 0..40 {
        let batch: Vec<_> = (1..=3).map(|number| face(1, round * 10 + number, "Ann")).collect();
        let limit = Duration::from_micros(round * 40);
        let outcome = tokio::time::timeout(limit, store.add_faces(&["g"], &batch)).await;
        if let Ok(result) = outcome {
            result.unwrap();
        }
    }
    let other = backend.connect().await;
    other.add_faces(&["g"], &[face(1, 9001, "Bob")]).await.unwrap();
    store.add_faces(&["g"], &[face(1, 9002, "Bob")]).await.unwrap();
    let count = store.face_count().await.unwrap();
    assert_eq!((count - 2) % 3, 0, "{count}");
    assert_whole_log(&*store, count).await;
}

async fn assert_whole_log(store: &(impl FaceStore + ?Sized), faces: u64) {
    assert_eq!(store.changes_after(0, 10_000).await.unwrap().len() as u64, faces);
}

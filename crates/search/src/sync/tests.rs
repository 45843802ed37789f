use uuid::Uuid;
use vultus_store::{
    Account, EmbedderBinding, EmbedderStore, EventBatch, FaceRecord, FaceStore, FriendRule, HistoryStore,
    MissPolicy, NewEvent, PersonChoice, ReembedEnd, StagedOutcome, StagedTemplate, Store,
};
use vultus_store_sql::SqliteStore;
use vultus_types::{
    AccountId, BoundingBox, CameraId, ModelDigest, PersonId, ScoreRule, Similarity, Template, TemplatePart,
    Timestamp,
};

use super::*;
use crate::ExactIndex;

const MODEL: ModelDigest = ModelDigest([1; 32]);
const ACCOUNT: AccountId = AccountId(Uuid::nil());
const NOW: Timestamp = Timestamp(0);

fn template(number: u64) -> Template {
    let angle = number as f32;
    let vector = vec![angle.cos(), angle.sin()];
    Template::new(vec![TemplatePart { model: MODEL, vector, cohort: None }]).unwrap()
}

fn face(number: u64) -> FaceRecord {
    FaceRecord {
        id: FaceId::new(number).unwrap(),
        account: ACCOUNT,
        subject: number.to_string(),
        enrolled_at: NOW,
        bounds: BoundingBox::default(),
        quality: 1.0,
        template: template(number),
        photo_digest: [0; 32],
        photo_key: None,
        photo_md5: None,
        photo_url: None,
    }
}

fn faces(numbers: std::ops::RangeInclusive<u64>) -> Vec<FaceRecord> {
    numbers.map(face).collect()
}

async fn store() -> Arc<SqliteStore> {
    let store = SqliteStore::in_memory().await.unwrap();
    create_account(&store).await;
    Arc::new(store)
}

async fn create_account(store: &dyn Store) {
    let account = Account::new(ACCOUNT, "one", NOW);
    store.create_account(&account, &[]).await.unwrap();
}

fn feed(store: Arc<SqliteStore>) -> (Arc<ExactIndex>, IndexFeed) {
    let index = Arc::new(ExactIndex::new(ScoreRule::single(MODEL, 2)));
    (Arc::clone(&index), IndexFeed::new(store, index, vec![MODEL]))
}

/// The faces of gallery "g" in the index, sorted.
fn indexed(index: &ExactIndex) -> Vec<u64> {
    let all = Similarity(f32::NEG_INFINITY);
    let hits = index.search(ACCOUNT, "g", &template(0), all, usize::MAX).unwrap();
    let mut ids: Vec<_> = hits.into_iter().map(|hit| hit.face.get()).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn building_reads_every_page_and_tells_its_progress() {
    let store = store().await;
    let count = 2 * u64::from(PAGE) + 5;
    store.add_faces(&["g"], &faces(1..=count)).await.unwrap();
    let (index, feed) = feed(store);
    let mut seen = Vec::new();
    assert!(!feed.is_built());
    feed.build(|progress| seen.push(progress.done)).await.unwrap();
    assert!(feed.is_built());
    assert_eq!(seen, [u64::from(PAGE), 2 * u64::from(PAGE), count]);
    assert_eq!(indexed(&index), (1..=count).collect::<Vec<_>>());
}

#[tokio::test]
async fn catching_up_follows_additions_moves_and_removals() {
    let store = store().await;
    let (index, feed) = feed(Arc::clone(&store));
    feed.catch_up().await.unwrap();
    assert!(feed.is_built(), "an empty store is built at once");
    store.add_faces(&["g"], &faces(1..=3)).await.unwrap();
    store.add_faces(&["h"], &faces(4..=4)).await.unwrap();
    assert_eq!(indexed(&index), [0; 0]);
    feed.catch_up().await.unwrap();
    assert_eq!(indexed(&index), [1, 2, 3]);
    store.add_to_gallery(ACCOUNT, face(4).id, "g").await.unwrap();
    store.remove_subject(ACCOUNT, "g", "2", None, NOW).await.unwrap().unwrap();
    feed.catch_up().await.unwrap();
    assert_eq!(indexed(&index), [1, 3, 4]);
    store.remove_gallery(ACCOUNT, "g", NOW).await.unwrap().unwrap();
    feed.catch_up().await.unwrap();
    assert_eq!(indexed(&index), [0; 0]);
    assert_eq!(index.stats().faces, 1, "face 4 is still in gallery h");
}

#[tokio::test]
async fn more_changes_than_a_page_are_all_applied() {
    let store = store().await;
    let (index, feed) = feed(Arc::clone(&store));
    feed.build(|_| ()).await.unwrap();
    let count = 2 * u64::from(PAGE) + 5;
    store.add_faces(&["g"], &faces(1..=count)).await.unwrap();
    feed.catch_up().await.unwrap();
    assert_eq!(indexed(&index).len() as u64, count);
}

#[tokio::test]
async fn writes_of_another_process_are_followed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vultus.db");
    let own = Arc::new(SqliteStore::open(&path).await.unwrap());
    let other = SqliteStore::open(&path).await.unwrap();
    create_account(&other).await;
    let (index, feed) = feed(own);
    feed.build(|_| ()).await.unwrap();
    other.add_faces(&["g"], &faces(1..=2)).await.unwrap();
    feed.catch_up().await.unwrap();
    assert_eq!(indexed(&index), [1, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_caller_sees_its_own_write_while_others_write() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(&folder.path().join("vultus.db")).await.unwrap());
    create_account(&*store).await;
    let (index, feed) = feed(Arc::clone(&store));
    let feed = Arc::new(feed);
    let tasks: Vec<_> = (0..6_u64)
        .map(|task| {
            let (store, index, feed) = (Arc::clone(&store), Arc::clone(&index), Arc::clone(&feed));
            tokio::spawn(async move {
                for round in 1..=20 {
                    let number = task * 1000 + round;
                    store.add_faces(&["g"], &[face(number)]).await.unwrap();
                    feed.catch_up().await.unwrap();
                    assert!(indexed(&index).binary_search(&number).is_ok(), "enrolled, then found");
                    if round % 2 == 0 {
                        store.remove_subject(ACCOUNT, "g", &number.to_string(), None, NOW).await.unwrap();
                        feed.catch_up().await.unwrap();
                        assert!(indexed(&index).binary_search(&number).is_err(), "removed, then not found");
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(indexed(&index).len(), 6 * 10);
}

#[tokio::test]
async fn interrupted_building_is_done_again() {
    let store = store().await;
    store.add_faces(&["g"], &faces(1..=10)).await.unwrap();
    let (index, feed) = feed(store);
    for micros in [0, 50, 200, 500] {
        let limit = std::time::Duration::from_micros(micros);
        let _ = tokio::time::timeout(limit, feed.build(|_| ())).await;
    }
    feed.catch_up().await.unwrap();
    assert_eq!(indexed(&index), (1..=10).collect::<Vec<_>>());
}

#[tokio::test]
async fn store_that_went_back_in_time_is_read_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vultus.db");
    let store = Arc::new(SqliteStore::open(&path).await.unwrap());
    create_account(&*store).await;
    let (index, feed) = feed(Arc::clone(&store));
    store.add_faces(&["g"], &faces(5..=9)).await.unwrap();
    feed.catch_up().await.unwrap();
    // The same feed, as if the file had been put back to an earlier state.
    feed.applied.store(1000, Ordering::Release);
    store.remove_subject(ACCOUNT, "g", "5", None, NOW).await.unwrap().unwrap();
    feed.catch_up().await.unwrap();
    assert_eq!(indexed(&index), [6, 7, 8, 9]);
}

#[tokio::test]
async fn store_that_fails_is_an_error_and_keeps_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(&folder.path().join("vultus.db")).await.unwrap());
    create_account(&*store).await;
    store.add_faces(&["g"], &faces(1..=3)).await.unwrap();
    let (index, feed) = feed(Arc::clone(&store));
    feed.build(|_| ()).await.unwrap();
    store.close().await;
    let error = feed.catch_up().await.unwrap_err();
    assert!(matches!(error, FeedError::Store(StoreError::Unavailable(_))));
    assert_eq!(indexed(&index), [1, 2, 3]);
}

/// Replaces every template by one of `model` that points elsewhere.
/// A direction of its own for each number from 0 to 9.
fn direction(number: f32) -> Vec<f32> {
    vec![(0.3 * number).cos(), (0.3 * number).sin()]
}

async fn reembed(store: &SqliteStore, model: ModelDigest) {
    let target = EmbedderBinding { models: vec![model], pack: None };
    store.begin_reembedding(&target).await.unwrap();
    let faces = store.faces_to_reembed(None, u32::MAX).await.unwrap();
    let part = |number: u64| TemplatePart { model, vector: direction(number as f32), cohort: None };
    let staged = faces.iter().map(|face| StagedTemplate {
        face: face.id,
        outcome: StagedOutcome::Template(Template::new(vec![part(face.id.get())]).unwrap()),
    });
    store.stage_templates(&target.models, &staged.collect::<Vec<_>>()).await.unwrap();
    let end = store.finish_reembedding(&target.models, MissPolicy::Refuse, NOW).await.unwrap();
    assert!(matches!(end, ReembedEnd::Finished { .. }), "{end:?}");
}

#[tokio::test]
async fn feed_of_the_old_models_stops_when_all_templates_are_replaced() {
    let store = store().await;
    store.add_faces(&["g"], &faces(1..=3)).await.unwrap();
    let (index, feed) = feed(Arc::clone(&store));
    feed.catch_up().await.unwrap();
    feed.check_embedder().await.unwrap();
    reembed(&store, ModelDigest([2; 32])).await;
    for _ in 0..2 {
        assert!(matches!(feed.catch_up().await, Err(FeedError::OtherEmbedder)));
        assert!(matches!(feed.check_embedder().await, Err(FeedError::OtherEmbedder)));
    }
    assert_eq!(indexed(&index), [1, 2, 3], "searches that had begun end as if they were earlier");
    assert!(matches!(feed.build(|_| ()).await, Err(FeedError::OtherEmbedder)));
}

#[tokio::test]
async fn index_is_built_anew_when_templates_come_back_to_its_models() {
    let store = store().await;
    store.add_faces(&["g"], &faces(1..=3)).await.unwrap();
    let (index, feed) = feed(Arc::clone(&store));
    feed.catch_up().await.unwrap();
    reembed(&store, ModelDigest([2; 32])).await;
    reembed(&store, MODEL).await;
    store.remove_subject(ACCOUNT, "g", "2", None, NOW).await.unwrap().unwrap();
    feed.catch_up().await.unwrap();
    assert_eq!(indexed(&index), [1, 3]);
    let probe = Template::new(vec![TemplatePart { model: MODEL, vector: direction(2.9), cohort: None }]);
    let best = index.search(ACCOUNT, "g", &probe.unwrap(), Similarity(f32::NEG_INFINITY), 1).unwrap();
    assert_eq!(best[0].face.get(), 3, "the vectors are the new ones");
}

#[tokio::test]
async fn process_with_other_models_cannot_build_its_index() {
    let store = store().await;
    store.add_faces(&["g"], &faces(1..=1)).await.unwrap();
    let other = ModelDigest([2; 32]);
    let index = Arc::new(ExactIndex::new(ScoreRule::single(other, 2)));
    let feed = IndexFeed::new(store, index, vec![other]);
    assert!(matches!(feed.catch_up().await, Err(FeedError::OtherEmbedder)));
    assert!(!feed.is_built());
}

#[tokio::test]
async fn index_of_persons_is_fed_alone_with_those_who_stand_for_them() {
    let store = store().await;
    store.add_faces(&["g"], &faces(1..=5)).await.unwrap();
    let camera = CameraId(Uuid::from_u128(3));
    let see = async |number: u64, person, is_exemplar| {
        let face = face(number);
        let event = NewEvent { face: face.id, camera, occurred_at: NOW, person, is_exemplar, replaces: None };
        let friend = FriendRule { days: 2, within_days: 7 };
        let batch = EventBatch { events: &[event], decided: None, friend };
        store.add_events(&["g"], &[face], batch).await.unwrap();
    };
    see(6, PersonChoice::New, true).await;
    let first = PersonChoice::Known(PersonId::new(1).unwrap());
    see(7, first, false).await;
    see(8, first, true).await;
    let persons = Arc::new(PersonIndex::new(ScoreRule::single(MODEL, 2), false));
    let feed = IndexFeed::of_persons(Arc::clone(&store) as Arc<dyn Store>, Arc::clone(&persons), vec![MODEL]);
    let mut seen = Vec::new();
    feed.build(|progress| seen.push(progress.done)).await.unwrap();
    assert_eq!((persons.exemplars(), seen), (2, vec![2]), "no other face is read");
    see(9, first, true).await;
    store.remove_subject(ACCOUNT, "g", "6", None, NOW).await.unwrap().unwrap();
    feed.catch_up().await.unwrap();
    // Face 7 takes the place of face 6.
    assert_eq!(persons.exemplars(), 3);
    assert_eq!(feed.applied(), Some(store.last_change().await.unwrap()));
}

#[test]
fn missing_changes_are_noticed() {
    let changes = |sequences: &[u64]| -> Vec<Change> {
        sequences.iter().map(|&sequence| Change { sequence, face: None }).collect()
    };
    assert!(!has_gap(0, &changes(&[1, 2, 3])));
    assert!(!has_gap(7, &changes(&[8])));
    assert!(has_gap(0, &changes(&[2, 3])), "at the start");
    assert!(has_gap(7, &changes(&[8, 10])), "in the middle");
}

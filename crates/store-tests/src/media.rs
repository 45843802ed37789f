//! Images and videos to analyse.

use uuid::Uuid;
use vultus_store::{MediaEnd, MediaRecord, MediaState, StoreError, WorkerId};
use vultus_types::{MediaId, Timestamp};

use crate::Backend;
use crate::fixtures::{NOW, account_id, with_accounts};

const ONE: WorkerId = WorkerId(Uuid::from_u128(101));
const TWO: WorkerId = WorkerId(Uuid::from_u128(102));

/// A moment, in seconds after the suite's.
fn after(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds * 1_000_000)
}

fn media(account: u128, number: u8) -> MediaRecord {
    MediaRecord {
        id: MediaId([number; 12]),
        account: account_id(account),
        source_key: Some(format!("media/{number}")),
        wants_points: number % 2 == 1,
        state: MediaState::Waiting,
        created_at: after(i64::from(number)),
        started_at: None,
        attempts: 0,
    }
}

/// Every field comes back, to the medium's account; its file is pending before and after.
pub async fn media_come_back_to_their_account(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let (one, two) = (media(1, 1), media(2, 2));
    store.expect_blobs(&["media/1".to_owned(), "media/2".to_owned()], NOW).await.unwrap();
    assert_eq!(store.unfinished_media().await.unwrap(), 0);
    store.add_media(&one).await.unwrap();
    store.add_media(&two).await.unwrap();
    assert_eq!(store.pending_blobs(after(9)).await.unwrap(), Vec::<String>::new());
    assert_eq!(store.media(account_id(1), one.id).await.unwrap(), Some(one.clone()));
    assert_eq!(store.media(account_id(2), one.id).await.unwrap(), None);
    assert_eq!(store.unfinished_media().await.unwrap(), 2);
    let taken = store.add_media(&MediaRecord { id: one.id, ..media(1, 3) }).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
    let nobodys = store.add_media(&media(7, 7)).await;
    assert!(matches!(nobodys, Err(StoreError::NotFound(_))), "{nobodys:?}");
    assert_eq!(store.remove_media(account_id(2), one.id, NOW).await.unwrap(), None);
    let removed = store.remove_media(account_id(1), one.id, NOW).await.unwrap();
    assert_eq!(removed, Some(Some("media/1".to_owned())));
    assert_eq!(store.pending_blobs(after(9)).await.unwrap(), ["media/1"]);
    assert_eq!(store.media(account_id(1), one.id).await.unwrap(), None);
}

/// The oldest comes first; a medium whose worker is not heard of any more is another's, from the beginning.
pub async fn media_are_worked_at_by_one_worker_at_a_time(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    assert_eq!(store.claim_media(ONE, after(5), after(15)).await.unwrap(), None);
    for media in [media(1, 2), media(1, 1)] {
        store.add_media(&media).await.unwrap();
    }
    let first = store.claim_media(ONE, after(5), after(15)).await.unwrap().unwrap();
    let expected =
        MediaRecord { state: MediaState::Running, started_at: Some(after(5)), attempts: 1, ..media(1, 1) };
    assert_eq!(first, expected);
    let id = first.id;
    assert_eq!(store.claim_media(TWO, after(6), after(16)).await.unwrap().unwrap().id, media(1, 2).id);
    assert_eq!(store.claim_media(TWO, after(7), after(17)).await.unwrap(), None);
    assert!(store.hold_media(ONE, id, after(20)).await.unwrap());
    assert!(!store.hold_media(TWO, id, after(20)).await.unwrap());
    assert!(store.add_media_frames(ONE, id, 0, "first").await.unwrap());
    assert_eq!(store.media_frames(id, 0).await.unwrap().as_deref(), Some("first"));
    assert!(store.hold_media(TWO, media(1, 2).id, after(99)).await.unwrap());
    assert_eq!(store.claim_media(TWO, after(19), after(30)).await.unwrap(), None);
    let again = store.claim_media(TWO, after(20), after(30)).await.unwrap().unwrap();
    assert_eq!((again.id, again.attempts), (id, 2));
    assert_eq!(store.media_frames(id, 0).await.unwrap(), None);
    assert!(!store.add_media_frames(ONE, id, 1, "late").await.unwrap());
    let end = MediaEnd::Complete("late".to_owned());
    assert_eq!(store.finish_media(ONE, id, &end, after(21)).await.unwrap(), None);
    store.give_up_media(TWO, id).await.unwrap();
    let waiting = store.media(account_id(1), id).await.unwrap().unwrap();
    assert_eq!((waiting.state, waiting.attempts), (MediaState::Waiting, 1));
}

/// What was found stays, the file goes; what failed is not tried again.
pub async fn results_stay_when_the_work_is_done(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    for media in [media(1, 1), media(1, 2)] {
        store.add_media(&media).await.unwrap();
    }
    let ends = [MediaEnd::Complete("summary".to_owned()), MediaEnd::Failed("broken".to_owned())];
    for end in &ends {
        let claimed = store.claim_media(ONE, after(5), after(15)).await.unwrap().unwrap();
        for (chunk, frames) in (0..).zip(["a", "b"]) {
            assert!(store.add_media_frames(ONE, claimed.id, chunk, frames).await.unwrap());
        }
        let key = store.finish_media(ONE, claimed.id, end, after(6)).await.unwrap();
        assert_eq!(key, Some(claimed.source_key));
    }
    assert_eq!(store.claim_media(ONE, after(99), after(100)).await.unwrap(), None);
    assert_eq!(store.unfinished_media().await.unwrap(), 0);
    assert_eq!(store.pending_blobs(after(9)).await.unwrap(), ["media/1", "media/2"]);
    let account = account_id(1);
    let complete = store.media(account, media(1, 1).id).await.unwrap().unwrap();
    let summary = "summary".to_owned();
    assert_eq!((complete.state, complete.source_key), (MediaState::Complete { summary }, None));
    let failed = store.media(account, media(1, 2).id).await.unwrap().unwrap();
    assert_eq!(failed.state, MediaState::Failed { reason: "broken".to_owned() });
    assert_eq!(store.media_frames(complete.id, 1).await.unwrap().as_deref(), Some("b"));
    assert_eq!(store.media_frames(complete.id, 2).await.unwrap(), None);
    assert_eq!(store.remove_media(account, complete.id, NOW).await.unwrap(), Some(None));
    assert_eq!(store.media_frames(complete.id, 0).await.unwrap(), None);
}

/// Whoever works at a medium that is removed finds out at its next step.
pub async fn removed_media_are_worked_at_no_longer(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_media(&media(1, 1)).await.unwrap();
    let id = store.claim_media(ONE, after(5), after(15)).await.unwrap().unwrap().id;
    assert!(store.add_media_frames(ONE, id, 0, "a").await.unwrap());
    let removed = store.remove_media(account_id(1), id, after(6)).await.unwrap();
    assert_eq!(removed, Some(Some("media/1".to_owned())));
    assert!(!store.hold_media(ONE, id, after(25)).await.unwrap());
    assert!(!store.add_media_frames(ONE, id, 1, "b").await.unwrap());
    let end = MediaEnd::Complete(String::new());
    assert_eq!(store.finish_media(ONE, id, &end, after(7)).await.unwrap(), None);
    assert_eq!(store.media_frames(id, 0).await.unwrap(), None);
}

/// Of the account, a page after the other; two of one moment by their ids.
pub async fn media_are_listed_latest_first(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let same = MediaRecord { created_at: after(3), ..media(1, 4) };
    for media in [media(1, 1), media(1, 3), media(2, 2), same, media(1, 9)] {
        store.add_media(&media).await.unwrap();
    }
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let page = store.list_media(account_id(1), before, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some((last.created_at, last.id));
        found.extend(page.iter().map(|media| media.id.0[0]));
    }
    assert_eq!(found, [9, 4, 3, 1]);
}

//! The change log.

use vultus_store::FaceStore;

use crate::Backend;
use crate::fixtures::{NOW, account_id, face, face_id, with_accounts};

async fn changed_after(store: &(impl FaceStore + ?Sized), sequence: u64) -> Vec<u64> {
    let changes = store.changes_after(sequence, 1000).await.unwrap();
    changes.into_iter().map(|change| change.face.unwrap().get()).collect()
}

/// 0 at first, greater after each change.
pub async fn log_begins_empty_and_grows(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    assert_eq!(store.last_change().await.unwrap(), 0);
    assert!(store.changes_after(0, 10).await.unwrap().is_empty());
    let mut last = 0;
    for number in 1..5 {
        store.add_faces(&["g"], &[face(1, number, "Ann")]).await.unwrap();
        let next = store.last_change().await.unwrap();
        assert!(next > last);
        last = next;
    }
    store.remove_gallery(account_id(1), "g", NOW).await.unwrap();
    let removed = store.last_change().await.unwrap();
    assert!(removed > last);
    store.add_faces(&["g"], &[face(1, 9, "Ann")]).await.unwrap();
    assert!(store.last_change().await.unwrap() > removed, "a sequence is never used again");
}

/// Adding, joining a gallery, leaving one, and removal.
pub async fn every_change_of_a_face_is_noted(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let account = account_id(1);
    store.add_faces(&["g"], &[face(1, 1, "Ann"), face(1, 2, "Bob"), face(1, 3, "Cid")]).await.unwrap();
    assert_eq!(changed_after(&*store, 0).await, [1, 2, 3]);
    let mut last = store.last_change().await.unwrap();
    store.add_to_gallery(account, face_id(1), "h").await.unwrap();
    assert_eq!(changed_after(&*store, last).await, [1]);
    last = store.last_change().await.unwrap();
    store.remove_subject(account, "g", "Bob", None, NOW).await.unwrap();
    assert_eq!(changed_after(&*store, last).await, [2]);
    last = store.last_change().await.unwrap();
    store.remove_gallery(account, "g", NOW).await.unwrap();
    assert_eq!(changed_after(&*store, last).await, [1, 3], "also of the face that stays in h");
}

/// Pages join without gap or repetition, and the last entry is [`FaceStore::last_change`].
pub async fn log_is_read_in_pages(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let faces: Vec<_> = (1..=10).map(|number| face(1, number, "Ann")).collect();
    store.add_faces(&["g"], &faces).await.unwrap();
    let (mut found, mut after) = (Vec::new(), 0);
    loop {
        let page = store.changes_after(after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 3 && last.sequence > after);
        after = last.sequence;
        found.extend(page.iter().map(|change| change.face.unwrap().get()));
    }
    assert_eq!(found, (1..=10).collect::<Vec<_>>());
    assert_eq!(after, store.last_change().await.unwrap());
    assert!(store.changes_after(u64::MAX, 3).await.unwrap().is_empty());
}

/// What did not happen is not in the log.
pub async fn refused_changes_are_not_noted(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_faces(&["g"], &[face(1, 2, "Ann")]).await.unwrap();
    let last = store.last_change().await.unwrap();
    store.add_faces(&["g"], &[face(1, 1, "Bob"), face(1, 2, "Bob")]).await.unwrap_err();
    store.remove_subject(account_id(1), "g", "Bob", None, NOW).await.unwrap();
    store.add_to_gallery(account_id(1), face_id(2), "g").await.unwrap();
    assert_eq!(changed_after(&*store, last).await, [0; 0]);
}

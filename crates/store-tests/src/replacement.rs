//! New faces of a subject in the place of old ones.

use std::sync::atomic::{AtomicBool, Ordering};

use vultus_store::{Removal, StoreError};

use crate::Backend;
use crate::fixtures::{NOW, account_id, face, face_id, face_with_photo, strings, with_accounts};

/// The old faces go with their photos, the new ones come with theirs, other subjects stay.
pub async fn faces_of_a_subject_are_replaced(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let account = account_id(1);
    let old = [face_with_photo(1, 1, "Ann", "old"), face(1, 2, "Ann"), face(1, 3, "Bob")];
    store.add_faces(&["g"], &old).await.unwrap();
    let before = store.last_change().await.unwrap();
    store.expect_blobs(&strings(&["new"]), NOW).await.unwrap();
    let new = face_with_photo(1, 4, "Ann", "new");
    let removal = store.replace_subject(account, "g", "Ann", std::slice::from_ref(&new), NOW).await.unwrap();
    let expected = Removal { faces: [1, 2].map(face_id).to_vec(), orphaned_blobs: strings(&["old"]) };
    assert_eq!(removal, Some(expected));
    assert_eq!(store.face(account, face_id(4)).await.unwrap().unwrap().face, new);
    assert_eq!(store.subjects(account, "g").await.unwrap(), Some(strings(&["Ann", "Bob"])));
    let later = vultus_types::Timestamp(NOW.0 + 1);
    assert_eq!(store.pending_blobs(later).await.unwrap(), strings(&["old"]));
    let changes = store.changes_after(before, 100).await.unwrap();
    let mut changed: Vec<_> = changes.into_iter().filter_map(|change| change.face).collect();
    changed.sort_unstable();
    assert_eq!(changed, [1, 2, 4].map(face_id));
}

/// A gallery with one subject outlives the replacement, and a face that lies elsewhere too stays there.
pub async fn replaced_face_stays_in_its_other_galleries(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let account = account_id(1);
    store.add_faces(&["g", "h"], &[face(1, 1, "Ann")]).await.unwrap();
    let removal = store.replace_subject(account, "g", "Ann", &[face(1, 2, "Ann")], NOW).await.unwrap();
    assert_eq!(removal, Some(Removal::default()));
    assert_eq!(store.face(account, face_id(1)).await.unwrap().unwrap().galleries, ["h"]);
    assert_eq!(store.face(account, face_id(2)).await.unwrap().unwrap().galleries, ["g"]);
}

/// Nothing changes where there is nothing to replace, or the new face is refused.
pub async fn refused_replacement_changes_nothing(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let account = account_id(1);
    store.add_faces(&["g"], &[face(1, 1, "Ann")]).await.unwrap();
    let before = store.last_change().await.unwrap();
    for (account, gallery, subject) in
        [(account, "g", "Bob"), (account, "h", "Ann"), (account_id(2), "g", "Ann")]
    {
        let new = [face(1, 2, subject)];
        let replaced = store.replace_subject(account, gallery, subject, &new, NOW).await.unwrap();
        assert_eq!(replaced, None);
    }
    let taken = store.replace_subject(account, "g", "Ann", &[face(1, 1, "Ann")], NOW).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
    assert_eq!(store.last_change().await.unwrap(), before);
    assert_eq!(store.face_count().await.unwrap(), 1);
}

/// Another connection finds a face of the subject at every moment.
pub async fn readers_never_miss_a_replaced_subject(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let reader = backend.connect().await;
    let account = account_id(1);
    store.add_faces(&["g"], &[face(1, 1, "Ann")]).await.unwrap();
    let is_done = AtomicBool::new(false);
    let write = async {
        for number in 2..20 {
            let new = [face(1, number, "Ann")];
            store.replace_subject(account, "g", "Ann", &new, NOW).await.unwrap().unwrap();
        }
        is_done.store(true, Ordering::SeqCst);
    };
    let read = async {
        while !is_done.load(Ordering::SeqCst) {
            let faces = reader.faces_of_subject(account, "g", "Ann").await.unwrap();
            assert_eq!(faces.map(|faces| faces.len()), Some(1));
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(write, read);
}

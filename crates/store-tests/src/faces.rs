//! Faces, galleries, subjects.

use vultus_store::{EnrolledFace, FaceStore, Removal, StoreError};
use vultus_types::FaceId;

use crate::Backend;
use crate::fixtures::{NOW, account_id, face, face_id, face_with_photo, strings, with_accounts};

async fn galleries(store: &(impl FaceStore + ?Sized), account: u128) -> Vec<String> {
    store.galleries(account_id(account)).await.unwrap()
}

async fn ids_of_subject(
    store: &(impl FaceStore + ?Sized),
    gallery: &str,
    subject: &str,
) -> Option<Vec<FaceId>> {
    let faces = store.faces_of_subject(account_id(1), gallery, subject).await.unwrap()?;
    Some(faces.into_iter().map(|face| face.id).collect())
}

/// Every field comes back.
pub async fn face_comes_back_as_it_was_stored(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let stored = face_with_photo(1, FaceId::LIMIT - 1, "Ann", "photos/1");
    store.add_faces(&["g"], std::slice::from_ref(&stored)).await.unwrap();
    let found = store.face(account_id(1), stored.id).await.unwrap();
    let expected = EnrolledFace { face: stored, galleries: strings(&["g"]), person: None, event: None };
    assert_eq!(found, Some(expected));
    assert_eq!(store.face(account_id(1), face_id(1)).await.unwrap(), None);
}

/// A face needs an account.
pub async fn faces_of_unknown_accounts_are_refused(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let refused = store.add_faces(&["g"], &[face(7, 1, "Ann")]).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    assert_eq!(store.face_count().await.unwrap(), 0);
}

/// A batch is stored whole or not at all.
pub async fn conflict_inside_a_batch_stores_nothing(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_faces(&["old"], &[face(1, 2, "Ann")]).await.unwrap();
    let refused = store.add_faces(&["new"], &[face(1, 1, "Bob"), face(1, 2, "Bob"), face(1, 3, "Bob")]).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    assert_eq!(store.face_count().await.unwrap(), 1);
    assert_eq!(galleries(&*store, 1).await, ["old"]);
    let twice = store.add_faces(&["new"], &[face(1, 4, "Bob"), face(1, 4, "Bob")]).await;
    assert!(matches!(twice, Err(StoreError::Conflict(_))));
    assert_eq!(store.face(account_id(1), face_id(4)).await.unwrap(), None);
}

/// Lists are sorted and without repetition; an empty batch makes no gallery.
pub async fn galleries_and_subjects_are_sorted(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    for (number, gallery, subject) in
        [(1, "b", "Zoe"), (2, "a", "Bob"), (3, "b", "Ann"), (4, "b", "Zoe"), (5, "b", "")]
    {
        store.add_faces(&[gallery], &[face(1, number, subject)]).await.unwrap();
    }
    store.add_faces(&["empty"], &[]).await.unwrap();
    assert_eq!(galleries(&*store, 1).await, ["a", "b"]);
    let subjects = store.subjects(account_id(1), "b").await.unwrap();
    assert_eq!(subjects, Some(strings(&["", "Ann", "Zoe"])));
}

/// A gallery exists for its account only, and as long as it has faces.
pub async fn galleries_exist_by_account_and_name(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let (one, two) = (account_id(1), account_id(2));
    assert!(!store.has_gallery(one, "g").await.unwrap());
    store.add_faces(&["g"], &[face(1, 1, "Ann")]).await.unwrap();
    assert!(store.has_gallery(one, "g").await.unwrap());
    assert!(!store.has_gallery(one, "G").await.unwrap() && !store.has_gallery(two, "g").await.unwrap());
    store.remove_gallery(one, "g", NOW).await.unwrap().unwrap();
    assert!(!store.has_gallery(one, "g").await.unwrap());
}

/// Galleries, subjects and faces of another account are invisible and cannot be removed, even under the same
/// names.
pub async fn accounts_do_not_see_each_other(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_faces(&["g"], &[face(1, 1, "Ann")]).await.unwrap();
    store.add_faces(&["g"], &[face(2, 2, "Ann")]).await.unwrap();
    store.add_faces(&["own"], &[face(1, 3, "Ann")]).await.unwrap();
    let (one, two) = (account_id(1), account_id(2));
    assert_eq!(galleries(&*store, 2).await, ["g"]);
    assert_eq!(store.face(two, face_id(1)).await.unwrap(), None);
    assert_eq!(store.subjects(two, "own").await.unwrap(), None);
    assert_eq!(store.faces_of_subject(two, "g", "Ann").await.unwrap().unwrap().len(), 1);
    assert_eq!(store.remove_gallery(two, "own", NOW).await.unwrap(), None);
    assert_eq!(store.remove_subject(two, "g", "Ann", Some(face_id(1)), NOW).await.unwrap(), None);
    let added = store.add_to_gallery(two, face_id(1), "mine").await;
    assert!(matches!(added, Err(StoreError::NotFound(_))));
    store.remove_gallery(two, "g", NOW).await.unwrap().unwrap();
    assert!(store.face(one, face_id(1)).await.unwrap().is_some());
    assert_eq!(galleries(&*store, 1).await, ["g", "own"]);
}

/// Order of enrolment.
pub async fn faces_of_a_subject_are_oldest_first(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    for number in [2, 3, 1] {
        store.add_faces(&["g"], &[face(1, number, "Ann")]).await.unwrap();
    }
    assert_eq!(ids_of_subject(&*store, "g", "Ann").await, Some([1, 2, 3].map(face_id).to_vec()));
}

/// A photo file is known again under the subject, gallery and account it was enrolled in, and nowhere else.
pub async fn enrolled_photo_is_known_again(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let stored = face(1, 7, "ada");
    store.add_faces(&["friends"], std::slice::from_ref(&stored)).await.unwrap();
    let (mine, other) = (account_id(1), account_id(2));
    let asked = [
        (mine, "friends", "ada", 7, true),
        (mine, "friends", "ada", 8, false),
        (mine, "friends", "bob", 7, false),
        (mine, "family", "ada", 7, false),
        (other, "friends", "ada", 7, false),
    ];
    for (account, gallery, subject, digest, expected) in asked {
        let is_known = store.is_photo_enrolled(account, gallery, subject, &[digest; 32]).await.unwrap();
        assert_eq!(is_known, expected, "{gallery} {subject} {digest}");
    }
}

/// No gallery is `None`, a gallery without the subject is empty.
pub async fn unknown_gallery_differs_from_unknown_subject(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_faces(&["g"], &[face(1, 1, "Ann")]).await.unwrap();
    assert_eq!(ids_of_subject(&*store, "g", "Bob").await, Some(vec![]));
    assert_eq!(ids_of_subject(&*store, "x", "Ann").await, None);
    assert_eq!(store.subjects(account_id(1), "x").await.unwrap(), None);
    assert_eq!(store.remove_gallery(account_id(1), "x", NOW).await.unwrap(), None);
    assert_eq!(store.remove_subject(account_id(1), "g", "Bob", None, NOW).await.unwrap(), None);
}

/// A photo file is known by its digest, per subject and gallery, as long as a face of it is there.
pub async fn photo_file_is_known_again(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let stored = face(1, 1, "Ann");
    store.add_faces(&["g"], std::slice::from_ref(&stored)).await.unwrap();
    let is_enrolled = async |account, gallery, subject, digest: &[u8; 32]| {
        store.is_photo_enrolled(account_id(account), gallery, subject, digest).await.unwrap()
    };
    assert!(is_enrolled(1, "g", "Ann", &stored.photo_digest).await);
    assert!(!is_enrolled(2, "g", "Ann", &stored.photo_digest).await);
    assert!(!is_enrolled(1, "h", "Ann", &stored.photo_digest).await);
    assert!(!is_enrolled(1, "g", "Bob", &stored.photo_digest).await);
    assert!(!is_enrolled(1, "g", "Ann", &[0; 32]).await);
    store.remove_subject(account_id(1), "g", "Ann", None, NOW).await.unwrap().unwrap();
    assert!(!is_enrolled(1, "g", "Ann", &stored.photo_digest).await);
}

/// A face in two galleries is one face.
pub async fn face_may_lie_in_two_galleries(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_faces(&["b"], &[face(1, 1, "Ann")]).await.unwrap();
    for _ in 0..2 {
        store.add_to_gallery(account_id(1), face_id(1), "a").await.unwrap();
    }
    let found = store.face(account_id(1), face_id(1)).await.unwrap().unwrap();
    assert_eq!(found.galleries, ["a", "b"]);
    assert_eq!(store.face_count().await.unwrap(), 1);
    assert_eq!(store.index_page(None, 10).await.unwrap()[0].galleries, ["a", "b"]);
    let unknown = store.add_to_gallery(account_id(1), face_id(2), "c").await;
    assert!(matches!(unknown, Err(StoreError::NotFound(_))));
    assert_eq!(galleries(&*store, 1).await, ["a", "b"]);
}

/// Nothing empty stays behind.
pub async fn removing_the_last_face_removes_subject_and_gallery(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_faces(&["g"], &[face(1, 1, "Ann"), face(1, 2, "Ann"), face(1, 3, "Bob")]).await.unwrap();
    let account = account_id(1);
    let removal = store.remove_subject(account, "g", "Ann", None, NOW).await.unwrap();
    assert_eq!(removal, Some(Removal { faces: [1, 2].map(face_id).to_vec(), orphaned_blobs: vec![] }));
    assert_eq!(store.subjects(account, "g").await.unwrap(), Some(strings(&["Bob"])));
    store.remove_subject(account, "g", "Bob", None, NOW).await.unwrap().unwrap();
    assert_eq!(store.subjects(account, "g").await.unwrap(), None);
    assert!(galleries(&*store, 1).await.is_empty());
    assert_eq!(store.face_count().await.unwrap(), 0);
}

/// The others stay.
pub async fn one_face_of_a_subject_is_removed(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_faces(&["g"], &[face(1, 1, "Ann"), face(1, 2, "Ann")]).await.unwrap();
    let removal = store.remove_subject(account_id(1), "g", "Ann", Some(face_id(1)), NOW).await.unwrap();
    assert_eq!(removal.unwrap().faces, [face_id(1)]);
    assert_eq!(ids_of_subject(&*store, "g", "Ann").await, Some(vec![face_id(2)]));
}

/// A face id that is not of this subject of this gallery removes nothing.
pub async fn face_of_another_subject_is_not_removed(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_faces(&["g"], &[face(1, 1, "Ann"), face(1, 2, "Bob")]).await.unwrap();
    store.add_faces(&["h"], &[face(1, 3, "Ann")]).await.unwrap();
    for other in [2, 3, 4] {
        let removal = store.remove_subject(account_id(1), "g", "Ann", Some(face_id(other)), NOW).await;
        assert_eq!(removal.unwrap(), None, "{other}");
    }
    assert_eq!(store.face_count().await.unwrap(), 3);
}

/// Only the gallery's own faces go with it.
pub async fn face_in_another_gallery_outlives_its_gallery(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let account = account_id(1);
    let faces = [face_with_photo(1, 1, "Ann", "shared"), face_with_photo(1, 2, "Bob", "own")];
    store.add_faces(&["g"], &faces).await.unwrap();
    store.add_to_gallery(account, face_id(1), "h").await.unwrap();
    let removal = store.remove_gallery(account, "g", NOW).await.unwrap();
    let expected = Removal { faces: vec![face_id(2)], orphaned_blobs: strings(&["own"]) };
    assert_eq!(removal, Some(expected));
    assert_eq!(store.face(account, face_id(1)).await.unwrap().unwrap().galleries, ["h"]);
    let removal = store.remove_subject(account, "h", "Ann", None, NOW).await.unwrap();
    let expected = Removal { faces: vec![face_id(1)], orphaned_blobs: strings(&["shared"]) };
    assert_eq!(removal, Some(expected));
}

/// Names are compared byte by byte and may hold anything.
pub async fn names_are_kept_to_the_byte(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let names = ["Ann", "ann", "Ann ", "Änn", "A\u{308}nn", "%", "_", "'; --", "\"[]", "\u{1f600}", "a\nb"];
    for (number, name) in names.iter().enumerate() {
        store.add_faces(&[name], &[face(1, number as u64 + 1, name)]).await.unwrap();
    }
    let mut sorted = strings(&names);
    sorted.sort_unstable();
    assert_eq!(galleries(&*store, 1).await, sorted);
    for (number, name) in names.iter().enumerate() {
        let id = face_id(number as u64 + 1);
        assert_eq!(ids_of_subject(&*store, name, name).await, Some(vec![id]), "{name}");
        assert_eq!(store.index_entries(&[id]).await.unwrap()[0].galleries, [*name]);
    }
}

/// Pages of any size give every face once, by id, over all accounts.
pub async fn index_pages_cover_every_face_once(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    for number in [5, 1, 4, 2, 3, 7, 6] {
        store.add_faces(&["g"], &[face(1 + u128::from(number % 2), number, "Ann")]).await.unwrap();
    }
    for limit in [1, 2, 3, 7, 100] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = store.index_page(after, limit).await.unwrap();
            assert!(page.len() <= limit as usize);
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            found.extend(page);
        }
        let ids: Vec<_> = found.iter().map(|entry| entry.id.get()).collect();
        assert_eq!(ids, [1, 2, 3, 4, 5, 6, 7]);
        for entry in found {
            let number = entry.id.get();
            let expected = face(1 + u128::from(number % 2), number, "Ann");
            assert_eq!((entry.account, &entry.subject), (expected.account, &expected.subject));
            assert_eq!((entry.enrolled_at, entry.template), (expected.enrolled_at, expected.template));
        }
    }
}

/// Ids of no face are left out.
pub async fn index_entries_skip_unknown_ids(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_faces(&["g"], &[face(1, 1, "Ann"), face(1, 3, "Bob")]).await.unwrap();
    let mut entries = store.index_entries(&[3, 2, 1].map(face_id)).await.unwrap();
    entries.sort_unstable_by_key(|entry| entry.id);
    let subjects: Vec<_> = entries.iter().map(|entry| entry.subject.as_str()).collect();
    assert_eq!(subjects, ["Ann", "Bob"]);
    assert_eq!(store.index_entries(&[]).await.unwrap(), vec![]);
}

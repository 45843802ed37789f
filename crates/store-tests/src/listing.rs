//! Lists of faces, and changes of one.

use vultus_store::{FaceOrder, FaceQuery, FaceStore, FaceUpdate, FacesToRemove, GalleryEdit, StoreError};
use vultus_types::FaceId;

use crate::Backend;
use crate::fixtures::{NOW, account_id, face, face_id, face_with_photo, strings, with_accounts};

const EVERY: FaceQuery<'_> = FaceQuery {
    gallery: None,
    subject: None,
    min_id: None,
    max_id: None,
    order: FaceOrder::NewestFirst,
    limit: 100,
};

async fn listed(store: &(impl FaceStore + ?Sized), query: FaceQuery<'_>) -> Vec<u64> {
    let faces = store.list_faces(account_id(1), &query).await.unwrap();
    faces.iter().map(|listed| listed.face.id.get()).collect()
}

fn galleries(edit: GalleryEdit) -> FaceUpdate {
    FaceUpdate { subject: None, galleries: Some(edit) }
}

async fn galleries_of(store: &(impl FaceStore + ?Sized), id: u64) -> Vec<String> {
    store.face(account_id(1), face_id(id)).await.unwrap().unwrap().galleries
}

/// By id, whole, and of this account only.
pub async fn faces_are_listed_newest_first(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    for number in [3, 1, 5, 2] {
        store.add_faces(&["g", "h"], &[face(1, number, "Ann")]).await.unwrap();
    }
    store.add_faces(&["g"], &[face(2, 4, "Ann")]).await.unwrap();
    assert_eq!(listed(&*store, EVERY).await, [5, 3, 2, 1]);
    assert_eq!(listed(&*store, FaceQuery { order: FaceOrder::OldestFirst, ..EVERY }).await, [1, 2, 3, 5]);
    let first = store.list_faces(account_id(1), &FaceQuery { limit: 1, ..EVERY }).await.unwrap().remove(0);
    assert_eq!((first.face, first.galleries), (face(1, 5, "Ann"), strings(&["g", "h"])));
}

/// Each page from the first id not yet read; newer faces come and read ones go meanwhile.
pub async fn pages_meet_every_face_once_while_others_come(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let faces: Vec<_> = (1..=10).map(|number| face(1, 10 * number, "Ann")).collect();
    store.add_faces(&["g"], &faces).await.unwrap();
    for gallery in [None, Some("g")] {
        let (mut found, mut max_id) = (Vec::new(), None);
        for round in 0.. {
            let query = FaceQuery { gallery, max_id, limit: 4, ..EVERY };
            let mut page = listed(&*store, query).await;
            let next = (page.len() == 4).then(|| page.remove(3));
            found.extend(page);
            let newcomer = 1000 + 10 * round + u64::from(gallery.is_some());
            store.add_faces(&["g"], &[face(1, newcomer, "Bob")]).await.unwrap();
            max_id = next.and_then(FaceId::new);
            if max_id.is_none() {
                break;
            }
        }
        found.retain(|id| *id <= 100);
        assert_eq!(found, [100, 90, 80, 70, 60, 50, 40, 30, 20, 10]);
    }
    let window = FaceQuery { min_id: Some(face_id(20)), max_id: Some(face_id(40)), ..EVERY };
    assert_eq!(listed(&*store, window).await, [40, 30, 20]);
    let upwards = FaceQuery { min_id: Some(face_id(41)), order: FaceOrder::OldestFirst, limit: 2, ..EVERY };
    assert_eq!(listed(&*store, upwards).await, [50, 60]);
}

/// Both alone and together; an unknown gallery or subject has no faces.
pub async fn lists_are_of_one_gallery_and_one_subject(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    for (number, gallery, subject) in
        [(1, "g", "Ann"), (2, "h", "Ann"), (3, "g", "Bob"), (4, "g", "Ann"), (5, "h", "")]
    {
        store.add_faces(&[gallery], &[face(1, number, subject)]).await.unwrap();
    }
    let of = async |gallery, subject| listed(&*store, FaceQuery { gallery, subject, ..EVERY }).await;
    assert_eq!(of(Some("g"), None).await, [4, 3, 1]);
    assert_eq!(of(None, Some("Ann")).await, [4, 2, 1]);
    assert_eq!(of(Some("g"), Some("Ann")).await, [4, 1]);
    assert_eq!(of(None, Some("")).await, [5]);
    assert_eq!(of(Some("x"), None).await, [0; 0]);
    assert_eq!(of(None, Some("ann")).await, [0; 0]);
    let other = store.list_faces(account_id(2), &FaceQuery { gallery: Some("g"), ..EVERY }).await.unwrap();
    assert_eq!(other, []);
}

/// Those of the account that exist.
pub async fn faces_are_found_by_their_ids(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_faces(&["g"], &[face(1, 1, "Ann"), face(1, 3, "Bob")]).await.unwrap();
    store.add_faces(&["g"], &[face(2, 2, "Ann")]).await.unwrap();
    let found = store.faces(account_id(1), &[3, 2, 1, 9].map(face_id)).await.unwrap();
    assert_eq!(found.iter().map(|found| found.face.id.get()).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(found[1].face, face(1, 3, "Bob"));
    assert_eq!(store.faces(account_id(1), &[]).await.unwrap(), []);
}

/// Sorted, each with its first face; of the account or of one gallery.
pub async fn subjects_are_counted(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    for (number, galleries, subject) in [
        (4, &["g", "h"][..], "Bob"),
        (1, &["h"], "Bob"),
        (2, &["g"], "Ann"),
        (3, &["g"], ""),
        (5, &["g"], "Bob"),
    ] {
        store.add_faces(galleries, &[face(1, number, subject)]).await.unwrap();
    }
    store.add_faces(&["g"], &[face(2, 6, "Bob")]).await.unwrap();
    let counted = async |gallery| {
        let counts = store.subject_counts(account_id(1), gallery).await.unwrap();
        let row = |count: vultus_store::SubjectCount| {
            (count.first.face.subject, count.faces, count.first.face.id.get())
        };
        counts.into_iter().map(row).collect::<Vec<_>>()
    };
    let row = |subject: &str, faces, first| (subject.to_owned(), faces, first);
    assert_eq!(counted(None).await, [row("", 1, 3), row("Ann", 1, 2), row("Bob", 3, 1)]);
    assert_eq!(counted(Some("h")).await, [row("Bob", 2, 1)]);
    assert_eq!(counted(Some("x")).await, []);
    let first = store.subject_counts(account_id(1), Some("g")).await.unwrap().pop().unwrap().first;
    assert_eq!((first.face, first.galleries), (face(1, 4, "Bob"), strings(&["g", "h"])));
}

/// Also when its last face goes; then it is removed by itself, once.
pub async fn created_gallery_lasts_until_it_is_removed(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let account = account_id(1);
    assert!(store.create_gallery(account, "g").await.unwrap());
    assert!(!store.create_gallery(account, "g").await.unwrap());
    assert!(matches!(store.create_gallery(account_id(7), "g").await, Err(StoreError::NotFound(_))));
    assert_eq!(store.galleries(account).await.unwrap(), ["g"]);
    assert_eq!(store.subjects(account, "g").await.unwrap(), Some(vec![]));
    assert_eq!(store.faces_of_subject(account, "g", "Ann").await.unwrap(), Some(vec![]));
    assert!(store.galleries(account_id(2)).await.unwrap().is_empty());

    store.add_faces(&["g"], &[face(1, 1, "Ann"), face(1, 2, "Bob")]).await.unwrap();
    store.remove_subject(account, "g", "Ann", None, NOW).await.unwrap().unwrap();
    store.update_face(account, face_id(2), &galleries(GalleryEdit::Set(strings(&["h"])))).await.unwrap();
    store.remove_faces(account, FacesToRemove::One(face_id(2)), NOW).await.unwrap();
    assert_eq!(store.galleries(account).await.unwrap(), ["g"]);
    assert_eq!(store.remove_gallery(account, "g", NOW).await.unwrap().unwrap().faces, []);
    assert_eq!(store.remove_gallery(account, "g", NOW).await.unwrap(), None);
    assert!(store.galleries(account).await.unwrap().is_empty());

    store.add_faces(&["came with a face"], &[face(1, 3, "Ann")]).await.unwrap();
    assert!(store.create_gallery(account, "came with a face").await.unwrap());
    store.remove_faces(account, FacesToRemove::One(face_id(3)), NOW).await.unwrap();
    assert_eq!(store.galleries(account).await.unwrap(), ["came with a face"]);
}

/// Everywhere at once: the face, the lists of its galleries, the subjects.
pub async fn face_moves_between_galleries_and_subjects(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let account = account_id(1);
    store.add_faces(&["g"], &[face(1, 1, "Ann"), face(1, 2, "Ann")]).await.unwrap();
    let update =
        FaceUpdate { subject: Some("Bob".into()), galleries: Some(GalleryEdit::Add(strings(&["h"]))) };
    let updated = store.update_face(account, face_id(1), &update).await.unwrap().unwrap();
    assert_eq!(updated.face, face(1, 1, "Bob"));
    assert_eq!(updated.galleries, ["g", "h"]);
    assert_eq!(store.face(account, face_id(1)).await.unwrap(), Some(updated));
    assert_eq!(store.subjects(account, "g").await.unwrap(), Some(strings(&["Ann", "Bob"])));
    assert_eq!(store.subjects(account, "h").await.unwrap(), Some(strings(&["Bob"])));
    store.update_face(account, face_id(1), &galleries(GalleryEdit::Remove(strings(&["g"])))).await.unwrap();
    assert_eq!(galleries_of(&*store, 1).await, ["h"]);
    store.update_face(account, face_id(1), &galleries(GalleryEdit::Set(strings(&["i", "j"])))).await.unwrap();
    assert_eq!(galleries_of(&*store, 1).await, ["i", "j"]);
    assert_eq!(store.galleries(account).await.unwrap(), ["g", "i", "j"], "h went with its last face");
    let unchanged = store.update_face(account, face_id(1), &FaceUpdate::default()).await.unwrap().unwrap();
    assert_eq!(unchanged.galleries, ["i", "j"]);
}

/// And leaves home when it joins another gallery.
pub async fn face_of_no_other_gallery_lies_at_home(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let account = account_id(1);
    store.add_faces(&["g"], &[face(1, 1, "Ann")]).await.unwrap();
    store.update_face(account, face_id(1), &galleries(GalleryEdit::Set(vec![]))).await.unwrap();
    assert_eq!(galleries_of(&*store, 1).await, ["default"]);
    assert_eq!(store.galleries(account).await.unwrap(), ["default"]);
    store.update_face(account, face_id(1), &galleries(GalleryEdit::Add(strings(&["g"])))).await.unwrap();
    assert_eq!(galleries_of(&*store, 1).await, ["g"]);
    assert_eq!(store.galleries(account).await.unwrap(), ["g"]);
}

/// It is as if it did not exist.
pub async fn update_of_another_accounts_face_changes_nothing(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_faces(&["g"], &[face(1, 1, "Ann")]).await.unwrap();
    let update = FaceUpdate { subject: Some("Bob".into()), galleries: None };
    for (account, id) in [(2, 1), (1, 2)] {
        assert_eq!(store.update_face(account_id(account), face_id(id), &update).await.unwrap(), None);
    }
    let removal = store.remove_faces(account_id(2), FacesToRemove::One(face_id(1)), NOW).await.unwrap();
    assert_eq!(removal.faces, []);
    let removal = store.remove_faces(account_id(2), FacesToRemove::Subject("Ann"), NOW).await.unwrap();
    assert_eq!(removal.faces, []);
    assert_eq!(store.face(account_id(1), face_id(1)).await.unwrap().unwrap().face, face(1, 1, "Ann"));
}

/// With their photos, as far as no other face needs them.
pub async fn removed_faces_leave_every_gallery(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let account = account_id(1);
    let faces = [face_with_photo(1, 1, "Ann", "a"), face_with_photo(1, 2, "Bob", "b")];
    store.add_faces(&["g", "h"], &faces).await.unwrap();
    store.add_faces(&["i"], &[face_with_photo(1, 3, "Ann", "b"), face(1, 4, "Ann")]).await.unwrap();
    let removal = store.remove_faces(account, FacesToRemove::One(face_id(1)), NOW).await.unwrap();
    assert_eq!((removal.faces, removal.orphaned_blobs), (vec![face_id(1)], strings(&["a"])));
    assert_eq!(store.subjects(account, "h").await.unwrap(), Some(strings(&["Bob"])));
    let removal = store.remove_faces(account, FacesToRemove::Subject("Ann"), NOW).await.unwrap();
    assert_eq!((removal.faces, removal.orphaned_blobs), ([3, 4].map(face_id).to_vec(), vec![]));
    assert_eq!(store.galleries(account).await.unwrap(), ["g", "h"]);
    assert_eq!(listed(&*store, EVERY).await, [2]);
}

/// In the change log, as often as something changed.
pub async fn updates_and_removals_are_noted(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let account = account_id(1);
    store.add_faces(&["g", "h"], &[face(1, 1, "Ann"), face(1, 2, "Ann")]).await.unwrap();
    assert_eq!(store.changes_after(0, 10).await.unwrap().len(), 2, "one for each face");
    let mut last = store.last_change().await.unwrap();
    let changed = async |last: &mut u64| {
        let changes = store.changes_after(*last, 10).await.unwrap();
        *last = store.last_change().await.unwrap();
        changes.into_iter().map(|change| change.face.unwrap().get()).collect::<Vec<_>>()
    };
    let update = FaceUpdate { subject: Some("Bob".into()), galleries: None };
    store.update_face(account, face_id(2), &update).await.unwrap();
    assert_eq!(changed(&mut last).await, [2]);
    store.update_face(account, face_id(2), &update).await.unwrap();
    store.create_gallery(account, "i").await.unwrap();
    assert_eq!(changed(&mut last).await, [0; 0]);
    store.update_face(account, face_id(2), &galleries(GalleryEdit::Set(strings(&["i"])))).await.unwrap();
    assert_eq!(changed(&mut last).await, [2]);
    store.remove_faces(account, FacesToRemove::One(face_id(1)), NOW).await.unwrap();
    assert_eq!(changed(&mut last).await, [1]);
}

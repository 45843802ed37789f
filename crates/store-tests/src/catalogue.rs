//! Galleries and subjects as people look through them.

use vultus_store::{
    CatalogueStore, FaceStore, GalleryCount, Store, StoreError, SubjectQuery, SubjectSummary,
};
use vultus_types::Timestamp;

use crate::Backend;
use crate::fixtures::{NOW, account_id, face, face_id, face_with_photo, strings, with_accounts};

async fn names(store: &(impl CatalogueStore + ?Sized), query: SubjectQuery<'_>) -> Vec<String> {
    let page = store.subject_page(account_id(1), "g", query).await.unwrap().unwrap();
    page.into_iter().map(|subject| subject.name).collect()
}

async fn subjects(store: &(impl FaceStore + ?Sized), gallery: &str) -> Option<Vec<String>> {
    store.subjects(account_id(1), gallery).await.unwrap()
}

/// The faces that the change log names after `known`.
async fn changed(store: &(impl Store + ?Sized), known: u64) -> Vec<u64> {
    let changes = store.changes_after(known, 100).await.unwrap();
    let mut faces: Vec<u64> = changes.iter().map(|change| change.face.unwrap().get()).collect();
    faces.sort_unstable();
    faces
}

/// Empty ones too, and those of this account only.
pub async fn galleries_are_counted(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_faces(&["g", "h"], &[face(1, 1, "Ann"), face(1, 2, "Ann")]).await.unwrap();
    store.add_faces(&["g"], &[face(1, 3, "Bob")]).await.unwrap();
    store.add_faces(&["g"], &[face(2, 4, "Eve")]).await.unwrap();
    store.create_gallery(account_id(1), "empty").await.unwrap();
    let count = |name: &str, subjects, faces| GalleryCount { name: name.to_owned(), subjects, faces };
    let counts = store.gallery_counts(account_id(1)).await.unwrap();
    assert_eq!(counts, [count("empty", 0, 0), count("g", 2, 3), count("h", 1, 2)]);
}

/// By name, a page after the other, with the first face and the latest time.
pub async fn subjects_are_read_in_pages(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let faces = [face(1, 3, "Bob"), face(1, 1, "Ann"), face(1, 7, "Ann"), face(1, 2, "Cyd"), face(1, 5, "")];
    store.add_faces(&["g"], &faces).await.unwrap();
    store.add_faces(&["h"], &[face(1, 9, "Dan")]).await.unwrap();
    let query = SubjectQuery { limit: 2, ..SubjectQuery::default() };
    assert_eq!(names(&*store, query).await, ["", "Ann"]);
    assert_eq!(names(&*store, SubjectQuery { after: Some("Ann"), ..query }).await, ["Bob", "Cyd"]);
    assert!(names(&*store, SubjectQuery { after: Some("Cyd"), ..query }).await.is_empty());
    let page = store.subject_page(account_id(1), "g", SubjectQuery { after: Some(""), ..query }).await;
    let ann = SubjectSummary {
        name: "Ann".to_owned(),
        faces: 2,
        first: face_id(1),
        latest_at: Timestamp(NOW.0 + 7),
    };
    assert_eq!(page.unwrap().unwrap()[0], ann);
    assert_eq!(store.subject_page(account_id(1), "none", query).await.unwrap(), None);
    assert_eq!(store.subject_page(account_id(2), "g", query).await.unwrap(), None);
}

/// Whatever the alphabet; signs that databases read otherwise are plain signs.
pub async fn subjects_are_found_by_a_part_of_their_name(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let all = ["Ann Lee", "Lee Ann", "Émile", "100%", "a_b", "Ζωή"];
    let faces: Vec<_> = (1..).zip(all).map(|(number, name)| face(1, number, name)).collect();
    store.add_faces(&["g"], &faces).await.unwrap();
    for (part, found) in [
        ("ANN", &["Ann Lee", "Lee Ann"][..]),
        ("n l", &["Ann Lee"]),
        ("éM", &["Émile"]),
        ("ζΩ", &["Ζωή"]),
        ("%", &["100%"]),
        ("_", &["a_b"]),
        ("zoe", &[]),
    ] {
        let query = SubjectQuery { part: Some(part), limit: 10, ..SubjectQuery::default() };
        assert_eq!(names(&*store, query).await, found, "{part}");
    }
    let query = SubjectQuery { part: Some("ann"), after: Some("Ann Lee"), limit: 1 };
    assert_eq!(names(&*store, query).await, ["Lee Ann"]);
}

/// A part of a name is found however many others lie before it.
pub async fn search_for_a_name_reads_on(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let mut faces: Vec<_> = (1..=2500).map(|number| face(1, number, &format!("a{number}"))).collect();
    faces.push(face(1, 3000, "Zoe"));
    store.add_faces(&["g"], &faces).await.unwrap();
    let query = SubjectQuery { part: Some("zo"), limit: 3, ..SubjectQuery::default() };
    assert_eq!(names(&*store, query).await, ["Zoe"]);
}

/// All of them, out of one gallery into another, with their changes noted.
pub async fn subject_moves_to_another_gallery(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let account = account_id(1);
    store.add_faces(&["g"], &[face(1, 1, "Ann"), face(1, 2, "Ann"), face(1, 3, "Bob")]).await.unwrap();
    store.add_faces(&["g", "h"], &[face(1, 4, "Ann")]).await.unwrap();
    let known = store.last_change().await.unwrap();
    assert_eq!(store.move_subject(account, "g", "Ann", "h").await.unwrap(), Some(3));
    assert_eq!(subjects(&*store, "g").await.unwrap(), ["Bob"]);
    let faces = store.faces_of_subject(account, "h", "Ann").await.unwrap().unwrap();
    assert_eq!(faces.len(), 3);
    assert_eq!(changed(&*store, known).await, [1, 2, 4]);
    assert_eq!(store.move_subject(account, "g", "Bob", "new").await.unwrap(), Some(1));
    assert_eq!(subjects(&*store, "g").await, None, "the gallery went with its last face");
    assert_eq!(subjects(&*store, "new").await.unwrap(), ["Bob"]);
    for (gallery, subject) in [("none", "Bob"), ("new", "Ann")] {
        assert_eq!(store.move_subject(account, gallery, subject, "x").await.unwrap(), None);
    }
    assert_eq!(store.move_subject(account_id(2), "new", "Bob", "x").await.unwrap(), None);
    assert_eq!(store.move_subject(account, "new", "Bob", "new").await.unwrap(), Some(1));
    assert_eq!(subjects(&*store, "new").await.unwrap(), ["Bob"]);
}

/// Somebody of the same name may be somebody else.
pub async fn subject_is_not_moved_over_another(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_faces(&["g"], &[face(1, 1, "Ann")]).await.unwrap();
    store.add_faces(&["h"], &[face(1, 2, "Ann")]).await.unwrap();
    let known = store.last_change().await.unwrap();
    let moved = store.move_subject(account_id(1), "g", "Ann", "h").await;
    assert!(matches!(moved, Err(StoreError::Conflict("subject"))), "{moved:?}");
    assert_eq!(subjects(&*store, "g").await.unwrap(), ["Ann"]);
    assert!(changed(&*store, known).await.is_empty());
}

/// The name changes in every gallery of the faces, and the log says so.
pub async fn subjects_become_one(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let account = account_id(1);
    store.add_faces(&["g"], &[face(1, 1, "Ann"), face(1, 2, "Anne")]).await.unwrap();
    store.add_faces(&["g", "h"], &[face(1, 3, "Anne")]).await.unwrap();
    store.add_faces(&["h"], &[face(1, 4, "Anne")]).await.unwrap();
    let known = store.last_change().await.unwrap();
    assert_eq!(store.merge_subjects(account, "g", "Anne", "Ann").await.unwrap(), Some(2));
    assert_eq!(subjects(&*store, "g").await.unwrap(), ["Ann"]);
    assert_eq!(subjects(&*store, "h").await.unwrap(), ["Ann", "Anne"]);
    assert_eq!(store.face(account, face_id(3)).await.unwrap().unwrap().face.subject, "Ann");
    assert_eq!(changed(&*store, known).await, [2, 3]);
    let entries = store.index_entries(&[face_id(2)]).await.unwrap();
    assert_eq!(entries[0].subject, "Ann");
    let unknown = store.merge_subjects(account, "g", "Ann", "Bob").await;
    assert!(matches!(unknown, Err(StoreError::NotFound("subject"))), "{unknown:?}");
    assert_eq!(store.merge_subjects(account, "g", "Bob", "Ann").await.unwrap(), None);
    assert_eq!(store.merge_subjects(account_id(2), "g", "Ann", "Ann").await.unwrap(), None);
    assert_eq!(store.merge_subjects(account, "g", "Ann", "Ann").await.unwrap(), Some(3));
}

/// It is pending before, is claimed once, and is orphaned with the face.
pub async fn thumbnail_goes_with_its_face(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let (account, late) = (account_id(1), Timestamp(99));
    let faces = [face_with_photo(1, 1, "Ann", "p"), face_with_photo(1, 2, "Bob", "p")];
    store.add_faces(&["g"], &faces).await.unwrap();
    assert_eq!(store.thumbnail(account, face_id(1)).await.unwrap(), None);
    store.expect_blobs(&strings(&["t1", "t2"]), Timestamp(1)).await.unwrap();
    assert!(store.set_thumbnail(account, face_id(1), "t1").await.unwrap());
    assert!(!store.set_thumbnail(account, face_id(1), "t2").await.unwrap(), "it has one");
    assert!(!store.set_thumbnail(account, face_id(7), "t2").await.unwrap());
    assert!(!store.set_thumbnail(account_id(2), face_id(2), "t2").await.unwrap());
    assert_eq!(store.thumbnail(account, face_id(1)).await.unwrap().as_deref(), Some("t1"));
    assert_eq!(store.thumbnail(account_id(2), face_id(1)).await.unwrap(), None);
    assert_eq!(store.pending_blobs(late).await.unwrap(), ["t2"]);
    store.expect_blobs(&strings(&["t1"]), Timestamp(2)).await.unwrap();
    assert_eq!(store.pending_blobs(late).await.unwrap(), ["t2"], "what a face has claimed is not pending");
    let removal = store.remove_subject(account, "g", "Ann", None, Timestamp(3)).await.unwrap().unwrap();
    assert_eq!(removal.orphaned_blobs, ["t1"], "the photo is Bob's too");
    assert_eq!(store.pending_blobs(late).await.unwrap(), ["t2", "t1"]);
}

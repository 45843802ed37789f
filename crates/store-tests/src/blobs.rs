//! Blobs that are noted, claimed, orphaned and forgotten.

use vultus_store::{MediaRecord, MediaState};
use vultus_types::{MediaId, Timestamp};

use crate::Backend;
use crate::fixtures::{account_id, face, face_id, face_with_photo, strings, with_accounts};

/// A face claims its blob.
pub async fn expected_blobs_are_pending_until_claimed(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.expect_blobs(&strings(&["a", "b"]), Timestamp(10)).await.unwrap();
    assert_eq!(store.pending_blobs(Timestamp(10)).await.unwrap(), strings(&[]), "before, not at");
    assert_eq!(store.pending_blobs(Timestamp(11)).await.unwrap(), strings(&["a", "b"]));
    store.add_faces(&["g"], &[face_with_photo(1, 1, "Ann", "a")]).await.unwrap();
    assert_eq!(store.pending_blobs(Timestamp(11)).await.unwrap(), strings(&["b"]));
    store.forget_blobs(&strings(&["b", "unknown"])).await.unwrap();
    assert_eq!(store.pending_blobs(Timestamp(11)).await.unwrap(), strings(&[]));
}

/// A removal orphans the photo.
pub async fn orphaned_blobs_are_pending_until_forgotten(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let faces = [face_with_photo(1, 1, "Ann", "a"), face(1, 2, "Ann"), face_with_photo(1, 3, "Ann", "b")];
    store.add_faces(&["g"], &faces).await.unwrap();
    let removal = store.remove_gallery(account_id(1), "g", Timestamp(20)).await.unwrap().unwrap();
    assert_eq!(removal.orphaned_blobs, ["a", "b"]);
    assert_eq!(store.pending_blobs(Timestamp(20)).await.unwrap(), strings(&[]));
    assert_eq!(store.pending_blobs(Timestamp(21)).await.unwrap(), strings(&["a", "b"]));
    store.forget_blobs(&strings(&["a"])).await.unwrap();
    assert_eq!(store.pending_blobs(Timestamp(21)).await.unwrap(), strings(&["b"]));
}

/// Several faces of one photo share its blob.
pub async fn photo_of_two_faces_is_orphaned_with_the_last(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let faces = [face_with_photo(1, 1, "Ann", "a"), face_with_photo(1, 2, "Ann", "a")];
    store.add_faces(&["g"], &faces).await.unwrap();
    let account = account_id(1);
    let first = store.remove_subject(account, "g", "Ann", Some(face_id(1)), Timestamp(20)).await.unwrap();
    assert!(first.unwrap().orphaned_blobs.is_empty());
    let last = store.remove_subject(account, "g", "Ann", None, Timestamp(20)).await.unwrap();
    assert_eq!(last.unwrap().orphaned_blobs, ["a"]);
}

/// A second attempt at an enrolment is not cut short by the first one's age.
pub async fn expecting_again_renews_the_time(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.expect_blobs(&strings(&["a"]), Timestamp(10)).await.unwrap();
    store.expect_blobs(&strings(&["a"]), Timestamp(30)).await.unwrap();
    assert_eq!(store.pending_blobs(Timestamp(20)).await.unwrap(), strings(&[]));
    assert_eq!(store.pending_blobs(Timestamp(31)).await.unwrap(), strings(&["a"]));
}

/// The blob of an enrolment that failed is found by the next cleaning.
pub async fn refused_faces_leave_their_blobs_pending(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    store.add_faces(&["g"], &[face(1, 1, "Ann")]).await.unwrap();
    store.expect_blobs(&strings(&["a"]), Timestamp(10)).await.unwrap();
    let faces = [face_with_photo(1, 2, "Ann", "a"), face_with_photo(1, 1, "Ann", "a")];
    store.add_faces(&["g"], &faces).await.unwrap_err();
    assert_eq!(store.pending_blobs(Timestamp(11)).await.unwrap(), strings(&["a"]));
}

/// What a row refers to is in use, and what is pending; all else is nobody's.
pub async fn blobs_in_use_are_told_from_the_others(backend: &impl Backend) {
    let store = with_accounts(backend).await;
    let account = account_id(1);
    assert_eq!(store.blobs_in_use(&strings(&["photo", "file"])).await.unwrap(), strings(&[]));
    store.add_faces(&["g"], &[face_with_photo(1, 1, "Ann", "photo")]).await.unwrap();
    assert!(store.set_thumbnail(account, face_id(1), "thumbnail").await.unwrap());
    let media = MediaRecord {
        id: MediaId([1; 12]),
        account,
        source_key: Some("file".to_owned()),
        wants_points: false,
        state: MediaState::Waiting,
        created_at: Timestamp(1),
        started_at: None,
        attempts: 0,
    };
    store.add_media(&media).await.unwrap();
    store.expect_blobs(&strings(&["expected"]), Timestamp(10)).await.unwrap();
    let asked = strings(&["photo", "thumbnail", "file", "expected", "stray", "", "Photo", "pho"]);
    let told = async || {
        let mut told = store.blobs_in_use(&asked).await.unwrap();
        told.sort();
        told
    };
    assert_eq!(told().await, ["expected", "file", "photo", "thumbnail"]);
    store.remove_subject(account, "g", "Ann", None, Timestamp(20)).await.unwrap().unwrap();
    assert_eq!(told().await, ["expected", "file", "photo", "thumbnail"], "they are pending now");
    store.forget_blobs(&strings(&["photo", "thumbnail", "expected"])).await.unwrap();
    assert_eq!(told().await, ["file"]);
    assert_eq!(store.blobs_in_use(&[]).await.unwrap(), strings(&[]));
}

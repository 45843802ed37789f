use futures::TryStreamExt;

use super::*;

const PHOTO: &[u8] = b"photo";

async fn keeps_and_deletes(store: BlobStore) {
    let key = BlobStore::photo_key(AccountId(Uuid::nil()), Uuid::from_u128(7));
    assert_eq!(store.get(&key).await.unwrap(), None);
    store.put(&key, Bytes::from_static(PHOTO)).await.unwrap();
    assert_eq!(store.get(&key).await.unwrap().as_deref(), Some(PHOTO));
    store.put(&key, Bytes::from_static(b"other")).await.unwrap();
    assert_eq!(store.get(&key).await.unwrap().as_deref(), Some(&b"other"[..]));
    store.delete(&key).await.unwrap();
    assert_eq!(store.get(&key).await.unwrap(), None);
    store.delete(&key).await.unwrap();
}

#[tokio::test]
async fn local_folder_keeps_and_deletes() {
    let folder = tempfile::tempdir().unwrap();
    keeps_and_deletes(BlobStore::local(&folder.path().join("blobs")).unwrap()).await;
}

#[tokio::test]
async fn memory_keeps_and_deletes() {
    keeps_and_deletes(BlobStore::in_memory()).await;
}

#[tokio::test]
async fn blobs_are_found_by_another_opening_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::local(folder.path()).unwrap();
    store.put("a/b", Bytes::from_static(PHOTO)).await.unwrap();
    drop(store);
    let again = BlobStore::local(folder.path()).unwrap();
    assert_eq!(again.get("a/b").await.unwrap().as_deref(), Some(PHOTO));
}

#[tokio::test]
async fn beginning_of_a_killed_write_goes_with_its_blob() {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::local(folder.path()).unwrap();
    let beginning = folder.path().join("photos/x#1");
    std::fs::create_dir(folder.path().join("photos")).unwrap();
    std::fs::write(&beginning, b"pho").unwrap();
    assert_eq!(store.get("photos/x").await.unwrap(), None, "a beginning is no blob");
    store.delete("photos/x").await.unwrap();
    assert!(!beginning.exists());
}

#[tokio::test]
async fn beginnings_are_named_as_delete_expects() {
    // The first write of a key begins under the name that `delete` clears away.
    let folder = tempfile::tempdir().unwrap();
    let files = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
    let mut upload = files.put_multipart(&Path::from("x")).await.unwrap();
    upload.put_part(PutPayload::from_static(PHOTO)).await.unwrap();
    assert!(folder.path().join("x#1").exists());
    upload.abort().await.unwrap();
}

#[tokio::test]
async fn keys_that_leave_the_folder_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::local(&folder.path().join("blobs")).unwrap();
    for key in ["", "/", "../x", "a/../../x", "a//b", "./a", "/etc/x", "a/"] {
        let result = store.put(key, Bytes::from_static(PHOTO)).await;
        assert!(matches!(result, Err(BlobError::Key)), "{key}");
    }
}

async fn lists(store: BlobStore) {
    assert_eq!(store.list("photos").count().await, 0);
    let keys = ["photos/a/1", "photos/b/cc/2", "media/a/3", "photosynthesis/4"];
    for key in keys {
        store.put(key, Bytes::from_static(PHOTO)).await.unwrap();
    }
    let mut listed: Vec<_> = store.list("photos").try_collect().await.unwrap();
    listed.sort_by(|one, other| one.key.cmp(&other.key));
    let told: Vec<_> = listed.iter().map(|blob| (blob.key.as_str(), blob.bytes)).collect();
    assert_eq!(told, [("photos/a/1", 5), ("photos/b/cc/2", 5)]);
    // 2026 and after: a clock that is right.
    assert!(listed.iter().all(|blob| blob.written_at.as_secs() > 1_767_225_600), "{listed:?}");
}

#[tokio::test]
async fn blobs_of_a_folder_are_listed() {
    lists(BlobStore::in_memory()).await;
    let folder = tempfile::tempdir().unwrap();
    lists(BlobStore::local(folder.path()).unwrap()).await;
}

#[tokio::test]
async fn probe_leaves_nothing() {
    let store = BlobStore::in_memory();
    store.probe("one").await.unwrap();
    assert_eq!(store.list("probes").count().await, 0);
}

#[tokio::test]
async fn photos_of_accounts_lie_apart() {
    let store = BlobStore::in_memory();
    for account in [1, 2] {
        let key = BlobStore::photo_key(AccountId(Uuid::from_u128(account)), Uuid::from_u128(9));
        store.put(&key, Bytes::from_static(PHOTO)).await.unwrap();
    }
    let listed: Vec<_> = store.objects.list(Some(&Path::from("photos"))).try_collect().await.unwrap();
    assert_eq!(listed.len(), 2);
}

#[test]
fn folder_that_cannot_be_made_is_an_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(matches!(BlobStore::local(&file.path().join("sub")), Err(BlobError::Folder(_))));
}

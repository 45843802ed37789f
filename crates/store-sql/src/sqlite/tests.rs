use std::sync::Arc;

use async_trait::async_trait;
use futures::future::join_all;
use vultus_store::archive::{ColumnKind, TABLES};
use vultus_store::{AccountStore, EmbedderBinding, EmbedderStore, FaceStore, Store};
use vultus_store_tests::Backend;
use vultus_store_tests::fixtures::{account, account_id, credential, face, face_id, template, with_accounts};
use vultus_types::{ModelDigest, Template, TemplatePart};

use super::*;

struct File(tempfile::TempDir);

impl File {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> std::path::PathBuf {
        self.0.path().join("vultus.db")
    }

    async fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.path()).await.unwrap()
    }
}

#[async_trait]
impl Backend for File {
    async fn connect(&self) -> Arc<dyn Store> {
        Arc::new(self.open().await)
    }
}

struct Memory(SqliteStore);

#[async_trait]
impl Backend for Memory {
    async fn connect(&self) -> Arc<dyn Store> {
        Arc::new(self.0.clone())
    }
}

mod on_file {
    vultus_store_tests::suite!(super::File::new());
}

mod in_memory {
    vultus_store_tests::suite!(super::Memory(super::SqliteStore::in_memory().await.unwrap()));
}

#[test]
fn every_migration_is_known() {
    crate::migrations::check_folder("sqlite", &MIGRATIONS);
}

#[tokio::test]
async fn archives_hold_every_column_of_every_table() {
    let store = SqliteStore::in_memory().await.unwrap();
    let found: Vec<String> = sqlx::query_scalar(
        "SELECT t.name || '.' || c.name || ' ' || lower(c.type) || ' ' || c.pk
         FROM sqlite_master t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
             AND t.name NOT IN
                 ('_sqlx_migrations', 'imports', 'request_counts', 'server_key', 'sign_in_failures', 'topology')
         ORDER BY 1",
    )
    .fetch_all(&store.writer)
    .await
    .unwrap();
    let mut known = Vec::new();
    for table in &TABLES {
        for (place, column) in (1..).zip(table.columns.iter()) {
            let kind = match column.kind {
                ColumnKind::Integer | ColumnKind::Boolean => "integer",
                ColumnKind::Real => "real",
                ColumnKind::Text => "text",
                ColumnKind::Bytes => "blob",
            };
            let key = if place <= table.keys { place } else { 0 };
            known.push(format!("{}.{} {kind} {key}", table.name, column.name));
        }
    }
    known.sort();
    assert_eq!(found, known);
}

async fn scalar(store: &SqliteStore, pragma: &'static str) -> i64 {
    sqlx::query_scalar(pragma).fetch_one(&store.writer).await.unwrap()
}

#[tokio::test]
async fn file_is_written_durably_and_checks_references() {
    let file = File::new();
    let store = file.open().await;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&store.writer).await.unwrap();
    assert_eq!(mode, "wal");
    assert_eq!(scalar(&store, "PRAGMA synchronous").await, 2, "full");
    assert_eq!(scalar(&store, "PRAGMA foreign_keys").await, 1);
}

#[tokio::test]
async fn readers_cannot_write() {
    let file = File::new();
    let store = file.open().await;
    let written = sqlx::query("DELETE FROM faces").execute(&store.reader).await;
    assert!(matches!(written.map_err(failed), Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn faces_survive_closing_and_opening() {
    let file = File::new();
    let store = with_accounts(&file).await;
    store.add_faces(&["g"], &[face(1, 1, "Ann")]).await.unwrap();
    drop(store);
    let again = file.open().await;
    assert_eq!(again.face(account_id(1), face_id(1)).await.unwrap().unwrap().face, face(1, 1, "Ann"));
    again.close().await;
    assert!(matches!(again.face_count().await, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn new_file_can_be_opened_by_many_at_once() {
    let file = File::new();
    let stores = join_all((0..8).map(|_| file.open())).await;
    for (number, store) in (0..).zip(&stores) {
        store.create_account(&account(number, &number.to_string()), &[]).await.unwrap();
    }
    assert_eq!(stores[0].accounts().await.unwrap().len(), 8);
}

#[cfg(unix)]
#[tokio::test]
async fn new_file_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let file = File::new();
    let store = with_accounts(&file).await;
    for side in ["", "-wal", "-shm"] {
        let path = file.0.path().join(format!("vultus.db{side}"));
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600, "{side}");
    }
    drop(store);
}

#[tokio::test]
async fn damaged_rows_are_told_from_missing_ones() {
    let file = File::new();
    with_accounts(&file).await.add_faces(&["g"], &[face(1, 1, "Ann")]).await.unwrap();
    let store = file.open().await;
    sqlx::query("UPDATE faces SET template = x'02'").execute(&store.writer).await.unwrap();
    let is_damaged = |error| matches!(error, StoreError::Inconsistent { table: "faces", id } if id == "1");
    assert!(is_damaged(store.face(account_id(1), face_id(1)).await.unwrap_err()));
    assert!(is_damaged(store.index_page(None, 10).await.unwrap_err()));
    assert!(is_damaged(store.index_entries(&[face_id(1)]).await.unwrap_err()));
}

#[tokio::test]
async fn damaged_credential_is_told() {
    let store = SqliteStore::in_memory().await.unwrap();
    let credential = credential("a");
    store.create_account(&account(1, "one"), std::slice::from_ref(&credential)).await.unwrap();
    sqlx::query("UPDATE credentials SET secret_hash = x'00'").execute(&store.writer).await.unwrap();
    let found = store.find_credential(credential.kind, "a").await;
    assert!(matches!(found, Err(StoreError::Inconsistent { table: "credentials", .. })));
}

#[tokio::test]
async fn full_disk_is_unavailable_and_stores_nothing() {
    let file = File::new();
    let store = file.open().await;
    store.create_account(&account(1, "one"), &[]).await.unwrap();
    let pages = scalar(&store, "PRAGMA page_count").await;
    sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}")))
        .execute(&store.writer)
        .await
        .unwrap();
    let mut refused = None;
    for number in 1..200 {
        let batch: Vec<_> = (0..10).map(|place| face(1, number * 10 + place, &"x".repeat(500))).collect();
        if let Err(error) = store.add_faces(&["g"], &batch).await {
            refused = Some(error);
            break;
        }
    }
    assert!(matches!(refused, Some(StoreError::Unavailable(_))), "{refused:?}");
    assert_eq!(store.face_count().await.unwrap() % 10, 0, "whole batches only");
    assert!(store.accounts().await.is_ok(), "reading goes on");
}

#[tokio::test]
async fn other_files_and_missing_folders_are_errors() {
    let file = File::new();
    std::fs::write(file.path(), "this is no database, but it is longer than a header of one").unwrap();
    assert!(matches!(SqliteStore::open(&file.path()).await, Err(StoreError::Driver(_))));
    let missing = file.0.path().join("missing/vultus.db");
    assert!(matches!(SqliteStore::open(&missing).await, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn store_in_memory_outlives_interrupted_reads() {
    let store = SqliteStore::in_memory().await.unwrap();
    store.create_account(&account(1, "one"), &[]).await.unwrap();
    let faces: Vec<_> = (1..=200).map(|number| face(1, number, "Ann")).collect();
    store.add_faces(&["g"], &faces).await.unwrap();
    for round in 0..100 {
        let limit = Duration::from_micros(round * 10);
        let _ = tokio::time::timeout(limit, store.index_page(None, 200)).await;
    }
    assert_eq!(store.face_count().await.unwrap(), 200);
    let other = SqliteStore::in_memory().await.unwrap();
    assert_eq!(other.accounts().await.unwrap(), [], "each store in memory is one of its own");
}

#[tokio::test]
async fn store_of_an_earlier_version_is_bound_to_the_models_of_most_templates() {
    let file = File::new();
    let store = with_accounts(&file).await;
    store.add_faces(&["g"], &[face(1, 1, "Ann"), face(1, 2, "Bob"), face(1, 3, "Cid")]).await.unwrap();
    drop(store);
    let store = file.open().await;
    let old = ModelDigest([3; 32]);
    let part = TemplatePart { model: old, vector: vec![1.0], cohort: None };
    let bytes = Template::new(vec![part]).unwrap().to_bytes();
    for statement in
        ["UPDATE faces SET template = ? WHERE id < 3", "DELETE FROM embedder WHERE ? IS NOT NULL"]
    {
        sqlx::query(statement).bind(&bytes).execute(&store.writer).await.unwrap();
    }
    let bound = EmbedderBinding { models: vec![old], pack: None };
    assert_eq!(store.embedder().await.unwrap(), Some(bound.clone()));
    let models = template(1).parts().iter().map(|part| part.model).collect();
    let wanted = EmbedderBinding { models, pack: Some("default".to_owned()) };
    assert_eq!(store.bind_embedder(&wanted).await.unwrap(), bound);
    let noted: i64 = scalar(&store, "SELECT count(*) FROM embedder").await;
    assert_eq!(noted, 1);
    let refused = store.add_faces(&["g"], &[face(1, 4, "Dan")]).await;
    assert!(matches!(refused, Err(StoreError::OtherEmbedder)));
}

#[tokio::test]
async fn examination_tells_the_level_and_creates_nothing() {
    let file = File::new();
    assert!(matches!(SqliteStore::examine(&file.path()).await, Err(StoreError::Unavailable(_))));
    assert!(!file.path().exists());
    file.open().await.close().await;
    let found = SqliteStore::examine(&file.path()).await.unwrap();
    assert!(found.level > 0 && found.level == found.known_level, "{found:?}");
    assert!(found.faults.is_empty(), "{found:?}");
}

#[tokio::test]
async fn examination_finds_a_damaged_page_and_a_file_that_is_no_database() {
    let file = File::new();
    file.open().await.close().await;
    let mut bytes = std::fs::read(file.path()).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0xa5);
    std::fs::write(file.path(), &bytes).unwrap();
    let found = SqliteStore::examine(&file.path()).await;
    assert!(found.as_ref().map_or(true, |found| !found.faults.is_empty()), "{found:?}");
    std::fs::write(file.path(), "something else").unwrap();
    assert!(matches!(SqliteStore::examine(&file.path()).await, Err(StoreError::Driver(_))));
}

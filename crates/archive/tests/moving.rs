//! Everything that a store holds goes into an archive and into another store, and is the same there.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

mod support;

use std::io::{self, Cursor, Read};

use support::{all_blobs, all_rows, fill_blobs, fill_with, imported};
use uuid::Uuid;
use vultus_archive::{ArchiveError, ExportSettings, Importer, Protection, Summary, export};
use vultus_store::archive::{ArchiveId, ArchiveStore, ImportStart, TABLES, Value};
use vultus_store::{BlobStore, ConsentOperation, ConsentRecord, ConsentStore, FaceStore, StoreError};
use vultus_store_sql::{PostgresStore, SqliteStore};
use vultus_store_tests::fixtures::{NOW, block_on};
use vultus_store_tests::postgres::PostgresServer;
use vultus_types::AccountId;

async fn sqlite() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("vultus.db")).await.unwrap();
    (folder, store)
}

async fn postgres() -> PostgresStore {
    PostgresStore::connect(&PostgresServer::shared().new_database(), 4).await.unwrap()
}

async fn fill(store: &dyn ArchiveStore) {
    fill_with(store, u64::MAX).await;
}

/// An archive of the store.
async fn exported(
    store: &dyn ArchiveStore,
    blobs: Option<&BlobStore>,
    protection: Protection<'_>,
) -> (Summary, Vec<u8>) {
    let settings = ExportSettings { id: ArchiveId(Uuid::from_u128(2)), version: "test", protection };
    let written = export(store, blobs, Cursor::default(), settings, &mut |_| {}).await.unwrap();
    (written.summary, written.file.into_inner())
}

#[test]
fn everything_moves_from_sqlite_to_postgresql_and_back() {
    block_on(async {
        let (_folder, first) = sqlite().await;
        fill(&first).await;
        let first_blobs = BlobStore::in_memory();
        fill_blobs(&first, &first_blobs).await;
        let rows = all_rows(&first).await;
        assert!(rows.iter().all(|(_, rows)| !rows.is_empty()), "every table is filled");
        let (summary, archive) = exported(&first, Some(&first_blobs), Protection::None).await;
        assert_eq!(summary.missing_blobs, 1);

        let (second, second_blobs) = (postgres().await, BlobStore::in_memory());
        assert_eq!(imported(&*archive, None, &second, &second_blobs).await.unwrap(), summary);
        assert_eq!(all_rows(&second).await, rows);
        let blobs = all_blobs(&first, &first_blobs).await;
        assert_eq!(all_blobs(&second, &second_blobs).await, blobs);
        assert_eq!(second.import_under_way().await.unwrap(), None);

        let secret = Protection::Passphrase { passphrase: b"sesame", salt: [1; 16], secret_key: &[5; 32] };
        let (again, archive) = exported(&second, Some(&second_blobs), secret).await;
        assert_eq!(again, summary);
        let ((_folder, third), third_blobs) = (sqlite().await, BlobStore::in_memory());
        let importer = Importer::open(&*archive, Some(b"sesame")).unwrap();
        assert_eq!(importer.secret_key(), Some(&[5; 32][..]));
        importer.run(&third, &third_blobs, &mut |_| {}).await.unwrap();
        assert_eq!(all_rows(&third).await, rows);
        assert_eq!(all_blobs(&third, &third_blobs).await, blobs);
    });
}

/// Numbers that were given once are not given again, although the rows that had them are gone.
async fn check_numbers_grow(store: &(impl FaceStore + ConsentStore)) {
    let consent = ConsentRecord {
        account: AccountId(Uuid::from_u128(0x4d)),
        recorded_at: NOW,
        operation: ConsentOperation::Enrol,
        subject: None,
        is_declared: true,
    };
    store.record_consent(&consent).await.unwrap();
    let account = Some(consent.account);
    assert_eq!(store.consents(account, 900, 10).await.unwrap(), [(1001, consent.clone())]);
    let last = store.last_change().await.unwrap();
    assert_eq!(last, 1103);
    assert!(store.create_gallery(consent.account, "new").await.unwrap(), "its number is not taken");
}

#[test]
fn numbers_only_grow_after_the_move() {
    block_on(async {
        let (_folder, first) = sqlite().await;
        fill(&first).await;
        let (_, archive) = exported(&first, None, Protection::None).await;
        let second = postgres().await;
        imported(&*archive, None, &second, &BlobStore::in_memory()).await.unwrap();
        let (_, archive) = exported(&second, None, Protection::None).await;
        let (_folder, third) = sqlite().await;
        imported(&*archive, None, &third, &BlobStore::in_memory()).await.unwrap();
        check_numbers_grow(&second).await;
        check_numbers_grow(&third).await;
    });
}

/// Gives so many bytes, then fails.
struct Interrupted<'a>(&'a [u8]);

impl Read for Interrupted<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self.0.read(bytes)? {
            0 if !bytes.is_empty() => Err(io::ErrorKind::BrokenPipe.into()),
            count => Ok(count),
        }
    }
}

async fn check_interruptions(target: &dyn ArchiveStore) {
    let (_folder, source) = sqlite().await;
    fill(&source).await;
    let (source_blobs, blobs) = (BlobStore::in_memory(), BlobStore::in_memory());
    fill_blobs(&source, &source_blobs).await;
    let (summary, archive) = exported(&source, Some(&source_blobs), Protection::None).await;
    // Rows are in the first hundred kilobytes.
    let ends = (6_000..100_000).step_by(13_000).chain((200_000..archive.len()).step_by(1_500_000));
    for end in ends {
        let beginning = Interrupted(&archive[..end]);
        let ended = imported(beginning, None, target, &blobs).await;
        assert!(matches!(ended, Err(ArchiveError::File(_))), "{ended:?}");
        let under_way = target.import_under_way().await.unwrap();
        assert_eq!(under_way, Some(ArchiveId(Uuid::from_u128(2))));
    }
    let other = target.begin_import(ArchiveId(Uuid::from_u128(3))).await.unwrap();
    assert_eq!(other, ImportStart::OtherArchive);
    assert_eq!(imported(&*archive, None, target, &blobs).await.unwrap(), summary);
    assert_eq!(target.import_under_way().await.unwrap(), None);
    assert_eq!(all_rows(target).await, all_rows(&source).await);
    assert_eq!(all_blobs(target, &blobs).await, all_blobs(&source, &source_blobs).await);
    let again = imported(&*archive, None, target, &blobs).await;
    assert!(matches!(again, Err(ArchiveError::NotEmpty("accounts"))), "{again:?}");
}

#[test]
fn interrupted_import_goes_on_where_it_stopped() {
    block_on(async {
        check_interruptions(&postgres().await).await;
        check_interruptions(&sqlite().await.1).await;
    });
}

#[test]
fn damaged_archive_leaves_a_store_that_is_known_to_be_half_filled() {
    block_on(async {
        let (_folder, source) = sqlite().await;
        fill(&source).await;
        let (_, archive) = exported(&source, None, Protection::None).await;
        for place in 1..20 {
            let mut damaged = archive.clone();
            let place = archive.len() * place / 20;
            damaged[place] ^= 0x20;
            let target = SqliteStore::in_memory().await.unwrap();
            let ended = imported(&*damaged, None, &target, &BlobStore::in_memory()).await;
            let is_told = matches!(ended, Err(ArchiveError::Damaged(_) | ArchiveError::Truncated(_)));
            assert!(is_told, "{place}: {ended:?}");
            let rows: usize = all_rows(&target).await.iter().map(|(_, rows)| rows.len()).sum();
            assert!(rows == 0 || target.import_under_way().await.unwrap().is_some(), "{place}");
        }
    });
}

#[test]
fn store_that_is_changed_meanwhile_does_not_pass() {
    block_on(async {
        let (_folder, source) = sqlite().await;
        fill(&source).await;
        let (_, archive) = exported(&source, None, Protection::None).await;
        let (_folder, target) = sqlite().await;
        let cut = Interrupted(&archive[..archive.len() - 40]);
        assert!(imported(cut, None, &target, &BlobStore::in_memory()).await.is_err());
        target.expect_blobs(&["photos/stray".to_owned()], NOW).await.unwrap();
        let ended = imported(&*archive, None, &target, &BlobStore::in_memory()).await;
        assert!(matches!(ended, Err(ArchiveError::Mismatch("pending_blobs"))), "{ended:?}");
        assert!(target.import_under_way().await.unwrap().is_some());
    });
}

#[test]
fn what_is_written_during_an_export_is_not_in_it() {
    block_on(async {
        let (_folder, sqlite) = sqlite().await;
        let postgres = postgres().await;
        let stores: [(&dyn ArchiveStore, &dyn FaceStore); 2] = [(&sqlite, &sqlite), (&postgres, &postgres)];
        for (archive, faces) in stores {
            fill(archive).await;
            let mut snapshot = archive.snapshot().await.unwrap();
            let pending = TABLES.iter().find(|table| table.name == "pending_blobs").unwrap();
            let before = snapshot.count(pending).await.unwrap();
            faces.expect_blobs(&["photos/late".to_owned()], NOW).await.unwrap();
            assert_eq!(snapshot.count(pending).await.unwrap(), before);
        }
    });
}

#[test]
fn text_that_postgresql_cannot_keep_is_told() {
    block_on(async {
        let store = postgres().await;
        let id = ArchiveId(Uuid::from_u128(4));
        store.begin_import(id).await.unwrap();
        let table = TABLES.iter().find(|table| table.name == "pending_blobs").unwrap();
        let row = vec![Value::Text("a\0b".to_owned()), Value::Integer(1)];
        let refused = store.import_rows(id, &(0..1), table, &[row]).await;
        assert!(matches!(refused, Err(StoreError::Unrepresentable("pending_blobs"))), "{refused:?}");
        let late = store.note_import(id, &(1..2)).await;
        assert!(matches!(late, Err(StoreError::Conflict(_))), "{late:?}");
    });
}

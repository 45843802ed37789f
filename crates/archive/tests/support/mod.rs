//! Stores with rows in every table.

use uuid::Uuid;
use vultus_archive::{ArchiveError, Importer, Summary};
use vultus_store::BlobStore;
use vultus_store::archive::{
    ArchiveId, ArchiveStore, Column, ColumnKind, ImportStart, Row, TABLES, Table, Value,
};

/// Columns that may hold nothing.
const NULLABLE: [&str; 29] = [
    "accounts.disabled_at",
    "accounts.liveness_per_month",
    "accounts.requests_per_minute",
    "audit.account",
    "audit.address",
    "audit.role",
    "audit.target",
    "cameras.event_region",
    "cameras.tracking_region",
    "consents.subject",
    "credentials.expires_at",
    "embedder.pack",
    "events.person_id",
    "faces.person_id",
    "faces.photo_key",
    "faces.photo_md5",
    "faces.photo_url",
    "faces.thumbnail_key",
    "media.failure",
    "media.held_until",
    "media.source_key",
    "media.started_at",
    "media.summary",
    "media.worker",
    "operators.disabled_at",
    "operators.last_sign_in_at",
    "reembedding.pack",
    "watches.error",
    "watches.retry_at",
];

/// Accounts, and other parents.
const PARENTS: u64 = 5;

fn count(table: &str) -> u64 {
    match table {
        "embedder" | "reembedding" => 1,
        // More than a page.
        "faces" | "changes" => 1103,
        "accounts" | "galleries" | "cameras" | "operators" | "watches" | "person_numbers" => PARENTS,
        _ => 17,
    }
}

/// Fills an empty store: rows in every table, so many at most, with nothing, much and strange things in their columns.
pub(crate) async fn fill_with(store: &dyn ArchiveStore, most: u64) {
    let id = ArchiveId(Uuid::from_u128(1));
    assert_eq!(store.begin_import(id).await.unwrap(), ImportStart::At(0));
    for (number, table) in (0..).zip(&TABLES) {
        let rows: Vec<Row> = (0..count(table.name).min(most)).map(|row| values(table, row)).collect();
        store.import_rows(id, &(number..number + 1), table, &rows).await.unwrap();
    }
    let counters = [("consents".to_owned(), 1000), ("audit".to_owned(), 2000)];
    store.finish_import(id, &counters).await.unwrap();
}

fn values(table: &Table, row: u64) -> Row {
    let key = |column: &Column| table.key().contains(column);
    table.columns.iter().map(|column| value(table.name, column, key(column), row)).collect()
}

fn value(table: &str, column: &Column, is_key: bool, row: u64) -> Value {
    let place = format!("{table}.{}", column.name);
    let text = |text: String| Value::Text(text);
    if NULLABLE.contains(&place.as_str()) && row % 3 == 1 {
        return Value::Null;
    }
    match (place.as_str(), column.name) {
        ("accounts.id" | "cameras.id" | "media.id", _) => id(row),
        (_, "account_id" | "camera_id" | "media_id") => id(row % PARENTS),
        ("embedder.id" | "reembedding.id", _) => Value::Integer(1),
        (_, "models") => Value::Bytes(vec![9; 64]),
        ("consents.id" | "audit.id", _) => Value::Integer(1 + 3 * row as i64),
        (_, "id" | "face_id" | "sequence") => Value::Integer(1 + row as i64),
        (_, "gallery_id") => Value::Integer(1 + (row % PARENTS) as i64),
        ("staged_templates.template", _) if !row.is_multiple_of(3) => Value::Null,
        ("staged_templates.miss", _) if row % 3 != 1 => Value::Null,
        ("operators.name", _) => text(format!("operator {row}")),
        (_, "operator") => text(format!("operator {}", row % PARENTS)),
        (_, "photo_key") => text(format!("photos/{}", row / 2)),
        (_, "thumbnail_key") => text(format!("photos/small-{row}")),
        (_, "source_key") => text(format!("media/{row}")),
        _ => match column.kind {
            ColumnKind::Integer if is_key => Value::Integer(row as i64),
            ColumnKind::Integer => Value::Integer([0, -1, i64::MAX, i64::MIN, row as i64][row as usize % 5]),
            ColumnKind::Real => Value::Real([0.1, -2.5, 1e300, f64::MIN_POSITIVE, -0.0][row as usize % 5]),
            ColumnKind::Text if row == 0 && !is_key => text(String::new()),
            ColumnKind::Text => text(format!("{} {row} 'ä\u{1f600}\"\n\u{1}", column.name)),
            ColumnKind::Bytes if is_key => id(row),
            ColumnKind::Bytes => Value::Bytes(vec![row as u8; row as usize % 40]),
            ColumnKind::Boolean => Value::Boolean(row % 2 == 1),
        },
    }
}

fn id(number: u64) -> Value {
    Value::Bytes(Uuid::from_u128(u128::from(number) << 64 | 0x4d).as_bytes().to_vec())
}

/// Every row of every table.
pub(crate) async fn all_rows(store: &dyn ArchiveStore) -> Vec<(&'static str, Vec<Row>)> {
    let mut snapshot = store.snapshot().await.unwrap();
    let mut all = Vec::new();
    for table in &TABLES {
        let mut rows: Vec<Row> = Vec::new();
        loop {
            let page = snapshot.page(table, rows.last()).await.unwrap();
            if page.is_empty() {
                break;
            }
            rows.extend(page);
        }
        assert_eq!(rows.len() as u64, snapshot.count(table).await.unwrap(), "{}", table.name);
        all.push((table.name, rows));
    }
    all
}

/// Every blob that rows refer to, as it is kept.
pub(crate) async fn all_blobs(store: &dyn ArchiveStore, blobs: &BlobStore) -> Vec<(String, Option<Vec<u8>>)> {
    let mut snapshot = store.snapshot().await.unwrap();
    let (mut all, mut last) = (Vec::new(), None);
    loop {
        let keys = snapshot.blob_keys(last.as_deref()).await.unwrap();
        if keys.is_empty() {
            break;
        }
        last = keys.last().cloned();
        for key in keys {
            let blob = blobs.get(&key).await.unwrap();
            all.push((key, blob.map(Vec::from)));
        }
    }
    assert_eq!(all.len() as u64, snapshot.blob_count().await.unwrap());
    all
}

/// Keeps a blob for each key but one; one is empty, one is large.
pub(crate) async fn fill_blobs(store: &dyn ArchiveStore, blobs: &BlobStore) {
    let keys: Vec<String> = all_blobs(store, blobs).await.into_iter().map(|(key, _)| key).collect();
    for (number, key) in keys.iter().enumerate().skip(1) {
        let size = match number {
            1 => 0,
            2 => 9 << 20,
            _ => number,
        };
        blobs.put(key, vec![number as u8; size].into()).await.unwrap();
    }
}

/// Fills a store from an archive.
pub(crate) async fn imported(
    archive: impl std::io::Read,
    passphrase: Option<&[u8]>,
    store: &dyn ArchiveStore,
    blobs: &BlobStore,
) -> Result<Summary, ArchiveError> {
    Importer::open(archive, passphrase)?.run(store, blobs, &mut |_| {}).await
}

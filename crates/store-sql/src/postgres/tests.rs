use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::join_all;
use vultus_store::archive::{ColumnKind, TABLES, Table};
use vultus_store::{AccountStore, FaceStore, Store};
use vultus_store_tests::Backend;
use vultus_store_tests::fixtures::{account, account_id, face, face_id, with_accounts};
use vultus_store_tests::postgres::PostgresServer;

use super::*;

/// A database of its own on the server that the tests share.
struct Database(String);

impl Database {
    fn new() -> Self {
        Self(PostgresServer::shared().new_database())
    }

    async fn open(&self) -> PostgresStore {
        PostgresStore::connect(&self.0, 8).await.unwrap()
    }
}

#[async_trait]
impl Backend for Database {
    async fn connect(&self) -> Arc<dyn Store> {
        Arc::new(self.open().await)
    }
}

mod on_server {
    vultus_store_tests::suite!(super::Database::new());
}

#[test]
fn every_migration_is_known() {
    migrations::check_folder("postgres", &MIGRATIONS);
}

#[tokio::test]
async fn archives_hold_every_column_of_every_table() {
    let store = Database::new().open().await;
    // The order in which changes came is their numbers.
    let found: Vec<String> = sqlx::query_scalar(
        "SELECT c.table_name || '.' || c.column_name || ' ' || c.data_type
         FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
         WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
             AND c.table_name NOT IN
                 ('_sqlx_migrations', 'imports', 'request_counts', 'server_key', 'sign_in_failures', 'topology')
             AND (c.table_name, c.column_name) <> ('changes', 'id')",
    )
    .fetch_all(&store.0.reader)
    .await
    .unwrap();
    let kind = |kind: ColumnKind| match kind {
        ColumnKind::Integer => "bigint",
        ColumnKind::Real => "double precision",
        ColumnKind::Text => "text",
        ColumnKind::Bytes => "bytea",
        ColumnKind::Boolean => "boolean",
    };
    let named = |table: &'static Table| {
        table
            .columns
            .iter()
            .map(move |column| format!("{}.{} {}", table.name, column.name, kind(column.kind)))
    };
    let known: BTreeSet<String> = TABLES.iter().flat_map(named).collect();
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), known);
}

#[tokio::test]
async fn ten_nodes_may_start_at_once() {
    let database = Database::new();
    let stores = join_all((0..10).map(|_| database.open())).await;
    for (number, store) in (0..).zip(&stores) {
        store.create_account(&account(number, &number.to_string()), &[]).await.unwrap();
    }
    assert_eq!(stores[0].accounts().await.unwrap().len(), 10);
}

#[tokio::test]
async fn wrong_urls_and_absent_servers_are_told_apart() {
    for url in ["", "mysql://localhost/x", "postgres://[", "vultus.db"] {
        assert!(matches!(PostgresStore::connect(url, 1).await, Err(PostgresError::Url)), "{url}");
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = PostgresStore::connect(&format!("postgres://u:secret@127.0.0.1:{port}/x"), 1).await;
    let error = refused.unwrap_err();
    assert!(matches!(error, PostgresError::Unreachable(_)), "{error}");
    assert!(!format!("{error:?}").contains("secret"));
}

#[tokio::test]
async fn server_without_tls_is_not_spoken_to_where_tls_is_wanted() {
    let Database(url) = Database::new();
    let refused = PostgresStore::connect(&format!("{url}?sslmode=require"), 1).await;
    assert!(matches!(refused, Err(PostgresError::Unreachable(_))), "{:?}", refused.err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_to_one_gallery_all_come_through_and_changes_have_no_gaps() {
    let database = Database::new();
    let nodes = [with_accounts(&database).await, database.connect().await];
    let write = |writer: u64| {
        let node = Arc::clone(&nodes[writer as usize % 2]);
        tokio::spawn(async move {
            for number in 0..10 {
                node.add_faces(&["g"], &[face(1, 1 + writer * 10 + number, "Ann")]).await.unwrap();
                node.last_change().await.unwrap();
            }
        })
    };
    for writer in join_all((0..20).map(write)).await {
        writer.unwrap();
    }
    assert_eq!(nodes[0].last_change().await.unwrap(), 200);
    let changes = nodes[1].changes_after(0, 1000).await.unwrap();
    let sequences: Vec<u64> = changes.iter().map(|change| change.sequence).collect();
    assert_eq!(sequences, (1..=200).collect::<Vec<u64>>());
    let mut faces: Vec<u64> = changes.iter().map(|change| change.face.unwrap().get()).collect();
    faces.sort_unstable();
    assert_eq!(faces, sequences);
}

#[tokio::test]
async fn other_nodes_hear_of_numbered_changes() {
    let database = Database::new();
    let (writer, reader) = (with_accounts(&database).await, database.open().await);
    let mut heard = tokio::spawn(async move {
        reader.await_change(Duration::from_hours(1)).await.unwrap();
        reader.last_change().await.unwrap()
    });
    // The listener may not have begun when the first is told.
    for number in 1..=100 {
        writer.add_faces(&["g"], &[face(1, number, "Ann")]).await.unwrap();
        assert_eq!(writer.last_change().await.unwrap(), number);
        if let Ok(seen) = tokio::time::timeout(Duration::from_millis(300), &mut heard).await {
            assert_eq!(seen.unwrap(), number);
            return;
        }
    }
    panic!("nobody was told");
}

#[tokio::test]
async fn calls_outlast_a_restart_of_the_server_and_nothing_is_lost() {
    let mut server = PostgresServer::start(true);
    let database = Database(server.new_database());
    let store = with_accounts(&database).await;
    store.add_faces(&["g"], &[face(1, 1, "Ann")]).await.unwrap();
    server.stop();
    let waiting = {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.face(account_id(1), face_id(1)).await })
    };
    let resumed = std::thread::spawn(move || {
        server.resume();
        server
    });
    let found = waiting.await.unwrap();
    let _server = resumed.join().unwrap();
    assert_eq!(found.unwrap().unwrap().face, face(1, 1, "Ann"));
    store.add_faces(&["g"], &[face(1, 2, "Ann")]).await.unwrap();
    assert_eq!(store.face_count().await.unwrap(), 2);
}

#[tokio::test]
async fn absent_server_is_unavailable_and_not_waited_for_without_end() {
    let mut server = PostgresServer::start(false);
    let database = Database(server.new_database());
    let store = with_accounts(&database).await;
    server.stop();
    let refused = store.add_faces(&["g"], &[face(1, 1, "Ann")]).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
}

#[tokio::test]
async fn writes_leave_a_server_that_takes_none_any_more() {
    let server = PostgresServer::start(false);
    let database = Database(server.new_database());
    with_accounts(&database).await;
    let store = database.open().await;
    store.add_faces(&["g"], &[face(1, 1, "Ann")]).await.unwrap();
    // Connections that are there take no writes from now on; new ones do.
    server.run("postgres", "ALTER DATABASE test_0 SET default_transaction_read_only = off");
    server.run("postgres", "ALTER SYSTEM SET default_transaction_read_only = on");
    server.run("postgres", "SELECT pg_reload_conf()");
    let is_read_only = async || -> String {
        sqlx::query_scalar("SHOW transaction_read_only").fetch_one(&store.0.reader).await.unwrap()
    };
    while is_read_only().await != "on" {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    store.add_faces(&["g"], &[face(1, 2, "Ann")]).await.unwrap();
    assert_eq!(store.face_count().await.unwrap(), 2);
}

#[tokio::test]
async fn text_with_a_nul_character_is_told_from_other_failures() {
    let database = Database::new();
    let store = with_accounts(&database).await;
    let asked = store.account_by_name("a\0b").await;
    assert!(matches!(asked, Err(StoreError::Unrepresentable(_))), "{asked:?}");
    let listed = store.blobs_in_use(&["a\0b".to_owned()]).await;
    assert!(matches!(listed, Err(StoreError::Unrepresentable(_))), "{listed:?}");
    let written = store.add_faces(&["g"], &[face(1, 1, "A\0nn")]).await;
    assert!(matches!(written, Err(StoreError::Unrepresentable(_))), "{written:?}");
    assert_eq!(store.face_count().await.unwrap(), 0);
}

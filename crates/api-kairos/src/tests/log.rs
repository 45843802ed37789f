//! The request log: one line per request, and nothing personal in it.

use std::cell::RefCell;
use std::io::Write;
use std::sync::Once;

use vultus_service::fakes::{ALICE, BOB};

use super::*;

thread_local! {
    /// What this thread logged; each test has a thread of its own.
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct ThreadLog;

impl Write for ThreadLog {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Collects every thread's log. Called before anything is logged: a log that is installed later may miss lines
/// whose place in the code another thread has run through already.
pub(super) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let log = tracing_subscriber::fmt().json().with_writer(|| ThreadLog).finish();
        tracing::subscriber::set_global_default(log).unwrap();
    });
}

fn logged() -> String {
    LOGGED.with_borrow(|logged| String::from_utf8(logged.clone()).unwrap())
}

/// The fields of each request's line.
fn requests() -> Vec<Value> {
    let text = logged();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["target"] == "vultus::request").map(|line| line["fields"].clone()).collect()
}

#[tokio::test]
async fn every_request_is_one_line_without_personal_data() {
    let server = Server::new().await;
    server.enroll("Elizabeth", "MyGallery", ALICE).await;
    let wrong =
        json!({"image": image(&[ALICE, BOB]), "subject_id": "Elizabeth", "gallery_name": "MyGallery"});
    server.post("/verify", wrong).await;
    server.send(Request::post("/detect").body(Body::empty()).unwrap()).await;
    server.post("/nothing", json!({})).await;
    let requests = requests();
    let shown: Vec<_> = requests
        .iter()
        .map(|line| {
            (
                line["endpoint"].as_str().unwrap(),
                line["status"].as_u64().unwrap(),
                line["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("enroll", 200, "ok"),
            ("verify", 200, "multiple_faces"),
            ("detect", 403, "unauthenticated"),
            ("unknown", 404, "unknown_endpoint"),
        ]
    );
    let enroll = &requests[0];
    assert_eq!(
        (&enroll["family"], &enroll["faces"], &enroll["detect_ms"]),
        (&json!("kairos"), &json!(1), &json!(1.0))
    );
    let account = server.bench.service.accounts().list().await.unwrap()[0].id.to_string();
    assert_eq!(enroll["account"], account);
    for secret in ["Elizabeth", "MyGallery", &server.secrets.app_id, &server.secrets.app_key] {
        assert!(!logged().contains(secret));
    }
}

#[tokio::test]
async fn request_whose_client_went_away_is_one_line() {
    let server = Server::new().await;
    let endless = Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let request = server.send(server.request("/detect", endless));
    let waited = tokio::time::timeout(std::time::Duration::from_millis(50), request).await;
    assert!(waited.is_err());
    let requests = requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0]["outcome"], "cancelled");
}

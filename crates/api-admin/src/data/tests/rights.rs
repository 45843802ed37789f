//! Who may do what, and what is noted of it.

use axum::body::Body;
use axum::http::Method;
use serde_json::json;
use vultus_service::fakes::{ALICE, BenchOptions, photo_of};
use vultus_service::{AuditFilter, Role};

use super::{FILE, PEOPLE, Server, Told as _};

/// Action, account, target and outcome of the entries of the audit log, oldest first.
async fn audited(server: &Server) -> Vec<(String, String, String)> {
    let log = server.administration.audit().page(&AuditFilter::default(), None, 100).await.unwrap();
    let entries = log.into_iter().rev().map(|(_, entry)| entry);
    entries.map(|entry| (entry.action, entry.target.unwrap_or_default(), entry.outcome)).collect()
}

#[tokio::test]
async fn auditors_see_no_people() {
    let server = Server::with(BenchOptions::default(), Role::Auditor).await;
    for path in
        ["galleries", "galleries/g/subjects", "faces/1/thumbnail", "media", "cameras", "events", "persons"]
    {
        let answer = server.get(&format!("/accounts/demo/{path}")).await;
        assert_eq!(answer.fault(), (403, "forbidden".to_owned()), "{path}");
        let stranger = server.get(&format!("/accounts/nobody/{path}")).await;
        assert_eq!(
            stranger.fault(),
            answer.fault(),
            "who may not look does not learn which accounts there are"
        );
    }
    let photo = photo_of(&[ALICE]).unwrap();
    let enrolled = server.form(&format!("{PEOPLE}/enrol"), &[("photo", FILE, &photo)]).await;
    assert_eq!(enrolled.fault(), (403, "forbidden".to_owned()));
    assert!(server.bench.service.has_gallery(caller(&server).await, "people").await.is_ok_and(|has| !has));
    for path in ["/calibration", "/accuracy", "/models"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
}

async fn caller(server: &Server) -> vultus_service::Caller {
    vultus_service::Caller { account: server.bench.service.accounts().list().await.unwrap()[0].id }
}

#[tokio::test]
async fn what_is_done_to_people_is_noted() {
    let server = Server::new().await;
    let face = server.enrol(PEOPLE, "Alice", ALICE).await;
    server.get(&format!("/accounts/demo/faces/{face}/photo")).await;
    server.post(&format!("{PEOPLE}/subjects/Alice/merge"), json!({"into": "Bob"})).await;
    server.delete(&format!("/accounts/demo/faces/{face}")).await;
    let entry = |action: &str, target: &str, outcome: &str| {
        (action.to_owned(), target.to_owned(), outcome.to_owned())
    };
    assert_eq!(
        audited(&server).await,
        [
            entry("face.enrol", "people", "ok"),
            entry("face.view", &face, "ok"),
            entry("subject.merge", "people/Alice into Bob", "invalid"),
            entry("face.delete", &face, "ok"),
        ]
    );
}

#[tokio::test]
async fn changes_need_the_token_against_forgery() {
    let mut server = Server::new().await;
    server.csrf_token = "guessed".to_owned();
    let answer = server.delete(PEOPLE).await;
    assert_eq!(answer.fault(), (403, "csrf".to_owned()));
    server.cookie = "vultus_session=guessed".to_owned();
    let answer = server.get("/accounts/demo/galleries").await;
    assert_eq!(answer.fault(), (401, "signed_out".to_owned()));
}

#[tokio::test]
async fn photos_are_refused_unread_while_the_queue_is_full() {
    let options = BenchOptions { queue: 0, ..BenchOptions::default() };
    let server = Server::with(options, Role::Operator).await;
    let _running = server.bench.service.admit().unwrap();
    let endless = futures::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let body = Body::from_stream(endless);
    let answer =
        server.send(Method::POST, "/accounts/demo/detect", "multipart/form-data; boundary=b", body).await;
    assert_eq!(answer.fault(), (429, "busy".to_owned()));
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test]
async fn photo_of_more_than_20_mb_is_refused() {
    let server = Server::new().await;
    let large = vec![0; 20_000_001];
    let answer = server.form("/accounts/demo/detect", &[("photo", FILE, &large)]).await;
    assert_eq!(answer.fault(), (413, "too_large".to_owned()));
}

#[tokio::test]
async fn every_described_endpoint_is_there_and_asks_who_calls() {
    let mut server = Server::new().await;
    server.cookie = String::new();
    let document = serde_json::to_value(crate::data::document()).unwrap();
    let mut count = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let (method, path) = (method.to_uppercase().parse().unwrap(), path.replace(['{', '}'], ""));
            let answer = server.send(method, &path, "application/json", Body::from("{}")).await;
            assert_eq!(answer.fault(), (401, "signed_out".to_owned()), "{path}");
            count += 1;
        }
    }
    assert_eq!(count, 31);
}

//! Senders that are not known yet.

use vultus_service::fakes::ALICE;

use super::*;

fn endless() -> Body {
    Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>())
}

#[tokio::test]
async fn strangers_hold_no_place_of_the_queue_and_give_theirs_back() {
    let options = BenchOptions { queue: 0, ..BenchOptions::default() };
    let server = Server::with_strangers(options, Strangers::new(1, Duration::from_millis(200))).await;
    let slow = tokio::spawn({
        let app = server.app.clone();
        async move { send(&app, AGE, endless()).await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    // The one place for strangers is taken, the one place of the queue is not.
    let refused = server.ask(AGE, &[ALICE]).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::TOO_MANY_REQUESTS, 50));
    assert!(server.bench.service.admit().is_ok());
    assert_eq!(slow.await.unwrap().code(), 10, "its time is up");
    assert_eq!(server.ask(AGE, &[ALICE]).await.code(), 0);
}

#[tokio::test]
async fn full_queue_50() {
    let server = Server::with(BenchOptions { queue: 0, ..BenchOptions::default() }).await;
    let held = server.bench.service.admit().unwrap();
    let answer = server.ask(AGE, &[ALICE]).await;
    assert_eq!(answer.headers["retry-after"], "1");
    snapshot("error_50", &answer);
    let wrong = json!({"image": "x", "api_key": "wrong"}).to_string();
    assert_eq!(server.send(AGE, wrong).await.code(), 12, "strangers are not told how busy the server is");
    drop(held);
    assert_eq!(server.ask(AGE, &[ALICE]).await.code(), 0);
}

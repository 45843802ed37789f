//! Photos at addresses.

use axum::response::Redirect;
use axum::routing::get;
use vultus_service::fakes::ALICE;

use super::*;

/// Serves photos and redirects on a loopback address of its own and tells where.
async fn serve(host: &str, router: Router) -> String {
    let listener = tokio::net::TcpListener::bind((host, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn photo() -> Router {
    Router::new().route("/media/alice.png", get(|| async { photo_of(&[ALICE]).unwrap() }))
}

#[tokio::test]
async fn remote_photo_is_fetched_and_named() {
    let server = Server::with(BenchOptions::default(), &["127.0.0.2/32"]).await;
    let host = serve("127.0.0.2", photo()).await;
    for field in ["image", "url"] {
        let answer =
            server.post("/detect", json!({ field: format!(" {host}/media/alice.png?size=1 ") })).await;
        assert_eq!(answer.json()["images"][0]["file"], "alice.png", "{}", answer.text);
    }
    let missing = server.post("/detect", json!({"image": format!("{host}/media/bob.png")})).await;
    assert_eq!(missing.code(), 5001);
}

#[tokio::test]
async fn redirect_into_a_private_network_is_not_followed() {
    let server = Server::with(BenchOptions::default(), &["127.0.0.2/32"]).await;
    let inside = serve("127.0.0.1", photo()).await;
    let target = format!("{inside}/media/alice.png");
    let redirect = get(move || async move { Redirect::temporary(&target) });
    let host = serve("127.0.0.2", Router::new().route("/a.png", redirect)).await;
    let answer = server.post("/detect", json!({"image": format!("{host}/a.png")})).await;
    assert_eq!(answer.code(), 5001);
}

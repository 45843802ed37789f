//! Photos at addresses.

use axum::routing::get;
use vultus_service::fakes::ALICE;

use super::*;

#[tokio::test]
async fn address_of_a_fetched_photo_is_told() {
    let server = Server::with(BenchOptions::default(), &["127.0.0.2/32"], "").await;
    let photos = Router::new().route("/sample.jpg", get(|| async { photo_of(&[ALICE]).unwrap() }));
    let listener = tokio::net::TcpListener::bind(("127.0.0.2", 0)).await.unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, photos).await });

    let address = format!("{host}/sample.jpg");
    let added = server.post("/v0/face", json!({"photo": address})).await;
    assert_eq!(added.json()["results"][0]["photo"], address.as_str());
    let id = added.id();
    assert_eq!(server.get(&format!("/v0/face/id/{id}")).await.json()["photo"], address.as_str());

    let missing = server.post("/v0/face", json!({"photo": format!("{host}/none.jpg")})).await.json();
    assert_eq!((&missing["code"], &missing["param"]), (&json!("BAD_PARAM"), &json!("photo")));
    let forbidden = server.post("/v0/face", json!({"photo": "http://127.0.0.1/a.jpg"})).await;
    assert_eq!(forbidden.status, StatusCode::BAD_REQUEST);
}

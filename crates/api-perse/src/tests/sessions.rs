//! Credentials.

use vultus_service::SESSION_SECONDS;

use super::*;

#[tokio::test]
async fn private_key_is_traded_for_a_token() {
    let server = Server::new().await;
    let token = server.token().await;
    for authorization in [format!("Bearer {token}"), format!("bearer {token}"), token.clone()] {
        assert_eq!(server.list_as(&authorization).await.status, StatusCode::OK, "{authorization}");
    }
    let json = server.log_in(&server.credentials.perse.private_key).await;
    assert_eq!(json.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["token"]);
    assert_eq!(json.header("content-type"), "application/json");
}

#[tokio::test]
async fn wrong_and_missing_private_keys_are_refused() {
    let server = Server::new().await;
    snapshot("error_login_unauthorized", &server.log_in("wrong").await);
    let missing = server.send(Request::post("/v0/login/").body("{}".into()).unwrap()).await;
    snapshot("error_login_missing_key", &missing);
    assert_eq!(server.log_in(" ").await.fault(), (400, "form_key_missing".to_owned()));
    let other = server.log_in(&server.credentials.perse.api_key).await;
    assert_eq!(other.fault(), (401, "unauthorized".to_owned()), "a key for calls opens no session");
    let long = server.log_in(&"x".repeat(100_000)).await;
    assert_eq!(long.fault(), (400, "file_too_large".to_owned()));
}

#[tokio::test]
async fn token_ends_after_a_quarter_of_an_hour_and_with_the_key() {
    let server = Server::new().await;
    let token = server.token().await;
    server.bench.clock.advance_micros((SESSION_SECONDS - 1) * 1_000_000);
    assert_eq!(server.list_as(&token).await.status, StatusCode::OK);
    server.bench.clock.advance_micros(1_000_000);
    snapshot("error_unauthorized", &server.list_as(&token).await);
    let token = server.token().await;
    server.bench.service.accounts().rotate("demo").await.unwrap();
    let ended = server.list_as(&token).await;
    assert_eq!(ended.fault(), (401, "unauthorized".to_owned()));
    assert_eq!(ended.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn strangers_are_refused_before_their_body_is_read() {
    let server = Server::new().await;
    let endless = || Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    for (name, value) in [("authorization", "Bearer a.b.c"), ("x-api-key", "wrong"), ("accept", "*/*")] {
        let request = Request::post("/v0/face/detect").header(name, value);
        let answer = server.send(request.body(endless()).unwrap()).await;
        assert_eq!(answer.fault(), (401, "unauthorized".to_owned()), "{name}");
    }
}

#[tokio::test]
async fn keys_of_other_dialects_open_nothing() {
    let server = Server::new().await;
    let findface = &server.credentials.findface.token;
    let request = Request::get("/v0/face/enrollment/list").header("x-api-key", findface);
    let answer = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.fault(), (401, "unauthorized".to_owned()));
    // A FindFace client is answered by FindFace, whatever the path.
    let answer = server.list_as(&format!("Token {findface}")).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (404, &json!("NOT_FOUND")));
    let request = Request::get("/v0/faces").header("x-api-key", &server.credentials.perse.api_key);
    let answer = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.fault(), (404, "not_found".to_owned()));
}

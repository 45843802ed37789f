//! Lists of faces and metas.

use vultus_service::fakes::{ALICE, BOB};

use super::*;

#[tokio::test]
async fn faces_are_listed_newest_first() {
    let server = Server::new().await;
    server.add(ALICE, "Sam Berry", &["ppl"]).await;
    server.add(BOB, "", &[]).await;
    snapshot("faces", &server.get("/v0/faces/").await);
}

#[tokio::test]
async fn pages_are_linked_until_the_last() {
    let server = Server::new().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.insert(0, server.add(ALICE, "Sam", &["ppl"]).await);
    }
    for list in ["/v0/faces", "/faces/gallery/ppl", "/v1/face/meta/Sam", "/v0/face/gallery/ppl/meta/Sam"] {
        let (mut met, mut pages) = (Vec::new(), Vec::new());
        let mut next = format!("{list}?limit=2");
        loop {
            let page = server.get(&next).await;
            met.extend(page.ids());
            pages.push(next);
            let json = page.json();
            assert!(json.as_object().unwrap().contains_key("next_page"), "{json}");
            let Some(link) = json["next_page"].as_str() else { break };
            assert!(link.starts_with(&format!("{list}?max_id=")) && link.ends_with("&limit=2"), "{link}");
            next = link.to_owned();
        }
        assert_eq!(met, ids, "{list}");
        assert_eq!(pages[1], format!("{list}?max_id={}&limit=2", ids[2]));
        let last = server.get(&pages[2]).await.json();
        let before = server.get(last["prev_page"].as_str().unwrap()).await;
        assert_eq!(before.ids(), ids[2..4]);
        let first = server.get(&pages[0]).await.json();
        assert_eq!(first["prev_page"], Value::Null);
    }
}

#[tokio::test]
async fn pages_begin_at_ids() {
    let server = Server::new().await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(server.add(ALICE, "Sam", &[]).await);
    }
    let list = async |query: String| server.get(&format!("/v0/faces?{query}")).await.ids();
    assert_eq!(list(format!("max_id={}", ids[1])).await, [ids[1], ids[0]]);
    assert_eq!(list(format!("min_id={}", ids[2])).await, [ids[3], ids[2]]);
    assert_eq!(list(format!("min_id={}&max_id={}", ids[1], ids[2])).await, [ids[2], ids[1]]);
    assert_eq!(list(format!("min_id={}&limit=1", ids[1])).await, [ids[1]]);
    assert_eq!(list("limit=0".to_owned()).await.len(), 4);
    assert_eq!(list("max_id=1".to_owned()).await, [0; 0]);
}

#[tokio::test]
async fn faces_of_a_meta_are_listed_and_deleted() {
    let server = Server::new().await;
    let one = server.add(ALICE, "Sam Berry/Ünal", &["ppl"]).await;
    let two = server.add(ALICE, "Sam Berry/Ünal", &[]).await;
    let other = server.add(ALICE, "sam berry/ünal", &["ppl"]).await;
    let meta = "Sam%20Berry%2F%C3%9Cnal";
    assert_eq!(server.get(&format!("/v0/face/meta/{meta}/")).await.ids(), [two, one]);
    assert_eq!(server.get(&format!("/v0/face/gallery/ppl/meta/{meta}")).await.ids(), [one]);
    assert_eq!(server.get("/v0/face/meta/nobody").await.ids(), [0; 0]);
    assert_eq!(server.get("/v0/face/meta/Sam+Berry").await.ids(), [0; 0], "a plus is a plus in a path");
    let status = server.delete(&format!("/v0/faces/gallery/ppl/meta/{meta}")).await.status;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(server.get("/v0/faces").await.ids(), [other, two]);
    assert_eq!(server.delete(&format!("/v0/face/meta/{meta}")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.get("/v0/faces").await.ids(), [other]);
}

#[tokio::test]
async fn faces_of_a_meta_are_shown_whole() {
    let server = Server::new().await;
    server.add(ALICE, "Sam Berry", &["ppl"]).await;
    snapshot("face_meta", &server.get("/v0/face/meta/Sam%20Berry/").await);
}

#[tokio::test]
async fn metas_are_counted() {
    let server = Server::new().await;
    let first = server.add(ALICE, "Sam Berry", &["ppl"]).await;
    server.add(ALICE, "Sam Berry", &[]).await;
    server.add(BOB, "Angelina Jolie", &["ppl"]).await;
    snapshot("metas", &server.get("/v0/meta/").await);
    let of_gallery = server.get("/v0/meta/gallery/ppl").await.json();
    let counts: Vec<_> =
        of_gallery["results"].as_array().unwrap().iter().map(|meta| &meta["count"]).collect();
    assert_eq!(counts, [1, 1]);
    assert_eq!(of_gallery["results"][1]["face"]["id"], first);
}

#[tokio::test]
async fn accounts_do_not_see_each_other() {
    let server = Server::new().await;
    let id = server.add(ALICE, "Sam", &["ppl"]).await;
    let other = server.bench.service.accounts().create("other").await.unwrap().findface.token;
    let call = async |method: Method, path: &str, body: Value| {
        server.call_as(&other, method, path, body.to_string()).await
    };
    for path in ["/v0/faces", "/v0/face/meta/Sam", "/v0/meta"] {
        assert_eq!(call(Method::GET, path, json!({})).await.json()["results"], json!([]), "{path}");
    }
    assert_eq!(call(Method::GET, "/v0/galleries", json!({})).await.json()["results"], json!(["default"]));
    let path = format!("/v0/face/id/{id}");
    for (method, path) in [
        (Method::GET, path.as_str()),
        (Method::PUT, path.as_str()),
        (Method::DELETE, path.as_str()),
        (Method::GET, "/v0/faces/gallery/ppl"),
        (Method::DELETE, "/v0/galleries/ppl"),
        (Method::DELETE, "/v0/face/meta/Sam"),
    ] {
        let answer = call(method.clone(), path, json!({"meta": "mine"})).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path}");
    }
    let answer = call(Method::POST, "/v0/identify", json!({"photo": photo(&[ALICE])})).await;
    assert_eq!(found(&answer)[0].1, [0; 0]);
    assert_eq!(server.get(&path).await.json()["meta"], "Sam");
}

//! Paths: versions, aliases, slashes, a mount.

use vultus_service::fakes::ALICE;

use super::*;

#[tokio::test]
async fn every_version_and_alias_answers() {
    let server = Server::new().await;
    let id = server.add(ALICE, "Sam", &["ppl"]).await;
    let (by_id, other_by_id) = (format!("/face/id/{id}"), format!("/faces/id/{id}"));
    for path in [
        "/face",
        "/faces",
        "/face/gallery/ppl",
        "/faces/gallery/ppl",
        by_id.as_str(),
        other_by_id.as_str(),
        "/face/meta/Sam",
        "/faces/meta/Sam",
        "/face/gallery/ppl/meta/Sam",
        "/faces/gallery/ppl/meta/Sam",
        "/meta",
        "/meta/gallery/ppl",
        "/galleries",
    ] {
        for version in ["", "/v0", "/v1"] {
            for end in ["", "/"] {
                let answer = server.get(&format!("{version}{path}{end}")).await;
                assert_eq!(answer.status, StatusCode::OK, "{version}{path}{end}: {}", answer.text);
                assert_eq!(answer.header("content-type"), "application/json; charset=UTF-8");
            }
        }
    }
    let body = json!({"photo": photo(&[ALICE]), "photo1": photo(&[ALICE]), "photo2": photo(&[ALICE])});
    for path in [
        "/detect",
        "/verify",
        "/identify",
        "/faces/identify",
        "/face/gallery/ppl/identify",
        "/faces/gallery/ppl/identify",
        "/face",
        "/faces",
        "/face/gallery/ppl",
        "/faces/gallery/ppl",
    ] {
        for version in ["", "/v0", "/v1"] {
            let answer = server.post(&format!("{version}{path}/"), body.clone()).await;
            assert_eq!(answer.status, StatusCode::OK, "{version}{path}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn every_documented_method_exists() {
    let server = Server::new().await;
    for method in crate::docs::METHODS {
        let path = method.path.replace("{id}", "7").replace("{gallery}", "g").replace("{meta}", "m");
        let verb: Method = method.method.parse().unwrap();
        let answer = server.call(verb, &format!("/v1{path}"), Body::empty()).await;
        let is_unknown =
            answer.text.contains("No such path") || answer.status == StatusCode::METHOD_NOT_ALLOWED;
        assert!(!is_unknown, "{} {}: {}", method.method, method.path, answer.text);
    }
}

#[tokio::test]
async fn mounted_dialect_answers_below_its_prefix_only() {
    let server = Server::with(BenchOptions::default(), &[], "/findface").await;
    let body = json!({"photo": photo(&[ALICE])});
    for _ in 0..2 {
        assert_eq!(server.post("/findface/v0/face/", body.clone()).await.status, StatusCode::OK);
    }
    let page = server.get("/findface/v0/faces?limit=1").await.json();
    let next = page["next_page"].as_str().unwrap();
    assert!(next.starts_with("/findface/v0/faces?max_id="), "{next}");
    assert_eq!(server.get(next).await.ids().len(), 1);
    let page =
        Request::get("/findface/docs/").header(header::ACCEPT, "text/html").body(Body::empty()).unwrap();
    assert!(server.send(page).await.text.contains("\"/findface/docs/v1\""));
    assert_eq!(server.get("/v0/faces").await.json()["Errors"][0]["ErrCode"], 3002, "Kairos has the rest");
}

#[tokio::test]
async fn browsers_may_call_from_anywhere() {
    let server = Server::new().await;
    let preflight = Request::builder().method(Method::OPTIONS).uri("/v0/faces").body(Body::empty()).unwrap();
    let answer = server.send(preflight).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert!(answer.header("access-control-allow-methods").contains("DELETE"));
    assert!(answer.header("access-control-allow-headers").contains("Authorization"));
}

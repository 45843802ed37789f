//! Parameters in every form clients send.

use axum::http::HeaderValue;
use vultus_service::fakes::{ALICE, BOB, CAROL};

use super::*;

/// The fields as a form.
fn form(fields: &[(&str, &str)]) -> String {
    let write = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    let encode = |text: &str| text.bytes().map(write).collect::<String>();
    fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

/// The fields as a multipart body, with a photo.
fn form_with(photo: &[u8], fields: &[(&str, &str)]) -> Vec<u8> {
    let fields = fields.iter().map(|(name, value)| (*name, "", value.as_bytes()));
    multipart(&fields.chain([("photo", "; filename=\"a.png\"", photo)]).collect::<Vec<_>>())
}

fn boxes(answer: &Answer) -> Vec<[i64; 4]> {
    let json = answer.json();
    let list = json["faces"].as_array().or(json["results"].as_array());
    let edge = |face: &Value, name: &str| face[name].as_i64().unwrap();
    let list = list.unwrap_or_else(|| panic!("no faces: {json}"));
    list.iter().map(|face| ["x1", "y1", "x2", "y2"].map(|name| edge(face, name))).collect()
}

#[tokio::test]
async fn face_is_added_from_json_forms_parts_and_query() {
    let server = Server::new().await;
    let bytes = photo_of(&[ALICE, BOB]).unwrap();
    let text = photo(&[ALICE, BOB]);
    let fields = [
        ("meta", "Sam & Berry"),
        ("galleries", "[\"a\", \"b\"]"),
        ("bbox", "[[170, 70, 270, 170]]"),
        ("age", "1"),
    ];
    let query = format!("/v1/face?{}", form(&fields));
    let with_photo = [fields.as_slice(), &[("photo", text.as_str())]].concat();
    let json = json!({
        "photo": text, "meta": "Sam & Berry", "galleries": ["a", "b"], "bbox": {"x1": 170, "y1": 70, "x2": 270, "y2": 170},
        "age": true
    });
    let repeated = [("meta", "Sam & Berry"), ("galleries", "a"), ("galleries", "b"), ("age", "yes")];
    let edges = [("x1", "170"), ("y1", "70"), ("x2", "270"), ("y2", "170")];
    for (path, body) in [
        ("/v1/face", json.to_string().into_bytes()),
        ("/v1/face", form(&with_photo).into_bytes()),
        ("/v1/face", form_with(&bytes, &fields)),
        ("/v1/face", form_with(&bytes, &[repeated.as_slice(), &edges].concat())),
        (query.as_str(), form_with(&bytes, &[])),
        (query.as_str(), bytes_of_json(&text)),
    ] {
        let answer = server.call(Method::POST, path, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let face = &answer.json()["results"][0];
        assert_eq!((&face["meta"], &face["age"]), (&json!("Sam & Berry"), &json!(13)), "{face}");
        assert_eq!(face["galleries"], json!(["default", "a", "b"]));
        assert_eq!(boxes(&answer), [box_of(1)]);
    }
}

fn bytes_of_json(photo: &str) -> Vec<u8> {
    json!({"photo": photo}).to_string().into_bytes()
}

#[tokio::test]
async fn token_is_taken_in_lower_case_and_bodies_under_any_content_type() {
    let server = Server::new().await;
    let token = format!("token {}", server.credentials.findface.token);
    for content_type in ["application/json", "text/plain", "application/x-www-form-urlencoded"] {
        let request = Request::post("/v0/detect").header(header::AUTHORIZATION, &token);
        let request = request.header(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        let answer = server.send(request.body(bytes_of_json(&photo(&[ALICE])).into()).unwrap()).await;
        assert_eq!(boxes(&answer), [box_of(0)], "{content_type}");
    }
}

#[tokio::test]
async fn selector_chooses_among_several_faces() {
    let server = Server::new().await;
    let people = photo(&[ALICE, BOB, CAROL]);
    let add = async |fields: Value| {
        let mut body = json!({"photo": people});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        server.post("/v0/face", body).await
    };
    assert_eq!(boxes(&add(json!({})).await), [box_of(0)]);
    assert_eq!(boxes(&add(json!({"mf_selector": "biggest"})).await), [box_of(0)]);
    assert_eq!(boxes(&add(json!({"mf_selector": "all"})).await), [0, 1, 2].map(box_of));
    assert_eq!(add(json!({"mf_selector": "reject"})).await.status, StatusCode::BAD_REQUEST);
    let right = json!([[150, 0, 640, 480]]);
    assert_eq!(boxes(&add(json!({"bbox": right})).await), [box_of(1)]);
    assert_eq!(boxes(&add(json!({"bbox": right, "mf_selector": "all"})).await), [1, 2].map(box_of));
    let rejected = add(json!({"bbox": right, "mf_selector": "reject"})).await.json();
    assert_eq!(
        (&rejected["reason"], rejected["faces"].as_array().unwrap().len()),
        (&json!("Too many faces: 2"), 2)
    );
    let two = json!([box_of(2), {"x1": 20, "y1": 60, "x2": 140, "y2": 180}]);
    assert_eq!(boxes(&add(json!({"bbox": two, "mf_selector": "reject"})).await), [0, 2].map(box_of));
}

#[tokio::test]
async fn detection_is_limited_to_boxes() {
    let server = Server::new().await;
    let people = photo(&[ALICE, BOB, CAROL]);
    let answer = server.post("/v0/detect", json!({"photo": people, "bbox": [box_of(1)]})).await;
    assert_eq!(boxes(&answer), [box_of(1)]);
    let answer = server.post("/v0/detect", json!({"photo": people, "bbox": [500, 300, 600, 400]})).await;
    assert_eq!(boxes(&answer), [[0; 4]; 0]);
}

#[tokio::test]
async fn identification_is_of_the_faces_that_are_chosen() {
    let server = Server::new().await;
    let (alice, bob) = (server.add(ALICE, "Alice", &[]).await, server.add(BOB, "Bob", &[]).await);
    let identify = async |fields: Value| {
        let mut body = json!({"photo": photo(&[ALICE, BOB])});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        found(&server.post("/v0/identify", body).await)
    };
    let key = |place| format!("{:?}", box_of(place));
    assert_eq!(identify(json!({})).await, [(key(0), vec![alice])]);
    let mut both = identify(json!({"mf_selector": "all"})).await;
    both.sort();
    assert_eq!(both, [(key(1), vec![bob]), (key(0), vec![alice])]);
    let [x1, y1, x2, y2] = box_of(1);
    let chosen = [(key(1), vec![bob])];
    assert_eq!(identify(json!({"x1": x1, "y1": y1, "x2": x2, "y2": y2})).await, chosen);
    assert_eq!(identify(json!({"bbox": [x1, y1, x2, y2]})).await, chosen);
    assert_eq!(identify(json!({"bbox": format!("[[{x1},{y1},{x2},{y2}]]")})).await, chosen);
}

#[tokio::test]
async fn identification_finds_n_faces_above_the_threshold() {
    let server = Server::new().await;
    let mut ids = Vec::new();
    for meta in ["one", "one", "two"] {
        ids.push(server.add(ALICE, meta, &[]).await);
    }
    let bob = server.add(BOB, "Bob", &[]).await;
    let identify = async |fields: Value| {
        let mut body = json!({"photo": photo(&[ALICE])});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        found(&server.post("/v0/identify", body).await).remove(0).1
    };
    assert_eq!(identify(json!({})).await, ids[..1]);
    assert_eq!(identify(json!({"n": "2"})).await, ids[..2], "faces, not one per meta");
    for threshold in [json!("strict"), json!("medium"), json!(0.9), json!("0.75")] {
        assert_eq!(identify(json!({"n": 10, "threshold": threshold})).await, ids);
    }
    let all = [ids.as_slice(), &[bob]].concat();
    for threshold in [json!("none"), json!(0), json!("NONE")] {
        assert_eq!(identify(json!({"n": 10, "threshold": threshold})).await, all);
    }
}

#[tokio::test]
async fn strict_search_of_one_store_is_complete() {
    let server = Server::new().await;
    for strict in [json!(true), json!("false"), json!(1)] {
        let answer = server.post("/v0/identify", json!({"photo": photo(&[ALICE]), "strict": strict})).await;
        assert_eq!((answer.status, answer.header("x-live-servers")), (StatusCode::OK, "1/1"));
    }
}

#[tokio::test]
async fn verification_is_of_the_boxes_whatever_the_selector() {
    let server = Server::new().await;
    let verify = async |fields: Value| {
        let mut body = json!({"photo1": photo(&[ALICE, BOB]), "photo2": photo(&[CAROL, BOB])});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let answer = server.post("/v0/verify", body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let pairs = answer.json()["results"].as_array().unwrap().len();
        (pairs, answer.json()["verified"].clone())
    };
    assert_eq!(verify(json!({})).await, (1, json!(false)));
    assert_eq!(verify(json!({"bbox1": box_of(1), "bbox2": [box_of(1)]})).await, (1, json!(true)));
    let one_of_two = json!({"bbox1": box_of(1), "mf_selector": "all"});
    assert_eq!(verify(one_of_two).await, (2, json!(true)));
    let reject = json!({"bbox1": [box_of(0), box_of(1)], "bbox2": box_of(1), "mf_selector": "reject"});
    assert_eq!(verify(reject).await, (2, json!(false)), "Alice has no match");
    assert_eq!(verify(json!({"threshold": "low"})).await, (1, json!(false)));
    assert_eq!(verify(json!({"threshold": 0})).await, (1, json!(true)));
}

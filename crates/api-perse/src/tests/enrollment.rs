//! Users.

use vultus_service::fakes::{ALICE, BOB};

use super::*;

async fn similarity(server: &Server, token: &str, person: [u8; 3]) -> f64 {
    let photo = photo_of(&[person]).unwrap();
    let parts: [(&str, &str, &[u8]); 2] =
        [("image_file", FILE, &photo), ("user_token", "", token.as_bytes())];
    let answer = server.post("/v0/face/compare", &parts).await.json();
    answer["similarity"].as_f64().unwrap_or_else(|| panic!("no similarity: {answer}"))
}

#[tokio::test]
async fn user_is_enrolled_listed_replaced_and_deleted() {
    let server = Server::new().await;
    snapshot("list_none", &server.list().await);
    let photo = photo_of(&[ALICE, BOB]).unwrap();
    let answer = server.post("/v0/face/enrollment/", &[("image_file", FILE, &photo)]).await;
    snapshot("enroll", &answer);
    let token = answer.user_token();
    assert!(similarity(&server, &token, ALICE).await > 0.9);
    snapshot("list", &server.call(Method::GET, "/v0/face/enrollment/list/", &[]).await);
    let photo = photo_of(&[BOB]).unwrap();
    let parts: [(&str, &str, &[u8]); 2] =
        [("image_file", FILE, &photo), ("user_token", "", token.as_bytes())];
    snapshot("replace", &server.call(Method::PUT, "/v0/face/enrollment/", &parts).await);
    assert!(similarity(&server, &token, BOB).await > 0.9);
    assert!(similarity(&server, &token, ALICE).await < 0.6);
    assert_eq!(server.list().await.json()["total_users"], 1);
    let path = format!("/v0/face/enrollment/{token}");
    snapshot("delete", &server.call(Method::DELETE, &path, &[]).await);
    assert_eq!(server.list().await.json()["user_tokens"], json!([]));
    let again = server.call(Method::DELETE, &format!("{path}/"), &[]).await;
    assert_eq!(again.fault(), (422, "user_token_not_found".to_owned()));
}

#[tokio::test]
async fn user_is_a_subject_of_the_other_dialects() {
    let server = Server::new().await;
    let token = server.enrol(ALICE).await;
    let kairos = async |path: &str, body: Value| {
        let request = Request::post(path).header("app_id", &server.credentials.kairos.app_id);
        let request = request.header("app_key", &server.credentials.kairos.app_key);
        server.send(request.body(body.to_string().into()).unwrap()).await.json()
    };
    let view = kairos("/gallery/view", json!({"gallery_name": "perse-users"})).await;
    assert_eq!(view["subject_ids"], json!([token]));
    let remove = json!({"gallery_name": "perse-users", "subject_id": token});
    kairos("/gallery/remove_subject", remove).await;
    assert_eq!(server.list().await.json()["total_users"], 0);
}

#[tokio::test]
async fn consent_is_recorded_with_every_call_that_processes_a_person() {
    let server = Server::new().await;
    let photo = photo_of(&[ALICE]).unwrap();
    let consents: [(&str, &str, &[u8]); 1] = [("client_declaration_enduser_consent", "", b"\"true\"")];
    let image: (&str, &str, &[u8]) = ("image_file", FILE, &photo);
    server.post("/v0/face/detect", &[image, consents[0]]).await;
    let (first, second) = (("image_file1", FILE, &*photo), ("image_file2", FILE, &*photo));
    server.post("/v0/face/compare", &[first, second]).await;
    let token = server.post("/v0/face/enrollment", &[image, consents[0]]).await.user_token();
    let user: (&str, &str, &[u8]) = ("user_token", "", token.as_bytes());
    server.post("/v0/face/compare", &[image, user]).await;
    server.call(Method::PUT, "/v0/face/enrollment", &[user, image, consents[0]]).await;
    server.call(Method::DELETE, &format!("/v0/face/enrollment/{token}"), &[]).await;
    let of_user = || Some(token.clone());
    assert_eq!(
        server.consents().await,
        [
            ("detect", None, true),
            ("compare_faces", None, false),
            ("enrol", of_user(), true),
            ("compare_with_user", of_user(), false),
            ("replace", of_user(), true),
        ]
    );
}

#[tokio::test]
async fn calls_without_consent_process_nobody() {
    let server = Server::new().await;
    let photo = photo_of(&[ALICE]).unwrap();
    let token = server.enrol(ALICE).await;
    let no: (&str, &str, &[u8]) = ("client_declaration_enduser_consent", "", b"false");
    let parts = [
        ("image_file", FILE, photo.as_slice()),
        ("image_file1", FILE, &photo),
        ("image_file2", FILE, &photo),
        ("audio_file1", FILE, &photo),
        ("audio_file2", FILE, &photo),
        no,
    ];
    let refused = server.post("/v0/face/detect", &parts).await;
    snapshot("error_consent_not_given", &refused);
    for (method, path) in [
        (Method::POST, "/v0/face/compare"),
        (Method::POST, "/v0/face/enrollment"),
        (Method::PUT, "/v0/face/enrollment"),
        (Method::POST, "/v0/voice/compare"),
    ] {
        let answer = server.call(method, path, &parts).await;
        assert_eq!(answer.fault(), (400, "consent_not_given".to_owned()), "{path}");
    }
    assert_eq!(server.consents().await, [("enrol", Some(token), false)], "that of the enrolment before");
}

#[tokio::test]
async fn consent_must_be_declared_where_the_operator_wants_it() {
    let rules = Rules { requires_consent: true, ..RULES };
    let server = Server::with(BenchOptions::default(), rules).await;
    let photo = photo_of(&[ALICE]).unwrap();
    let image: (&str, &str, &[u8]) = ("image_file", FILE, &photo);
    snapshot("error_consent_missing", &server.post("/v0/face/detect", &[image]).await);
    let declared = |text: &'static [u8]| ("client_declaration_enduser_consent", "", text);
    let detect = async |text| server.post("/v0/face/detect", &[image, declared(text)]).await;
    assert_eq!(detect(b"false").await.fault(), (400, "consent_not_given".to_owned()));
    assert_eq!(detect(b"perhaps").await.fault(), (400, "form_key_invalid".to_owned()));
    assert_eq!(detect(b"true").await.status, StatusCode::OK);
    assert_eq!(server.consents().await, [("detect", None, true)]);
}

//! What is answered, and the forms in which clients ask.

use vultus_service::fakes::{ALICE, BOB};

use super::*;

#[tokio::test]
async fn each_call_describes_the_largest_face() {
    let server = Server::new().await;
    snapshot("age", &server.ask(AGE, &[ALICE, BOB]).await);
    snapshot("gender_male", &server.ask(GENDER, &[ALICE, BOB]).await);
    snapshot("gender_female", &server.ask(GENDER, &[BOB, ALICE]).await);
    snapshot("expression", &server.ask(EXPRESSION, &[ALICE, BOB]).await);
}

#[tokio::test]
async fn image_is_read_in_every_form_clients_send() {
    let server = Server::new().await;
    let (photo, key) = (photo_of(&[ALICE]).unwrap(), server.api_key.as_str());
    let text = base64(&photo);
    let form = format!("api_key={key}&image={}", text.replace('+', "%2B"));
    let mut multipart = format!(
        "--b\r\nContent-Disposition: form-data; name=\"api_key\"\r\n\r\n\"{key}\"\r\n\
         --b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\n"
    )
    .into_bytes();
    multipart.extend_from_slice(&photo);
    multipart.extend_from_slice(b"\r\n--b--\r\n");
    let bodies = [
        json!({"image": text, "api_key": key}).to_string().into_bytes(),
        json!({"image": format!("data:image/png;base64,{text}"), "api_key": key}).to_string().into_bytes(),
        json!({"image": text.trim_end_matches('='), "api_key": format!(" {key}\n")}).to_string().into_bytes(),
        form.into_bytes(),
        multipart,
    ];
    for (number, body) in bodies.into_iter().enumerate() {
        let answer = server.send(AGE, body).await;
        assert_eq!(answer.json()["data"]["age"], 67, "{number}: {}", answer.text);
    }
    let with_slash =
        server.send(&format!("{AGE}/"), json!({"image": text, "api_key": key}).to_string()).await;
    assert_eq!(with_slash.code(), 0);
}

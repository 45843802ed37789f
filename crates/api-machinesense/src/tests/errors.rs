//! Every error code, as it is sent.

use vultus_face::fakes::FakeAnalyzer;
use vultus_face::{AnalyzeOptions, Capabilities, FaceAnalyzer, FaceError};
use vultus_inference::Cancel;
use vultus_service::fakes::ALICE;
use vultus_types::{Demographics, GenderEstimate, PhotoAnalysis, ScoreRule};

use super::*;

/// An engine that is sure of nothing.
#[derive(Default)]
struct Unsure(FakeAnalyzer);

impl FaceAnalyzer for Unsure {
    fn analyze(
        &self,
        photo: &[u8],
        options: &AnalyzeOptions,
        cancel: &Cancel,
    ) -> Result<PhotoAnalysis, FaceError> {
        let mut analysis = self.0.analyze(photo, options, cancel)?;
        for face in &mut analysis.faces {
            let gender = Some(GenderEstimate { female: 0.6 });
            face.demographics = Some(Demographics { age: None, gender, ethnicity: None });
            face.expression = None;
        }
        Ok(analysis)
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn score_rule(&self) -> &ScoreRule {
        self.0.score_rule()
    }
}

#[tokio::test]
async fn keys_that_open_nothing_11_and_12() {
    let server = Server::new().await;
    let image = base64(&photo_of(&[ALICE]).unwrap());
    let post = async |body: Value| server.send(AGE, body.to_string()).await;
    snapshot("error_11", &post(json!({ "image": image })).await);
    snapshot("error_12", &post(json!({"image": image, "api_key": "wrong"})).await);
    for (key, code) in [(json!(" "), 11), (json!(null), 11), (json!(["a"]), 12), (json!(5), 12)] {
        assert_eq!(post(json!({"image": image, "api_key": key})).await.code(), code, "{key}");
    }
    server.bench.service.accounts().disable("demo").await.unwrap();
    assert_eq!(server.ask(AGE, &[ALICE]).await.code(), 12);
}

#[tokio::test]
async fn requests_that_are_no_calls_10_13_14() {
    let server = Server::new().await;
    snapshot("error_10", &server.send(AGE, "{\"image\"").await);
    let request = Request::post(AGE).header("content-length", "30000000").body(Body::empty()).unwrap();
    let answer = Answer::of(&server.app, request).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::PAYLOAD_TOO_LARGE, 13));
    snapshot("error_14", &server.send("/faceapi/v1/face_enrolment", "{}").await);
    let request = Request::get(AGE).body(Body::empty()).unwrap();
    assert_eq!(Answer::of(&server.app, request).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn images_that_are_none_20_to_23() {
    let server = Server::new().await;
    let post = async |image: Value| {
        server.send(GENDER, json!({"image": image, "api_key": server.api_key}).to_string()).await
    };
    snapshot("error_20", &post(json!("")).await);
    snapshot("error_21", &post(json!("http://photos.example/a.jpg")).await);
    snapshot("error_22", &post(json!(base64(b"no photo"))).await);
    snapshot("error_23", &post(json!(base64(&huge_png()))).await);
    for image in [json!("!"), json!(5), json!("data:image/png;base64,!")] {
        assert_eq!(post(image.clone()).await.code(), 21, "{image}");
    }
}

/// The head of a photo of 100,000 x 100,000 pixels.
fn huge_png() -> Vec<u8> {
    let mut png = photo_of(&[]).unwrap();
    png[16..20].copy_from_slice(&100_000_u32.to_be_bytes());
    png[20..24].copy_from_slice(&100_000_u32.to_be_bytes());
    let sum = png[12..29].iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg()))
    });
    png[29..33].copy_from_slice(&(!sum).to_be_bytes());
    png
}

#[tokio::test]
async fn photo_without_a_face_30() {
    snapshot("error_30", &Server::new().await.ask(AGE, &[]).await);
}

#[tokio::test]
async fn what_cannot_be_told_31_32_33() {
    let analyzer = Arc::new(Unsure::default());
    let server = Server::with(BenchOptions { analyzer, ..BenchOptions::default() }).await;
    snapshot("error_31", &server.ask(AGE, &[ALICE]).await);
    snapshot("error_32", &server.ask(GENDER, &[ALICE]).await);
    snapshot("error_33", &server.ask(EXPRESSION, &[ALICE]).await);
}

#[tokio::test]
async fn pack_without_models_40() {
    let analyzer = Arc::new(FakeAnalyzer::with_capabilities(Capabilities::default()));
    let server = Server::with(BenchOptions { analyzer, ..BenchOptions::default() }).await;
    snapshot("error_40", &server.ask(AGE, &[ALICE]).await);
    assert_eq!(server.ask(GENDER, &[ALICE]).await.code(), 40);
    assert_eq!(server.ask(EXPRESSION, &[ALICE]).await.code(), 40);
}

#[tokio::test]
async fn too_many_requests_of_a_minute_52() {
    let server = Server::new().await;
    server.bench.service.accounts().limit_requests("demo", Some(1)).await.unwrap();
    assert_eq!(server.ask(AGE, &[ALICE]).await.status, StatusCode::OK);
    let refused = server.ask(GENDER, &[ALICE]).await;
    snapshot("error_52", &refused);
    assert_eq!(refused.header("retry-after"), "38");
}

//! Detection and comparison.

use vultus_face::Capabilities;
use vultus_face::fakes::{FakeAnalyzer, FakeFace, fake_photo};
use vultus_service::fakes::{ALICE, BOB};

use super::*;

#[tokio::test]
async fn faces_are_described() {
    let server = Server::new().await;
    let photo = photo_of(&[ALICE, BOB]).unwrap();
    snapshot("detect", &server.post("/v0/face/detect/", &[("image_file", FILE, &photo)]).await);
    let empty = photo_of(&[]).unwrap();
    let answer = server.post("/v0/face/detect", &[("image_file", FILE, &empty)]).await;
    assert_eq!(answer.header("x-liveness-model"), "", "no score, no label");
    snapshot("detect_no_face", &answer);
}

#[tokio::test]
async fn faces_that_are_cut_off_do_not_count() {
    let server = Server::new().await;
    let cut = FakeFace { colour: ALICE, x: 0, y: 100, side: 200 };
    let whole = FakeFace { colour: BOB, x: 300, y: 100, side: 60 };
    let photo = fake_photo(640, 480, &[cut, whole]).unwrap();
    let answer = server.post("/v0/face/detect", &[("image_file", FILE, &photo)]).await.json();
    assert_eq!(answer["total_faces"], 1, "{answer}");
    assert_eq!(answer["faces"][0]["bounding_box"], json!([300, 100, 60, 60]));
    let bob = photo_of(&[BOB]).unwrap();
    let parts: [(&str, &str, &[u8]); 2] = [("image_file1", FILE, &photo), ("image_file2", FILE, &bob)];
    let answer = server.post("/v0/face/compare", &parts).await.json();
    assert!(answer["similarity"].as_f64().unwrap() > 0.9, "{answer}");
}

#[tokio::test]
async fn two_photos_are_compared() {
    let server = Server::new().await;
    let (one, other) = (photo_of(&[ALICE, BOB]).unwrap(), photo_of(&[BOB]).unwrap());
    let compare = async |first: &[u8], second: &[u8]| {
        server.post("/v0/face/compare/", &[("image_file1", FILE, first), ("image_file2", FILE, second)]).await
    };
    let same = compare(&one, &one).await;
    assert_eq!(same.header("x-liveness-model"), "fake-liveness");
    snapshot("compare", &same);
    let answer = compare(&one, &other).await.json();
    assert!(
        answer["similarity"].as_f64().unwrap() < 0.6,
        "the largest face of the first is Alice's: {answer}"
    );
    // Blue is alive and red is not: the lesser score counts, whichever photo it is of.
    assert_eq!(answer["liveness_score"], compare(&other, &one).await.json()["liveness_score"]);
    assert_eq!(answer["liveness_score"], json!(0.1569));
}

#[tokio::test]
async fn photo_is_compared_with_a_user() {
    let server = Server::new().await;
    let token = server.enrol(ALICE).await;
    let compare = async |person: [u8; 3], quoted: bool| {
        let text = if quoted { format!("\"{token}\"") } else { token.clone() };
        let photo = photo_of(&[person]).unwrap();
        server
            .post("/v0/face/compare", &[("image_file", FILE, &photo), ("user_token", "", text.as_bytes())])
            .await
    };
    snapshot("compare_user", &compare(ALICE, true).await);
    assert!(compare(BOB, false).await.json()["similarity"].as_f64().unwrap() < 0.6);
}

#[tokio::test]
async fn liveness_is_not_made_up_where_there_is_no_model() {
    let capabilities = Capabilities { template: true, ..Capabilities::default() };
    let analyzer = Arc::new(FakeAnalyzer::with_capabilities(capabilities));
    let server = Server::with(BenchOptions { analyzer, ..BenchOptions::default() }, RULES).await;
    let photo = photo_of(&[ALICE]).unwrap();
    let detected = server.post("/v0/face/detect", &[("image_file", FILE, &photo)]).await.json();
    assert_eq!(detected["faces"][0].get("liveness_score"), Some(&Value::Null), "{detected}");
    let parts: [(&str, &str, &[u8]); 2] = [("image_file1", FILE, &photo), ("image_file2", FILE, &photo)];
    let compared = server.post("/v0/face/compare", &parts).await.json();
    assert_eq!(compared.get("liveness_score"), Some(&Value::Null), "{compared}");
    let capabilities = Capabilities::default();
    let analyzer = Arc::new(FakeAnalyzer::with_capabilities(capabilities));
    let server = Server::with(BenchOptions { analyzer, ..BenchOptions::default() }, RULES).await;
    snapshot("error_no_model", &server.post("/v0/face/compare", &parts).await);
}

//! Requests that want to do harm.

use std::time::{Duration, Instant};

use vultus_face::fakes::FakeAnalyzer;
use vultus_face::{AnalyzeOptions, Capabilities, FaceAnalyzer, FaceError};
use vultus_inference::Cancel;
use vultus_service::fakes::ALICE;
use vultus_types::{PhotoAnalysis, ScoreRule};

use super::*;

/// Everything here is answered in under a second.
async fn quickly(server: &Server, request: Request<Body>) -> Answer {
    let started = Instant::now();
    let answer = server.send(request).await;
    assert!(started.elapsed() < Duration::from_secs(1));
    answer
}

#[tokio::test]
async fn bodies_of_no_use_get_an_error() {
    let server = Server::new().await;
    let deep = "[".repeat(1_000_000);
    let many = format!("{{\"image\":[{}0]}}", "0,".repeat(2_000_000));
    let bodies: [(Vec<u8>, u64); 10] = [
        (Vec::new(), 1002),
        (b"{".to_vec(), 1003),
        (b"{\"image\":}".to_vec(), 1003),
        (b"[]".to_vec(), 1003),
        (deep.clone().into_bytes(), 1003),
        (format!("{{\"image\":{deep}").into_bytes(), 1003),
        (many.into_bytes(), 1003),
        (b"--x\r\nnot a part".to_vec(), 1003),
        (b"--x\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\ncut".to_vec(), 1003),
        (vec![0; 1_000_000], 1002),
    ];
    for (body, code) in bodies {
        let start = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let answer = quickly(&server, server.request("/detect", body)).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (200, code), "{start}");
    }
}

#[tokio::test]
async fn photos_of_wrong_types_get_an_error() {
    let server = Server::new().await;
    for value in [json!(1), json!(true), json!([]), json!({}), json!(["/9j/"])] {
        assert_eq!(server.post("/detect", json!({"image": value})).await.code(), 5001);
    }
    let empty_file =
        "--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\n\r\n--x--\r\n";
    assert_eq!(server.send(server.request("/detect", empty_file)).await.code(), 5000);
}

#[tokio::test]
async fn bodies_over_the_limit_are_refused() {
    let server = Server::new().await;
    let large = vec![b' '; 25_000_000];
    let mut sized = server.request("/detect", large.clone());
    sized.headers_mut().insert(header::CONTENT_LENGTH, 25_000_000.into());
    let chunks = futures::stream::iter(
        large.chunks(1 << 16).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect::<Vec<_>>(),
    );
    let chunked = server.request("/detect", Body::from_stream(chunks));
    for request in [sized, chunked] {
        let answer = quickly(&server, request).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::PAYLOAD_TOO_LARGE, 5000));
    }
}

#[tokio::test]
async fn chunked_body_within_the_limit_is_read() {
    let server = Server::new().await;
    let body = json!({"image": image(&[ALICE])}).to_string().into_bytes();
    let chunks: Vec<_> = body.chunks(100).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect();
    let request = server.request("/detect", Body::from_stream(futures::stream::iter(chunks)));
    assert_eq!(server.send(request).await.json()["images"][0]["status"], "Complete");
}

/// An engine with a bug.
struct Panicking(FakeAnalyzer);

impl FaceAnalyzer for Panicking {
    fn analyze(&self, _: &[u8], _: &AnalyzeOptions, _: &Cancel) -> Result<PhotoAnalysis, FaceError> {
        panic!("a bug");
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn score_rule(&self) -> &ScoreRule {
        self.0.score_rule()
    }
}

#[tokio::test]
async fn panic_in_the_engine_is_answered_and_harms_no_other_request() {
    let analyzer = Arc::new(Panicking(FakeAnalyzer::default()));
    let server = Server::with(BenchOptions { analyzer, ..BenchOptions::default() }, &[]).await;
    for _ in 0..20 {
        let answer = server.post("/detect", json!({"image": image(&[ALICE])})).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (502, 3001));
    }
    assert_eq!(server.post("/gallery/list_all", json!({})).await.status, StatusCode::OK);
}

#[tokio::test]
async fn panic_in_a_handler_is_answered_in_the_dialect() {
    let server = Server::new().await;
    let mut dialect = dialect(state(&server.bench.service, &[]));
    dialect.router =
        Router::new().route("/detect", axum::routing::post(async || -> &'static str { panic!("a bug") }));
    let app = app_of(&server.bench.service, vec![dialect]);
    let answer = send(&app, server.request("/detect", "")).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (502, 3001));
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}

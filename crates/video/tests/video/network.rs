//! Streams over loopback, and the hosts that must not be reached.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::Redirect;
use axum::routing::get;
use futures::StreamExt;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use vultus_video::{Failure, FrameStream, VideoError, VideoOptions, VideoSource};

use crate::support::{RED, face, live, mp4, options, rules, serve, serve_on, video, walk};

async fn open(address: &str, options: &VideoOptions) -> Result<FrameStream, VideoError> {
    let rules = rules(None);
    let source = VideoSource::parse(address, &rules).await?;
    FrameStream::open(&source, options, &rules).await
}

/// How many frames come, and how it ends.
async fn drain(address: &str) -> (usize, Result<(), VideoError>) {
    let mut stream = match open(address, &options()).await {
        Ok(stream) => stream,
        Err(error) => return (0, Err(error)),
    };
    let mut count = 0;
    loop {
        match stream.next().await {
            Ok(Some(_)) => count += 1,
            Ok(None) => return (count, Ok(())),
            Err(error) => return (count, Err(error)),
        }
    }
}

fn bytes(bytes: Vec<u8>) -> Router {
    let bytes = Bytes::from(bytes);
    Router::new().route("/video", get(async move || bytes))
}

#[tokio::test]
async fn video_with_a_length_is_read_over_http() {
    let host = serve(bytes(mp4(&walk(RED, 20, 8)).await)).await;
    let stream = open(&format!("http://{host}/video"), &options()).await.unwrap();
    assert!(!stream.is_live());
    drop(stream);
    let (count, result) = drain(&format!("http://{host}/video")).await;
    assert_eq!(count, 8, "{result:?}");
    result.unwrap();
}

#[tokio::test]
async fn stream_without_a_length_is_live() {
    let host = serve(bytes(live(&walk(RED, 20, 8)).await)).await;
    let stream = open(&format!("http://{host}/video"), &options()).await.unwrap();
    assert!(stream.is_live());
    drop(stream);
    let (count, result) = drain(&format!("http://{host}/video")).await;
    assert_eq!(count, 8, "{result:?}");
    result.unwrap();
}

#[tokio::test]
async fn playlists_are_read_over_http() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let list = path("list.m3u8");
    let segments = path("part%d.ts");
    let output =
        ["-f", "hls", "-hls_time", "1", "-hls_list_size", "0", "-hls_segment_filename", &segments, &list];
    video(&walk(RED, 20, 12), &output).await;
    let folder_path = folder.path().to_owned();
    let file = async move |axum::extract::Path(name): axum::extract::Path<String>| {
        std::fs::read(folder_path.join(name)).unwrap_or_default()
    };
    let host = serve(Router::new().route("/{name}", get(file))).await;
    let (count, result) = drain(&format!("http://{host}/list.m3u8")).await;
    assert_eq!(count, 12, "{result:?}");
}

#[tokio::test]
async fn stream_that_breaks_off_is_an_error() {
    let whole = mp4(&walk(RED, 20, 12)).await;
    let broken = async move || {
        let half = Bytes::copy_from_slice(&whole[..whole.len() / 2]);
        let pieces = [Ok(half), Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))];
        let pieces = futures::stream::iter(pieces).then(async |piece| {
            tokio::time::sleep(Duration::from_millis(100)).await;
            piece
        });
        ([("content-length", whole.len().to_string())], Body::from_stream(pieces))
    };
    let host = serve(Router::new().route("/video", get(broken))).await;
    let (count, result) = drain(&format!("http://{host}/video")).await;
    assert!((1..12).contains(&count), "{count}");
    assert!(matches!(result, Err(VideoError::Failed(Some(Failure::BrokenOff)))), "{result:?}");
}

#[tokio::test]
async fn answers_without_a_video_are_errors() {
    let router = Router::new()
        .route("/text", get(async || "hello"))
        .route("/secret", get(async || (axum::http::StatusCode::UNAUTHORIZED, "")))
        .route("/broken", get(async || (axum::http::StatusCode::INTERNAL_SERVER_ERROR, "")));
    let host = serve(router).await;
    for (path, expected) in [
        ("text", Failure::NotVideo),
        ("secret", Failure::Unauthorised),
        ("none", Failure::NotFound),
        ("broken", Failure::Answer),
    ] {
        let (_, result) = drain(&format!("http://{host}/{path}")).await;
        let Err(VideoError::Failed(Some(failure))) = result else { panic!("{path}: {result:?}") };
        assert_eq!(failure, expected, "{path}");
    }
}

#[tokio::test]
async fn silent_host_is_given_up() {
    let silent = async || Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
    let host = serve(Router::new().route("/video", get(silent))).await;
    let options = VideoOptions { silence: Duration::from_secs(1), ..options() };
    let error = open(&format!("http://{host}/video"), &options).await.unwrap_err();
    assert!(matches!(error, VideoError::Silent(1)), "{error:?}");
}

#[tokio::test]
async fn hosts_that_are_not_allowed_are_not_reached() {
    let hits = Arc::new(AtomicUsize::new(0));
    let (counted, body) = (Arc::clone(&hits), Bytes::from(mp4(&[vec![face(RED, 20, 20)]]).await));
    let hidden = async move || {
        counted.fetch_add(1, Ordering::SeqCst);
        body
    };
    let hidden = serve_on(Ipv4Addr::new(127, 0, 0, 2), Router::new().route("/{name}", get(hidden))).await;
    let segment =
        format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://{hidden}/a.ts\n#EXT-X-ENDLIST\n");
    let target = format!("http://{hidden}/a.mp4");
    let router = Router::new()
        .route("/redirect", get(async move || Redirect::temporary(&target)))
        .route("/list.m3u8", get(async move || segment));
    let host = serve(router).await;
    for address in [
        format!("http://{hidden}/a.mp4"),
        format!("https://{hidden}/a.mp4"),
        format!("rtsp://{hidden}/a"),
        format!("http://{host}/redirect"),
        format!("http://{host}/list.m3u8"),
    ] {
        let (count, result) = drain(&address).await;
        assert_eq!(count, 0, "{address}");
        assert!(matches!(result, Err(VideoError::Forbidden)), "{address}: {result:?}");
    }
    assert_eq!(hits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn playlists_lead_to_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.ts");
    video(&walk(RED, 20, 4), &[path.to_str().unwrap()]).await;
    let list =
        format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{}\n#EXT-X-ENDLIST\n", path.display());
    let description =
        "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 9 RTP/AVP 96\r\n";
    let concat = format!("ffconcat version 1.0\nfile '{}'\n", path.display());
    let router = Router::new()
        .route("/list.m3u8", get(async move || list))
        .route("/a.sdp", get(async move || description))
        .route("/a.ffconcat", get(async move || concat));
    let host = serve(router).await;
    for name in ["list.m3u8", "a.sdp", "a.ffconcat"] {
        let (count, result) = drain(&format!("http://{host}/{name}")).await;
        assert_eq!(count, 0, "{name}");
        assert!(result.is_err(), "{name}");
    }
}

/// A host that answers every rtsp request with `answer`, and counts connections.
async fn rtsp_host(answer: String) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            let mut line = String::new();
            while stream.read_line(&mut line).await.is_ok_and(|length| length > 0) {
                if line == "\r\n" {
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
                line.clear();
            }
        }
    });
    address
}

#[tokio::test]
async fn rtsp_redirections_are_not_followed() {
    let hidden = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), 0)).await.unwrap();
    let target = hidden.local_addr().unwrap();
    let answer = format!("RTSP/1.0 302 Moved\r\nCSeq: 1\r\nLocation: rtsp://{target}/x\r\n\r\n");
    let host = rtsp_host(answer).await;
    let (count, result) = drain(&format!("rtsp://{host}/live")).await;
    assert_eq!(count, 0);
    assert!(result.is_err());
    let reached = tokio::time::timeout(Duration::from_millis(200), hidden.accept()).await;
    assert!(reached.is_err(), "the child followed the redirection");
}

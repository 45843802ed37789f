//! The fetcher against servers on loopback addresses, which Linux has 127.0.0.0/8 of.

use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Redirect;
use axum::routing::get;

use super::*;

/// Serves `router` on a loopback address and tells the port.
async fn serve(host: &str, router: Router) -> u16 {
    let listener = tokio::net::TcpListener::bind((host, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}

fn fetcher(allowed: &[&str]) -> Fetcher {
    let networks = allowed.iter().map(|network| network.parse().unwrap()).collect();
    let limits = FetchLimits { max_bytes: 100, timeout: Duration::from_millis(1500) };
    Fetcher::new(AddressPolicy::new(networks), limits).unwrap()
}

async fn fetch(allowed: &[&str], address: &str) -> Result<Bytes, FetchError> {
    fetcher(allowed).fetch(&address.parse().unwrap()).await
}

#[tokio::test]
async fn photo_of_an_allowed_network_is_fetched() {
    let port = serve("127.0.0.2", Router::new().route("/a.jpg", get(|| async { "photo" }))).await;
    let photo = fetch(&["127.0.0.2/32"], &format!("http://127.0.0.2:{port}/a.jpg")).await;
    assert_eq!(photo, Ok(Bytes::from("photo")));
}

#[tokio::test]
async fn loopback_is_forbidden_in_every_spelling() {
    let port = serve("127.0.0.1", Router::new().fallback(|| async { "secret" })).await;
    for host in [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "[::]",
    ] {
        let result = fetch(&[], &format!("http://{host}:{port}/")).await;
        assert_eq!(result, Err(FetchError::Forbidden), "{host}");
    }
}

#[tokio::test]
async fn redirect_to_a_forbidden_host_is_not_followed() {
    let inside = serve("127.0.0.1", Router::new().fallback(|| async { "secret" })).await;
    for target in [format!("http://127.0.0.1:{inside}/"), format!("http://localhost:{inside}/")] {
        let redirect = move || async move { Redirect::temporary(&target) };
        let port = serve("127.0.0.2", Router::new().route("/", get(redirect))).await;
        let result = fetch(&["127.0.0.2/32"], &format!("http://127.0.0.2:{port}/")).await;
        assert_eq!(result, Err(FetchError::Forbidden));
    }
}

#[tokio::test]
async fn five_redirects_are_followed_and_six_are_not() {
    let hop = |axum::extract::Path(left): axum::extract::Path<u32>| async move {
        match left {
            0 => Err("photo"),
            left => Ok(Redirect::permanent(&format!("/hop/{}", left - 1))),
        }
    };
    let port = serve("127.0.0.2", Router::new().route("/hop/{left}", get(hop))).await;
    let at = |left: u32| format!("http://127.0.0.2:{port}/hop/{left}");
    assert_eq!(fetch(&["127.0.0.2/32"], &at(5)).await, Ok(Bytes::from("photo")));
    assert_eq!(fetch(&["127.0.0.2/32"], &at(6)).await, Err(FetchError::Redirect));
}

#[tokio::test]
async fn other_schemes_and_credentials_are_refused() {
    for address in
        ["ftp://example.com/a", "file:///etc/passwd", "http://user@example.com/", "http://:pw@example.com/"]
    {
        assert_eq!(fetch(&["0.0.0.0/0"], address).await, Err(FetchError::Address), "{address}");
    }
    let redirect = || async { (StatusCode::FOUND, [("location", "file:///etc/passwd")]) };
    let port = serve("127.0.0.2", Router::new().route("/", get(redirect))).await;
    let result = fetch(&["127.0.0.2/32"], &format!("http://127.0.0.2:{port}/")).await;
    assert_eq!(result, Err(FetchError::Address));
}

#[tokio::test]
async fn photo_over_the_limit_is_refused_with_and_without_a_length() {
    let chunks = || async {
        let endless = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![0; 64]));
        axum::body::Body::from_stream(endless)
    };
    let router =
        Router::new().route("/sized", get(|| async { vec![0_u8; 101] })).route("/endless", get(chunks));
    let port = serve("127.0.0.2", router).await;
    for path in ["sized", "endless"] {
        let result = fetch(&["127.0.0.2/32"], &format!("http://127.0.0.2:{port}/{path}")).await;
        assert_eq!(result, Err(FetchError::TooLarge), "{path}");
    }
}

#[tokio::test]
async fn slow_host_is_given_up() {
    let slow = || async {
        axum::body::Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>())
    };
    let port = serve("127.0.0.2", Router::new().route("/", get(slow))).await;
    let started = Instant::now();
    let result = fetch(&["127.0.0.2/32"], &format!("http://127.0.0.2:{port}/")).await;
    assert_eq!(result, Err(FetchError::Timeout));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn refusals_of_the_host_are_told() {
    let port = serve("127.0.0.2", Router::new()).await;
    let result = fetch(&["127.0.0.2/32"], &format!("http://127.0.0.2:{port}/")).await;
    assert_eq!(result, Err(FetchError::Status(404)));
    let unused = std::net::TcpListener::bind("127.0.0.2:0").unwrap().local_addr().unwrap().port();
    let result = fetch(&["127.0.0.2/32"], &format!("http://127.0.0.2:{unused}/")).await;
    assert_eq!(result, Err(FetchError::Unreachable));
}

#[tokio::test]
async fn request_tells_nothing_of_where_it_comes_from() {
    let echo = |headers: HeaderMap| async move {
        let mut names: Vec<_> = headers.keys().map(|name| name.as_str().to_owned()).collect();
        names.sort();
        names.join(",")
    };
    let port = serve("127.0.0.2", Router::new().route("/", get(echo))).await;
    let names = fetch(&["127.0.0.2/32"], &format!("http://127.0.0.2:{port}/")).await.unwrap();
    assert_eq!(names, Bytes::from("accept,host,user-agent"));
}

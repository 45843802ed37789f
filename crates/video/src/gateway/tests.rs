use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

/// A host that answers every connection with what it was sent up to the empty line.
async fn echo_host() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            if let Ok(head) = read_head(&mut stream).await {
                stream.write_all(head.as_bytes()).await.unwrap();
            }
        }
    });
    address
}

async fn ask(gateway: &Gateway, request: &str) -> String {
    let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn proxy_sends_the_host_its_own_request() {
    let host = echo_host().await;
    let gateway = Gateway::proxy(Arc::new(|_| true)).await.unwrap();
    let request = format!(
        "GET http://{host}/live?a=1 HTTP/1.1\r\nHost: {host}\r\nProxy-Authorization: x\r\n\
         Connection: keep-alive\r\n\
         Range: bytes=0-\r\n\r\n"
    );
    let expected =
        format!("GET /live?a=1 HTTP/1.1\r\nConnection: close\r\nHost: {host}\r\nRange: bytes=0-\r\n\r\n");
    assert_eq!(ask(&gateway, &request).await, expected);
    assert!(!gateway.was_forbidden());
}

#[tokio::test]
async fn proxy_tunnels_to_permitted_hosts() {
    let host = echo_host().await;
    let gateway = Gateway::proxy(Arc::new(|_| true)).await.unwrap();
    let answer = ask(&gateway, &format!("CONNECT {host} HTTP/1.1\r\n\r\nhello\r\n\r\n")).await;
    assert_eq!(answer, "HTTP/1.1 200 Connection established\r\n\r\nhello\r\n\r\n");
}

#[tokio::test]
async fn forbidden_hosts_are_not_connected_to() {
    let host = echo_host().await;
    for request in [
        format!("GET http://{host}/ HTTP/1.1\r\n\r\n"),
        format!("CONNECT {host} HTTP/1.1\r\n\r\n"),
        format!("CONNECT localhost:{} HTTP/1.1\r\n\r\n", host.port()),
    ] {
        let gateway = Gateway::proxy(Arc::new(|_| false)).await.unwrap();
        assert!(ask(&gateway, &request).await.starts_with("HTTP/1.1 502"), "{request}");
        assert!(gateway.was_forbidden(), "{request}");
    }
}

#[tokio::test]
async fn requests_that_are_none_are_refused() {
    let gateway = Gateway::proxy(Arc::new(|_| true)).await.unwrap();
    for request in ["GET / HTTP/1.1\r\n\r\n", "GET ftp://a/ HTTP/1.1\r\n\r\n", "CONNECT a HTTP/1.1\r\n\r\n"] {
        assert!(ask(&gateway, request).await.starts_with("HTTP/1.1 400"), "{request}");
    }
}

#[tokio::test]
async fn rtsp_relay_checks_its_host() {
    let host = echo_host().await;
    let url = Url::parse(&format!("rtsp://{host}/1")).unwrap();
    let request = "OPTIONS rtsp://a/1 RTSP/1.0\r\nCSeq: 1\r\n\r\n";
    let gateway = Gateway::rtsp(&url, Arc::new(|_| true)).await.unwrap();
    assert_eq!(ask(&gateway, request).await, request);
    let gateway = Gateway::rtsp(&url, Arc::new(|_| false)).await.unwrap();
    assert_eq!(ask(&gateway, request).await, "");
    assert!(gateway.was_forbidden());
}

//! A stream over rtsp, as cameras send it: descriptions, then packets inside the same connection.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use vultus_video::{FrameStream, VideoSource};

use crate::support::{options, rules};

/// Motion JPEG has a packet type of its own (26), so that nothing else needs to be told.
const DESCRIPTION: &str =
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:track\r\n";

/// A camera that sends a test picture to one client.
async fn camera() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let _ = answer(stream).await;
    });
    address
}

async fn answer(stream: TcpStream) -> std::io::Result<()> {
    let (requests, mut answers) = stream.into_split();
    let mut lines = BufReader::new(requests).lines();
    let (mut method, mut number) = (String::new(), String::new());
    while let Some(line) = lines.next_line().await? {
        if line.ends_with("RTSP/1.0") {
            method = line.split(' ').next().unwrap_or_default().to_owned();
        } else if line.to_ascii_lowercase().starts_with("cseq:") {
            number = line;
        } else if line.is_empty() {
            let (fields, body) = match method.as_str() {
                "OPTIONS" => ("Public: DESCRIBE, SETUP, PLAY\r\n".to_owned(), ""),
                "DESCRIBE" => {
                    let length = DESCRIPTION.len();
                    (format!("Content-Type: application/sdp\r\nContent-Length: {length}\r\n"), DESCRIPTION)
                }
                "SETUP" => {
                    ("Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n".to_owned(), "")
                }
                _ => ("Session: 1\r\n".to_owned(), ""),
            };
            answers
                .write_all(format!("RTSP/1.0 200 OK\r\n{number}\r\n{fields}\r\n{body}").as_bytes())
                .await?;
            if method == "PLAY" {
                return send(answers).await;
            }
        }
    }
    Ok(())
}

/// Sends the packets that an ffmpeg makes.
async fn send(mut client: OwnedWriteHalf) -> std::io::Result<()> {
    let packets = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let target = format!("rtp://{}", packets.local_addr()?);
    let picture = ["-re", "-f", "lavfi", "-i", "testsrc=s=320x240:r=10"];
    let coding = ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-huffman", "default", "-f", "rtp", &target];
    let _child = tokio::process::Command::new("ffmpeg")
        .args(["-loglevel", "error"])
        .args(picture)
        .args(coding)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let mut packet = [0; 4096];
    loop {
        let length = packets.recv(&mut packet).await?;
        client.write_all(&[b'$', 0, (length >> 8) as u8, length as u8]).await?;
        client.write_all(&packet[..length]).await?;
    }
}

#[tokio::test]
async fn rtsp_stream_is_read_through_the_gateway() {
    let address = camera().await;
    let rules = rules(None);
    let source = VideoSource::parse(&format!("rtsp://{address}/live"), &rules).await.unwrap();
    let mut stream = FrameStream::open(&source, &options(), &rules).await.unwrap();
    assert!(stream.is_live());
    for number in 0..6 {
        let frame = stream.next().await.unwrap().unwrap();
        assert_eq!((frame.photo.width(), frame.photo.height()), (320, 240));
        assert_eq!(frame.time, Duration::from_millis(number * 250));
    }
}

//! What an rtsp host sends, passed on as long as it is no redirection: the child would follow one by itself.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The largest body of an answer: descriptions have a few hundred bytes.
const MAX_BODY_BYTES: u64 = 256 * 1024;

/// Passes messages and interleaved packets on until either side ends.
///
/// # Errors
/// [`io::ErrorKind::PermissionDenied`] at a redirection, [`io::ErrorKind::InvalidData`] at what is no rtsp,
/// and whatever reading and writing gives.
pub(super) async fn forward(
    mut from: impl AsyncBufRead + Unpin,
    to: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    loop {
        let Some(&first) = from.fill_buf().await?.first() else { return Ok(()) };
        let length =
            if first == b'$' { packet(&mut from, to).await? } else { message(&mut from, to).await? };
        if tokio::io::copy(&mut (&mut from).take(length), to).await? < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        to.flush().await?;
    }
}

/// Passes the head of a packet of sound or pictures on; how many bytes follow.
async fn packet(
    from: &mut (impl AsyncBufRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
) -> io::Result<u64> {
    let mut head = [0; 4];
    from.read_exact(&mut head).await?;
    to.write_all(&head).await?;
    Ok(u64::from(u16::from_be_bytes([head[2], head[3]])))
}

/// Passes the head of an answer or request on; how many bytes follow.
async fn message(
    from: &mut (impl AsyncBufRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
) -> io::Result<u64> {
    let head = super::read_head(from).await?;
    let mut lines = head.lines();
    let words: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let is_answer = words[0].starts_with("RTSP/");
    let is_redirection =
        words[0] == "REDIRECT" || is_answer && words.get(1).is_none_or(|status| status.starts_with('3'));
    if is_redirection {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    if !is_answer && !words.last().is_some_and(|version| version.starts_with("RTSP/")) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let length = lines.filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
        name.trim().eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<u64>().ok())
    });
    let length = length.unwrap_or(Some(0)).filter(|length| *length <= MAX_BODY_BYTES);
    let length = length.ok_or(io::ErrorKind::InvalidData)?;
    to.write_all(head.as_bytes()).await?;
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pass(bytes: &[u8]) -> (io::Result<()>, Vec<u8>) {
        let mut passed = Vec::new();
        let result = forward(bytes, &mut passed).await;
        (result, passed)
    }

    #[tokio::test]
    async fn answers_and_packets_pass_unchanged() {
        let bytes = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 5\r\n\r\nv=0\r\n\
                      $\0\0\x03abc$\x01\0\0RTSP/1.0 200 OK\r\n\r\n\
                      GET_PARAMETER * RTSP/1.0\r\n\r\n";
        let (result, passed) = pass(bytes).await;
        result.unwrap();
        assert_eq!(passed, bytes);
    }

    #[tokio::test]
    async fn redirections_do_not_pass() {
        for bytes in [
            "RTSP/1.0 302 Moved\r\nLocation: rtsp://10.0.0.1/\r\n\r\n",
            "RTSP/1.0 301\r\n\r\n",
            "REDIRECT rtsp://a/ RTSP/1.0\r\nLocation: rtsp://10.0.0.1/\r\n\r\n",
            "RTSP/1.0\r\n\r\n",
        ] {
            let (result, passed) = pass(bytes.as_bytes()).await;
            assert_eq!(result.unwrap_err().kind(), io::ErrorKind::PermissionDenied, "{bytes}");
            assert!(passed.is_empty(), "{bytes}");
        }
    }

    #[tokio::test]
    async fn what_is_no_rtsp_does_not_pass() {
        for bytes in [
            "HTTP/1.1 302 Found\r\n\r\n",
            "RTSP/1.0 200 OK\r\nContent-Length: 999999999\r\n\r\n",
            "x\r\n\r\n",
        ] {
            let (result, passed) = pass(bytes.as_bytes()).await;
            assert_eq!(result.unwrap_err().kind(), io::ErrorKind::InvalidData, "{bytes}");
            assert!(passed.is_empty(), "{bytes}");
        }
    }
}

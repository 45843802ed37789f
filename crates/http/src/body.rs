//! Reading request bodies under limits.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;

/// The largest request body, in bytes: 20 MB.
pub const MAX_BODY_BYTES: usize = 20_000_000;

/// The time a client has to send its body. Slow senders hold a place in the queue meanwhile.
const BODY_TIMEOUT: Duration = Duration::from_mins(1);

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Larger than allowed.
    #[error("the request body is too large")]
    TooLarge,
    /// It took too long.
    #[error("the request body took too long")]
    Timeout,
    /// The connection broke.
    #[error("the request body is incomplete")]
    Broken,
}

/// Reads a body of at most `limit` bytes. A body whose header already promises more is refused unread; one
/// without a promise (chunked) is read up to the limit.
///
/// # Errors
/// [`BodyError`].
pub async fn read_body(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, BodyError> {
    read_body_within(headers, body, limit, BODY_TIMEOUT).await
}

/// The same with another time for the client to send it.
///
/// # Errors
/// [`BodyError`].
pub async fn read_body_within(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    time: Duration,
) -> Result<Bytes, BodyError> {
    let promised = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if promised.and_then(|text| text.parse::<u64>().ok()).is_some_and(|length| length > limit as u64) {
        return Err(BodyError::TooLarge);
    }
    tokio::time::timeout(time, collect(body, limit)).await.unwrap_or(Err(BodyError::Timeout))
}

/// Bytes of a stranger's body that are taken off the connection before the answer.
const MOST_DISCARDED_BYTES: usize = 1_000_000;

/// The time for that.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(1);

/// Takes the body of a request that is refused off the connection, as far as that is quickly done. The connection is
/// closed over the rest, and a client that writes to a closed connection may never read its answer.
pub(crate) async fn discard(body: Body) {
    let mut chunks = body.into_data_stream();
    let mut bytes = 0;
    let all = async {
        while let Some(Ok(chunk)) = chunks.next().await {
            bytes += chunk.len();
            if bytes > MOST_DISCARDED_BYTES {
                break;
            }
        }
    };
    // Whoever takes longer is answered all the same.
    let _ = tokio::time::timeout(DISCARD_TIMEOUT, all).await;
}

async fn collect(body: Body, limit: usize) -> Result<Bytes, BodyError> {
    let mut chunks = body.into_data_stream();
    let mut bytes = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| BodyError::Broken)?;
        if bytes.len() + chunk.len() > limit {
            return Err(BodyError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn body_at_the_limit_is_read() {
        let body = read_body(&HeaderMap::new(), Body::from(vec![7; 10]), 10).await;
        assert_eq!(body.unwrap().len(), 10);
    }

    #[tokio::test]
    async fn body_over_the_limit_is_refused_without_a_promised_length() {
        let chunks = futures::stream::iter((0..3).map(|_| Ok::<_, std::io::Error>(vec![0; 5])));
        let result = read_body(&HeaderMap::new(), Body::from_stream(chunks), 10).await;
        assert_eq!(result, Err(BodyError::TooLarge));
    }

    #[tokio::test]
    async fn body_that_promises_too_much_is_refused_unread() {
        let headers = HeaderMap::from_iter([(CONTENT_LENGTH, 11.into())]);
        let endless = futures::stream::pending::<Result<Bytes, std::io::Error>>();
        assert_eq!(read_body(&headers, Body::from_stream(endless), 10).await, Err(BodyError::TooLarge));
    }

    #[tokio::test]
    async fn body_that_does_not_come_is_given_up() {
        let endless = futures::stream::pending::<Result<Bytes, std::io::Error>>();
        let (headers, time) = (HeaderMap::new(), Duration::from_millis(1));
        let result = read_body_within(&headers, Body::from_stream(endless), 10, time).await;
        assert_eq!(result, Err(BodyError::Timeout));
    }

    #[tokio::test]
    async fn refused_body_is_taken_off_the_connection_up_to_a_limit() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let discarded = async |pieces: usize| {
            let taken = std::sync::Arc::new(AtomicUsize::new(0));
            let counted = std::sync::Arc::clone(&taken);
            let chunks = futures::stream::iter(0..pieces).map(move |_| {
                counted.fetch_add(1, Ordering::SeqCst);
                Ok::<_, std::io::Error>(vec![0; 100_000])
            });
            discard(Body::from_stream(chunks)).await;
            taken.load(Ordering::SeqCst)
        };
        assert_eq!(discarded(3).await, 3);
        assert_eq!(discarded(1000).await, 11);
    }

    #[tokio::test]
    async fn broken_body_is_an_error() {
        let chunks = futures::stream::iter([Err::<Bytes, _>(std::io::Error::other("reset"))]);
        let result = read_body(&HeaderMap::new(), Body::from_stream(chunks), 10).await;
        assert_eq!(result, Err(BodyError::Broken));
    }
}

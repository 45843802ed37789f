//! What went wrong in an object store, without what its own errors tell: addresses, keys of objects and parts of
//! answers.

use std::error::Error;
use std::io;

use object_store::client::{HttpError, HttpErrorKind};

/// The longest error code of a store that is told.
const MOST_CODE_BYTES: usize = 64;
/// The error code of an object that does not exist. A bucket that does not has another one, and whoever else answers at
/// a wrong address has none.
const NO_OBJECT: &str = "NoSuchKey";

/// What went wrong in an object store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlobFault {
    /// A remote store cannot be connected to.
    #[error("it cannot be reached")]
    Unreachable,
    /// A remote store took too long.
    #[error("it did not answer in time")]
    Timeout,
    /// The connection broke off, or no sense can be made of the answer.
    #[error("its answer broke off")]
    BrokenAnswer,
    /// A remote store refused, by its own error code: wrong credentials, no such bucket, too many requests.
    #[error("it answered {0}")]
    Refused(String),
    /// The credentials for a remote store could not be had, or something else that it does not tell.
    #[error("no answer could be had")]
    NoAnswer,
    /// The file system failed.
    #[error("{0}")]
    Files(io::ErrorKind),
    /// It gave back something else than was written.
    #[error("it gave back something else than was written")]
    Mismatch,
}

impl BlobFault {
    /// Whether a remote store does not serve at all.
    pub(super) const fn is_outage(&self) -> bool {
        !matches!(self, Self::Files(_) | Self::Mismatch)
    }

    /// What an error of an object store comes to.
    pub(super) fn of(error: &object_store::Error) -> Self {
        let mut cause: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<HttpError>() {
                return Self::of_transport(error.kind());
            }
            if let Some(error) = error.downcast_ref::<io::Error>() {
                return Self::Files(error.kind());
            }
            cause = error.source();
        }
        code(&error.to_string()).map_or(Self::NoAnswer, Self::Refused)
    }

    fn of_transport(kind: HttpErrorKind) -> Self {
        match kind {
            HttpErrorKind::Connect => Self::Unreachable,
            HttpErrorKind::Timeout => Self::Timeout,
            _ => Self::BrokenAnswer,
        }
    }
}

/// Whether an error only says that there is no such object.
pub(super) fn is_absence(error: &object_store::Error) -> bool {
    matches!(error, object_store::Error::NotFound { .. })
        && code(&error.to_string()).is_none_or(|code| code == NO_OBJECT)
}

/// The error code in the text of an error: what stands between the tags of the S3 protocol, or the HTTP status.
fn code(text: &str) -> Option<String> {
    let coded = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    let is_code = |code: &&str| {
        (1..=MOST_CODE_BYTES).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    if let Some(code) = coded.map(|(code, _)| code).filter(is_code) {
        return Some(code.to_owned());
    }
    let (_, rest) = text.split_once("status code: ")?;
    let status = rest.get(..3).filter(|status| status.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(format!("HTTP {status}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(text: &str) -> object_store::Error {
        object_store::Error::Generic { store: "S3", source: text.into() }
    }

    #[test]
    fn refusals_are_told_by_their_code_only() {
        let text = "Error performing PUT https://b.example/photos/secret in 3ms - Server returned non-2xx status \
                    code: 403 Forbidden: <Error><Code>AccessDenied</Code><AWSAccessKeyId>AKIA1</AWSAccessKeyId></Error>";
        let fault = BlobFault::of(&generic(text));
        assert_eq!(fault, BlobFault::Refused("AccessDenied".to_owned()));
        assert_eq!(fault.to_string(), "it answered AccessDenied");
        assert!(fault.is_outage());
        let bare = "Server returned non-2xx status code: 503 Service Unavailable: ";
        assert_eq!(BlobFault::of(&generic(bare)), BlobFault::Refused("HTTP 503".to_owned()));
        for odd in ["<Code>a b</Code>", "<Code></Code>", "<Code>x", "status code: 5"] {
            assert_eq!(BlobFault::of(&generic(odd)), BlobFault::NoAnswer, "{odd}");
        }
    }

    #[test]
    fn causes_are_found_below_other_errors() {
        let below = |error: Box<dyn Error + Send + Sync>| {
            BlobFault::of(&object_store::Error::Generic { store: "x", source: error })
        };
        for (kind, expected) in [
            (HttpErrorKind::Connect, BlobFault::Unreachable),
            (HttpErrorKind::Timeout, BlobFault::Timeout),
            (HttpErrorKind::Decode, BlobFault::BrokenAnswer),
        ] {
            assert_eq!(below(Box::new(HttpError::new(kind, io::Error::other("x")))), expected);
        }
        let full = below(Box::new(io::Error::from(io::ErrorKind::StorageFull)));
        assert_eq!(full, BlobFault::Files(io::ErrorKind::StorageFull));
        assert!(!full.is_outage());
    }

    #[test]
    fn only_a_missing_object_is_missing() {
        let missing =
            |text: &str| object_store::Error::NotFound { path: "x".to_owned(), source: text.into() };
        assert!(is_absence(&missing("<Code>NoSuchKey</Code>")));
        assert!(is_absence(&missing("no such file")));
        assert!(!is_absence(&missing("<Code>NoSuchBucket</Code>")));
        assert!(!is_absence(&missing("Server returned non-2xx status code: 404 Not Found: <html></html>")));
        assert!(!is_absence(&generic("<Code>NoSuchKey</Code>")));
    }
}

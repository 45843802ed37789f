//! What the errors of every dialect have in common: when to try again, what the request log is told, and that something
//! that broke is logged where it is answered.

use std::time::Duration;

use axum::http::{HeaderValue, header};
use axum::response::Response;
use vultus_service::{Caller, ServiceError};

use crate::{BodyError, ExtractError, RequestFacts};

/// Everything that can go wrong in a dialect.
pub trait DialectFault: From<ServiceError> + From<BodyError> + From<ExtractError> + Send {
    /// The path has bytes that are no text.
    const UNREADABLE_PATH: Self;

    /// Its name in logs.
    fn outcome(&self) -> &'static str;

    /// Status and body of the answer, and the headers of the dialect's own.
    fn answer(&self) -> Response;

    /// When to try again, where it was refused for want of room or for coming too often.
    fn retry_after(&self) -> Option<Duration>;

    /// The answer to the client, with what the request log is told.
    fn respond(&self, endpoint: &'static str, caller: Option<Caller>) -> Response {
        let mut response = self.answer();
        if let Some(wait) = self.retry_after() {
            let seconds = HeaderValue::from(wait.as_secs().max(1));
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        let mut facts = RequestFacts::new(endpoint, self.outcome());
        facts.account = caller.map(|caller| caller.account);
        response.extensions_mut().insert(facts);
        response
    }
}

/// Logs an error that is not the client's, with its cause.
pub fn log_failure(error: &ServiceError) {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::error!(error = %error, cause, "request failed");
}

//! Credentials: the token of a session, or a key that needs none.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue};
use vultus_service::Presented;

use crate::quirks::API_KEY_HEADER;

/// Credentials as a request presents them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credentials<'a> {
    /// The token of a session.
    Token(&'a str),
    /// A key.
    ApiKey(&'a str),
}

impl<'a> Credentials<'a> {
    /// As the use cases know them.
    pub(crate) const fn presented(self) -> Presented<'a> {
        match self {
            Self::Token(token) => Presented::session(token),
            Self::ApiKey(key) => Presented::perse(key),
        }
    }
}

/// The credentials that the headers present, a token before a key. A token stands alone or behind the scheme
/// `Bearer`; other schemes are those of other dialects.
pub(crate) fn credentials(headers: &HeaderMap) -> Option<Credentials<'_>> {
    let token = text(headers.get(AUTHORIZATION)).and_then(|value| match value.split_once(' ') {
        Some((scheme, token)) => scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()),
        None => Some(value),
    });
    token.map(Credentials::Token).or_else(|| text(headers.get(API_KEY_HEADER)).map(Credentials::ApiKey))
}

fn text(value: Option<&HeaderValue>) -> Option<&str> {
    value.and_then(|value| value.to_str().ok()).map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn token_stands_behind_bearer_or_alone() {
        for value in ["Bearer a.b.c", "bearer  a.b.c ", "a.b.c"] {
            let headers = headers(&[("authorization", value), ("x-api-key", "k")]);
            assert_eq!(credentials(&headers), Some(Credentials::Token("a.b.c")), "{value}");
        }
    }

    #[test]
    fn other_schemes_are_not_ours_and_a_key_counts_beside_them() {
        for value in ["Token abc", "Basic abc", ""] {
            assert_eq!(credentials(&headers(&[("authorization", value)])), None, "{value}");
            let headers = headers(&[("authorization", value), ("x-api-key", " k ")]);
            assert_eq!(credentials(&headers), Some(Credentials::ApiKey("k")), "{value}");
        }
        assert_eq!(credentials(&headers(&[("x-api-key", "")])), None);
    }
}

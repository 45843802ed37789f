//! Credentials: the header `Authorization: Token …`.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use vultus_service::Presented;

use crate::error::Fault;

/// The credentials that the headers present.
pub(crate) fn credentials(headers: &HeaderMap) -> Result<Presented<'_>, Fault> {
    token(headers).map(Presented::findface).ok_or(Fault::AuthFailed)
}

/// The token, where the header has one; the scheme in any case, since one client writes it in lower case.
pub(crate) fn token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("token").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn token_is_read_whatever_the_case_of_its_scheme() {
        let read = |text: &'static str| {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(text))]);
            token(&headers).map(str::to_owned)
        };
        for text in ["Token abc", "token abc", "TOKEN  abc "] {
            assert_eq!(read(text).as_deref(), Some("abc"), "{text}");
        }
        for text in ["Bearer abc", "abc", "Token", "Tokenabc"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

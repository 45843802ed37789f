//! Headers that clients write in more than one way.

use axum::http::HeaderMap;

/// The value of the first of these headers that is there, without space around it; `None` where it is no text.
pub fn first_header<'a>(headers: &'a HeaderMap, names: [&str; 2]) -> Option<&'a str> {
    names.into_iter().find_map(|name| headers.get(name)).and_then(|value| value.to_str().ok()).map(str::trim)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn first_of_several_headers_counts() {
        let names = ["app_id", "app-id"];
        let mut headers = HeaderMap::new();
        assert_eq!(first_header(&headers, names), None);
        headers.insert("app-id", HeaderValue::from_static(" second "));
        assert_eq!(first_header(&headers, names), Some("second"));
        headers.insert("app_id", HeaderValue::from_bytes(b"\xFF").unwrap());
        assert_eq!(first_header(&headers, names), None);
    }
}

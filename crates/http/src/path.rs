//! Paths as clients write them: with slashes at the end and twice in the middle.

use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// The address with repeated slashes collapsed and those at the end taken off; unchanged where nothing is to
/// be done. The query is left alone.
pub(crate) fn normalised(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let has_end = path.len() > 1 && path.ends_with('/');
    if !has_end && !path.contains("//") {
        return None;
    }
    let mut clean = String::with_capacity(path.len());
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        clean.push('/');
        clean.push_str(segment);
    }
    if clean.is_empty() {
        clean.push('/');
    }
    if let Some(query) = uri.query() {
        clean.push('?');
        clean.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(clean).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_are_collapsed_and_trimmed() {
        for (path, expected) in [
            ("/detect/", "/detect"),
            ("//detect", "/detect"),
            ("/gallery//view///?a=//b/", "/gallery/view?a=//b/"),
            ("//", "/"),
            ("http://host//a/", "http://host/a"),
        ] {
            assert_eq!(normalised(&path.parse().unwrap()).unwrap().to_string(), expected, "{path}");
        }
        for path in ["/", "/detect", "/gallery/view?x=/"] {
            assert_eq!(normalised(&path.parse().unwrap()), None, "{path}");
        }
    }
}

//! Which dialect a request is meant for. This is the one place where that is decided.
//!
//! Dialects share paths: `/detect` and `/verify` are Kairos' and FindFace's, and a client knows nothing of the
//! other. In this order:
//!
//! 1. A dialect mounted under a prefix gets the requests below its prefix, and no others.
//! 2. A request that presents the credentials of a dialect is that dialect's, whatever its path. Where several
//!    dialects know the same credentials, it is the one whose own the path is, else the first of them.
//! 3. A path that only one dialect has is that dialect's, so that a client which forgot its credentials is
//!    answered in the shape it knows.
//! 4. Everything else is the first dialect's: Kairos, unless it is switched off or mounted elsewhere.

use axum::Router;
use axum::extract::Request;
use axum::http::request;
use axum::http::uri::{PathAndQuery, Uri};
use axum::response::Response;

use crate::cors::Cors;

/// The name of the server's own API, which is mounted like a dialect: its requests are logged as all others and not
/// counted as traffic.
pub const ADMIN_FAMILY: &str = "admin";

/// A dialect as the shared router sees it. A request is that of the dialect under whose prefix it lies, else of
/// the one whose credentials it presents (among several: whose own its path is), else of the one whose own its path
/// is, else of the first.
pub struct Dialect {
    /// Its name in logs and metrics.
    pub name: &'static str,
    /// The path it is mounted under, with a slash before and none behind; empty where it is not.
    pub prefix: String,
    /// Its endpoints, with a fallback that answers unknown ones in its own shape.
    pub router: Router,
    /// Whether the request presents credentials of this dialect, right or wrong.
    pub presents_credentials: fn(&request::Parts) -> bool,
    /// Whether the path is one that no other dialect has.
    pub owns_path: fn(&str) -> bool,
    /// The answer after a panic, in the dialect's own shape.
    pub on_panic: fn() -> Response,
    /// What it tells browsers.
    pub cors: Cors,
}

/// The prefix that was taken off a request's path, in the request's extensions: addresses in answers need it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MountedAt(pub String);

/// Whose request it is, with its path as the dialect knows it. `None` where there is no dialect for it.
pub(crate) fn assign(dialects: &[Dialect], request: Request) -> Option<(&Dialect, Request)> {
    let (mut parts, body) = request.into_parts();
    let dialect = find(dialects, &parts)?;
    if let Some(uri) = without_prefix(&parts.uri, &dialect.prefix) {
        parts.uri = uri;
        parts.extensions.insert(MountedAt(dialect.prefix.clone()));
    }
    Some((dialect, Request::from_parts(parts, body)))
}

fn find<'a>(dialects: &'a [Dialect], parts: &request::Parts) -> Option<&'a Dialect> {
    let path = parts.uri.path();
    let below = |dialect: &&Dialect| !dialect.prefix.is_empty() && below(path, &dialect.prefix).is_some();
    let mut bare = dialects.iter().filter(|dialect| dialect.prefix.is_empty());
    let owns_path = |dialect: &&Dialect| (dialect.owns_path)(path);
    let mut presented = bare.clone().filter(|dialect| (dialect.presents_credentials)(parts));
    dialects
        .iter()
        .find(below)
        .or_else(|| presented.clone().find(owns_path))
        .or_else(|| presented.next())
        .or_else(|| bare.clone().find(owns_path))
        .or_else(|| bare.next())
}

/// The path below a prefix, which ends where a part of the path ends.
fn below<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn without_prefix(uri: &Uri, prefix: &str) -> Option<Uri> {
    let rest = below(uri.path(), prefix).filter(|_| !prefix.is_empty())?;
    let path = if rest.is_empty() { "/" } else { rest };
    let whole = uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(whole).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::response::IntoResponse;

    use super::*;

    fn dialect(name: &'static str, prefix: &str) -> Dialect {
        Dialect {
            name,
            prefix: prefix.to_owned(),
            router: Router::new(),
            presents_credentials: match name {
                "one" | "twin" => |parts| parts.headers.contains_key("one"),
                _ => |parts| parts.headers.contains_key("two"),
            },
            owns_path: match name {
                "one" => |path| path == "/one",
                "twin" => |path| path == "/twin",
                _ => |path| path == "/two",
            },
            on_panic: || ().into_response(),
            cors: Cors { methods: "", headers: "" },
        }
    }

    fn assigned(dialects: &[Dialect], path: &str, header: &str) -> Option<(&'static str, String)> {
        let request = Request::builder().uri(path).header(header, "x").body(Body::empty()).unwrap();
        let (dialect, request) = assign(dialects, request)?;
        Some((dialect.name, request.uri().to_string()))
    }

    #[test]
    fn credentials_tell_before_paths_and_the_first_dialect_gets_the_rest() {
        let dialects = [dialect("one", ""), dialect("two", "")];
        for (path, header, expected) in [
            ("/shared", "two", "two"),
            ("/shared", "one", "one"),
            ("/shared", "none", "one"),
            ("/two", "none", "two"),
            ("/two", "one", "one"),
            ("/one", "two", "two"),
            ("/unknown", "none", "one"),
        ] {
            assert_eq!(
                assigned(&dialects, path, header),
                Some((expected, path.to_owned())),
                "{path} {header}"
            );
        }
    }

    #[test]
    fn of_dialects_with_the_same_credentials_the_path_tells() {
        let dialects = [dialect("one", ""), dialect("two", ""), dialect("twin", "")];
        for (path, header, expected) in [
            ("/twin", "one", "twin"),
            ("/twin", "none", "twin"),
            ("/twin", "two", "two"),
            ("/one", "one", "one"),
            ("/shared", "one", "one"),
            ("/two", "one", "one"),
        ] {
            let (name, _) = assigned(&dialects, path, header).unwrap();
            assert_eq!(name, expected, "{path} {header}");
        }
        assert_eq!(assigned(&dialects[2..], "/shared", "one").unwrap().0, "twin");
    }

    #[test]
    fn mounted_dialect_gets_what_lies_below_its_prefix_and_nothing_else() {
        let dialects = [dialect("one", ""), dialect("two", "/second")];
        for (path, header, name, inner) in [
            ("/second/shared?a=/second", "one", "two", "/shared?a=/second"),
            ("/second", "none", "two", "/"),
            ("/secondary", "two", "one", "/secondary"),
            ("/two", "two", "one", "/two"),
        ] {
            assert_eq!(assigned(&dialects, path, header), Some((name, inner.to_owned())), "{path}");
        }
        assert_eq!(assigned(&dialects[1..], "/shared", "two"), None);
    }
}

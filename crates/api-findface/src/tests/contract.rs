//! The description of the dialect.

use std::collections::BTreeSet;

use vultus_openapi::testing::routes;

use super::*;

/// The path under which a call is described, for any of its forms.
pub(super) fn canonical(method: &Method, path: &str) -> String {
    let versions = crate::quirks::VERSIONS.iter();
    let bare = versions
        .filter_map(|version| path.strip_prefix(&format!("/{version}")))
        .find(|rest| rest.starts_with('/'));
    let path = bare.unwrap_or(path);
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let Some((&("face" | "faces"), rest)) = parts.split_first() else { return path.to_owned() };
    let first = match rest {
        ["identify"] => return "/identify".to_owned(),
        ["gallery", _, "identify"] => "faces",
        [] | ["gallery", _] if *method == Method::GET => "faces",
        _ => "face",
    };
    [&["", first], rest].concat().join("/")
}

#[tokio::test]
async fn every_route_is_described_and_nothing_else() {
    let service = Server::new().await.bench.service;
    let routes = routes(&crate::router(FindFace { service, fetcher: fetcher_of(&[]) }));
    let described = |(method, path): (String, String)| {
        let canonical = canonical(&method.parse().unwrap(), &path);
        (method, canonical)
    };
    let routes: BTreeSet<_> = routes.into_iter().map(described).collect();
    assert_eq!(CONTRACT.operations(), routes);
}

#[test]
fn examples_are_as_described() {
    assert!(CONTRACT.check_examples() > 200);
}

//! The descriptions of both versions.

use vultus_openapi::testing::routes;

use super::*;

#[tokio::test]
async fn every_route_is_described_and_nothing_else() {
    let service = Server::new().await.bench.service;
    let router = crate::router(state(&service, &[]));
    let [first, second] = &*CONTRACTS;
    let described: std::collections::BTreeSet<_> =
        first.operations().union(&second.operations()).cloned().collect();
    assert_eq!(described, routes(&router));
}

#[test]
fn examples_are_as_described() {
    let [first, second] = &*CONTRACTS;
    assert!(first.check_examples() > 90);
    assert!(second.check_examples() > 25);
}

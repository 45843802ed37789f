//! The description of the dialect.

use vultus_openapi::testing::routes;

use super::*;

#[tokio::test]
async fn every_route_is_described_and_nothing_else() {
    let service = Server::new().await.bench.service;
    let router = crate::router(MachineSense { service, strangers: Strangers::default() });
    assert_eq!(CONTRACT.operations(), routes(&router));
}

#[test]
fn examples_are_as_described() {
    assert_eq!(CONTRACT.check_examples(), 3 * (14 + 1));
}

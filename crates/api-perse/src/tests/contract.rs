//! The description of the dialect.

use vultus_openapi::testing::routes;

use super::*;

#[tokio::test]
async fn every_route_is_described_and_nothing_else() {
    let service = Server::new().await.bench.service;
    let router =
        crate::router(Perse { service, requires_consent: false, most_photo_bytes: MOST_PHOTO_BYTES });
    assert_eq!(CONTRACT.operations(), routes(&router));
}

#[test]
fn examples_are_as_described() {
    assert!(CONTRACT.check_examples() > 60);
}

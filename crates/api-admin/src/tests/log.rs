//! The API's own calls are no traffic.

use serde_json::json;
use vultus_service::Role;

use super::*;

#[tokio::test]
async fn calls_of_the_console_are_not_counted_as_traffic() {
    let server = Server::new().await;
    let browser = server.browser(Role::Administrator).await;
    browser.get("/accounts").await;
    let traffic = browser.get("/traffic?window=10m").await;
    assert_eq!(traffic.json()["series"], json!([]));
    assert_eq!(traffic.header("x-request-id").len(), 16);
}

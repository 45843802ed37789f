//! Credentials in headers.

use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};

/// Adds credentials of which each is a header: its name, under which operations ask for it, and another way to write it.
pub fn add_header_keys(document: &mut OpenApi, headers: &[[&str; 2]]) {
    let components = document.components.get_or_insert_default();
    for [name, alias] in headers {
        let about = format!("The header may also be written `{alias}`.");
        let key = ApiKey::Header(ApiKeyValue::with_description(*name, about.as_str()));
        components.add_security_scheme(*name, SecurityScheme::ApiKey(key));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use utoipa::openapi::OpenApi;

    use super::add_header_keys;

    #[test]
    fn each_header_is_a_key_of_its_name() {
        let mut document = OpenApi::default();
        add_header_keys(&mut document, &[["app_id", "app-id"], ["app_key", "app-key"]]);
        let document = serde_json::to_value(&document).unwrap();
        let key = |name: &str, alias: &str| {
            let description = format!("The header may also be written `{alias}`.");
            json!({"type": "apiKey", "in": "header", "name": name, "description": description})
        };
        let expected = json!({"app_id": key("app_id", "app-id"), "app_key": key("app_key", "app-key")});
        assert_eq!(document["components"]["securitySchemes"], expected);
    }
}

//! The label of liveness scores.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The response header that names the models which made the liveness scores of an answer. How far a score can be
/// trusted depends on them: see the documentation of their error rates.
pub const LIVENESS_MODEL: HeaderName = HeaderName::from_static("x-liveness-model");

/// Labels an answer that has liveness scores. A name that no header can hold is left out.
pub fn label_liveness(headers: &mut HeaderMap, model: Option<&str>) {
    if let Some(value) = model.and_then(|model| HeaderValue::from_str(model).ok()) {
        headers.insert(LIVENESS_MODEL, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_names_the_model_where_a_header_can_hold_it() {
        for (model, label) in [
            (Some("human-liveness"), Some("human-liveness")),
            (Some("minifasnet-v2+minifasnet-v1se"), Some("minifasnet-v2+minifasnet-v1se")),
            (Some("two\nlines"), None),
            (None, None),
        ] {
            let mut headers = HeaderMap::new();
            label_liveness(&mut headers, model);
            let shown = headers.get("X-Liveness-Model").map(|value| value.to_str().unwrap());
            assert_eq!(shown, label, "{model:?}");
        }
    }
}

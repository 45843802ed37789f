//! Request bodies of any shape: JSON, multipart, form or neither. The first byte chooses the claimed type.
#![no_main]

use axum::http::{HeaderMap, HeaderValue, Uri, header};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use vultus_http::read_params;

const CLAIMS: [&str; 5] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "text/plain",
];

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first() else { return };
    let claim = CLAIMS[usize::from(*choice) % CLAIMS.len()];
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(claim));
    let uri = Uri::from_static("/detect?selector=full");
    let body = Bytes::copy_from_slice(body);
    if let Ok(params) = futures::executor::block_on(read_params(&uri, &headers, body)) {
        let _ = params.text("selector");
        let _ = params.number("threshold");
        let _ = params.flag("multiple_faces");
        let _ = params.words("selector");
        let _ = params.json("bbox");
        let _ = params.photo(&["image", "url"]);
    }
});

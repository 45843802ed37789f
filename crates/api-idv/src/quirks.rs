//! What is peculiar to Kairos IDV and its clients, and what was decided about it where its documentation is silent.
//!
//! - `response_code` is 1 where the selfie passes and 2 where it does not. The documentation shows a 2 beside a
//!   liveness of 0 and a 1 beside a match of its other calls, and explains neither.
//! - `faces_liveness` is one number although there may be several faces: that of the largest face, who is taken for
//!   the one that holds the camera. All faces are listed, the largest first.
//! - A selfie without a face is answered, not refused: the list of faces is empty, `response_code` is 2, and
//!   `faces_liveness` is 0.0 because clients read a number there, as in the original's sample of a selfie that could
//!   not be assessed. No model made that number, so the answer then has no `X-Liveness-Model`.
//! - The error bodies of the original are not published: here they are `{"message": …}`, with status 401 for wrong
//!   credentials, 403 where the account's limit of the month is reached, the one that is documented, and 429 where that
//!   of the minute is.
//! - The original asks for selfies of 300 or 480 pixels, but its own sample has 95 x 71: no size is refused.
//! - The part of the selfie has no type and any file name in the original's example; the bytes tell what they are.
//!   Some clients send JSON with a data URI. The original fetches no address, nor is one fetched here.
//! - Times are UTC and do not say so.

use axum::http::HeaderValue;
use axum::http::header::{self, HeaderName};
use vultus_http::Cors;

/// The versions under which the one call exists.
pub(crate) const VERSIONS: [&str; 2] = ["/v0.1", VERSION_WITH_HEADERS];

/// The version whose answers have [`HEADERS`].
pub(crate) const VERSION_WITH_HEADERS: &str = "/v0.2";

/// The headers that the original documents for that version. `X-Request-ID` is on every answer of the server.
pub(crate) const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=86400; includeSubDomains")),
];

/// The header with the public half of the credentials: as the first version documents it, and as the second.
pub(crate) const APP_ID_HEADERS: [&str; 2] = ["app_id", "app-id"];

/// The header with the secret half.
pub(crate) const APP_KEY_HEADERS: [&str; 2] = ["app_key", "app-key"];

/// What browsers are told.
pub(crate) const CORS: Cors =
    Cors { methods: "POST, OPTIONS", headers: "Content-Type,app_id,app_key,app-id,app-key" };

/// The field of the photo.
pub(crate) const SELFIE: &str = "selfie";

/// Every example of the original sends this threshold; it stands where a client sends none.
pub(crate) const DEFAULT_THRESHOLD: f32 = 0.6;

/// `response_code` of a selfie that passes.
pub(crate) const PASSED: u8 = 1;

/// `response_code` of one that does not.
pub(crate) const NOT_PASSED: u8 = 2;

/// `faces_liveness` where there is no score.
pub(crate) const NO_LIVENESS: f32 = 0.0;

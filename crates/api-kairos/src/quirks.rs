//! What is peculiar to Kairos and its clients, and what was decided about it.
//!
//! - Content types are not trusted: the official examples send one and the same JSON body as JSON, form and
//!   plain text, and multipart bodies as JSON. The body itself tells what it is.
//! - Wrong credentials get status 403 and the plain text `Authentication failed`, not the documented envelope
//!   with 3003: clients test for the status and some for the text.
//! - Errors are JSON with the content type of JSON. The original sent some of them as `text/html`; no known
//!   client depends on that.
//! - Left and right eye are the subject's own in every answer, as in the original's `/detect`. The original's
//!   sample of `/compare` has them the other way round; one meaning for one name serves clients better.
//! - `eyeDistance` is in every transaction, also where the original leaves it out: one strict client fails
//!   without it.
//! - An unsure gender has both confidences and an empty `type`: the original knows M and F only, and one strict
//!   client fails without a text there. An unsure ethnicity has its five probabilities, as in the original's own
//!   samples (the greatest of one is 0.41825).
//! - `selector` only ever adds `liveness`: FRONTAL, FULL, PARTIAL, ROLL and the older values choose among
//!   detectors of the original; here one detector finds all of them.
//! - Parameters that the original ignores (`symmetricFill`, `show_candidate_images`) are ignored.

use axum::http::HeaderMap;
use vultus_http::{Cors, first_header};

/// The header with the public half of the credentials. The form with a hyphen survives proxies that drop
/// underscores; the original documents it for its other services.
pub(crate) const APP_ID_HEADERS: [&str; 2] = ["app_id", "app-id"];

/// The header with the secret half.
pub(crate) const APP_KEY_HEADERS: [&str; 2] = ["app_key", "app-key"];

/// The header that forbids to keep the photo.
const STORE_IMAGE_HEADERS: [&str; 2] = ["store_image", "store-image"];

/// What the original tells browsers, and the header that forbids to keep the photo.
pub(crate) const CORS: Cors = Cors {
    methods: "GET, POST, OPTIONS",
    headers: "DNT,X-Mx-ReqToken,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,\
              Content-Type,app_key,app_id,api_key,store_image",
};

/// The `type` of a gender that is neither M nor F surely enough.
pub(crate) const UNKNOWN_GENDER: &str = "";

/// Text after wrong credentials; the length is known to clients.
pub(crate) const AUTHENTICATION_FAILED: &str = "Authentication failed";

/// The content type of that text.
pub(crate) const AUTHENTICATION_FAILED_TYPE: &str = "text/plain; charset=us-ascii";

/// Whether the photo may be kept: yes, unless the header says `false`.
pub(crate) fn keeps_photo(headers: &HeaderMap) -> bool {
    let value = first_header(headers, STORE_IMAGE_HEADERS).unwrap_or_default();
    !["false", "0", "no"].iter().any(|no| value.trim_matches('"').eq_ignore_ascii_case(no))
}

/// Whether a name of a gallery or subject has only characters the original is known to take. Its own list is
/// not published; recorded clients use letters, digits and `-`.
pub(crate) fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" _-.@".contains(&byte))
}

/// Values of `selector`, lower case: the documented ones and those of older clients.
const SELECTORS: [&str; 8] = ["frontal", "full", "partial", "roll", "face", "eyes", "setpose", "liveness"];

/// Whether any of the selectors asks for liveness; `None` where one is unknown.
pub(crate) fn asks_for_liveness(selectors: &[String]) -> Option<bool> {
    let is_known = |word: &String| SELECTORS.iter().any(|known| word.eq_ignore_ascii_case(known));
    let asks = selectors.iter().any(|word| word.eq_ignore_ascii_case("liveness"));
    selectors.iter().all(is_known).then_some(asks)
}

//! What is peculiar to MachineSense, and what was decided about it where its documentation is silent.
//!
//! - Errors have status 200, as every answer of the documentation has, but for requests that never became a call:
//!   an unknown path (404), a body over the limit (413), no place in the queue or too many requests (429, with
//!   `Retry-After`). All have the envelope with `"result": "Err"` and an empty `data`.
//! - The original's error codes are not published; those in [`crate::error`] are ours, and stable.
//! - Of several faces the largest is described: the documentation knows one face only.
//! - Age and gender are told or not told. Where the models are not sure enough, the answer is an error with a code of
//!   its own, and no value.
//! - `genderProbability` is the probability of the gender that is told, in percent.
//! - The seven percentages of an expression are rounded so that they sum to 100: those cut off the most are rounded
//!   up.
//! - The photo is base64 with or without the start of a data URI. Forms and multipart bodies are read as well, a file
//!   in the field `image` included. Addresses are not fetched.

use vultus_http::Cors;

/// The calls: age, gender, expression.
pub(crate) const CALLS: [&str; 3] = [
    "/faceapi/v1/face_age_detection",
    "/faceapi/v1/face_gender_detection",
    "/faceapi/v1/face_expression_detection",
];

/// What the dialect's paths start with; no other dialect's do.
pub(crate) const OWN_PATHS: &str = "/faceapi/";

/// The field of the photo.
pub(crate) const IMAGE: &str = "image";

/// The field of the credentials.
pub(crate) const API_KEY: &str = "api_key";

/// What browsers are told. The original is called by servers.
pub(crate) const CORS: Cors = Cors { methods: "POST, OPTIONS", headers: "Content-Type" };

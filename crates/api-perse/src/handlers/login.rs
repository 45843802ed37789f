//! `POST /v0/login`: trades a private key for the token of a session.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use vultus_http::{DialectFault, RequestFacts, read_body, read_params};

use crate::Perse;
use crate::error::Fault;
use crate::openapi::LogIn;

/// The endpoint's name in logs.
const NAME: &str = "login";

/// The field of the key.
const PRIVATE_KEY: &str = "privateKey";

/// The largest body, in bytes: strangers may send it.
const MOST_BODY_BYTES: usize = 16 * 1024;

/// A session.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
struct Answer {
    /// For the header `Authorization`, behind `Bearer` or alone.
    token: String,
}

/// Trades a private key for the token of a session.
#[utoipa::path(
    post,
    path = "/v0/login",
    operation_id = "login",
    tag = "session",
    security(()),
    request_body(content(
        (LogIn = "application/json"),
        (LogIn = "application/x-www-form-urlencoded"),
        (LogIn = "multipart/form-data")
    )),
    responses((status = 200, description = "The session", body = Answer,
        example = json!({"token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJ.…"})))
)]
pub(crate) async fn run(State(perse): State<Perse>, request: Request) -> Response {
    let key = match private_key(request).await {
        Ok(key) => key,
        Err(fault) => return fault.respond(NAME, None),
    };
    match perse.service.log_in(&key).await {
        Ok(token) => {
            let mut response = Json(Answer { token }).into_response();
            response.extensions_mut().insert(RequestFacts::new(NAME, "ok"));
            response
        }
        Err(error) => {
            let caller = error.caller();
            Fault::from(error).respond(NAME, caller)
        }
    }
}

async fn private_key(request: Request) -> Result<String, Fault> {
    let (parts, body) = request.into_parts();
    let body = read_body(&parts.headers, body, MOST_BODY_BYTES).await?;
    let params = read_params(&parts.uri, &parts.headers, body).await?;
    let key = params.text(PRIVATE_KEY)?.map(|key| key.trim().to_owned());
    key.filter(|key| !key.is_empty()).ok_or(Fault::MissingKey(PRIVATE_KEY))
}

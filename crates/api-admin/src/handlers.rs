//! The endpoints of the server itself: sessions, operators, overview, traffic, accounts, audit.

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod operators;
pub(crate) mod overview;
pub(crate) mod session;
pub(crate) mod traffic;

use axum::Router;
use axum::routing::{delete, get, patch, post, put};

use crate::openapi::describe;
use crate::{Admin, named};

/// The endpoints. Their names are those in the request log.
pub(crate) fn router() -> Router<Admin> {
    Router::new()
        .route("/session", named("session_show", get(session::show)))
        .route("/session", named("session_sign_in", post(session::sign_in)))
        .route("/session", named("session_sign_out", delete(session::sign_out)))
        .route("/session/password", named("session_password", put(session::change_password)))
        .route("/operators", named("operators_list", get(operators::list)))
        .route("/operators", named("operators_create", post(operators::create)))
        .route("/operators/{name}", named("operators_update", patch(operators::update)))
        .route(
            "/operators/{name}/reset-password",
            named("operators_reset_password", post(operators::reset_password)),
        )
        .route("/overview", named("overview", get(overview::show)))
        .route("/traffic", named("traffic", get(traffic::show)))
        .route("/accounts", named("accounts_list", get(accounts::list)))
        .route("/accounts", named("accounts_create", post(accounts::create)))
        .route("/accounts/{a}", named("accounts_update", patch(accounts::update)))
        .route("/accounts/{a}/rotate", named("accounts_rotate", post(accounts::rotate)))
        .route(
            "/accounts/{a}/sandbox-credentials",
            named("accounts_sandbox_credentials", post(accounts::borrow_credentials)),
        )
        .route("/accounts/{a}/usage", named("accounts_usage", get(accounts::usage)))
        .route("/audit", named("audit_list", get(audit::list)))
        .route("/audit/export", named("audit_export", get(audit::export)))
        .route("/openapi.json", named("openapi", get(describe)))
}

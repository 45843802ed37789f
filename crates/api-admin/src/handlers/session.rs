//! Signing in and out.

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vultus_service::{
    Action, Actor as AuditActor, DONE, OperatorError, SESSION_LASTS, Session, SignedIn, Subject,
    UNKNOWN_ACTOR,
};

use crate::actor::{SESSION_COOKIE, SignedInActor, check_origin, peer};
use crate::input::Input;
use crate::wire::RoleName;
use crate::{Admin, AdminError};

/// The path that browsers send the cookie to.
const COOKIE_PATH: &str = "/admin";

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// The operator's name.
    name: String,
    /// The password.
    password: String,
}

/// A session.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionAnswer {
    /// Who is signed in.
    operator: OperatorAnswer,
    /// To be sent as `X-CSRF-Token` with everything but `GET`.
    csrf_token: String,
    /// When the session ends at the latest. It ends before after an hour without a request.
    expires_at: String,
    /// Whether nothing else is allowed before the password is changed.
    must_change_password: bool,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct OperatorAnswer {
    /// The name.
    name: String,
    /// The role.
    role: RoleName,
}

/// A change of one's own password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The present password.
    current: String,
    /// The new one.
    #[schema(min_length = 12, max_length = 256)]
    new: String,
}

impl From<&Session> for SessionAnswer {
    fn from(session: &Session) -> Self {
        let operator = &session.operator;
        Self {
            operator: OperatorAnswer { name: operator.name.clone(), role: operator.role.into() },
            csrf_token: session.csrf_token.clone(),
            expires_at: session.expires_at.to_rfc3339(),
            must_change_password: operator.must_change_password,
        }
    }
}

/// Sign in. The session's token comes in a cookie.
#[utoipa::path(post, path = "/session", operation_id = "sign_in", tag = "session", request_body = SignIn,
    security(()), responses((status = 200, body = SessionAnswer)))]
pub(crate) async fn sign_in(State(admin): State<Admin>, request: Request) -> Result<Response, AdminError> {
    check_origin(request.headers())?;
    let (parts, body) = request.into_parts();
    let address = peer(&parts);
    let Input(SignIn { name, password }) =
        Input::<SignIn>::from_request(Request::from_parts(parts, body), &admin).await?;
    let operators = admin.administration.operators();
    let audit = admin.administration.audit();
    let result = operators.sign_in(&name, &password, address.as_deref().unwrap_or_default()).await;
    let SignedIn { token, session } = match result {
        Ok(signed_in) => signed_in,
        // What the limit keeps out is not noted: nobody fills the log that way.
        Err(error @ OperatorError::TooManyAttempts(_)) => return Err(error.into()),
        Err(error) => {
            let name = if operators.exists(&name).await? { name } else { UNKNOWN_ACTOR.to_owned() };
            let actor = AuditActor { name, role: None, address };
            audit.record(&actor, Action::SignInFailed, &Subject::default(), error.name()).await?;
            return Err(error.into());
        }
    };
    let actor = AuditActor { name, role: Some(session.operator.role), address };
    audit.record(&actor, Action::SignIn, &Subject::default(), DONE).await?;
    let lasting = SESSION_LASTS.as_secs();
    let headers = AppendHeaders([(header::SET_COOKIE, cookie(&token, lasting, admin.allow_http)?)]);
    Ok((headers, Json(SessionAnswer::from(&session))).into_response())
}

/// The present session.
#[utoipa::path(get, path = "/session", operation_id = "show_session", tag = "session",
    responses((status = 200, body = SessionAnswer)))]
pub(crate) async fn show(actor: SignedInActor) -> Json<SessionAnswer> {
    Json(SessionAnswer::from(&actor.session))
}

/// Sign out.
#[utoipa::path(delete, path = "/session", operation_id = "sign_out", tag = "session",
    responses((status = 204)))]
pub(crate) async fn sign_out(
    State(admin): State<Admin>,
    actor: SignedInActor,
) -> Result<Response, AdminError> {
    actor.sign_out().await?;
    actor.note(Action::SignOut, &Subject::default(), DONE).await?;
    let headers = AppendHeaders([(header::SET_COOKIE, cookie("", 0, admin.allow_http)?)]);
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

/// Change one's own password. Other sessions end.
#[utoipa::path(put, path = "/session/password", operation_id = "change_password", tag = "session",
    request_body = PasswordChange, responses((status = 204)))]
pub(crate) async fn change_password(
    State(admin): State<Admin>,
    actor: SignedInActor,
    Input(change): Input<PasswordChange>,
) -> Result<StatusCode, AdminError> {
    let PasswordChange { current, new } = change;
    let operators = admin.administration.operators();
    let address = actor.address.as_deref().unwrap_or_default();
    let result = operators.change_password(&actor.session, &current, &new, address).await;
    let outcome = result.as_ref().map_or_else(OperatorError::name, |()| DONE);
    actor.note(Action::ChangePassword, &Subject::default(), outcome).await?;
    match result {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        // Signed in is who asks: it is a field that is wrong.
        Err(OperatorError::WrongPassword) => {
            Err(AdminError::invalid("current", "this is not the present password"))
        }
        Err(error) => Err(error.into()),
    }
}

fn cookie(token: &str, seconds: u64, allow_http: bool) -> Result<HeaderValue, AdminError> {
    let secure = if allow_http { "" } else { "; Secure" };
    let text = format!(
        "{SESSION_COOKIE}={token}; Path={COOKIE_PATH}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    );
    HeaderValue::try_from(text).map_err(|_| AdminError::internal())
}

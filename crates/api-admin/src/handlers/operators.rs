//! The people who run the server.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vultus_service::{Access, Action, OneTimePassword, Operator, Subject};

use crate::input::{Input, Named};
use crate::page::Page;
use crate::wire::RoleName;
use crate::{Actor, Admin, AdminError};

/// An operator.
#[derive(Serialize, ToSchema)]
pub(crate) struct OperatorItem {
    /// The name.
    name: String,
    /// The role.
    role: RoleName,
    /// When they were created.
    created_at: String,
    /// Since when they may not sign in, if so.
    disabled_at: Option<String>,
    /// When they last signed in.
    last_sign_in_at: Option<String>,
}

/// An operator to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOperator {
    /// 1 to 64 letters, digits, `-`, `_` or `.`.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9._-]+$")]
    name: String,
    /// The role.
    role: RoleName,
}

/// What changes of an operator; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperatorChange {
    /// The role.
    #[serde(default)]
    role: Option<RoleName>,
    /// Whether they may not sign in.
    #[serde(default)]
    disabled: Option<bool>,
}

/// An operator with the password of the first sign-in.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedOperator {
    /// The operator.
    operator: OperatorItem,
    /// Shown once, and to be changed at the first sign-in.
    one_time_password: String,
}

/// A password for the next sign-in.
#[derive(Serialize, ToSchema)]
pub(crate) struct ResetPassword {
    /// Shown once, and to be changed at the next sign-in.
    one_time_password: String,
}

impl From<Operator> for OperatorItem {
    fn from(operator: Operator) -> Self {
        Self {
            name: operator.name,
            role: operator.role.into(),
            created_at: operator.created_at.to_rfc3339(),
            disabled_at: operator.disabled_at.map(vultus_types::Timestamp::to_rfc3339),
            last_sign_in_at: operator.last_sign_in_at.map(vultus_types::Timestamp::to_rfc3339),
        }
    }
}

/// All operators, by name.
#[utoipa::path(get, path = "/operators", operation_id = "list_operators", tag = "operators",
    responses((status = 200, body = Page<OperatorItem>)))]
pub(crate) async fn list(
    State(admin): State<Admin>,
    actor: Actor,
) -> Result<Json<Page<OperatorItem>>, AdminError> {
    actor.require(Access::Operators)?;
    let operators = admin.administration.operators().list().await?;
    Ok(Json(Page::whole(operators.into_iter().map(OperatorItem::from).collect())))
}

/// Create an operator.
#[utoipa::path(post, path = "/operators", operation_id = "create_operator", tag = "operators",
    request_body = NewOperator, responses((status = 201, body = CreatedOperator)))]
pub(crate) async fn create(
    State(admin): State<Admin>,
    actor: Actor,
    Input(NewOperator { name, role }): Input<NewOperator>,
) -> Result<(StatusCode, Json<CreatedOperator>), AdminError> {
    let work = async { Ok(admin.administration.operators().create(&name, role.into()).await?) };
    let created = actor.perform(Action::CreateOperator, Subject::target(&name), work).await?;
    let OneTimePassword { operator, password } = created;
    Ok((
        StatusCode::CREATED,
        Json(CreatedOperator { operator: operator.into(), one_time_password: password }),
    ))
}

/// Change an operator's role, or disable or enable them.
#[utoipa::path(patch, path = "/operators/{name}", operation_id = "update_operator", tag = "operators",
    params(("name" = String, Path)), request_body = OperatorChange,
    responses((status = 200, body = OperatorItem)))]
pub(crate) async fn update(
    State(admin): State<Admin>,
    actor: Actor,
    Named(name): Named<String>,
    Input(OperatorChange { role, disabled }): Input<OperatorChange>,
) -> Result<Json<OperatorItem>, AdminError> {
    let operators = admin.administration.operators();
    let work = async { Ok(operators.update(&name, role.map(Into::into), disabled).await?) };
    let operator = actor.perform(Action::UpdateOperator, Subject::target(&name), work).await?;
    Ok(Json(operator.into()))
}

/// Give an operator a one-time password. Their sessions end.
#[utoipa::path(post, path = "/operators/{name}/reset-password", operation_id = "reset_password",
    tag = "operators", params(("name" = String, Path)), responses((status = 200, body = ResetPassword)))]
pub(crate) async fn reset_password(
    State(admin): State<Admin>,
    actor: Actor,
    Named(name): Named<String>,
) -> Result<Json<ResetPassword>, AdminError> {
    let work = async { Ok(admin.administration.operators().reset_password(&name).await?) };
    let reset = actor.perform(Action::ResetPassword, Subject::target(&name), work).await?;
    Ok(Json(ResetPassword { one_time_password: reset.password }))
}

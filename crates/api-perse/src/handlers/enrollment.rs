//! `/v0/face/enrollment`: users and their faces.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_service::{ConsentOperation, EnrolUserCommand, EnrolUserOutcome, Permit, UserToken};
use vultus_types::StageTimings;

use crate::error::Fault;
use crate::openapi::{Photo, PhotoOfUser, PhotoText, PhotoTextOfUser};
use crate::wire::{OK, Seconds};
use crate::{Call, Reply, fields, quirks};

/// A user was enrolled.
#[derive(Serialize, ToSchema)]
struct Enrolled {
    /// The user's name from now on.
    #[schema(format = "uuid")]
    user_token: String,
    time_taken: Seconds,
    status: u16,
}

/// Every user.
#[derive(Serialize, ToSchema)]
#[schema(as = UserList)]
struct List {
    user_tokens: Vec<String>,
    total_users: usize,
    time_taken: Seconds,
    status: u16,
}

/// A user was removed.
#[derive(Serialize, ToSchema)]
struct Deleted {
    time_taken: Seconds,
    status: u16,
}

/// Enrols the largest face of a photo as a new user.
#[utoipa::path(
    post,
    path = "/v0/face/enrollment",
    operation_id = "enroll",
    tag = "users",
    request_body(content((Photo = "multipart/form-data"), (PhotoText = "application/json"))),
    responses((status = 200, description = "The new user", body = Enrolled,
        example = json!({"user_token": "3f2c9a52-6f0e-4c8c-9a0f-0d1b2a3c4d5e", "time_taken": 0.112_034, "status": 200})))
)]
pub(crate) async fn create(call: Call, permit: Permit) -> Result<Reply, Fault> {
    let consent = fields::consent(&call)?;
    let photo = fields::photo(&call, "image_file")?;
    let service = call.service();
    let token = service.new_user_token()?;
    let subject = token.to_string();
    service.record_consent(call.caller, ConsentOperation::Enrol, Some(&subject), consent).await?;
    let command = EnrolUserCommand { token, photo, limits: quirks::LIMITS };
    enrolled(token, service.enrol_user(call.caller, permit, command).await?)
}

/// Puts the largest face of a photo in the place of a user's.
#[utoipa::path(
    put,
    path = "/v0/face/enrollment",
    operation_id = "replace",
    tag = "users",
    request_body(content((PhotoOfUser = "multipart/form-data"), (PhotoTextOfUser = "application/json"))),
    responses((status = 200, description = "The same user", body = Enrolled,
        example = json!({"user_token": "3f2c9a52-6f0e-4c8c-9a0f-0d1b2a3c4d5e", "time_taken": 0.112_034, "status": 200})))
)]
pub(crate) async fn replace(call: Call, permit: Permit) -> Result<Reply, Fault> {
    let consent = fields::consent(&call)?;
    let token = fields::user_token(&call)?;
    let photo = fields::photo(&call, "image_file")?;
    let service = call.service();
    service.require_user(call.caller, token).await?;
    let subject = token.to_string();
    service.record_consent(call.caller, ConsentOperation::Replace, Some(&subject), consent).await?;
    let command = EnrolUserCommand { token, photo, limits: quirks::LIMITS };
    enrolled(token, service.replace_user(call.caller, permit, command).await?)
}

/// Every user.
#[utoipa::path(
    get,
    path = "/v0/face/enrollment/list",
    operation_id = "list",
    tag = "users",
    responses((status = 200, description = "Every user", body = List,
        example = json!({"user_tokens": ["3f2c9a52-6f0e-4c8c-9a0f-0d1b2a3c4d5e"], "total_users": 1, "time_taken": 0.0, "status": 200})))
)]
pub(crate) async fn list(call: Call) -> Result<Reply, Fault> {
    let users = call.service().users(call.caller).await?;
    let user_tokens: Vec<String> = users.iter().map(UserToken::to_string).collect();
    let total_users = user_tokens.len();
    Ok(Reply::new(List { user_tokens, total_users, time_taken: Seconds::default(), status: OK }))
}

/// Removes a user.
#[utoipa::path(
    delete,
    path = "/v0/face/enrollment/{user_token}",
    operation_id = "remove",
    tag = "users",
    params(("user_token" = String, Path, description = "The user", format = "uuid")),
    responses((status = 200, description = "The user is gone", body = Deleted,
        example = json!({"time_taken": 0.0, "status": 200})))
)]
pub(crate) async fn delete(call: Call) -> Result<Reply, Fault> {
    let token = call.part("user_token").and_then(UserToken::parse).ok_or(Fault::UnknownUser)?;
    call.service().remove_user(call.caller, token).await?;
    Ok(Reply::new(Deleted { time_taken: Seconds::default(), status: OK }))
}

fn enrolled(token: UserToken, outcome: EnrolUserOutcome) -> Result<Reply, Fault> {
    let timings: StageTimings = match outcome {
        EnrolUserOutcome::Enrolled(timings) => timings,
        EnrolUserOutcome::Underexposed => return Err(Fault::Underexposed),
        EnrolUserOutcome::Overexposed => return Err(Fault::Overexposed),
    };
    let answer = Enrolled { user_token: token.to_string(), time_taken: timings.into(), status: OK };
    Ok(Reply::of_faces(answer, 1, timings))
}

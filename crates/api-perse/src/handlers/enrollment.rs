//! `/v0/face/enrollment`: users and their faces.

use serde::Serialize;
use vultus_service::{ConsentOperation, EnrolUserCommand, EnrolUserOutcome, Permit, UserToken};
use vultus_types::StageTimings;

use crate::error::Fault;
use crate::wire::{OK, Seconds};
use crate::{Call, Reply, fields, quirks};

#[derive(Serialize)]
struct Enrolled {
    user_token: String,
    time_taken: Seconds,
    status: u16,
}

#[derive(Serialize)]
struct List {
    user_tokens: Vec<String>,
    total_users: usize,
    time_taken: Seconds,
    status: u16,
}

#[derive(Serialize)]
struct Deleted {
    time_taken: Seconds,
    status: u16,
}

/// `POST`: enrols the largest face of a photo as a new user.
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

/// `PUT`: puts the largest face of a photo in the place of a user's.
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

/// `GET …/list`: every user.
pub(crate) async fn list(call: Call) -> Result<Reply, Fault> {
    let users = call.service().users(call.caller).await?;
    let user_tokens: Vec<String> = users.iter().map(UserToken::to_string).collect();
    let total_users = user_tokens.len();
    Ok(Reply::new(List { user_tokens, total_users, time_taken: Seconds::default(), status: OK }))
}

/// `DELETE …/{user_token}`: removes a user.
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

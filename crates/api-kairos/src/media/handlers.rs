//! The endpoints of v2.

use std::time::Duration;

use axum::http::StatusCode;
use vultus_http::Reply;
use vultus_service::{MediaCommand, MediaPlace, MediaProgress, MediaReport};
use vultus_types::MediaId;

use super::error::MediaFault;
use super::openapi::{Analyzed, Shown, Upload};
use super::wire::{Analytics, Deleted, State};
use super::{Call, quirks, written};
use crate::error::Fault;

/// Takes an image or a video over and waits for its result for a while.
///
/// Where the result takes longer than `timeout`, the answer has status 202 and the id to ask for it.
#[utoipa::path(
    post,
    path = "/v2/media",
    operation_id = "create_media",
    tag = "media",
    params(
        ("source" = Option<String>, Query, description = "The address of the medium, instead of a file",
            example = "https://media.kairos.com/test.png"),
        ("landmarks" = Option<u8>, Query,
            description = "1: the points of faces are told", minimum = 0, maximum = 1),
        ("timeout" = Option<f64>, Query,
            description = "Seconds to wait, 10 by default and 60 at most", minimum = 0)
    ),
    request_body(content = Option<Upload>, content_type = "multipart/form-data"),
    responses((status = 200, description = "The answer, or an error", body = Shown),
        (status = 202, description = "It is being worked on", body = State))
)]
pub(super) async fn create(call: Call, place: MediaPlace) -> Result<Reply, MediaFault> {
    let patience = patience(&call)?;
    let wants_points = call.params.flag("landmarks")?.unwrap_or(false);
    let source = call.params.photo(&["source"])?.ok_or(MediaFault::MissingSource)?;
    let file = source.load(&call.state.0.media_fetcher).await?.bytes;
    let command = MediaCommand { file, wants_points };
    let id = call.service().add_media(call.caller, place, command).await?;
    let report = call.service().await_media(call.caller, id, patience).await?;
    let Some(report) = report else { return Err(MediaFault::NotFound(id.to_string())) };
    if report.progress.is_ended() {
        return result(&call, report).await;
    }
    Ok(Reply::new(State::of(id.to_string(), quirks::PROCESSING)).with_status(StatusCode::ACCEPTED))
}

/// The result of a medium, or how far it is.
#[utoipa::path(
    get,
    path = "/v2/media/{id}",
    operation_id = "media",
    tag = "media",
    params(("id" = String, Path, description = "The id of the medium")),
    responses((status = 200, description = "The answer, or an error", body = Shown))
)]
pub(super) async fn show(call: Call) -> Result<Reply, MediaFault> {
    let report = found(&call).await?;
    result(&call, report).await
}

/// Removes a medium and what was found in it.
#[utoipa::path(
    delete,
    path = "/v2/media/{id}",
    operation_id = "remove_media",
    tag = "media",
    params(("id" = String, Path, description = "The id of the medium")),
    responses((status = 200, description = "The answer, or an error", body = Deleted))
)]
pub(super) async fn remove(call: Call) -> Result<Reply, MediaFault> {
    let id = media_id(&call).map_err(|_| MediaFault::NotRemoved)?;
    if !call.service().remove_media(call.caller, id).await? {
        return Err(MediaFault::NotRemoved);
    }
    Ok(Reply::new(Deleted::new(id)))
}

/// What was found over the whole of a medium, person by person.
#[utoipa::path(
    get,
    path = "/v2/analytics/{id}",
    operation_id = "analytics",
    tag = "media",
    params(("id" = String, Path, description = "The id of the medium")),
    responses((status = 200, description = "The answer, or an error", body = Analyzed))
)]
pub(super) async fn analytics(call: Call) -> Result<Reply, MediaFault> {
    let report = found(&call).await?;
    let id = report.id;
    match report.progress {
        MediaProgress::Complete(summary) => Ok(Reply::new(Analytics::new(id, &summary))),
        progress => unfinished(id, &progress),
    }
}

/// The whole result of a medium that is done; of another, how far it is or why there is none.
async fn result(call: &Call, report: MediaReport) -> Result<Reply, MediaFault> {
    let id = report.id;
    match report.progress {
        MediaProgress::Complete(summary) => {
            let (service, started_at) = (call.state.0.service.clone(), report.started_at.unwrap_or_default());
            written::result(service, id, started_at, summary).await
        }
        progress => unfinished(id, &progress),
    }
}

fn unfinished(id: MediaId, progress: &MediaProgress) -> Result<Reply, MediaFault> {
    match progress {
        MediaProgress::Waiting => Ok(Reply::new(State::of(id.to_string(), quirks::IN_PROGRESS))),
        MediaProgress::Failed(failure) => Err(MediaFault::of_failure(id.to_string(), *failure)),
        MediaProgress::Running | MediaProgress::Complete(_) => {
            Ok(Reply::new(State::of(id.to_string(), quirks::PROCESSING)))
        }
    }
}

async fn found(call: &Call) -> Result<MediaReport, MediaFault> {
    let id = media_id(call)?;
    let report = call.service().media(call.caller, id).await?;
    report.ok_or_else(|| MediaFault::NotFound(id.to_string()))
}

/// The id in the path; text that is no id is that of no medium.
fn media_id(call: &Call) -> Result<MediaId, MediaFault> {
    let text = call.part("id").unwrap_or_default();
    text.parse().map_err(|_| MediaFault::NotFound(text.to_owned()))
}

/// `timeout`, in seconds; more than the most is the most.
fn patience(call: &Call) -> Result<Duration, MediaFault> {
    match call.params.number("timeout")? {
        None => Ok(quirks::DEFAULT_TIMEOUT),
        Some(seconds) if seconds >= 0.0 => {
            Ok(Duration::from_secs_f64(seconds.min(quirks::LONGEST_TIMEOUT.as_secs_f64())))
        }
        Some(_) => Err(Fault::InvalidParameter.into()),
    }
}

//! Images and videos: handed in, and looked at when they are analysed.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use vultus_service::{
    Action, Caller, ErrorKind, MediaCommand, MediaFrame, MediaProgress, MediaReport, Service, ServiceError,
};
use vultus_types::{MediaId, Timestamp};

use super::form::Form;
use super::unknown_cursor;
use super::visit::Visit;
use super::wire::forms::MediaForm;
use super::wire::media::{Frame, Medium, MediumFrames, MediumRow, MediumState};
use crate::AdminError;
use crate::input::Asked;
use crate::page::{Page, PageQuery};

/// The account's media, latest first.
#[utoipa::path(get, path = "/accounts/{a}/media", operation_id = "list_media", tag = "media",
    params(("a" = String, Path, description = "The account's name"), PageQuery),
    responses((status = 200, body = Page<MediumRow>)))]
pub(crate) async fn list(
    visit: Visit,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Page<MediumRow>>, AdminError> {
    let caller = visit.caller().await?;
    let limit = page.limit()?;
    let before = page.cursor.as_deref().map(|text| place(text).ok_or_else(unknown_cursor)).transpose()?;
    let mut media = visit.service().list_media(caller, before, limit + 1).await?;
    let has_more = media.len() > limit as usize;
    media.truncate(limit as usize);
    let next = media.last().filter(|_| has_more).map(|last| format!("{}-{}", last.created_at.0, last.id));
    Ok(Json(Page { items: media.iter().map(MediumRow::from).collect(), next }))
}

/// Where a page begins.
fn place(cursor: &str) -> Option<(Timestamp, MediaId)> {
    let (at, id) = cursor.rsplit_once('-')?;
    Some((Timestamp(at.parse().ok()?), id.parse().ok()?))
}

/// Hand in an image or a video, to be analysed. A place for it is taken before its body is read.
#[utoipa::path(post, path = "/accounts/{a}/media", operation_id = "create_media", tag = "media",
    params(("a" = String, Path, description = "The account's name")),
    request_body(content = MediaForm, content_type = "multipart/form-data"),
    responses((status = 202, body = MediumState)))]
pub(crate) async fn create(
    visit: Visit,
    request: Request,
) -> Result<(StatusCode, Json<MediumState>), AdminError> {
    let create = async {
        let caller = visit.caller().await?;
        let place = visit.service().admit_media()?;
        let form = Form::of_media(request).await?;
        let wants_points = form.flag("landmarks")?.unwrap_or(false);
        let command = MediaCommand { file: form.file("file")?, wants_points };
        Ok(visit.service().add_media(caller, place, command).await?)
    };
    let id = visit.perform(Action::CreateMedia, "", create).await?;
    Ok((StatusCode::ACCEPTED, Json(MediumState { id: id.to_string(), state: "waiting" })))
}

/// An image or a video, with what was found over all.
#[utoipa::path(get, path = "/accounts/{a}/media/{id}", operation_id = "show_media", tag = "media",
    params(("a" = String, Path, description = "The account's name"), ("id" = String, Path, description = "The medium")),
    responses((status = 200, body = Medium)))]
pub(crate) async fn show(visit: Visit) -> Result<Json<Medium>, AdminError> {
    let caller = visit.caller().await?;
    Ok(Json(Medium::from(&found(&visit, caller).await?)))
}

/// The frames of an image or a video that is analysed.
#[utoipa::path(get, path = "/accounts/{a}/media/{id}/frames", operation_id = "show_media_frames", tag = "media",
    params(("a" = String, Path, description = "The account's name"), ("id" = String, Path, description = "The medium")),
    responses((status = 200, body = MediumFrames)))]
pub(crate) async fn frames(visit: Visit) -> Result<Response, AdminError> {
    let begin = async {
        let caller = visit.caller().await?;
        let report = found(&visit, caller).await?;
        let MediaProgress::Complete(summary) = report.progress else {
            return Err(AdminError::conflict("the analysis is not complete"));
        };
        let service = Arc::clone(visit.service());
        let first = service.media_frames(report.id, 0).await?.unwrap_or_default();
        let begun = Some((MediumFrames::beginning(&summary.info), first));
        Ok(Written { service, id: report.id, left: summary.frames, begun, next: 1, is_done: false })
    };
    let written = visit.perform(Action::ViewMedia, visit.part("id"), begin).await?;
    // Those of a long video never are in memory as a whole.
    let chunks = futures::stream::try_unfold(written, |mut written| async move {
        let chunk = written.read().await?;
        Ok::<_, ServiceError>(chunk.map(|chunk| (Bytes::from(chunk), written)))
    });
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Ok((json, Body::from_stream(chunks)).into_response())
}

/// Delete an image or a video with what was found in it.
#[utoipa::path(delete, path = "/accounts/{a}/media/{id}", operation_id = "delete_media", tag = "media",
    params(("a" = String, Path, description = "The account's name"), ("id" = String, Path, description = "The medium")),
    responses((status = 204)))]
pub(crate) async fn remove(visit: Visit) -> Result<StatusCode, AdminError> {
    let remove = async {
        let caller = visit.caller().await?;
        let is_removed = visit.service().remove_media(caller, id(&visit)?).await?;
        is_removed.then_some(()).ok_or_else(missing)
    };
    visit.perform(Action::DeleteMedia, visit.part("id"), remove).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn found(visit: &Visit, caller: Caller) -> Result<MediaReport, AdminError> {
    visit.service().media(caller, id(visit)?).await?.ok_or_else(missing)
}

/// The id in the path; text that is no id is that of no medium.
fn id(visit: &Visit) -> Result<MediaId, AdminError> {
    visit.part("id").parse().map_err(|_| missing())
}

fn missing() -> AdminError {
    AdminError::not_found("no such image or video")
}

/// An answer with frames, as far as it is written.
struct Written {
    service: Arc<Service>,
    id: MediaId,
    /// How many frames are to come.
    left: u64,
    /// The beginning of the text, and what was read before the answer began, so that a store that does not answer is
    /// told properly.
    begun: Option<(String, Vec<MediaFrame>)>,
    /// The next part of the frames.
    next: u32,
    is_done: bool,
}

impl Written {
    /// The next piece of the text; nothing after its end.
    async fn read(&mut self) -> Result<Option<String>, ServiceError> {
        if self.is_done {
            return Ok(None);
        }
        if let Some((mut text, frames)) = self.begun.take() {
            text.push_str(&self.write(&frames)?);
            return Ok(Some(text));
        }
        let frames = self.service.media_frames(self.id, self.next).await?;
        self.next += 1;
        match frames {
            Some(frames) => Ok(Some(format!(",{}", self.write(&frames)?))),
            // It was removed meanwhile: half an answer must not look like a whole one.
            None if self.left > 0 => Err(ErrorKind::Internal.into()),
            None => {
                self.is_done = true;
                Ok(Some("]}".to_owned()))
            }
        }
    }

    /// Frames with commas between them.
    fn write(&mut self, frames: &[MediaFrame]) -> Result<String, ServiceError> {
        self.left = self.left.saturating_sub(frames.len() as u64);
        let written: Result<Vec<String>, serde_json::Error> =
            frames.iter().map(|frame| serde_json::to_string(&Frame::from(frame))).collect();
        Ok(written?.join(","))
    }
}

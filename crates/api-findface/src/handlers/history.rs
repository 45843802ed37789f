//! `/history/search` and `/person/history/id/{id}`: what the cameras saw, newest first. An answer may be as long as
//! the history, so it is written as it is read.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use vultus_http::Pieces;
use vultus_service::{EnrolledFace, History, HistoryFilter, HistoryQuery, ServiceError};
use vultus_types::{FaceId, PersonId};

use crate::error::Fault;
use crate::openapi::{CameraKey, Events, HistorySearch, Visits};
use crate::wire::{FaceBox, photo_hash};
use crate::{Call, Reply, fields, quirks, times};

/// An event as `/history/search` tells it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Event {
    friend: bool,
    meta: String,
    photo_hash: String,
    #[schema(value_type = CameraKey)]
    cam_id: Value,
    #[schema(required = true)]
    person_id: Option<u64>,
    /// UTC, without saying so.
    #[schema(pattern = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$")]
    timestamp: String,
    photo: String,
    id: u64,
    #[serde(flatten)]
    bounds: FaceBox,
}

/// An event as the history of a person tells it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Visit {
    #[schema(required = true)]
    person_id: Option<u64>,
    face_id: u64,
    #[schema(value_type = CameraKey)]
    cam_id: Value,
    meta: String,
    screenshot: String,
    /// UTC, without saying so.
    #[schema(pattern = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$")]
    timestamp: String,
}

/// How an event is told.
type Tell = fn(EnrolledFace) -> Option<String>;
/// What the cameras saw, newest first.
#[utoipa::path(
    method(get, post),
    path = "/history/search",
    operation_id = "search_history",
    tag = "history",
    params(
        ("person_id" = Option<u64>, Query, description = "Only events of this person", minimum = 1),
        ("friend" = Option<bool>, Query, description = "true: only of regular guests; false: only of others"),
        ("limit" = Option<u64>, Query, description = "Events on a page, 0 (by default) for all"),
        ("max_id" = Option<u64>, Query,
            description = "The page begins at the newest event with at most this id"),
        ("cam_ids" = Option<String>, Query,
            description = "A list of cameras, with commas: only events of these"),
        ("start" = Option<String>, Query, description = "No event before it", format = "date-time"),
        ("end" = Option<String>, Query, description = "No event after it", format = "date-time")
    ),
    request_body(content(
        (HistorySearch = "application/json"),
        (HistorySearch = "multipart/form-data"),
        (HistorySearch = "application/x-www-form-urlencoded")
    )),
    responses((status = 200, description = "The events", body = Events))
)]
pub(crate) async fn search(call: Call) -> Result<Reply, Fault> {
    let person = fields::person(&call.params)?;
    let filter =
        HistoryFilter { person, is_friend: fields::optional_flag(&call.params, "friend")?, ..filter(&call)? };
    let limit = fields::whole_number(&call.params, "limit")?.filter(|&limit| limit > 0);
    let max_id = fields::face_bound(&call.params, "max_id")?;
    let link = Link { address: call.address.clone(), filter: filter.clone(), limit };
    let query = HistoryQuery { filter, max_id, limit };
    let history = call.state.service.history(call.caller, query);
    written(history, event, Some(link)).await
}
/// Where and when a person was seen, newest first.
#[utoipa::path(
    get,
    path = "/person/history/id/{id}",
    operation_id = "history_of_person",
    tag = "history",
    params(
        ("id" = u64, Path, description = "The person", minimum = 1),
        ("cam_ids" = Option<String>, Query,
            description = "A list of cameras, with commas: only events of these"),
        ("start" = Option<String>, Query, description = "No event before it", format = "date-time"),
        ("end" = Option<String>, Query, description = "No event after it", format = "date-time")
    ),
    responses((status = 200, description = "The events", body = Visits))
)]
pub(crate) async fn of_person(call: Call) -> Result<Reply, Fault> {
    let person = fields::person_id(&call)?;
    call.service().person(call.caller, person).await?;
    let filter = HistoryFilter { person: Some(person), ..filter(&call)? };
    let history = call.state.service.history(call.caller, HistoryQuery { filter, ..HistoryQuery::default() });
    written(history, visit, None).await
}

/// `cam_ids`, `start` and `end`.
fn filter(call: &Call) -> Result<HistoryFilter, Fault> {
    Ok(HistoryFilter {
        cameras: fields::cameras(&call.params)?,
        start: fields::time(&call.params, "start")?,
        end: fields::time(&call.params, "end")?,
        ..HistoryFilter::default()
    })
}

fn event(EnrolledFace { face, person, event, .. }: EnrolledFace) -> Option<String> {
    let seen = event?;
    let bounds = (&face.bounds).into();
    let told = Event {
        friend: seen.is_friend,
        photo_hash: photo_hash(&face),
        cam_id: quirks::camera_value(seen.camera),
        person_id: person.map(PersonId::get),
        timestamp: times::write(seen.occurred_at),
        id: face.id.get(),
        meta: face.subject,
        photo: face.photo_url.unwrap_or_default(),
        bounds,
    };
    serde_json::to_string(&told).ok()
}

fn visit(EnrolledFace { face, person, event, .. }: EnrolledFace) -> Option<String> {
    let seen = event?;
    let told = Visit {
        person_id: person.map(PersonId::get),
        face_id: face.id.get(),
        cam_id: quirks::camera_value(seen.camera),
        meta: face.subject,
        screenshot: face.photo_url.unwrap_or_default(),
        timestamp: times::write(seen.occurred_at),
    };
    serde_json::to_string(&told).ok()
}

/// What the address of the next page is made of: the search, so that it goes on however it is followed.
struct Link {
    address: String,
    filter: HistoryFilter,
    limit: Option<u64>,
}

impl Link {
    fn to(&self, next: FaceId) -> String {
        let HistoryFilter { person, cameras, start, end, is_friend } = &self.filter;
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("max_id", &next.to_string());
        let mut add = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                query.append_pair(name, &value);
            }
        };
        add("limit", self.limit.map(|limit| limit.to_string()));
        add("person_id", person.map(|person| person.to_string()));
        let cameras = cameras.as_ref().map(|cameras| {
            let values: Vec<Value> = cameras.iter().map(|&camera| quirks::camera_value(camera)).collect();
            Value::from(values).to_string()
        });
        add("cam_ids", cameras);
        add("start", start.map(times::write));
        add("end", end.map(times::write));
        add("friend", is_friend.map(|is_friend| is_friend.to_string()));
        format!("{}?{}", self.address, query.finish())
    }
}

/// The answer, as far as it is written.
struct Written {
    history: History,
    tell: Tell,
    link: Option<Link>,
    /// What was read before the answer began, so that a store that does not answer is told properly.
    first: Option<Vec<EnrolledFace>>,
    begun: bool,
    is_done: bool,
}

async fn written(mut history: History, tell: Tell, link: Option<Link>) -> Result<Reply, Fault> {
    let first = history.read().await?;
    let written = Written { history, tell, link, first, begun: false, is_done: false };
    Ok(Reply::of_pieces(written))
}

impl Pieces for Written {
    async fn next(&mut self) -> Result<Option<String>, ServiceError> {
        if self.is_done {
            return Ok(None);
        }
        let mut text = String::new();
        let page = match self.first.take() {
            Some(page) => Some(page),
            None => self.history.read().await?,
        };
        if !self.begun {
            text.push_str(r#"{"results":["#);
        }
        if let Some(page) = page {
            for told in page.into_iter().filter_map(self.tell) {
                if self.begun {
                    text.push(',');
                }
                self.begun = true;
                text.push_str(&told);
            }
        } else {
            self.is_done = true;
            text.push(']');
            let next = self.link.as_ref().zip(self.history.next()).map(|(link, next)| link.to(next));
            if let Some(next) = next {
                text.push_str(r#","next_page":"#);
                text.push_str(&Value::from(next).to_string());
            }
            text.push('}');
        }
        Ok(Some(text))
    }
}

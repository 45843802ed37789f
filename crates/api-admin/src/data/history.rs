//! What cameras saw: events and persons.

use axum::Json;
use serde::Deserialize;
use utoipa::IntoParams;
use vultus_service::{Action, HistoryFilter, HistoryQuery};
use vultus_types::{FaceId, PersonId, Timestamp};

use super::unknown_cursor;
use super::visit::Visit;
use super::wire::faces::{Event, Person};
use crate::AdminError;
use crate::input::Asked;
use crate::page::{Page, PageQuery};

/// Which events.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// Of this person.
    person: Option<String>,
    /// Of this camera.
    camera: Option<String>,
    /// Not before this moment, as RFC 3339.
    from: Option<String>,
    /// Not after this moment.
    to: Option<String>,
    /// Of friends (`true`), or of others (`false`).
    friend: Option<bool>,
    /// Where the page begins: what the one before gave as `next`.
    cursor: Option<String>,
    /// Items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

impl EventsQuery {
    fn filter(&self) -> Result<HistoryFilter, AdminError> {
        let person = given(self.person.as_deref(), "person", person_id)?;
        let camera = given(self.camera.as_deref(), "camera", |text| text.parse().ok())?;
        Ok(HistoryFilter {
            person,
            cameras: camera.map(|camera| vec![camera]),
            start: given(self.from.as_deref(), "from", Timestamp::from_rfc3339)?,
            end: given(self.to.as_deref(), "to", Timestamp::from_rfc3339)?,
            is_friend: self.friend,
        })
    }
}

/// What a text that is given and not empty says.
fn given<T>(
    text: Option<&str>,
    field: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, AdminError> {
    let text = text.filter(|text| !text.is_empty());
    let unusable = || AdminError::invalid(field, "a field has an unusable value");
    text.map(|text| read(text).ok_or_else(unusable)).transpose()
}

/// What cameras saw, newest first.
#[utoipa::path(get, path = "/accounts/{a}/events", operation_id = "list_events", tag = "cameras",
    params(("a" = String, Path, description = "The account's name"), EventsQuery),
    responses((status = 200, body = Page<Event>)))]
pub(crate) async fn events(
    visit: Visit,
    Asked(asked): Asked<EventsQuery>,
) -> Result<Json<Page<Event>>, AdminError> {
    let target = asked.person.clone().unwrap_or_default();
    let read = async {
        let caller = visit.caller().await?;
        let filter = asked.filter()?;
        let page = PageQuery { cursor: asked.cursor, limit: asked.limit };
        let max_id =
            page.number()?.map(|number| FaceId::new(number).ok_or_else(unknown_cursor)).transpose()?;
        let query = HistoryQuery { filter, max_id, limit: Some(page.limit()?.into()) };
        let mut history = visit.service().history(caller, query);
        let mut items = Vec::new();
        while let Some(events) = history.read().await? {
            items.extend(events.into_iter().filter_map(Event::of));
        }
        Ok(Page { items, next: history.next().map(|id| id.to_string()) })
    };
    visit.perform(Action::ViewHistory, target, read).await.map(Json)
}

/// The persons whom cameras saw, by number.
#[utoipa::path(get, path = "/accounts/{a}/persons", operation_id = "list_persons", tag = "cameras",
    params(("a" = String, Path, description = "The account's name"), PageQuery),
    responses((status = 200, body = Page<Person>)))]
pub(crate) async fn persons(
    visit: Visit,
    Asked(page): Asked<PageQuery>,
) -> Result<Json<Page<Person>>, AdminError> {
    let caller = visit.caller().await?;
    let limit = page.limit()?;
    let after = page.number()?.map(|number| PersonId::new(number).ok_or_else(unknown_cursor)).transpose()?;
    let mut persons = visit.service().persons(caller, after, limit + 1).await?;
    let has_more = persons.len() > limit as usize;
    persons.truncate(limit as usize);
    let next = persons.last().filter(|_| has_more).map(|last| last.id.to_string());
    let seen = visit.service().sightings(caller, persons).await?;
    Ok(Json(Page { items: seen.iter().map(Person::from).collect(), next }))
}

/// A person with the cameras that saw them.
#[utoipa::path(get, path = "/accounts/{a}/persons/{id}", operation_id = "show_person", tag = "cameras",
    params(("a" = String, Path, description = "The account's name"), ("id" = String, Path, description = "The person")),
    responses((status = 200, body = Person)))]
pub(crate) async fn person(visit: Visit) -> Result<Json<Person>, AdminError> {
    let missing = || AdminError::not_found("no such person");
    let read = async {
        let caller = visit.caller().await?;
        let id = person_id(visit.part("id")).ok_or_else(missing)?;
        let person = visit.service().person(caller, id).await?;
        let seen = visit.service().sightings(caller, vec![person]).await?;
        seen.first().map(Person::in_full).ok_or_else(missing)
    };
    visit.perform(Action::ViewHistory, visit.part("id"), read).await.map(Json)
}

fn person_id(text: &str) -> Option<PersonId> {
    text.parse().ok().and_then(PersonId::new)
}

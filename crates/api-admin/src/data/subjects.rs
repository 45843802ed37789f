//! Subjects of a gallery: searched, looked at, moved, merged, taken out.

use axum::Json;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use vultus_service::{Action, Caller, FaceListing, PageStart};
use vultus_types::FaceId;

use super::visit::Visit;
use super::wire::faces::{Face, Subject, SubjectRow};
use super::wire::forms::{MergeInto, MoveTo};
use super::{checked_name, unknown_cursor};
use crate::AdminError;
use crate::input::{Asked, Input};
use crate::page::{Page, PageQuery};

/// What a cursor begins with, so that the one after a subject without a name is not empty.
const AFTER: &str = "after:";

/// Which subjects.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SubjectsQuery {
    /// A part of the name, upper and lower case alike.
    q: Option<String>,
    /// Where the page begins: what the one before gave as `next`.
    cursor: Option<String>,
    /// Items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// The subjects of a gallery, by name.
#[utoipa::path(get, path = "/accounts/{a}/galleries/{g}/subjects", operation_id = "list_subjects", tag = "people",
    params(("a" = String, Path, description = "The account's name"), ("g" = String, Path, description = "The gallery"),
        SubjectsQuery),
    responses((status = 200, body = Page<SubjectRow>)))]
pub(crate) async fn list(
    visit: Visit,
    Asked(SubjectsQuery { q, cursor, limit }): Asked<SubjectsQuery>,
) -> Result<Json<Page<SubjectRow>>, AdminError> {
    let caller = visit.caller().await?;
    let limit = PageQuery { cursor: None, limit }.limit()?;
    let after =
        cursor.as_deref().map(|text| text.strip_prefix(AFTER).ok_or_else(unknown_cursor)).transpose()?;
    let part = q.as_deref().filter(|part| !part.is_empty());
    // One more than the page holds tells whether there is another.
    let mut page = visit.service().subject_page(caller, visit.part("g"), part, after, limit + 1).await?;
    let has_more = page.len() > limit as usize;
    page.truncate(limit as usize);
    let next = page.last().filter(|_| has_more).map(|last| format!("{AFTER}{}", last.name));
    Ok(Json(Page { items: page.into_iter().map(SubjectRow::from).collect(), next }))
}

/// A subject with a page of its faces.
#[utoipa::path(get, path = "/accounts/{a}/galleries/{g}/subjects/{s}", operation_id = "show_subject", tag = "people",
    params(("a" = String, Path, description = "The account's name"), ("g" = String, Path, description = "The gallery"),
        ("s" = String, Path, description = "The subject"), PageQuery),
    responses((status = 200, body = Subject)))]
pub(crate) async fn show(visit: Visit, Asked(page): Asked<PageQuery>) -> Result<Json<Subject>, AdminError> {
    let caller = visit.caller().await?;
    subject(&visit, caller, visit.part("s"), &page).await.map(Json)
}

/// Make a subject one with another of the gallery. The faces carry the other's name in all their galleries.
#[utoipa::path(post, path = "/accounts/{a}/galleries/{g}/subjects/{s}/merge", operation_id = "merge_subject",
    tag = "people",
    params(("a" = String, Path, description = "The account's name"), ("g" = String, Path, description = "The gallery"),
        ("s" = String, Path, description = "The subject")),
    request_body = MergeInto, responses((status = 200, body = Subject)))]
pub(crate) async fn merge(
    visit: Visit,
    Input(MergeInto { into }): Input<MergeInto>,
) -> Result<Json<Subject>, AdminError> {
    let merge = async {
        let caller = visit.caller().await?;
        visit.service().merge_subjects(caller, visit.part("g"), visit.part("s"), &into).await?;
        subject(&visit, caller, &into, &PageQuery::default()).await
    };
    visit.perform(Action::MergeSubject, format!("{} into {into}", visit.subject()), merge).await.map(Json)
}

/// Move a subject into another gallery, which is made where there is none.
#[utoipa::path(post, path = "/accounts/{a}/galleries/{g}/subjects/{s}/move", operation_id = "move_subject",
    tag = "people",
    params(("a" = String, Path, description = "The account's name"), ("g" = String, Path, description = "The gallery"),
        ("s" = String, Path, description = "The subject")),
    request_body = MoveTo, responses((status = 204)))]
pub(crate) async fn relocate(
    visit: Visit,
    Input(MoveTo { gallery }): Input<MoveTo>,
) -> Result<StatusCode, AdminError> {
    let to = checked_name(&gallery, "gallery")?;
    let relocate = async {
        let caller = visit.caller().await?;
        Ok(visit.service().move_subject(caller, visit.part("g"), visit.part("s"), &to).await?)
    };
    visit.perform(Action::MoveSubject, format!("{} to {to}", visit.subject()), relocate).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a subject out of the gallery. Faces that lie in no other are deleted.
#[utoipa::path(delete, path = "/accounts/{a}/galleries/{g}/subjects/{s}", operation_id = "delete_subject",
    tag = "people",
    params(("a" = String, Path, description = "The account's name"), ("g" = String, Path, description = "The gallery"),
        ("s" = String, Path, description = "The subject")),
    responses((status = 204)))]
pub(crate) async fn remove(visit: Visit) -> Result<StatusCode, AdminError> {
    let remove = async {
        let caller = visit.caller().await?;
        Ok(visit.service().remove_subject(caller, visit.part("g"), visit.part("s")).await?)
    };
    visit.perform(Action::DeleteSubject, visit.subject(), remove).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn subject(visit: &Visit, caller: Caller, name: &str, page: &PageQuery) -> Result<Subject, AdminError> {
    let gallery = visit.part("g");
    let start = match page.number()? {
        Some(number) => PageStart::At(FaceId::new(number).ok_or_else(unknown_cursor)?),
        None => PageStart::Newest,
    };
    let (gallery, name) = (gallery.to_owned(), name.to_owned());
    let listing = FaceListing {
        gallery: Some(gallery.clone()),
        subject: Some(name.clone()),
        start,
        limit: page.limit()?,
    };
    let listed = visit.service().list_faces(caller, &listing).await?;
    if listed.faces.is_empty() {
        return Err(AdminError::not_found("no such subject"));
    }
    let next = match listed.older {
        Some(PageStart::At(id)) => Some(id.to_string()),
        _ => None,
    };
    Ok(Subject { gallery, subject: name, faces: listed.faces.into_iter().map(Face::from).collect(), next })
}

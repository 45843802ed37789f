//! Who did what to whom.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vultus_service::{Access, Action, Administration, AuditFilter, AuditRecord, ServiceError, Subject};
use vultus_types::Timestamp;

use crate::input::Asked;
use crate::page::{Page, PageQuery};
use crate::wire::RoleName;
use crate::{Actor, Admin, AdminError};

/// Entries read at a time for an export.
const EXPORT_PAGE: u32 = 500;

/// Which entries are asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Those of this operator, or of `cli`.
    actor: Option<String>,
    /// Those of this action, such as `account.create`.
    action: Option<String>,
    /// Those about this account, by its name.
    account: Option<String>,
    /// Those at this moment or later: a time of RFC 3339, or a date.
    from: Option<String>,
    /// Those before this moment.
    to: Option<String>,
}

/// Which page is asked for. (Queries do not nest: the text is read twice.)
type AuditPage = PageQuery;

/// The form of an export.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// Values with commas under a heading, or one JSON object a line.
    #[param(inline)]
    format: Format,
}

/// The form of an export.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    Csv,
    Jsonl,
}

/// An entry of the log.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditItem {
    /// Its number. Numbers grow.
    id: u64,
    /// When.
    at: String,
    /// The operator's name, `cli`, or `unknown` where a sign-in failed under a name that nobody has.
    actor: String,
    /// The role they acted in.
    role: Option<RoleName>,
    /// What it was.
    action: String,
    /// The name of the account whose data it was about.
    account: Option<String>,
    /// The name or id of what it was done to.
    target: Option<String>,
    /// `ok`, or the kind of refusal or error.
    outcome: String,
    /// The network address it came from.
    address: Option<String>,
}

impl From<(u64, AuditRecord)> for AuditItem {
    fn from((id, record): (u64, AuditRecord)) -> Self {
        let AuditRecord { at, actor, role, action, account, target, outcome, address } = record;
        let (at, role) = (at.to_rfc3339(), role.map(RoleName::from));
        Self { id, at, actor, role, action, account, target, outcome, address }
    }
}

impl AuditQuery {
    fn filter(self) -> Result<AuditFilter, AdminError> {
        let moment = |text: Option<String>, field: &'static str| {
            let read = |text: String| {
                let wrong = || AdminError::invalid(field, "a time of RFC 3339 or a date is expected");
                Timestamp::from_rfc3339(&text).ok_or_else(wrong)
            };
            text.filter(|text| !text.is_empty()).map(read).transpose()
        };
        let said = |text: Option<String>| text.filter(|text| !text.is_empty());
        Ok(AuditFilter {
            actor: said(self.actor),
            action: said(self.action),
            account: said(self.account),
            from: moment(self.from, "from")?,
            to: moment(self.to, "to")?,
        })
    }
}

/// The audit log, newest first.
#[utoipa::path(get, path = "/audit", operation_id = "list_audit", tag = "audit",
    params(AuditQuery, AuditPage), responses((status = 200, body = Page<AuditItem>)))]
pub(crate) async fn list(
    State(admin): State<Admin>,
    actor: Actor,
    Asked(query): Asked<AuditQuery>,
    Asked(page): Asked<AuditPage>,
) -> Result<Json<Page<AuditItem>>, AdminError> {
    actor.require(Access::Audit)?;
    let (filter, limit) = (query.filter()?, page.limit()?);
    let found = admin.administration.audit().page(&filter, page.number()?, limit).await?;
    let is_full = found.len() == limit as usize;
    let next = found.last().filter(|_| is_full).map(|(id, _)| id.to_string());
    Ok(Json(Page { items: found.into_iter().map(AuditItem::from).collect(), next }))
}

/// The audit log as a file, newest first.
#[utoipa::path(get, path = "/audit/export", operation_id = "export_audit", tag = "audit",
    params(ExportQuery, AuditQuery),
    responses((status = 200, content((String = "text/csv"), (String = "application/jsonl")))))]
pub(crate) async fn export(
    State(admin): State<Admin>,
    actor: Actor,
    Asked(form): Asked<ExportQuery>,
    Asked(query): Asked<AuditQuery>,
) -> Result<Response, AdminError> {
    let filter = query.filter()?;
    actor.perform(Action::ExportAudit, Subject::default(), async { Ok(()) }).await?;
    let (content_type, file) = match form.format {
        Format::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"vultus-audit.csv\""),
        Format::Jsonl => ("application/jsonl", "attachment; filename=\"vultus-audit.jsonl\""),
    };
    let body = Body::from_stream(written(Arc::clone(&admin.administration), filter, form.format));
    Ok(([(header::CONTENT_TYPE, content_type), (header::CONTENT_DISPOSITION, file)], body).into_response())
}

/// The log, page after page, while it is sent.
fn written(
    administration: Arc<Administration>,
    filter: AuditFilter,
    format: Format,
) -> impl Stream<Item = Result<Bytes, ServiceError>> {
    let heading = match format {
        Format::Csv => stream::iter(Some(Ok(Bytes::from_static(HEADING.as_bytes())))),
        Format::Jsonl => stream::iter(None),
    };
    let pages = stream::try_unfold(Some(None), move |position: Option<Option<u64>>| {
        let (administration, filter) = (Arc::clone(&administration), filter.clone());
        async move {
            let Some(before) = position else { return Ok(None) };
            let found = administration.audit().page(&filter, before, EXPORT_PAGE).await?;
            let Some(&(last, _)) = found.last() else { return Ok(None) };
            let next = (found.len() == EXPORT_PAGE as usize).then_some(Some(last));
            let lines: String = found.into_iter().map(|entry| line(&entry.into(), format)).collect();
            Ok(Some((Bytes::from(lines), next)))
        }
    });
    heading.chain(pages)
}

const HEADING: &str = "id,at,actor,role,action,account,target,outcome,address\r\n";

fn line(item: &AuditItem, format: Format) -> String {
    match format {
        Format::Jsonl => serde_json::to_string(item).unwrap_or_default() + "\n",
        Format::Csv => {
            let role = item.role.map_or("", |role| vultus_service::Role::from(role).name());
            let text = |value: &Option<String>| cell(value.as_deref().unwrap_or_default());
            let cells = [
                item.id.to_string(),
                item.at.clone(),
                cell(&item.actor),
                role.to_owned(),
                cell(&item.action),
                text(&item.account),
                text(&item.target),
                cell(&item.outcome),
                text(&item.address),
            ];
            cells.join(",") + "\r\n"
        }
    }
}

/// A value in quotes. What a spreadsheet would take for a formula is given an apostrophe.
fn cell(value: &str) -> String {
    if value.is_empty() {
        return String::new();
    }
    let apostrophe = if value.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{apostrophe}{}\"", value.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_are_no_formulas() {
        assert_eq!(cell("a\"b,c"), "\"a\"\"b,c\"");
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell(""), "");
    }
}

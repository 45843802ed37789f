//! Accounts, their credentials and what they use.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vultus_service::{Access, AccountCount, AccountState, Action, IssuedCredentials, OutcomeClass, Subject};
use vultus_types::Timestamp;

use crate::input::{Asked, Input, Named, present};
use crate::page::Page;
use crate::{Actor, Admin, AdminError};

/// How long borrowed credentials work.
const BORROWED_FOR: Duration = Duration::from_hours(1);

/// The most days of usage that are asked for at once.
const MOST_DAYS: u16 = 366;

/// An account.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountItem {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// When it was created.
    created_at: String,
    /// Since when it may not be used, if so.
    disabled_at: Option<String>,
    /// How many liveness verifications it may have answered per month; `null` for any number.
    liveness_per_month: Option<u32>,
    /// How many were answered this month.
    liveness_used: u64,
    /// How many requests it may make per minute, at all servers together; `null` for any number.
    requests_per_minute: Option<u32>,
    /// Its faces, as of some seconds ago at most.
    faces: u64,
    /// Its requests of the last 30 days, this one among them.
    requests_30d: u64,
}

/// An account to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccount {
    /// 1 to 64 letters, digits, `-`, `_` or `.`.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9._-]+$")]
    name: String,
}

/// What changes of an account; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountChange {
    /// Whether it may not be used.
    #[serde(default)]
    disabled: Option<bool>,
    /// How many liveness verifications it may have answered per month; `null` for any number.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>)]
    liveness_per_month: Option<Option<u32>>,
    /// How many requests it may make per minute, at all servers together; `null` for any number.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1_000_000)]
    requests_per_minute: Option<Option<u32>>,
}

/// An account with new credentials.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountWithCredentials {
    /// The account.
    account: AccountItem,
    /// Its credentials, shown once.
    credentials: Credentials,
}

/// Credentials for an hour.
#[derive(Serialize, ToSchema)]
pub(crate) struct BorrowedCredentials {
    /// The credentials, shown once.
    credentials: Credentials,
    /// When they stop working.
    expires_at: String,
}

/// Credentials for every dialect.
#[derive(Serialize, ToSchema)]
pub(crate) struct Credentials {
    /// Kairos and Kairos IDV, header `app_id`.
    app_id: String,
    /// Kairos and Kairos IDV, header `app_key`.
    app_key: String,
    /// FindFace, header `Authorization: Token`.
    findface_token: String,
    /// Perse, traded for a token at login.
    perse_private_key: String,
    /// Perse, header `x-api-key`.
    perse_api_key: String,
    /// MachineSense, field `api_key`.
    machinesense_api_key: String,
}

/// How far back usage is asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsageQuery {
    /// How many days, this one among them.
    #[param(minimum = 1, maximum = 366, default = 30)]
    days: Option<u16>,
}

/// The requests of an account.
#[derive(Serialize, ToSchema)]
pub(crate) struct UsageAnswer {
    /// The days that had requests, in UTC, in their order.
    days: Vec<Day>,
}

/// The requests of a day.
#[derive(Serialize, ToSchema)]
pub(crate) struct Day {
    /// The date.
    #[schema(format = Date)]
    date: String,
    /// By dialect.
    dialects: BTreeMap<String, Outcomes>,
}

/// How requests ended.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct Outcomes {
    /// With an answer.
    ok: u64,
    /// With an error of the client's.
    client_error: u64,
    /// With an error of the server's.
    server_error: u64,
    /// Refused for want of room or quota.
    refused: u64,
}

impl From<AccountState> for AccountItem {
    fn from(state: AccountState) -> Self {
        let account = state.account;
        Self {
            id: account.id.to_string(),
            name: account.name,
            created_at: account.created_at.to_rfc3339(),
            disabled_at: account.disabled_at.map(Timestamp::to_rfc3339),
            liveness_per_month: account.liveness_per_month,
            liveness_used: state.liveness_used,
            requests_per_minute: account.requests_per_minute,
            faces: state.faces,
            requests_30d: state.requests,
        }
    }
}

impl From<IssuedCredentials> for Credentials {
    fn from(issued: IssuedCredentials) -> Self {
        Self {
            app_id: issued.kairos.app_id,
            app_key: issued.kairos.app_key,
            findface_token: issued.findface.token,
            perse_private_key: issued.perse.private_key,
            perse_api_key: issued.perse.api_key,
            machinesense_api_key: issued.machinesense.api_key,
        }
    }
}

/// All accounts, by name.
#[utoipa::path(get, path = "/accounts", operation_id = "list_accounts", tag = "accounts",
    responses((status = 200, body = Page<AccountItem>)))]
pub(crate) async fn list(
    State(admin): State<Admin>,
    actor: Actor,
) -> Result<Json<Page<AccountItem>>, AdminError> {
    actor.require(Access::Accounts)?;
    let accounts = admin.administration.accounts().await?;
    Ok(Json(Page::whole(accounts.into_iter().map(AccountItem::from).collect())))
}

/// Create an account.
#[utoipa::path(post, path = "/accounts", operation_id = "create_account", tag = "accounts",
    request_body = NewAccount, responses((status = 201, body = AccountWithCredentials)))]
pub(crate) async fn create(
    State(admin): State<Admin>,
    actor: Actor,
    Input(NewAccount { name }): Input<NewAccount>,
) -> Result<(StatusCode, Json<AccountWithCredentials>), AdminError> {
    let work = async { Ok(admin.administration.service().accounts().create(&name).await?) };
    let issued = actor.perform(Action::CreateAccount, Subject::account(&name), work).await?;
    Ok((StatusCode::CREATED, Json(with_account(&admin, &name, issued).await?)))
}

/// Replace every credential of an account; the old ones stop working at once.
#[utoipa::path(post, path = "/accounts/{a}/rotate", operation_id = "rotate_account", tag = "accounts",
    params(("a" = String, Path, description = "The account's name.")),
    responses((status = 200, body = AccountWithCredentials)))]
pub(crate) async fn rotate(
    State(admin): State<Admin>,
    actor: Actor,
    Named(name): Named<String>,
) -> Result<Json<AccountWithCredentials>, AdminError> {
    let work = async { Ok(admin.administration.service().accounts().rotate(&name).await?) };
    let issued = actor.perform(Action::RotateAccount, Subject::account(&name), work).await?;
    Ok(Json(with_account(&admin, &name, issued).await?))
}

/// Disable or enable an account, or change its limits.
#[utoipa::path(patch, path = "/accounts/{a}", operation_id = "update_account", tag = "accounts",
    params(("a" = String, Path, description = "The account's name.")), request_body = AccountChange,
    responses((status = 200, body = AccountItem)))]
pub(crate) async fn update(
    State(admin): State<Admin>,
    actor: Actor,
    Named(name): Named<String>,
    Input(change): Input<AccountChange>,
) -> Result<Json<AccountItem>, AdminError> {
    let accounts = admin.administration.service().accounts();
    let work = async {
        accounts.named(&name).await?;
        if let Some(limit) = change.requests_per_minute {
            accounts.limit_requests(&name, limit).await?;
        }
        if let Some(limit) = change.liveness_per_month {
            accounts.limit_liveness(&name, limit).await?;
        }
        match change.disabled {
            Some(true) => accounts.disable(&name).await?,
            Some(false) => accounts.enable(&name).await?,
            None => {}
        }
        Ok(())
    };
    actor.perform(Action::UpdateAccount, Subject::account(&name), work).await?;
    Ok(Json(admin.administration.account(&name).await?.into()))
}

/// Borrow credentials of an account for an hour, beside its own.
#[utoipa::path(post, path = "/accounts/{a}/sandbox-credentials", operation_id = "borrow_credentials",
    tag = "accounts", params(("a" = String, Path, description = "The account's name.")),
    responses((status = 200, body = BorrowedCredentials)))]
pub(crate) async fn borrow_credentials(
    State(admin): State<Admin>,
    actor: Actor,
    Named(name): Named<String>,
) -> Result<Json<BorrowedCredentials>, AdminError> {
    let accounts = admin.administration.service().accounts();
    let work = async { Ok(accounts.lend(&name, BORROWED_FOR).await?) };
    let (issued, until) = actor.perform(Action::BorrowCredentials, Subject::account(&name), work).await?;
    Ok(Json(BorrowedCredentials { credentials: issued.into(), expires_at: until.to_rfc3339() }))
}

/// The requests of an account by day and dialect.
#[utoipa::path(get, path = "/accounts/{a}/usage", operation_id = "show_usage", tag = "accounts",
    params(("a" = String, Path, description = "The account's name."), UsageQuery),
    responses((status = 200, body = UsageAnswer)))]
pub(crate) async fn usage(
    State(admin): State<Admin>,
    actor: Actor,
    Named(name): Named<String>,
    Asked(query): Asked<UsageQuery>,
) -> Result<Json<UsageAnswer>, AdminError> {
    actor.require(Access::Accounts)?;
    let days = query.days.unwrap_or(30);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(AdminError::invalid("days", "days must lie between 1 and 366"));
    }
    let counts = admin.administration.account_usage(&name, days).await?;
    Ok(Json(UsageAnswer { days: by_day(counts) }))
}

async fn with_account(
    admin: &Admin,
    name: &str,
    issued: IssuedCredentials,
) -> Result<AccountWithCredentials, AdminError> {
    let account = admin.administration.account(name).await?.into();
    Ok(AccountWithCredentials { account, credentials: issued.into() })
}

fn by_day(counts: Vec<AccountCount>) -> Vec<Day> {
    let mut days: BTreeMap<i64, BTreeMap<String, Outcomes>> = BTreeMap::new();
    for AccountCount { day, dialect, class, count, .. } in counts {
        let outcomes = days.entry(day).or_default().entry(dialect).or_default();
        *match class {
            OutcomeClass::Ok => &mut outcomes.ok,
            OutcomeClass::ClientError => &mut outcomes.client_error,
            OutcomeClass::ServerError => &mut outcomes.server_error,
            OutcomeClass::Refused => &mut outcomes.refused,
        } += count;
    }
    let date = |day| Timestamp::of_day(day).to_rfc3339()[..10].to_owned();
    days.into_iter().map(|(day, dialects)| Day { date: date(day), dialects }).collect()
}

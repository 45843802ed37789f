//! `vultus accounts …`: works on the store directly, also while a server runs.

use serde::Serialize;
use vultus_service::{
    Account, Accounts, Action, Actor, Audit, DONE, ErrorKind, IssuedCredentials, ServiceError, Subject,
};

use super::ended;
use crate::ExitStatus;
use crate::args::{AccountsCommand, Limit, NamedArgs};
use crate::config::Config;
use crate::printer::Printer;
use crate::wiring;

pub(crate) async fn run(
    command: AccountsCommand,
    config: &Config,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let database = wiring::open_database(config).await?;
    let store = database.store();
    let accounts = match command {
        AccountsCommand::AdoptKey => wiring::accounts_with_any_key(config, store.clone())?,
        _ => wiring::accounts(config, store.clone()).await?,
    };
    let audit = Audit::new(store, &accounts);
    let result = match command {
        AccountsCommand::Create { name, json } => {
            let created = accounts.create(&name).await;
            note(&audit, Action::CreateAccount, &name, &created).await?;
            created.map(|issued| show_issued(&issued, json, printer))
        }
        AccountsCommand::Rotate(NamedArgs { name, json }) => {
            let rotated = accounts.rotate(&name).await;
            note(&audit, Action::RotateAccount, &name, &rotated).await?;
            rotated.map(|issued| show_issued(&issued, json, printer))
        }
        AccountsCommand::List { json } => list(&accounts, json, printer).await,
        AccountsCommand::Disable(NamedArgs { name, json }) => {
            let disabled = accounts.disable(&name).await;
            note(&audit, Action::UpdateAccount, &name, &disabled).await?;
            after_change(disabled, &accounts, &name, json, printer).await
        }
        AccountsCommand::Enable(NamedArgs { name, json }) => {
            let enabled = accounts.enable(&name).await;
            note(&audit, Action::UpdateAccount, &name, &enabled).await?;
            after_change(enabled, &accounts, &name, json, printer).await
        }
        AccountsCommand::Quota { name, liveness_per_month, requests_per_minute, json } => {
            let limited = limit(&accounts, &name, liveness_per_month, requests_per_minute).await;
            note(&audit, Action::UpdateAccount, &name, &limited).await?;
            after_change(limited, &accounts, &name, json, printer).await
        }
        AccountsCommand::AdoptKey => {
            let adopted = accounts.adopt_key().await;
            let outcome = adopted.as_ref().map_or_else(|error| error.kind().name(), |()| DONE);
            audit.record(&Actor::cli(), Action::AdoptKey, &Subject::default(), outcome).await?;
            adopted.map(|()| {
                printer.note("credentials made with another key do not work: `vultus accounts rotate NAME`");
                Ok(())
            })
        }
    };
    ended(result, |error| error.kind() == ErrorKind::Internal, printer)
}

/// Changes the limits that are named.
async fn limit(
    accounts: &Accounts,
    name: &str,
    liveness: Option<Limit>,
    requests: Option<Limit>,
) -> Result<(), ServiceError> {
    if let Some(Limit(per_minute)) = requests {
        accounts.limit_requests(name, per_minute).await?;
    }
    if let Some(Limit(per_month)) = liveness {
        accounts.limit_liveness(name, per_month).await?;
    }
    Ok(())
}

/// Notes in the audit log what came of a change.
async fn note<T>(
    audit: &Audit,
    action: Action,
    name: &str,
    result: &Result<T, ServiceError>,
) -> anyhow::Result<()> {
    let outcome = result.as_ref().map_or_else(|error| error.kind().name(), |_| DONE);
    Ok(audit.record(&Actor::cli(), action, &Subject::account(name), outcome).await?)
}

/// An account as it is listed.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    id: String,
    /// Milliseconds since 1970.
    created_at_ms: i64,
    is_disabled: bool,
    /// The limit of liveness verifications; `null` where there is none.
    liveness_per_month: Option<u32>,
    /// How many were answered this month.
    liveness_this_month: u64,
    /// The limit of requests; `null` where there is none.
    requests_per_minute: Option<u32>,
}

impl<'a> Row<'a> {
    async fn new(accounts: &Accounts, account: &'a Account) -> Result<Self, ServiceError> {
        Ok(Self {
            name: &account.name,
            id: account.id.to_string(),
            created_at_ms: account.created_at.as_millis(),
            is_disabled: account.disabled_at.is_some(),
            liveness_per_month: account.liveness_per_month,
            liveness_this_month: accounts.liveness_this_month(account).await?,
            requests_per_minute: account.requests_per_minute,
        })
    }
}

async fn after_change(
    changed: Result<(), ServiceError>,
    accounts: &Accounts,
    name: &str,
    json: bool,
    printer: &Printer,
) -> Result<anyhow::Result<()>, ServiceError> {
    changed?;
    let account = accounts.named(name).await?;
    Ok(if json { printer.json(&Row::new(accounts, &account).await?) } else { Ok(()) })
}

/// Prints credentials; the only time they are shown.
fn show_issued(issued: &IssuedCredentials, json: bool, printer: &Printer) -> anyhow::Result<()> {
    if json {
        return printer.json(issued);
    }
    printer.line(&credentials_text(issued));
    Ok(())
}

/// Credentials as text, one line each.
pub(crate) fn credentials_text(issued: &IssuedCredentials) -> String {
    [
        format!("account                {}", issued.account),
        format!("kairos app_id          {}", issued.kairos.app_id),
        format!("kairos app_key         {}", issued.kairos.app_key),
        format!("findface token         {}", issued.findface.token),
        format!("perse private_key      {}", issued.perse.private_key),
        format!("perse api_key          {}", issued.perse.api_key),
        format!("machinesense api_key   {}", issued.machinesense.api_key),
    ]
    .join("\n")
}

async fn list(
    accounts: &Accounts,
    json: bool,
    printer: &Printer,
) -> Result<anyhow::Result<()>, ServiceError> {
    let all = accounts.list().await?;
    let mut rows = Vec::with_capacity(all.len());
    for account in &all {
        rows.push(Row::new(accounts, account).await?);
    }
    if json {
        return Ok(printer.json(&rows));
    }
    let rows = rows.into_iter().map(|row| {
        let state = if row.is_disabled { "disabled" } else { "active" };
        let limit = row.liveness_per_month.map_or_else(String::new, |limit| format!(" of {limit}"));
        let used = format!("{}{limit}", row.liveness_this_month);
        let rate = row.requests_per_minute.map_or_else(|| "any number".to_owned(), |limit| limit.to_string());
        [row.name.to_owned(), row.id, state.to_owned(), used, rate]
    });
    printer.table(["name", "id", "state", "liveness this month", "requests a minute"], rows);
    Ok(Ok(()))
}

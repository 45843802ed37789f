//! `vultus operators …`: works on the store directly, also while a server runs.

use serde::Serialize;
use vultus_service::{
    Action, Actor, Audit, DONE, OneTimePassword, Operator, OperatorError, Operators, Subject,
};

use super::ended;
use crate::ExitStatus;
use crate::args::NamedArgs;
use crate::args::operators::OperatorsCommand;
use crate::config::Config;
use crate::printer::Printer;
use crate::wiring;

pub(crate) async fn run(
    command: OperatorsCommand,
    config: &Config,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let database = wiring::open_database(config).await?;
    let store = database.store();
    let accounts = wiring::accounts(config, store.clone()).await?;
    let operators = Operators::new(store.clone(), &accounts)?;
    let audit = Audit::new(store, &accounts);
    let result = match &command {
        OperatorsCommand::List { json } => list(&operators, *json, printer).await,
        OperatorsCommand::Create { name, role, json } => {
            let created = operators.create(name, *role).await;
            note(&audit, Action::CreateOperator, name, &created).await?;
            created.map(|created| show_password(&created, *json, printer))
        }
        OperatorsCommand::Reset(NamedArgs { name, json }) => {
            let reset = operators.reset_password(name).await;
            note(&audit, Action::ResetPassword, name, &reset).await?;
            reset.map(|reset| show_password(&reset, *json, printer))
        }
        OperatorsCommand::Disable(NamedArgs { name, json }) => {
            let disabled = operators.update(name, None, Some(true)).await;
            note(&audit, Action::UpdateOperator, name, &disabled).await?;
            disabled.map(|operator| show_changed(&operator, *json, printer))
        }
        OperatorsCommand::Enable(NamedArgs { name, json }) => {
            let enabled = operators.update(name, None, Some(false)).await;
            note(&audit, Action::UpdateOperator, name, &enabled).await?;
            enabled.map(|operator| show_changed(&operator, *json, printer))
        }
    };
    let is_internal = |error: &OperatorError| matches!(error, OperatorError::Internal(_));
    ended(result, is_internal, printer)
}

async fn note<T>(
    audit: &Audit,
    action: Action,
    name: &str,
    result: &Result<T, OperatorError>,
) -> anyhow::Result<()> {
    let outcome = result.as_ref().map_or_else(OperatorError::name, |_| DONE);
    Ok(audit.record(&Actor::cli(), action, &Subject::target(name), outcome).await?)
}

/// An operator as they are listed.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    role: &'static str,
    /// UTC, in the form of RFC 3339, as all times here.
    created_at: String,
    disabled_at: Option<String>,
    last_sign_in_at: Option<String>,
}

impl<'a> From<&'a Operator> for Row<'a> {
    fn from(operator: &'a Operator) -> Self {
        Self {
            name: &operator.name,
            role: operator.role.name(),
            created_at: operator.created_at.to_rfc3339(),
            disabled_at: operator.disabled_at.map(vultus_types::Timestamp::to_rfc3339),
            last_sign_in_at: operator.last_sign_in_at.map(vultus_types::Timestamp::to_rfc3339),
        }
    }
}

/// A password as it is shown once.
#[derive(Serialize)]
struct ShownOnce<'a> {
    name: &'a str,
    role: &'static str,
    one_time_password: &'a str,
}

fn show_password(given: &OneTimePassword, json: bool, printer: &Printer) -> anyhow::Result<()> {
    let OneTimePassword { operator, password } = given;
    if json {
        let role = operator.role.name();
        return printer.json(&ShownOnce { name: &operator.name, role, one_time_password: password });
    }
    printer.line(&format!("operator            {}", operator.name));
    printer.line(&format!("role                {}", operator.role.name()));
    printer.line(&format!("one-time password   {password}"));
    Ok(())
}

fn show_changed(operator: &Operator, json: bool, printer: &Printer) -> anyhow::Result<()> {
    if json { printer.json(&Row::from(operator)) } else { Ok(()) }
}

async fn list(
    operators: &Operators,
    json: bool,
    printer: &Printer,
) -> Result<anyhow::Result<()>, OperatorError> {
    let all = operators.list().await?;
    let rows: Vec<Row> = all.iter().map(Row::from).collect();
    if json {
        return Ok(printer.json(&rows));
    }
    let rows = rows.into_iter().map(|row| {
        let state = if row.disabled_at.is_some() { "disabled" } else { "active" };
        let last = row.last_sign_in_at.unwrap_or_else(|| "never".to_owned());
        [row.name.to_owned(), row.role.to_owned(), state.to_owned(), last]
    });
    printer.table(["name", "role", "state", "last sign-in"], rows);
    Ok(Ok(()))
}

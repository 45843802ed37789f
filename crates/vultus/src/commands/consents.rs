//! `vultus consents …`: reads the store directly, also while a server runs.

use std::collections::HashMap;

use serde::Serialize;
use vultus_service::{Consents, ErrorKind};
use vultus_types::{AccountId, CivilTime, Timestamp};

use crate::ExitStatus;
use crate::args::ConsentsCommand;
use crate::config::Config;
use crate::printer::{Printer, table};
use crate::wiring;

/// Entries read at a time.
const PAGE: u32 = 1000;

pub(crate) async fn run(
    command: ConsentsCommand,
    config: &Config,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let ConsentsCommand::List { account, json } = command;
    let database = wiring::open_database(config).await?;
    let store = database.store();
    let accounts = wiring::accounts(config, store.clone()).await?;
    let only = match &account {
        None => None,
        Some(name) => match accounts.named(name).await {
            Ok(account) => Some(account.id),
            Err(error) if error.kind() == ErrorKind::Internal => return Err(error.into()),
            Err(error) => {
                printer.refusal(&error);
                return Ok(ExitStatus::Refused);
            }
        },
    };
    let all = accounts.list().await?;
    let names: HashMap<AccountId, String> =
        all.into_iter().map(|account| (account.id, account.name)).collect();
    let consents = Consents::new(store);
    let mut after = 0;
    loop {
        let page = consents.page(only, after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        let rows: Vec<Row> = page
            .iter()
            .map(|(number, consent)| Row {
                number: *number,
                account: names
                    .get(&consent.account)
                    .map_or_else(|| consent.account.to_string(), Clone::clone),
                recorded_at: in_words(consent.recorded_at),
                operation: consent.operation.name(),
                subject: consent.subject.clone(),
                is_declared: consent.is_declared,
            })
            .collect();
        show(&rows, after == 0, json, printer)?;
        after = *last;
    }
    Ok(ExitStatus::Done)
}

/// An entry as it is listed.
#[derive(Serialize)]
struct Row {
    number: u64,
    /// The account's name.
    account: String,
    /// UTC, in the form of RFC 3339.
    recorded_at: String,
    operation: &'static str,
    /// The enrolled subject, where one is known.
    subject: Option<String>,
    /// Whether consent was declared; else nothing was said of it.
    is_declared: bool,
}

fn in_words(time: Timestamp) -> String {
    let CivilTime { year, month, day, hour, minute, second, micros } = time.into();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
}

fn show(rows: &[Row], is_first: bool, json: bool, printer: &Printer) -> anyhow::Result<()> {
    if json {
        for row in rows {
            printer.line(&serde_json::to_string(row)?);
        }
        return Ok(());
    }
    let heading =
        ["number", "time", "account", "operation", "consent", "subject"].map(str::to_owned).to_vec();
    let mut lines: Vec<Vec<String>> = if is_first { vec![heading] } else { Vec::new() };
    lines.extend(rows.iter().map(|row| {
        let consent = if row.is_declared { "declared" } else { "not said" };
        vec![
            row.number.to_string(),
            row.recorded_at.clone(),
            row.account.clone(),
            row.operation.to_owned(),
            consent.to_owned(),
            row.subject.clone().unwrap_or_default(),
        ]
    }));
    printer.line(&table(&lines));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        assert_eq!(in_words(Timestamp(1_773_388_642_681_000)), "2026-03-13T07:57:22.681000Z");
        assert_eq!(in_words(Timestamp(0)), "1970-01-01T00:00:00.000000Z");
    }
}

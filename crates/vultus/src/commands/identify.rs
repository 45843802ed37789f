//! `vultus identify`: looks for the faces of a photo in a gallery.

use bytes::Bytes;
use serde_json::json;
use vultus_service::{
    Caller, Candidates, Completeness, ErrorKind, FaceChoice, IdentifyCommand, IdentifyOutcome, PhotoSettings,
    ServiceError,
};
use vultus_types::{Confidence, Wanted};

use crate::ExitStatus;
use crate::args::IdentifyArgs;
use crate::commands::detect::face_json;
use crate::config::Config;
use crate::printer::Printer;
use crate::wiring::{self, Access, Wired};

pub(crate) async fn run(
    args: IdentifyArgs,
    config: &Config,
    printer: &Printer,
) -> anyhow::Result<ExitStatus> {
    let photo = match fs_err::read(&args.photo) {
        Ok(photo) => Bytes::from(photo),
        Err(error) => {
            printer.refusal(&error);
            return Ok(ExitStatus::Refused);
        }
    };
    let wired = wiring::wire(config).await?;
    if !wiring::claim(&wired, Access::Read, config, printer).await? {
        return Ok(ExitStatus::Refused);
    }
    let Some(caller) = account(&wired, args.account.as_deref(), printer).await? else {
        return Ok(ExitStatus::Refused);
    };
    wired.prepare_search().await?;
    let command = IdentifyCommand {
        photo,
        faces: FaceChoice::EVERY,
        gallery: Some(args.gallery),
        candidates: Candidates::Subjects,
        completeness: Completeness::AsDecided,
        threshold: Confidence::new(args.threshold),
        max_results: args.max_results,
        settings: PhotoSettings::new(Wanted::TEMPLATE),
    };
    let permit = wired.service.admit()?;
    let result = wired.service.identify(caller, permit, command).await;
    wired.close().await;
    match result {
        Ok(outcome) => show(&outcome, args.json, printer),
        Err(error) => refuse(error, printer),
    }
}

/// The named account, or the only one there is; says so where there is none.
pub(crate) async fn account(
    wired: &Wired,
    name: Option<&str>,
    printer: &Printer,
) -> anyhow::Result<Option<Caller>> {
    let accounts = wired.service.accounts().list().await?;
    let found = match name {
        Some(name) => accounts.iter().find(|account| account.name == name),
        None if accounts.len() == 1 => accounts.first(),
        None => None,
    };
    if found.is_none() {
        printer.refusal(&match name {
            Some(name) => format!("there is no account {name}"),
            None if accounts.is_empty() => {
                "there is no account; create one with `vultus accounts create`".to_owned()
            }
            None => "there are several accounts; name one with --account".to_owned(),
        });
    }
    Ok(found.map(|account| Caller { account: account.id }))
}

/// A refusal of the use case is told, a failure is passed on.
fn refuse(error: ServiceError, printer: &Printer) -> anyhow::Result<ExitStatus> {
    if error.kind() == ErrorKind::Internal {
        return Err(error.into());
    }
    printer.refusal(&error);
    Ok(ExitStatus::Refused)
}

fn show(outcome: &IdentifyOutcome, json: bool, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let mut results = Vec::new();
    for identified in &outcome.faces {
        let candidates = identified.candidates.iter().map(|candidate| {
            json!({
                "subject": candidate.subject,
                "confidence": candidate.confidence.get(),
                "face_id": candidate.best.to_hex(),
            })
        });
        let mut result = face_json(&identified.face);
        result["candidates"] = candidates.collect();
        results.push(result);
        if !json {
            let bounds = &identified.face.bounds;
            printer.line(&format!("face at ({:.0}, {:.0}):", bounds.x, bounds.y));
            for candidate in &identified.candidates {
                printer.line(&format!("  {:.5}  {}", candidate.confidence.get(), candidate.subject));
            }
            if identified.candidates.is_empty() {
                printer.line("  nobody known");
            }
        }
    }
    if json {
        printer.json(&json!({ "faces": results }))?;
    }
    Ok(ExitStatus::Done)
}

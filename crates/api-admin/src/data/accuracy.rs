//! What is known of the models and how good they are.

use std::path::Path;

use axum::Json;
use axum::extract::State;
use vultus_eval::published::published;
use vultus_eval::report::Report;
use vultus_service::Access;

use super::wire::accuracy::{Accuracy, AccuracyReport, ModelCard};
use super::wire::scores::CalibrationCurve;
use crate::page::Page;
use crate::{Actor, Admin, AdminError};

/// The folder in the data directory with the operator's own reports.
const REPORTS: &str = "reports";

/// The largest file there that is read, in bytes; the published ones have 65,000 at most.
const MOST_REPORT_BYTES: u64 = 4 << 20;

/// The most files there that are read.
const MOST_REPORTS: usize = 200;

/// The calibration of the installed models.
#[utoipa::path(get, path = "/calibration", operation_id = "show_calibration", tag = "accuracy",
    responses((status = 200, body = CalibrationCurve)))]
pub(crate) async fn calibration(
    State(admin): State<Admin>,
    actor: Actor,
) -> Result<Json<CalibrationCurve>, AdminError> {
    actor.require(Access::Accuracy)?;
    Ok(Json(admin.administration.service().scale().into()))
}

/// Reports of error rates: those published with the software, then the operator's own, out of the folder `reports` of
/// the data directory.
#[utoipa::path(get, path = "/accuracy", operation_id = "show_accuracy", tag = "accuracy",
    responses((status = 200, body = Accuracy)))]
pub(crate) async fn reports(State(admin): State<Admin>, actor: Actor) -> Result<Json<Accuracy>, AdminError> {
    actor.require(Access::Accuracy)?;
    let folder = admin.administration.facts().data_dir.join(REPORTS);
    let (own, unreadable) = own_reports(&folder).await.map_err(|error| broken(&error))?;
    let published = published().iter().map(|report| AccuracyReport::new(report, true));
    let own = own.iter().map(|report| AccuracyReport::new(report, false));
    Ok(Json(Accuracy { reports: published.chain(own).collect(), unreadable }))
}

/// The models of every pack that is installed or can be.
#[utoipa::path(get, path = "/models", operation_id = "list_models", tag = "accuracy",
    responses((status = 200, body = Page<ModelCard>)))]
pub(crate) async fn models(
    State(admin): State<Admin>,
    actor: Actor,
) -> Result<Json<Page<ModelCard>>, AdminError> {
    actor.require(Access::Accuracy)?;
    let facts = admin.administration.facts();
    let in_use: Vec<&str> = facts.models.iter().map(|model| model.digest.as_str()).collect();
    let rows = vultus_models::list(&facts.models_dir).map_err(|error| broken(&error))?;
    Ok(Json(Page::whole(rows.iter().map(|row| ModelCard::new(row, &in_use)).collect())))
}

fn broken(error: &dyn std::error::Error) -> AdminError {
    tracing::error!(error = %error, "request failed");
    AdminError::internal()
}

/// The reports in a folder, by name, and the names of JSON files that are none. A folder that is missing has none.
async fn own_reports(folder: &Path) -> std::io::Result<(Vec<Report>, Vec<String>)> {
    let mut entries = match tokio::fs::read_dir(folder).await {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((Vec::new(), Vec::new())),
        entries => entries?,
    };
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name().to_string_lossy().into_owned();
        if Path::new(&name).extension().is_some_and(|ending| ending == "json") && names.len() < MOST_REPORTS {
            names.push(name);
        }
    }
    names.sort_unstable();
    let (mut reports, mut unreadable) = (Vec::new(), Vec::new());
    for name in names {
        match own_report(&folder.join(&name)).await {
            Some(report) => reports.push(report),
            None => unreadable.push(name),
        }
    }
    Ok((reports, unreadable))
}

async fn own_report(path: &Path) -> Option<Report> {
    let bytes = tokio::fs::metadata(path).await.ok()?.len();
    if bytes > MOST_REPORT_BYTES {
        return None;
    }
    Report::parse(&tokio::fs::read_to_string(path).await.ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn own_reports_are_read_and_others_named() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(own_reports(&folder.path().join("none")).await.unwrap(), (Vec::new(), Vec::new()));
        let report = &published()[0];
        fs_err::write(folder.path().join("b.json"), report.to_json().unwrap()).unwrap();
        fs_err::write(folder.path().join("a.json"), "{}").unwrap();
        fs_err::write(folder.path().join("notes.txt"), "").unwrap();
        let (reports, unreadable) = own_reports(folder.path()).await.unwrap();
        assert_eq!(
            (&reports[..], &unreadable[..]),
            (std::slice::from_ref(report), &["a.json".to_owned()][..])
        );
    }
}

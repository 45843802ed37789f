//! `vultus enroll`: enrols a folder of photos, one folder per subject. Photos that are enrolled already are
//! left alone, so that a run that was interrupted can be repeated.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use tokio::task::JoinSet;
use vultus_service::{Caller, EnrolCommand, ErrorKind, FaceChoice, PhotoSettings, Service, ServiceError};
use vultus_types::Wanted;

use crate::ExitStatus;
use crate::args::EnrollArgs;
use crate::commands::identify::account;
use crate::config::Config;
use crate::printer::Printer;
use crate::progress::counting_bar;
use crate::wiring::{self, Access};

/// What became of the folder.
#[derive(Debug, Default, Serialize)]
struct Report {
    enrolled: usize,
    already_enrolled: usize,
    skipped: Vec<Skipped>,
}

#[derive(Debug, Serialize)]
struct Skipped {
    file: String,
    reason: String,
}

/// A photo to enrol.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Task {
    subject: String,
    path: PathBuf,
}

enum Enrolment {
    New,
    Known,
    Refused(String),
}

pub(crate) async fn run(args: &EnrollArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let tasks = match find_photos(&args.folder) {
        Ok(tasks) => tasks,
        Err(error) => {
            printer.refusal(&error);
            return Ok(ExitStatus::Refused);
        }
    };
    let wired = wiring::wire(config).await?;
    if !wiring::claim(&wired, Access::Write, config, printer).await? {
        return Ok(ExitStatus::Refused);
    }
    let Some(caller) = account(&wired, args.account.as_deref(), printer).await? else {
        return Ok(ExitStatus::Refused);
    };
    let report = enrol_all(&wired.service, caller, args, tasks, config.threads).await?;
    wired.close().await;
    if args.json {
        printer.json(&report)?;
    } else {
        for skipped in &report.skipped {
            printer.refusal(&format!("{}: {}", skipped.file, skipped.reason));
        }
        let Report { enrolled, already_enrolled, skipped } = &report;
        let skipped = skipped.len();
        printer.line(&format!("{enrolled} enrolled, {already_enrolled} enrolled already, {skipped} skipped"));
    }
    Ok(ExitStatus::Done)
}

/// The photos of each sub-folder, in a fixed order.
fn find_photos(folder: &Path) -> std::io::Result<Vec<Task>> {
    let mut tasks = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            continue;
        }
        let subject = entry.file_name().to_string_lossy().into_owned();
        for photo in fs_err::read_dir(entry.path())? {
            let photo = photo?;
            if photo.file_type()?.is_file() {
                tasks.push(Task { subject: subject.clone(), path: photo.path() });
            }
        }
    }
    tasks.sort();
    Ok(tasks)
}

/// Keeps as many enrolments going as there are threads.
async fn enrol_all(
    service: &Arc<Service>,
    caller: Caller,
    args: &EnrollArgs,
    tasks: Vec<Task>,
    threads: usize,
) -> anyhow::Result<Report> {
    let bar = counting_bar(tasks.len() as u64, "photos");
    let mut report = Report::default();
    let mut running = JoinSet::new();
    let mut waiting = tasks.into_iter();
    loop {
        while running.len() < threads
            && let Some(task) = waiting.next()
        {
            let (service, gallery) = (Arc::clone(service), args.gallery.clone());
            let keep_photo = !args.no_photos;
            running.spawn(async move {
                let enrolment = enrol_photo(&service, caller, gallery, &task, keep_photo).await;
                (task, enrolment)
            });
        }
        let Some(finished) = running.join_next().await else { break };
        let (task, enrolment) = finished?;
        bar.inc(1);
        match enrolment? {
            Enrolment::New => report.enrolled += 1,
            Enrolment::Known => report.already_enrolled += 1,
            Enrolment::Refused(reason) => {
                report.skipped.push(Skipped { file: task.path.display().to_string(), reason });
            }
        }
    }
    bar.finish_and_clear();
    report.skipped.sort_by(|one, other| one.file.cmp(&other.file));
    Ok(report)
}

/// Enrols one photo. What is wrong with the photo is a refusal; what is wrong with us is an error.
async fn enrol_photo(
    service: &Service,
    caller: Caller,
    gallery: String,
    task: &Task,
    keep_photo: bool,
) -> Result<Enrolment, ServiceError> {
    let photo = match fs_err::read(&task.path) {
        Ok(photo) => Bytes::from(photo),
        Err(error) => return Ok(Enrolment::Refused(error.kind().to_string())),
    };
    if service.is_photo_enrolled(caller, &gallery, &task.subject, &photo).await? {
        return Ok(Enrolment::Known);
    }
    let command = EnrolCommand {
        photo,
        photo_url: None,
        galleries: vec![gallery],
        subject: task.subject.clone(),
        faces: FaceChoice::SINGLE,
        keep_photo,
        event: None,
        settings: PhotoSettings::new(Wanted::TEMPLATE),
    };
    match service.enrol(caller, service.admit()?, command).await {
        Ok(_) => Ok(Enrolment::New),
        Err(error) if matches!(error.kind(), ErrorKind::Internal | ErrorKind::OtherEmbedder) => Err(error),
        Err(error) => Ok(Enrolment::Refused(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_folder_is_a_subject_and_loose_files_are_nobody() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["b/2.jpg", "b/1.jpg", "a/1.jpg", "loose.jpg"] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"").unwrap();
        }
        let tasks = find_photos(folder.path()).unwrap();
        let found: Vec<_> =
            tasks.iter().map(|task| (task.subject.as_str(), task.path.file_name().unwrap())).collect();
        assert_eq!(found, [("a", "1.jpg".as_ref()), ("b", "1.jpg".as_ref()), ("b", "2.jpg".as_ref())]);
    }
}

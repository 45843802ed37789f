//! A result with everything that is needed to judge and to repeat it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vultus_types::ModelDigest;

use crate::findings::Findings;

/// The form of the files; another number is another form.
const FORMAT: u32 = 1;

/// What was evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// One-to-one comparisons.
    Verify,
    /// Searches.
    Identify,
    /// Telling persons apart as faces come.
    Cluster,
    /// Finding faces.
    Detect,
    /// Describing faces.
    Attributes,
    /// Measuring quality.
    Quality,
    /// Presentation attack detection.
    Pad,
    /// One-to-one comparisons of voices.
    Voice,
}

impl Task {
    /// The name of the subcommand.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Identify => "identify",
            Self::Cluster => "cluster",
            Self::Detect => "detect",
            Self::Attributes => "attributes",
            Self::Quality => "quality",
            Self::Pad => "pad",
            Self::Voice => "voice",
        }
    }
}

/// A model that took part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportModel {
    /// Its name in the pack.
    pub name: String,
    /// The SHA-256 digest of its file, hexadecimal.
    pub digest: String,
}

impl ReportModel {
    /// A model of a pack.
    pub fn new(name: &str, digest: ModelDigest) -> Self {
        Self { name: name.to_owned(), digest: digest.to_string() }
    }
}

/// A result with everything that is needed to judge and to repeat it. It tells nothing of the machine or its user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    format: u32,
    /// What was evaluated.
    pub task: Task,
    /// The data set.
    pub data: String,
    /// Its licence.
    pub licence: String,
    /// The model pack.
    pub pack: String,
    /// Its models.
    pub models: Vec<ReportModel>,
    /// The version of this software.
    pub software: String,
    /// The command that repeats it.
    pub command: String,
    /// What was found.
    #[serde(flatten)]
    pub findings: Findings,
}

/// What a report says beside the findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportHeader {
    /// What was evaluated.
    pub task: Task,
    /// The data set.
    pub data: String,
    /// Its licence.
    pub licence: String,
    /// The model pack.
    pub pack: String,
    /// Its models.
    pub models: Vec<ReportModel>,
    /// The version of this software.
    pub software: String,
    /// The command that repeats it.
    pub command: String,
}

/// Why text is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// It is not of the expected form.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It was written by another version.
    #[error("result format {0} is not known")]
    Format(u32),
    /// A file cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A file of a folder is no report.
    #[error("{name}: {source}")]
    File {
        /// The file's name.
        name: String,
        /// Why.
        source: Box<ReportError>,
    },
}

/// The reports in the JSON files of a folder, by name; a folder that is missing has none.
///
/// # Errors
/// [`ReportError`], with the name of the first file that is no report.
pub fn read_folder(folder: &Path) -> Result<Vec<Report>, ReportError> {
    let entries = match fs_err::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let is_json = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "json");
    let mut paths: Vec<PathBuf> = entries.into_iter().filter(is_json).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Report::parse(&fs_err::read_to_string(&path)?)
            .map_err(|source| ReportError::File { name, source: Box::new(source) })
    };
    paths.into_iter().map(read).collect()
}

impl Report {
    /// The report of `findings`, whose numbers are rounded to as many digits as say something.
    pub fn new(header: ReportHeader, mut findings: Findings) -> Self {
        findings.round();
        let ReportHeader { task, data, licence, pack, models, software, command } = header;
        Self { format: FORMAT, task, data, licence, pack, models, software, command, findings }
    }

    /// Reads the text of a report.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn parse(text: &str) -> Result<Self, ReportError> {
        let report: Self = serde_json::from_str(text)?;
        if report.format == FORMAT { Ok(report) } else { Err(ReportError::Format(report.format)) }
    }

    /// The text of the report.
    ///
    /// # Errors
    /// Where it cannot be written as JSON, which does not happen.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::{Report, ReportHeader, ReportModel, Task};
    use crate::findings::Findings;

    /// A made-up report.
    pub(crate) fn report(task: Task, data: &str, pack: &str, findings: Findings) -> Report {
        let header = ReportHeader {
            task,
            data: data.to_owned(),
            licence: "CC0-1.0".to_owned(),
            pack: pack.to_owned(),
            models: vec![ReportModel { name: "detector".to_owned(), digest: "ab".repeat(32) }],
            software: "0.1.0".to_owned(),
            command: format!("vultus eval {} --pack {pack}", task.name()),
        };
        Report::new(header, findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::{Better, Figure};

    #[test]
    fn report_survives_json() {
        let mut findings = Findings::default();
        findings.figures.extend(Figure::share("recall", 2, 3, Better::Higher));
        let report = testing::report(Task::Detect, "made up", "default", findings);
        let text = report.to_json().unwrap();
        assert_eq!(Report::parse(&text).unwrap(), report);
        assert!(text.contains("0.666667"), "numbers are rounded: {text}");
    }

    #[test]
    fn folder_of_reports_is_read_by_name() {
        let root = tempfile::tempdir().unwrap();
        let report = testing::report(Task::Pad, "made up", "default", Findings::default());
        fs_err::write(root.path().join("a.json"), report.to_json().unwrap()).unwrap();
        fs_err::write(root.path().join("notes.txt"), "no report").unwrap();
        assert_eq!(read_folder(root.path()).unwrap(), [report]);
        assert!(read_folder(&root.path().join("missing")).unwrap().is_empty());
        fs_err::write(root.path().join("b.json"), "{}").unwrap();
        assert!(read_folder(root.path()).unwrap_err().to_string().starts_with("b.json: "));
    }

    #[test]
    fn report_of_another_form_is_refused() {
        let report = testing::report(Task::Detect, "made up", "default", Findings::default());
        let text = report.to_json().unwrap();
        let later = text.replace("\"format\": 1", "\"format\": 2");
        assert!(matches!(Report::parse(&later), Err(ReportError::Format(2))));
        assert!(matches!(Report::parse("{}"), Err(ReportError::Json(_))));
    }
}

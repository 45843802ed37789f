//! What the checks found, and how it is shown.

use serde::Serialize;

use crate::ExitStatus;
use crate::printer::Printer;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// Nothing is to be done.
    Ok,
    /// The server works, but not as well as it could, or not for long.
    Warning,
    /// Something that the server needs is missing or broken.
    Missing,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Missing => "missing",
        }
    }
}

/// What one check found.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    check: &'static str,
    state: State,
    explanation: String,
    mend: Option<String>,
}

impl Finding {
    pub(super) const fn ok(check: &'static str, explanation: String) -> Self {
        Self { check, state: State::Ok, explanation, mend: None }
    }

    pub(super) const fn warning(check: &'static str, explanation: String) -> Self {
        Self { check, state: State::Warning, explanation, mend: None }
    }

    pub(super) const fn missing(check: &'static str, explanation: String) -> Self {
        Self { check, state: State::Missing, explanation, mend: None }
    }

    /// The command, or what else is to be done.
    pub(super) fn mend(self, how: impl Into<String>) -> Self {
        Self { mend: Some(how.into()), ..self }
    }

    fn lines(&self) -> String {
        let first = format!("{:<8} {:<14} {}", self.state.word(), self.check, self.explanation);
        match &self.mend {
            Some(mend) => format!("{first}\n{:24}mend: {mend}", ""),
            None => first,
        }
    }
}

/// The findings, in the order of the checks.
#[derive(Debug, Default)]
pub(super) struct Report(Vec<Finding>);

#[derive(Serialize)]
struct Listing<'a> {
    ok: bool,
    findings: &'a [Finding],
}

impl Report {
    pub(super) fn add(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    fn is_ok(&self) -> bool {
        self.0.iter().all(|finding| finding.state != State::Missing)
    }

    /// Refused where something is missing.
    pub(super) fn show(&self, json: bool, printer: &Printer) -> anyhow::Result<ExitStatus> {
        if json {
            printer.json(&Listing { ok: self.is_ok(), findings: &self.0 })?;
        } else {
            for finding in &self.0 {
                printer.line(&finding.lines());
            }
        }
        Ok(if self.is_ok() { ExitStatus::Done } else { ExitStatus::Refused })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_no_refusal_and_missing_things_are() {
        let mut report = Report::default();
        report.add(Finding::ok("one", String::new()));
        report.add(Finding::warning("two", String::new()));
        assert!(report.is_ok());
        report.add(Finding::missing("three", String::new()));
        assert!(!report.is_ok());
    }

    #[test]
    fn the_mending_command_stands_below_the_explanation() {
        let finding =
            Finding::missing("models", "are not installed".to_owned()).mend("vultus models install");
        let expected =
            "missing  models         are not installed\n                        mend: vultus models install";
        assert_eq!(finding.lines(), expected);
    }
}

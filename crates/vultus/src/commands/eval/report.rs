//! `vultus eval report`.

use std::path::Path;

use vultus_eval::document::document;
use vultus_eval::report::read_folder;

use crate::ExitStatus;
use crate::printer::Printer;

pub(super) fn run(results: &Path, output: &Path, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let reports = read_folder(results)?;
    fs_err::write(output, document(&reports))?;
    printer.line(&format!("{} results, {}", reports.len(), output.display()));
    Ok(ExitStatus::Done)
}

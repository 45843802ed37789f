//! Progress bars on standard error; plain lines where it is no terminal.

use std::io::{self, IsTerminal};
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressStyle};
use vultus_models::{Progress, Step};

use crate::printer::Printer;

/// A bar that counts items, with the time left.
pub(crate) fn counting_bar(total: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(total).with_message(what);
    let template = "{msg} {wide_bar} {pos}/{len} {percent}% {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// A bar that counts items of which nobody knows how many there are.
pub(crate) fn seen_bar(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(what);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    bar
}

/// Runs `work` with a function that it tells how many photos are done, and of how many.
pub(crate) fn with_photo_bar<T>(work: impl FnOnce(&vultus_eval::Progress<'_>) -> T) -> T {
    with_bar("photos", work)
}

/// The same of other things than photos.
pub(crate) fn with_bar<T>(what: &'static str, work: impl FnOnce(&vultus_eval::Progress<'_>) -> T) -> T {
    let bar = counting_bar(0, what);
    let result = work(&|done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    result
}

/// Shows the steps of an install or check.
#[derive(Default)]
pub(crate) struct StepBars {
    printer: Printer,
    bar: Mutex<Option<ProgressBar>>,
}

impl Progress for StepBars {
    fn begin(&self, step: &Step, total: Option<u64>) {
        let text = describe(step);
        if !io::stderr().is_terminal() {
            self.printer.note(&text);
            return;
        }
        let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new).with_message(text);
        let template = match (total, step) {
            (Some(_), Step::Downloading { .. }) => {
                "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta} left"
            }
            (Some(_), _) => "{msg} {wide_bar} {pos}/{len} {eta} left",
            (None, _) => "{spinner} {msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(std::time::Duration::from_millis(100));
        self.swap(Some(bar));
    }

    fn advance(&self, done: u64) {
        if let Ok(bar) = self.bar.lock()
            && let Some(bar) = bar.as_ref()
        {
            bar.set_position(done);
        }
    }

    fn end(&self) {
        self.swap(None);
    }
}

impl StepBars {
    /// Finishes the bar on show and shows the next one.
    fn swap(&self, next: Option<ProgressBar>) {
        if let Ok(mut bar) = self.bar.lock()
            && let Some(finished) = std::mem::replace(&mut *bar, next)
        {
            finished.finish();
        }
    }
}

fn describe(step: &Step) -> String {
    match step {
        Step::Waiting => "waiting for another install".to_owned(),
        Step::Inspecting { pack } => format!("looking at pack {pack}"),
        Step::Downloading { package } => format!("fetching {package}"),
        Step::Unpacking { package } => format!("unpacking {package}"),
        Step::Importing { model } => format!("importing {model}"),
        Step::Checking { model } => format!("checking {model}"),
        Step::Finishing { pack } => format!("moving pack {pack} into place"),
        _ => "working".to_owned(),
    }
}

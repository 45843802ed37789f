//! One progress bar after the other.

use indicatif::ProgressBar;
use vultus_archive::{Progress, Stage};

use crate::progress::counting_bar;

/// The bar of what is done now.
#[derive(Default)]
pub(super) struct Bars {
    shown: Option<(Stage, ProgressBar)>,
}

impl Bars {
    /// Shows how far it has come.
    pub(super) fn show(&mut self, progress: Progress) {
        if self.shown.as_ref().is_none_or(|(stage, _)| *stage != progress.stage) {
            self.finish();
            let what = match progress.stage {
                Stage::Rows => "rows",
                Stage::Blobs => "photos and media",
                Stage::Comparing => "rows compared",
            };
            self.shown = Some((progress.stage, counting_bar(progress.total, what)));
        }
        if let Some((_, bar)) = &self.shown {
            bar.set_position(progress.done);
            if progress.is_kept {
                // The time left follows from what is done now.
                bar.reset_eta();
            }
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&mut self) {
        if let Some((_, bar)) = self.shown.take() {
            bar.finish_and_clear();
        }
    }
}

//! The document about accuracy, made from the committed results alone.

use std::fmt::Write;

use crate::findings::{Breakdown, Figure};
use crate::report::{Report, Task};
use crate::text::{Rows, breakdown_rows, cell, confusion_rows, figure_names};

const HEAD: &str = "# Accuracy

Every figure below was measured with `vultus eval` on photos that the models, heads and calibration tables were not
made with, unless it says otherwise, and is written by `vultus eval report` from the results in `docs/accuracy/`; a
test checks that both agree. The data sets are not part of this repository.

Terms follow ISO/IEC 19795-1 and 30107-3. **FMR** and **FNMR**: the shares of non-mated comparisons that match and of
mated ones that do not; photos without a template count as failures to acquire, not here. **FPIR** and **FNIR**: the
shares of searches for people who are not enrolled that find somebody, and of searches for enrolled people that do not
find them. **APCER** and **BPCER**: the shares of attacks taken for bona fide presentations and of bona fide ones taken
for attacks; **ACER** is the mean of BPCER and the greatest APCER of any species; 0.6 and 0.7 are the thresholds of
Kairos IDV and of Perse where a client sends none. Values in brackets are intervals of
95 %: whole people are resampled where comparisons share them, otherwise Wilson intervals of shares or resampled
photos.

Group labels are those of the data sets. They were mostly assigned by onlookers and tell how a face was seen, not who a
person is.
";

/// The document for these results. Their order does not matter.
pub fn document(reports: &[Report]) -> String {
    let mut reports: Vec<&Report> = reports.iter().collect();
    let key =
        |report: &Report| (report.task, report.data.clone(), report.pack.clone(), report.command.clone());
    reports.sort_by_key(|report| key(report));
    let mut text = HEAD.to_owned();
    let mut task = None;
    for part in reports.chunk_by(|one, other| (one.task, &one.data) == (other.task, &other.data)) {
        if task != Some(part[0].task) {
            task = Some(part[0].task);
            let _ = write!(text, "\n## {}\n", heading(part[0].task));
        }
        data_set(&mut text, part);
    }
    models(&mut text, &reports);
    text
}

const fn heading(task: Task) -> &'static str {
    match task {
        Task::Verify => "Verification (1:1)",
        Task::Identify => "Identification (1:N, open set)",
        Task::Cluster => "Telling persons apart",
        Task::Detect => "Detection",
        Task::Attributes => "Attributes",
        Task::Quality => "Quality measures",
        Task::Pad => "Presentation attack detection",
        Task::Voice => "Voices (1:1)",
    }
}

/// The results of one task on one data set, one column per pack.
fn data_set(text: &mut String, reports: &[&Report]) {
    let _ = write!(text, "\n### {}\n\nLicence of the data: {}.\n\n", reports[0].data, reports[0].licence);
    let mut rows = vec![["measure".to_owned()].into_iter().chain(columns(reports)).collect::<Vec<_>>()];
    let mut counts: Vec<&str> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for report in reports {
        remember(&mut counts, report.findings.counts.iter().map(|count| count.of.as_str()));
        remember(&mut names, report.findings.figures.iter().map(|figure| figure.name.as_str()));
    }
    rows.extend(counts.iter().map(|of| {
        let count = |report: &&Report| {
            let count = report.findings.counts.iter().find(|count| count.of == *of);
            count.map_or_else(|| "–".to_owned(), |count| count.count.to_string())
        };
        [(*of).to_owned()].into_iter().chain(reports.iter().map(count)).collect()
    }));
    rows.extend(names.iter().map(|name| {
        let figure = |report: &&Report| report.findings.figure(name).map_or_else(|| "–".to_owned(), cell);
        [(*name).to_owned()].into_iter().chain(reports.iter().map(figure)).collect()
    }));
    table(text, &rows);
    for report in reports {
        details(text, report, reports.len() > 1);
    }
    text.push_str("\nRepeat with:\n\n```sh\n");
    for report in reports {
        let _ = writeln!(text, "{}", report.command);
    }
    text.push_str("```\n");
}

fn columns<'a>(reports: &'a [&Report]) -> impl Iterator<Item = String> + 'a {
    reports.iter().map(|report| format!("pack `{}`", report.pack))
}

/// Adds the names that are not yet there.
fn remember<'a>(names: &mut Vec<&'a str>, more: impl Iterator<Item = &'a str>) {
    for name in more {
        if !names.contains(&name) {
            names.push(name);
        }
    }
}

/// Weak spots, breakdowns and confusions of one result.
fn details(text: &mut String, report: &Report, is_one_of_several: bool) {
    let pack = if is_one_of_several { format!("Pack `{}`. ", report.pack) } else { String::new() };
    let weak: Vec<String> = report.findings.breakdowns.iter().flat_map(weak_spots).collect();
    if !weak.is_empty() {
        let _ = write!(text, "\n{pack}Weak spots:\n\n");
        for spot in weak {
            let _ = writeln!(text, "- {spot}");
        }
    }
    for breakdown in &report.findings.breakdowns {
        let _ = write!(text, "\n{pack}By {}:\n\n", breakdown.by);
        table(text, &breakdown_rows(breakdown));
    }
    for confusion in &report.findings.confusions {
        let _ = write!(text, "\n{pack}Photos by true and told {}:\n\n", confusion.of);
        table(text, &confusion_rows(confusion));
    }
}

/// For each figure the part in which it is worst, where the intervals say that the parts differ.
fn weak_spots(breakdown: &Breakdown) -> Vec<String> {
    let spot = |name: &String| {
        let figures = breakdown.groups.iter().filter_map(|group| {
            let figure = group.figures.iter().find(|figure| figure.name == *name)?;
            Some((figure.badness()?, group.name.as_str(), figure))
        });
        let figures: Vec<(f64, &str, &Figure)> = figures.collect();
        let worst = figures.iter().max_by(|one, other| one.0.total_cmp(&other.0))?;
        let best = figures.iter().min_by(|one, other| one.0.total_cmp(&other.0))?;
        are_apart(worst.2, best.2).then(|| {
            format!("{name}: {} for {} against {} for {}", cell(worst.2), worst.1, cell(best.2), best.1)
        })
    };
    figure_names(breakdown)
        .iter()
        .filter_map(spot)
        .map(|spot| format!("by {}, {spot}", breakdown.by))
        .collect()
}

/// Whether two intervals have nothing in common.
fn are_apart(one: &Figure, other: &Figure) -> bool {
    match (one.interval, other.interval) {
        (Some(one), Some(other)) => one.low > other.high || other.low > one.high,
        _ => false,
    }
}

/// The digests of the packs' models.
fn models(text: &mut String, reports: &[&Report]) {
    let mut rows: Rows = Vec::new();
    for report in reports {
        for model in &report.models {
            let row = vec![report.pack.clone(), model.name.clone(), format!("`{}`", model.digest)];
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
    }
    if rows.is_empty() {
        return;
    }
    rows.sort();
    rows.insert(0, ["pack", "model", "SHA-256"].map(str::to_owned).to_vec());
    text.push_str("\n## Models\n\n");
    table(text, &rows);
}

/// A table in Markdown.
fn table(text: &mut String, rows: &Rows) {
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
        if index == 0 {
            let _ = writeln!(text, "|{}", "---|".repeat(row.len()));
        }
    }
}

#[cfg(test)]
mod tests;

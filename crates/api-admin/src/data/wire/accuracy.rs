//! Reports of error rates, and the models.

use serde::Serialize;
use utoipa::ToSchema;
use vultus_eval::findings::{Better, Figure, Mark, Plot, Series, Unit};
use vultus_eval::report::Report;
use vultus_models::ListRow;

/// Reports of error rates.
#[derive(Serialize, ToSchema)]
pub(crate) struct Accuracy {
    pub(crate) reports: Vec<AccuracyReport>,
    /// Files in the folder of the operator's own reports that are no reports.
    pub(crate) unreadable: Vec<String>,
}

/// A report of error rates.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccuracyReport {
    /// The pack that was measured.
    pack: String,
    /// What was measured.
    task: &'static str,
    /// The data set.
    dataset: String,
    /// Its licence.
    licence: String,
    /// The version of the software.
    software: String,
    /// The command that repeats it.
    command: String,
    /// Whether it was published with this software; else it is the operator's own.
    published: bool,
    /// How much was measured.
    summary: String,
    curves: Vec<Curve>,
    figures: Vec<AccuracyFigure>,
}

/// Points that belong together.
#[derive(Serialize, ToSchema)]
pub(crate) struct Curve {
    /// The plot that it is a part of.
    plot: String,
    title: String,
    /// What it shows.
    name: String,
    x_label: String,
    y_label: String,
    x_log: bool,
    y_log: bool,
    /// `line`, `guide` (what would be ideal) or `steps` (as wide as the points are apart).
    mark: &'static str,
    points: Vec<[f64; 2]>,
    /// The lower end of the interval of 95 %, one number for each point.
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<Vec<f64>>,
    /// The upper end.
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<Vec<f64>>,
}

/// One measured number.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccuracyFigure {
    name: String,
    value: f64,
    /// The lower end of the interval of 95 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<f64>,
    /// The upper end.
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<f64>,
    /// `share`, `years`, `degrees`, `score` or `milliseconds`.
    unit: &'static str,
    /// `lower`, `higher`, `near_zero` or `neither`.
    better: &'static str,
    /// The photos, faces or comparisons it was measured on.
    trials: u64,
}

impl AccuracyReport {
    pub(crate) fn new(report: &Report, published: bool) -> Self {
        let counts = report.findings.counts.iter().map(|count| format!("{} {}", count.count, count.of));
        Self {
            pack: report.pack.clone(),
            task: report.task.name(),
            dataset: report.data.clone(),
            licence: report.licence.clone(),
            software: report.software.clone(),
            command: report.command.clone(),
            published,
            summary: counts.collect::<Vec<_>>().join(", "),
            curves: report.findings.plots.iter().flat_map(curves).collect(),
            figures: report.findings.figures.iter().map(Into::into).collect(),
        }
    }
}

/// The curves of a plot. The ends of an interval, which a plot draws as two guides behind a line, go with the line.
fn curves(plot: &Plot) -> Vec<Curve> {
    let mut curves = Vec::new();
    let mut rest = plot.series.as_slice();
    while let [one, behind @ ..] = rest {
        let mut curve = curve(plot, one);
        rest = behind;
        if let [low, high, beyond @ ..] = behind
            && is_end(one, low)
            && is_end(one, high)
        {
            let ends = |series: &Series| series.points.iter().map(|point| point.1).collect();
            (curve.low, curve.high) = (Some(ends(low)), Some(ends(high)));
            rest = beyond;
        }
        curves.push(curve);
    }
    curves
}

/// Whether a guide may be an end of the line's interval: it stands over the same places.
fn is_end(line: &Series, guide: &Series) -> bool {
    let places = |series: &Series| series.points.iter().map(|point| point.0.to_bits()).collect::<Vec<_>>();
    line.mark == Mark::Line && guide.mark == Mark::Guide && places(line) == places(guide)
}

fn curve(plot: &Plot, series: &Series) -> Curve {
    Curve {
        plot: plot.name.clone(),
        title: plot.title.clone(),
        name: series.name.clone(),
        x_label: plot.x.label.clone(),
        y_label: plot.y.label.clone(),
        x_log: plot.x.is_logarithmic,
        y_log: plot.y.is_logarithmic,
        mark: match series.mark {
            Mark::Line => "line",
            Mark::Guide => "guide",
            Mark::Steps => "steps",
        },
        points: series.points.iter().map(|&(x, y)| [x, y]).collect(),
        low: None,
        high: None,
    }
}

impl From<&Figure> for AccuracyFigure {
    fn from(figure: &Figure) -> Self {
        Self {
            name: figure.name.clone(),
            value: figure.value,
            low: figure.interval.map(|interval| interval.low),
            high: figure.interval.map(|interval| interval.high),
            unit: match figure.unit {
                Unit::Share => "share",
                Unit::Years => "years",
                Unit::Degrees => "degrees",
                Unit::Score => "score",
                Unit::Milliseconds => "milliseconds",
            },
            better: match figure.better {
                Better::Lower => "lower",
                Better::Higher => "higher",
                Better::NearZero => "near_zero",
                Better::Neither => "neither",
            },
            trials: figure.trials,
        }
    }
}

/// A model of a pack that is installed or can be.
#[derive(Serialize, ToSchema)]
pub(crate) struct ModelCard {
    pack: String,
    task: String,
    name: String,
    /// How it is fed and read.
    kind: String,
    /// The SHA-256 digest of its file, where it is installed.
    digest: Option<String>,
    licence: String,
    /// Whether its pack must be accepted by name before it is used, as a licence forbids commercial use.
    needs_acceptance: bool,
    source_package: String,
    version: String,
    bytes: Option<u64>,
    /// The input in words.
    input: String,
    /// Who made the weights.
    provenance: Option<String>,
    /// Whether its answers are known to be poor.
    weak: bool,
    installed: bool,
    /// Whether its pack is the one in use.
    in_use: bool,
}

impl ModelCard {
    /// The card of a model; `in_use` are the digests of the models that the server has loaded.
    pub(crate) fn new(row: &ListRow, in_use: &[&str]) -> Self {
        let task = serde_json::to_value(row.task).ok();
        Self {
            pack: row.pack.clone(),
            task: task.and_then(|task| task.as_str().map(str::to_owned)).unwrap_or_default(),
            name: row.name.clone(),
            kind: row.kind.clone(),
            digest: row.digest.clone(),
            licence: row.licence.clone(),
            needs_acceptance: row.needs_acceptance,
            source_package: row.source.clone(),
            version: row.version.clone(),
            bytes: row.bytes,
            input: row.input.clone(),
            provenance: row.provenance.clone(),
            weak: row.weak,
            installed: row.installed,
            in_use: row.digest.as_ref().is_some_and(|digest| in_use.contains(&digest.as_str())),
        }
    }
}

#[cfg(test)]
mod tests {
    use vultus_eval::published::published;

    use super::*;

    #[test]
    fn curves_of_published_reports_have_their_intervals_and_guides() {
        let report = published().iter().find(|report| report.task.name() == "verify");
        let told = AccuracyReport::new(report.unwrap(), true);
        let det = told.curves.iter().find(|curve| curve.plot == "det").unwrap();
        assert_eq!(det.low.as_ref().unwrap().len(), det.points.len());
        assert!(det.low.as_ref().unwrap().iter().zip(&det.points).all(|(low, point)| *low <= point[1]));
        let calibration: Vec<_> = told.curves.iter().filter(|curve| curve.plot == "calibration").collect();
        assert_eq!(calibration.iter().map(|curve| curve.mark).collect::<Vec<_>>(), ["line", "guide"]);
        assert!(told.summary.contains(" photos, "), "{}", told.summary);
    }
}

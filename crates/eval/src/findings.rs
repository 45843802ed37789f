//! What an evaluation found, in one form for every task: it is printed, written as JSON, plotted, and put into the
//! documentation by the same code.

use serde::{Deserialize, Serialize};

use crate::statistics::{Bootstrap, Interval, wilson};

/// What a figure counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A part of a whole, 0..=1.
    Share,
    /// Years of age.
    Years,
    /// Degrees of an angle.
    Degrees,
    /// A number on the engine's own scale.
    Score,
    /// Milliseconds.
    Milliseconds,
}

/// Which figure is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// The lower.
    Lower,
    /// The higher.
    Higher,
    /// The one nearer to zero.
    NearZero,
    /// Neither: it says where or how something was measured.
    Neither,
}

/// One measured number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Its name.
    pub name: String,
    /// The number.
    pub value: f64,
    /// The range in which the true value lies with a confidence of 95 %, where it can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// What it counts in.
    pub unit: Unit,
    /// Which of two is better.
    pub better: Better,
    /// The trials it was measured on: photos, faces or comparisons.
    pub trials: u64,
}

impl Figure {
    /// A number without an interval.
    pub fn new(name: impl Into<String>, value: f64, unit: Unit, better: Better, trials: usize) -> Self {
        Self { name: name.into(), value, interval: None, unit, better, trials: trials as u64 }
    }

    /// The same with an interval.
    #[must_use]
    pub fn within(self, interval: Option<Interval>) -> Self {
        Self { interval, ..self }
    }

    /// A share with its Wilson interval; `None` without trials.
    pub fn share(name: impl Into<String>, count: usize, of: usize, better: Better) -> Option<Self> {
        let interval = wilson(count, of)?;
        let figure = Self::new(name, count as f64 / of as f64, Unit::Share, better, of);
        Some(figure.within(Some(interval)))
    }

    /// The mean of independent values with its interval; `None` without values.
    pub fn mean(
        name: impl Into<String>,
        values: &[f64],
        unit: Unit,
        better: Better,
        bootstrap: &Bootstrap,
    ) -> Option<Self> {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let figure = Self::new(name, mean, unit, better, values.len());
        (!values.is_empty()).then(|| figure.within(bootstrap.mean(values)))
    }

    /// How bad the number is: greater is worse. `None` where neither direction is.
    pub(crate) fn badness(&self) -> Option<f64> {
        match self.better {
            Better::Lower => Some(self.value),
            Better::Higher => Some(-self.value),
            Better::NearZero => Some(self.value.abs()),
            Better::Neither => None,
        }
    }
}

/// The figures of one part of the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// What the part is called.
    pub name: String,
    /// Its figures.
    pub figures: Vec<Figure>,
}

/// The same figures for several parts of the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Breakdown {
    /// What tells the parts apart.
    pub by: String,
    /// The parts.
    pub groups: Vec<Group>,
}

/// How often each true class was answered as which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    /// What was to be told.
    pub of: String,
    /// The true classes: one row each.
    pub truths: Vec<String>,
    /// The answers: one column each.
    pub answers: Vec<String>,
    /// Photos, by true class and answer.
    pub counts: Vec<Vec<u64>>,
}

/// How the points of a series are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// A line through the points.
    Line,
    /// A thin line: the end of an interval, or what would be ideal.
    Guide,
    /// Steps as wide as the points are apart.
    Steps,
}

/// Points that belong together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// What they show.
    pub name: String,
    /// How they are drawn.
    pub mark: Mark,
    /// x and y of each.
    pub points: Vec<(f64, f64)>,
}

/// An axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// What it shows.
    pub label: String,
    /// Whether it is logarithmic.
    pub is_logarithmic: bool,
}

impl Axis {
    /// An axis with equal steps.
    pub fn linear(label: &str) -> Self {
        Self { label: label.to_owned(), is_logarithmic: false }
    }

    /// An axis with decades.
    pub fn logarithmic(label: &str) -> Self {
        Self { label: label.to_owned(), is_logarithmic: true }
    }
}

/// A plot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plot {
    /// A short name, also for files.
    pub name: String,
    /// The heading.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// What is drawn.
    pub series: Vec<Series>,
}

/// How many there were of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Of what.
    pub of: String,
    /// How many.
    pub count: u64,
}

/// What an evaluation found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// How much was measured.
    pub counts: Vec<Count>,
    /// The figures over all.
    pub figures: Vec<Figure>,
    /// The figures of parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breakdowns: Vec<Breakdown>,
    /// What was taken for what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confusions: Vec<Confusion>,
    /// Curves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plots: Vec<Plot>,
}

impl Findings {
    /// Notes how many there were of something.
    pub(crate) fn count(&mut self, of: &str, count: usize) {
        self.counts.push(Count { of: of.to_owned(), count: count as u64 });
    }

    /// Notes the photos of a run and how many failed to acquire.
    pub(crate) fn acquisition(&mut self, photos: usize, failures: usize) {
        self.acquisition_of("photos", photos, failures);
    }

    /// The same of other samples than photos.
    pub(crate) fn acquisition_of(&mut self, what: &str, samples: usize, failures: usize) {
        self.count(what, samples);
        self.figures.extend(Figure::share("failure to acquire", failures, samples, Better::Lower));
    }

    /// The figure of that name, over all.
    pub fn figure(&self, name: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.name == name)
    }

    /// The figure of that name for one part of the data.
    pub fn group_figure(&self, by: &str, group: &str, name: &str) -> Option<&Figure> {
        let breakdown = self.breakdowns.iter().find(|breakdown| breakdown.by == by)?;
        let group = breakdown.groups.iter().find(|candidate| candidate.name == group)?;
        group.figures.iter().find(|figure| figure.name == name)
    }

    /// Rounds every number to as many digits as say something, so that results can be read and compared as text.
    pub(crate) fn round(&mut self) {
        let groups = self.breakdowns.iter_mut().flat_map(|breakdown| &mut breakdown.groups);
        let figures = self.figures.iter_mut().chain(groups.flat_map(|group| &mut group.figures));
        for figure in figures {
            figure.value = significant(figure.value, 6);
            figure.interval = figure.interval.map(|interval| Interval {
                low: significant(interval.low, 4),
                high: significant(interval.high, 4),
            });
        }
        for point in self.plots.iter_mut().flat_map(|plot| &mut plot.series).flat_map(|line| &mut line.points)
        {
            *point = (significant(point.0, 5), significant(point.1, 5));
        }
    }
}

fn significant(value: f64, digits: i32) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let decimals = digits - 1 - value.abs().log10().floor() as i32;
    let scale = 10f64.powi(decimals.abs());
    if decimals >= 0 { (value * scale).round() / scale } else { (value / scale).round() * scale }
}

/// Adds a breakdown, unless it has fewer than two parts: the whole is shown already.
pub(crate) fn add_breakdown(breakdowns: &mut Vec<Breakdown>, by: &str, mut groups: Vec<Group>) {
    groups.retain(|group| !group.figures.is_empty());
    if groups.len() > 1 {
        breakdowns.push(Breakdown { by: by.to_owned(), groups });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_significant_digits() {
        assert_eq!(significant(0.000_123_456_789, 4), 0.000_123_5);
        assert_eq!(significant(123_456.0, 3), 123_000.0);
        assert_eq!(significant(-0.25, 4), -0.25);
        assert_eq!(significant(0.0, 4), 0.0);
    }

    #[test]
    fn badness_follows_the_direction() {
        let figure = |value, better| Figure::new("x", value, Unit::Years, better, 1);
        assert_eq!(figure(2.0, Better::Lower).badness(), Some(2.0));
        assert_eq!(figure(2.0, Better::Higher).badness(), Some(-2.0));
        assert_eq!(figure(-2.0, Better::NearZero).badness(), Some(2.0));
        assert_eq!(figure(2.0, Better::Neither).badness(), None);
    }

    #[test]
    fn share_without_trials_is_no_figure() {
        assert_eq!(Figure::share("x", 0, 0, Better::Lower), None);
        assert_eq!(Figure::share("x", 1, 4, Better::Lower).unwrap().value, 0.25);
    }

    #[test]
    fn findings_survive_json() {
        let mut findings = Findings::default();
        findings.acquisition(10, 1);
        findings.round();
        let text = serde_json::to_string(&findings).unwrap();
        assert_eq!(serde_json::from_str::<Findings>(&text).unwrap(), findings);
    }
}

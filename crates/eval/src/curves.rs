//! The plots that evaluations share.

use crate::findings::{Axis, Better, Figure, Mark, Plot, Series, Unit};
use crate::statistics::Interval;

/// Points per decade of a trade-off curve.
const POINTS_PER_DECADE: usize = 5;
/// The lowest rate a curve reaches.
const LOWEST_DECADE: usize = 6;
/// Bins of a histogram.
const HISTOGRAM_BINS: usize = 50;
/// Bins of a reliability diagram.
const RELIABILITY_BINS: usize = 10;

/// False positive rates from 1 downwards, equally spaced on a logarithmic axis, as far as `negatives` trials can
/// tell them.
pub(crate) fn rate_grid(negatives: usize) -> Vec<f64> {
    let rates = (0..=POINTS_PER_DECADE * LOWEST_DECADE)
        .map(|step| 10f64.powf(-(step as f64) / POINTS_PER_DECADE as f64));
    rates.take_while(|rate| rate * negatives as f64 >= 1.0).collect()
}

/// One error against the other, with the ends of the intervals.
pub(crate) fn trade_off(
    name: &str,
    title: &str,
    axes: [&str; 2],
    grid: &[f64],
    values: &[f64],
    intervals: &[Option<Interval>],
) -> Plot {
    let ends = |pick: fn(&Interval) -> f64| {
        let points = grid.iter().zip(intervals);
        points.filter_map(|(&rate, interval)| Some((rate, pick(interval.as_ref()?)))).collect()
    };
    let series = vec![
        Series {
            name: axes[1].to_owned(),
            mark: Mark::Line,
            points: grid.iter().copied().zip(values.iter().copied()).collect(),
        },
        Series { name: "95 % interval".to_owned(), mark: Mark::Guide, points: ends(|interval| interval.low) },
        Series { name: String::new(), mark: Mark::Guide, points: ends(|interval| interval.high) },
    ];
    let [x, y] = axes.map(Axis::logarithmic);
    Plot { name: name.to_owned(), title: title.to_owned(), x, y, series }
}

/// How often which score occurs. Scores that are not finite are left out.
pub(crate) fn histogram(name: &str, title: &str, axis: &str, kinds: &[(&str, Vec<f32>)]) -> Option<Plot> {
    let finite = |scores: &Vec<f32>| -> Vec<f64> {
        scores.iter().filter(|score| score.is_finite()).map(|&score| f64::from(score)).collect()
    };
    let kinds: Vec<(&str, Vec<f64>)> = kinds.iter().map(|(name, scores)| (*name, finite(scores))).collect();
    let all = || kinds.iter().flat_map(|(_, scores)| scores.iter().copied());
    let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    if low >= high {
        return None;
    }
    let width = (high - low) / HISTOGRAM_BINS as f64;
    let bins = |scores: &[f64]| {
        let mut counts = vec![0usize; HISTOGRAM_BINS];
        for score in scores {
            counts[(((score - low) / width) as usize).min(HISTOGRAM_BINS - 1)] += 1;
        }
        let share = |count| count as f64 / scores.len() as f64;
        counts.into_iter().enumerate().map(|(bin, count)| (low + bin as f64 * width, share(count))).collect()
    };
    let series = kinds.iter().filter(|(_, scores)| !scores.is_empty());
    let series = series.map(|(name, scores)| Series {
        name: (*name).to_owned(),
        mark: Mark::Steps,
        points: bins(scores),
    });
    Some(Plot {
        name: name.to_owned(),
        title: title.to_owned(),
        x: Axis::linear(axis),
        y: Axis::linear("share"),
        series: series.collect(),
    })
}

/// How often answers are right, against how sure they were, and the expected calibration error: the mean distance
/// between both. `answers` are confidences, 0..=1, with whether the answer was right.
pub(crate) fn reliability(what: &str, answers: &[(f64, bool)]) -> Option<(Plot, Figure)> {
    if answers.is_empty() {
        return None;
    }
    let mut bins = [(0.0, 0usize, 0usize); RELIABILITY_BINS];
    for &(confidence, is_right) in answers {
        let bin = ((confidence * RELIABILITY_BINS as f64) as usize).min(RELIABILITY_BINS - 1);
        bins[bin] = (bins[bin].0 + confidence, bins[bin].1 + usize::from(is_right), bins[bin].2 + 1);
    }
    let filled = bins.iter().filter(|bin| bin.2 > 0);
    let points: Vec<(f64, f64)> =
        filled.clone().map(|bin| (bin.0 / bin.2 as f64, bin.1 as f64 / bin.2 as f64)).collect();
    let error = filled.map(|bin| (bin.0 - bin.1 as f64).abs()).sum::<f64>() / answers.len() as f64;
    let name = format!("{what} expected calibration error");
    let figure = Figure::new(name, error, Unit::Share, Better::Lower, answers.len());
    let series = vec![
        Series { name: what.to_owned(), mark: Mark::Line, points },
        Series { name: "ideal".to_owned(), mark: Mark::Guide, points: vec![(0.0, 0.0), (1.0, 1.0)] },
    ];
    let plot = Plot {
        name: format!("{what}-reliability"),
        title: format!("Reliability of {what}"),
        x: Axis::linear("confidence"),
        y: Axis::linear("share right"),
        series,
    };
    Some((plot, figure))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grid_ends_where_single_trials_begin() {
        let grid = rate_grid(1000);
        assert_eq!((grid[0], grid.len()), (1.0, 16));
        assert!((grid[15] - 1e-3).abs() < 1e-12);
        assert_eq!(rate_grid(100_000_000).len(), 31);
    }

    #[test]
    fn histogram_counts_every_finite_score_once() {
        let kinds = [("high", vec![0.9, 1.0, 0.95]), ("low", vec![0.0, f32::NEG_INFINITY])];
        let plot = histogram("scores", "Scores", "score", &kinds).unwrap();
        let sums: Vec<f64> =
            plot.series.iter().map(|line| line.points.iter().map(|point| point.1).sum()).collect();
        assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-9));
        assert!(
            (plot.series[0].points[49].1 - 1.0 / 3.0).abs() < 1e-9,
            "the highest score is in the last bin"
        );
        assert_eq!(histogram("x", "x", "x", &[("same", vec![0.5, 0.5])]), None);
    }

    #[test]
    fn calibrated_answers_have_no_calibration_error() {
        let answers: Vec<(f64, bool)> = (0..100).map(|index| (0.75, index % 4 != 0)).collect();
        let (plot, error) = reliability("gender", &answers).unwrap();
        assert!(error.value < 1e-9);
        assert_eq!(plot.series[0].points, [(0.75, 0.75)]);
        let sure: Vec<(f64, bool)> = answers.iter().map(|answer| (1.0, answer.1)).collect();
        assert!((reliability("gender", &sure).unwrap().1.value - 0.25).abs() < 1e-9);
    }
}

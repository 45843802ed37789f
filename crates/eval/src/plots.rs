//! Plots as SVG files.

use std::ops::Range;
use std::path::Path;

use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;

use crate::EvalError;
use crate::findings::{Mark, Plot};

/// Width and height in pixels.
const SIZE: (u32, u32) = (720, 480);
/// Height of each of several plots in one file, in pixels.
const PANEL_HEIGHT: u32 = 320;
/// Colours that people with colour-blindness tell apart (Okabe and Ito, without the light ones).
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
];
const GUIDE_COLOUR: RGBColor = RGBColor(130, 130, 130);
/// The share of the plot's height that its legend may cover.
const LEGEND_HEIGHT: f64 = 0.25;
/// Smaller values have no place on a logarithmic axis.
const SMALLEST: f64 = 1e-9;

/// Writes each plot into `folder`, which is made if it is missing, as `PREFIX-NAME.svg`.
///
/// # Errors
/// [`EvalError::Io`] where a file cannot be written, [`EvalError::Plot`] where one cannot be drawn.
pub fn write_plots(folder: &Path, prefix: &str, plots: &[Plot]) -> Result<(), EvalError> {
    fs_err::create_dir_all(folder)?;
    for plot in plots {
        fs_err::write(folder.join(format!("{prefix}-{}.svg", plot.name)), to_svg(plot)?)?;
    }
    Ok(())
}

/// The plot as the text of an SVG file.
///
/// # Errors
/// [`EvalError::Plot`].
pub fn to_svg(plot: &Plot) -> Result<String, EvalError> {
    let mut text = String::new();
    let drawn = {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        let (x, y) = (
            range(plot, |point| point.0, plot.x.is_logarithmic),
            range(plot, |point| point.1, plot.y.is_logarithmic),
        );
        let corner = emptiest_corner(plot, &x, &y);
        match (plot.x.is_logarithmic, plot.y.is_logarithmic) {
            (false, false) => draw(plot, &area, corner, x, y),
            (true, false) => draw(plot, &area, corner, x.log_scale(), y),
            (false, true) => draw(plot, &area, corner, x, y.log_scale()),
            (true, true) => draw(plot, &area, corner, x.log_scale(), y.log_scale()),
        }
        .map_err(|error| EvalError::Plot(error.to_string()))
    };
    drawn.map(|()| text)
}

/// Several linear plots in one SVG file, one below the other.
///
/// # Errors
/// [`EvalError::Plot`].
pub fn to_stacked_svg(plots: &[Plot]) -> Result<String, EvalError> {
    let mut text = String::new();
    let drawn = {
        let height = PANEL_HEIGHT * plots.len().max(1) as u32;
        let area = SVGBackend::with_string(&mut text, (SIZE.0, height)).into_drawing_area();
        let panels = area.split_evenly((plots.len().max(1), 1));
        panels.iter().zip(plots).try_for_each(|(panel, plot)| {
            let (x, y) = (range(plot, |point| point.0, false), range(plot, |point| point.1, false));
            draw(plot, panel, emptiest_corner(plot, &x, &y), x, y)
        })
    };
    drawn.map_err(|error| EvalError::Plot(error.to_string()))?;
    Ok(text)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type DrawError<'a> = DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>;

fn draw<'a, X, Y>(
    plot: &Plot,
    area: &Area<'a>,
    corner: SeriesLabelPosition,
    x: X,
    y: Y,
) -> Result<(), DrawError<'a>>
where
    X: AsRangedCoord<Value = f64>,
    Y: AsRangedCoord<Value = f64>,
    X::CoordDescType: ValueFormatter<f64>,
    Y::CoordDescType: ValueFormatter<f64>,
{
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(area)
        .caption(&plot.title, ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(x, y)?;
    chart
        .configure_mesh()
        .x_desc(plot.x.label.as_str())
        .y_desc(plot.y.label.as_str())
        .x_label_formatter(&|value| tick(*value))
        .y_label_formatter(&|value| tick(*value))
        .light_line_style(TRANSPARENT)
        .draw()?;
    let mut colours = COLOURS.iter().cycle();
    for series in &plot.series {
        let points = visible(plot, &series.points, series.mark);
        let colour = match series.mark {
            Mark::Guide => GUIDE_COLOUR,
            Mark::Line | Mark::Steps => colours.next().copied().unwrap_or(BLACK),
        };
        let width = if series.mark == Mark::Guide { 1 } else { 2 };
        let drawn = chart.draw_series(LineSeries::new(points, colour.stroke_width(width)))?;
        if !series.name.is_empty() {
            drawn
                .label(series.name.as_str())
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(width)));
        }
    }
    chart
        .configure_series_labels()
        .background_style(WHITE.mix(0.85))
        .border_style(GUIDE_COLOUR)
        .position(corner)
        .draw()?;
    area.present()
}

/// The points of a series that have a place in the plot; of steps, both corners of each.
fn visible(plot: &Plot, points: &[(f64, f64)], mark: Mark) -> Vec<(f64, f64)> {
    let has_place =
        |value: f64, is_logarithmic: bool| value.is_finite() && (!is_logarithmic || value > SMALLEST);
    let points: Vec<(f64, f64)> = points
        .iter()
        .copied()
        .filter(|point| {
            has_place(point.0, plot.x.is_logarithmic) && has_place(point.1, plot.y.is_logarithmic)
        })
        .collect();
    if mark != Mark::Steps {
        return points;
    }
    let corners = points.windows(2).flat_map(|pair| [pair[0], (pair[1].0, pair[0].1)]);
    let end = points.last_chunk().map(|&[before, last]| (2.0 * last.0 - before.0, last.1));
    corners.chain(points.last().copied()).chain(end).collect()
}

/// The corner of the plot in which the fewest points lie.
fn emptiest_corner(plot: &Plot, x: &Range<f64>, y: &Range<f64>) -> SeriesLabelPosition {
    let place = |value: f64, range: &Range<f64>, is_logarithmic: bool| {
        if is_logarithmic {
            (value / range.start).log10() / (range.end / range.start).log10()
        } else {
            (value - range.start) / (range.end - range.start)
        }
    };
    let mut points = [0; 4];
    for point in plot.series.iter().flat_map(|series| visible(plot, &series.points, series.mark)) {
        let across = place(point.0, x, plot.x.is_logarithmic);
        let up = place(point.1, y, plot.y.is_logarithmic);
        if !(LEGEND_HEIGHT..1.0 - LEGEND_HEIGHT).contains(&up) {
            points[usize::from(across > 0.5) + 2 * usize::from(up > 0.5)] += 1;
        }
    }
    let corners = [
        SeriesLabelPosition::LowerLeft,
        SeriesLabelPosition::LowerRight,
        SeriesLabelPosition::UpperLeft,
        SeriesLabelPosition::UpperRight,
    ];
    let emptiest = corners.into_iter().zip(points).min_by_key(|(_, count)| *count);
    emptiest.map_or(SeriesLabelPosition::UpperRight, |(corner, _)| corner)
}

/// From the least to the greatest value drawn, never empty; on a logarithmic axis whole decades.
fn range(plot: &Plot, pick: fn(&(f64, f64)) -> f64, is_logarithmic: bool) -> Range<f64> {
    let points = plot.series.iter().flat_map(|series| visible(plot, &series.points, series.mark));
    let values: Vec<f64> = points.map(|point| pick(&point)).collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    match (is_logarithmic, low.is_finite()) {
        (true, true) => {
            let decades = (low.log10().floor(), high.log10().ceil());
            10f64.powf(decades.0)..10f64.powf(decades.1.max(decades.0 + 1.0))
        }
        (true, false) => 1e-3..1.0,
        (false, true) if high > low => low..high,
        (false, true) => low - 0.5..low + 0.5,
        (false, false) => 0.0..1.0,
    }
}

/// A number at an axis.
fn tick(value: f64) -> String {
    let rounded = (value * 1e3).round() / 1e3;
    if value != 0.0 && value.abs() < 1e-2 { format!("{value:.0e}") } else { rounded.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::{Axis, Series};

    fn plot(axis: fn(&str) -> Axis, mark: Mark, points: &[(f64, f64)]) -> Plot {
        let series = Series { name: "errors".to_owned(), mark, points: points.to_vec() };
        Plot {
            name: "det".to_owned(),
            title: "Trade-off".to_owned(),
            x: axis("FMR"),
            y: axis("FNMR"),
            series: vec![series],
        }
    }

    #[test]
    fn svg_names_axes_and_series() {
        for mark in [Mark::Line, Mark::Guide, Mark::Steps] {
            let points = [(1e-3, 0.5), (1e-2, 0.2), (1.0, 0.01)];
            for axis in [Axis::linear, Axis::logarithmic] {
                let svg = to_svg(&plot(axis, mark, &points)).unwrap();
                assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
                assert!(["FMR", "FNMR", "Trade-off", "errors"].iter().all(|word| svg.contains(word)));
                assert!(!svg.contains("NaN") && !svg.contains("inf"));
            }
        }
    }

    #[test]
    fn plots_without_points_or_with_one_are_drawn_too() {
        for points in [&[][..], &[(0.0, 0.0)], &[(0.5, f64::NAN)]] {
            for axis in [Axis::linear, Axis::logarithmic] {
                assert!(to_svg(&plot(axis, Mark::Line, points)).is_ok());
            }
        }
    }

    #[test]
    fn logarithmic_axes_reach_over_whole_decades() {
        let plot = plot(Axis::logarithmic, Mark::Line, &[(0.003, 0.0), (0.004, 0.5), (0.2, 0.2)]);
        let range = range(&plot, |point| point.0, true);
        assert!((range.start - 1e-3).abs() < 1e-9 && (range.end - 1.0).abs() < 1e-9);
    }

    #[test]
    fn last_step_is_as_wide_as_the_one_before() {
        let plot = plot(Axis::linear, Mark::Steps, &[(0.0, 1.0), (2.0, 3.0)]);
        let points = visible(&plot, &plot.series[0].points, Mark::Steps);
        assert_eq!(points, [(0.0, 1.0), (2.0, 1.0), (2.0, 3.0), (4.0, 3.0)]);
    }

    #[test]
    fn legend_goes_where_no_points_are() {
        let corner = |points: &[(f64, f64)]| {
            emptiest_corner(&plot(Axis::linear, Mark::Line, points), &(0.0..1.0), &(0.0..1.0))
        };
        assert!(matches!(corner(&[(0.1, 0.1)]), SeriesLabelPosition::LowerRight));
        assert!(matches!(corner(&[(0.1, 0.1), (0.9, 0.0), (0.0, 1.0)]), SeriesLabelPosition::UpperRight));
    }

    #[test]
    fn stacked_plots_are_one_file() {
        let plots = ["one", "two"].map(|title| Plot {
            title: title.to_owned(),
            ..plot(Axis::linear, Mark::Line, &[(0.0, 1.0), (1.0, 0.0)])
        });
        let svg = to_stacked_svg(&plots).unwrap();
        assert!(["one", "two", r#"height="640""#].iter().all(|word| svg.contains(word)), "{svg}");
        assert_eq!(svg.matches("</svg>").count(), 1);
        assert!(to_stacked_svg(&[]).is_ok());
    }

    #[test]
    fn each_plot_is_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let plot = plot(Axis::linear, Mark::Line, &[(0.0, 1.0), (1.0, 0.0)]);
        write_plots(&folder.path().join("plots"), "verify", &[plot]).unwrap();
        assert!(folder.path().join("plots/verify-det.svg").is_file());
    }
}

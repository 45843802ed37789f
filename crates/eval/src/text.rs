//! Findings as tables of text, for the terminal and for documents.

use crate::findings::{Breakdown, Confusion, Figure, Unit};

/// Rows of cells; the first row is the heading.
pub type Rows = Vec<Vec<String>>;

/// The figure's value with its unit.
pub fn value(figure: &Figure) -> String {
    number(figure.value, figure.unit) + unit(figure.unit)
}

/// The figure's interval, empty where there is none.
pub fn interval(figure: &Figure) -> String {
    let ends = figure.interval.map(|interval| [interval.low, interval.high]);
    ends.map(|ends| ends.map(|end| number(end, figure.unit)).join(" – ")).unwrap_or_default()
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => " %",
        Unit::Years => " years",
        Unit::Degrees => "°",
        Unit::Score => "",
        Unit::Milliseconds => " ms",
    }
}

/// Rates below a tenth of a per cent are written with an exponent: that is how they are spoken of.
fn number(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Share if value == 0.0 => "0".to_owned(),
        Unit::Share if value.abs() < 1e-3 => format!("{:.2e}", 100.0 * value),
        Unit::Share if value.abs() < 0.1 => format!("{:.2}", 100.0 * value),
        Unit::Share => format!("{:.1}", 100.0 * value),
        Unit::Years | Unit::Degrees | Unit::Milliseconds => format!("{value:.1}"),
        Unit::Score => format!("{value:.4}"),
    }
}

/// Figures one below the other, with interval and number of trials.
pub fn figure_rows(figures: &[Figure]) -> Rows {
    let mut rows = vec![["measure", "value", "95 % interval", "of"].map(str::to_owned).to_vec()];
    rows.extend(
        figures.iter().map(|figure| {
            vec![figure.name.clone(), value(figure), interval(figure), figure.trials.to_string()]
        }),
    );
    rows
}

/// A breakdown: one row per part, one column per figure.
pub fn breakdown_rows(breakdown: &Breakdown) -> Rows {
    let names = figure_names(breakdown);
    let mut rows = vec![[breakdown.by.clone()].into_iter().chain(names.iter().cloned()).collect::<Vec<_>>()];
    rows.extend(breakdown.groups.iter().map(|group| {
        let cell = |name: &String| {
            let figure = group.figures.iter().find(|figure| figure.name == *name);
            figure.map_or_else(|| "–".to_owned(), cell)
        };
        [group.name.clone()].into_iter().chain(names.iter().map(cell)).collect()
    }));
    rows
}

/// Value and interval in one cell.
pub(crate) fn cell(figure: &Figure) -> String {
    let interval = interval(figure);
    if interval.is_empty() { value(figure) } else { format!("{} ({interval})", value(figure)) }
}

/// The names of a breakdown's figures, in their order.
pub(crate) fn figure_names(breakdown: &Breakdown) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for figure in breakdown.groups.iter().flat_map(|group| &group.figures) {
        if !names.contains(&figure.name) {
            names.push(figure.name.clone());
        }
    }
    names
}

/// What was taken for what: one row per true class.
pub fn confusion_rows(confusion: &Confusion) -> Rows {
    let heading = format!("{} (true ↓ told →)", confusion.of);
    let mut rows = vec![[heading].into_iter().chain(confusion.answers.iter().cloned()).collect::<Vec<_>>()];
    rows.extend(confusion.truths.iter().zip(&confusion.counts).map(|(truth, counts)| {
        [truth.clone()].into_iter().chain(counts.iter().map(u64::to_string)).collect()
    }));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::{Better, Group};
    use crate::statistics::Interval;

    fn figure(name: &str, value: f64, unit: Unit) -> Figure {
        Figure::new(name, value, unit, Better::Lower, 50)
    }

    #[test]
    fn numbers_have_their_unit_and_as_many_digits_as_say_something() {
        let text = |value, unit| super::value(&figure("x", value, unit));
        assert_eq!(text(0.9915, Unit::Share), "99.2 %");
        assert_eq!(text(0.0123, Unit::Share), "1.23 %");
        assert_eq!(text(0.000_12, Unit::Share), "1.20e-2 %");
        assert_eq!(text(0.0, Unit::Share), "0 %");
        assert_eq!(text(6.04, Unit::Years), "6.0 years");
        assert_eq!(text(0.945_63, Unit::Score), "0.9456");
    }

    #[test]
    fn interval_stands_beside_its_value() {
        let share = figure("x", 0.25, Unit::Share).within(Some(Interval { low: 0.05, high: 0.5 }));
        assert_eq!(cell(&share), "25.0 % (5.00 – 50.0)");
        assert_eq!(figure_rows(&[share])[1], ["x", "25.0 %", "5.00 – 50.0", "50"]);
    }

    #[test]
    fn part_without_a_figure_has_a_dash() {
        let group = |name: &str, figures| Group { name: name.to_owned(), figures };
        let groups = vec![
            group("a", vec![figure("one", 1.0, Unit::Years)]),
            group("b", vec![figure("two", 2.0, Unit::Years)]),
        ];
        let rows = breakdown_rows(&Breakdown { by: "age".to_owned(), groups });
        assert_eq!(rows[0], ["age", "one", "two"]);
        assert_eq!(rows[1], ["a", "1.0 years", "–"]);
        assert_eq!(rows[2], ["b", "–", "2.0 years"]);
    }
}

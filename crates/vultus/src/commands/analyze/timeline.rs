//! Expressions over time, one panel for each person.

use std::time::Duration;

use vultus_eval::EvalError;
use vultus_eval::findings::{Axis, Mark, Plot, Series};
use vultus_eval::plots::to_stacked_svg;
use vultus_video::{MediaFrame, MediaSummary, PersonSummary, SeenExpression};

use super::text::expressions;

/// Persons who are drawn: those seen longest.
const MAX_PERSONS: usize = 12;
/// Points of a curve: more cannot be told apart.
const MAX_POINTS: u32 = 240;
/// The shortest time that a point stands for, where there are fewer.
const LEAST_STEP: Duration = Duration::from_millis(250);

/// The timeline as the text of an SVG file.
pub(super) fn to_svg(summary: &MediaSummary, frames: &[MediaFrame]) -> Result<String, EvalError> {
    let mut persons: Vec<_> = summary.persons.iter().collect();
    persons.sort_by_key(|person| std::cmp::Reverse(person.seen_for));
    persons.truncate(MAX_PERSONS);
    persons.sort_by_key(|person| person.person);
    let step = (summary.info.length / MAX_POINTS).max(LEAST_STEP);
    let plots: Vec<_> = persons.into_iter().map(|person| plot(person, frames, step)).collect();
    to_stacked_svg(&plots)
}

fn plot(person: &PersonSummary, frames: &[MediaFrame], step: Duration) -> Plot {
    let told = frames.iter().filter_map(|frame| {
        let seen = frame.people.iter().find(|seen| seen.person == person.person)?;
        Some((frame.time, seen.expression?))
    });
    let told: Vec<_> = told.collect();
    let names = expressions(&SeenExpression::default()).map(|(name, _)| name);
    let series = names.iter().enumerate().map(|(place, name)| {
        let values = told.iter().map(|(time, told)| (*time, f64::from(expressions(told)[place].1)));
        Series {
            name: (*name).to_owned(),
            mark: if *name == "neutral" { Mark::Guide } else { Mark::Line },
            points: means(values, step),
        }
    });
    Plot {
        name: format!("person-{}", person.person),
        title: format!("Person {}", person.person),
        x: Axis::linear("seconds"),
        y: Axis::linear("share"),
        series: series.collect(),
    }
}

/// The mean of the values of each step, at its middle in seconds.
fn means(values: impl Iterator<Item = (Duration, f64)>, step: Duration) -> Vec<(f64, f64)> {
    let mut points: Vec<(u128, f64, u32)> = Vec::new();
    for (time, value) in values {
        let number = time.as_nanos() / step.as_nanos().max(1);
        match points.last_mut() {
            Some((last, sum, count)) if *last == number => {
                *sum += value;
                *count += 1;
            }
            _ => points.push((number, value, 1)),
        }
    }
    let middle = |number: u128| (number as f64 + 0.5) * step.as_secs_f64();
    points.into_iter().map(|(number, sum, count)| (middle(number), sum / f64::from(count))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_step_are_one_point() {
        let values = [(100, 0.0), (400, 1.0), (600, 0.5)];
        let values = values.map(|(time, value)| (Duration::from_millis(time), value));
        assert_eq!(means(values.into_iter(), Duration::from_millis(500)), [(0.25, 0.5), (0.75, 0.5)]);
    }
}

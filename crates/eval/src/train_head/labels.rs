//! Photos with their labels, from a CSV file whose first line names the columns, without quotes.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::EvalError;

/// The column that names the photo.
const FILE: &str = "file";

/// A photo with what is known of it, by column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Labelled {
    pub(super) path: PathBuf,
    pub(super) labels: BTreeMap<String, String>,
}

/// The photos of a file of labels; empty labels are left out.
///
/// # Errors
/// [`EvalError::Labels`] where a line has fewer columns than the first, or names a file outside of the folder.
pub(super) fn parse_labels(text: &str, images: &Path) -> Result<Vec<Labelled>, EvalError> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let cells = |line: &str| line.split(',').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let header = lines.next().map(|(_, line)| cells(line)).unwrap_or_default();
    let file = header.iter().position(|name| name == FILE).ok_or(EvalError::Labels { line: 1 })?;
    let mut photos = Vec::new();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let cells = cells(line);
        let malformed = || EvalError::Labels { line: index + 1 };
        let name = cells.get(file).filter(|_| cells.len() >= header.len()).ok_or_else(malformed)?;
        let is_inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if name.is_empty() || !is_inside {
            return Err(malformed());
        }
        let labels = header.iter().zip(&cells).filter(|(name, cell)| *name != FILE && !cell.is_empty());
        let labels = labels.map(|(name, cell)| (name.clone(), cell.clone())).collect();
        photos.push(Labelled { path: images.join(name), labels });
    }
    Ok(photos)
}

/// The years of an age given as a number, a range such as `20-29` (its middle) or `more than 70` (75).
pub(super) fn years(label: &str) -> Option<f32> {
    let number = |text: &str| text.parse::<u8>().ok().map(f32::from);
    if let Some((from, to)) = label.split_once('-') {
        return Some(f32::midpoint(number(from)?, number(to)? + 1.0));
    }
    match label.strip_prefix("more than ") {
        Some(from) => Some(number(from)? + 5.0),
        None => number(label),
    }
}

/// The band of ages, as FairFace names them, that an age in years falls into.
pub(super) fn age_band(years: f32) -> &'static str {
    const BANDS: [(f32, &str); 8] = [
        (3.0, "0-2"),
        (10.0, "3-9"),
        (20.0, "10-19"),
        (30.0, "20-29"),
        (40.0, "30-39"),
        (50.0, "40-49"),
        (60.0, "50-59"),
        (70.0, "60-69"),
    ];
    BANDS.iter().find(|(below, _)| years < *below).map_or("70 and more", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_by_the_names_of_their_columns() {
        let photos = parse_labels("age,glasses,file\n20-29,0,a.jpg\n\n3-9,,b/c.jpg\n", Path::new("x"));
        let labels = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, label)| ((*name).to_owned(), (*label).to_owned())).collect()
        };
        let expected = [
            Labelled { path: "x/a.jpg".into(), labels: labels(&[("age", "20-29"), ("glasses", "0")]) },
            Labelled { path: "x/b/c.jpg".into(), labels: labels(&[("age", "3-9")]) },
        ];
        assert_eq!(photos.unwrap(), expected);
    }

    #[test]
    fn malformed_labels_are_refused_with_their_line() {
        let line = |text: &str| match parse_labels(text, Path::new("")) {
            Err(EvalError::Labels { line }) => line,
            other => panic!("{other:?}"),
        };
        assert_eq!(line(""), 1);
        assert_eq!(line("age,glasses\n"), 1);
        assert_eq!(line("file,glasses\na.jpg,1\nb.jpg\n"), 3);
        assert_eq!(line("file,glasses\n../a.jpg,1\n"), 2);
        assert_eq!(line("file,glasses\n/a.jpg,1\n"), 2);
        assert_eq!(line("file,glasses\n,1\n"), 2);
    }

    #[test]
    fn ages_are_years_or_the_middle_of_their_range() {
        assert_eq!(years("20-29"), Some(25.0));
        assert_eq!(years("0-2"), Some(1.5));
        assert_eq!(years("more than 70"), Some(75.0));
        assert_eq!(years("31"), Some(31.0));
        assert_eq!((years("old"), years("-3"), years("300")), (None, None, None));
    }

    #[test]
    fn every_age_has_its_band() {
        assert_eq!((age_band(0.0), age_band(25.0), age_band(30.0)), ("0-2", "20-29", "30-39"));
        assert_eq!((age_band(69.9), age_band(75.0)), ("60-69", "70 and more"));
    }
}

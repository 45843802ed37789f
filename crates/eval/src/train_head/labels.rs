//! Photos with their labels, from a table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::EvalError;
use crate::labels::{AGE_BANDS, AgeRange};
use crate::table::{FILE_COLUMNS, Table};

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
    let table = Table::parse(text)?;
    let photos = table.rows().map(|row| {
        let row = row?;
        if row.cells.len() < table.columns.len() {
            return Err(row.malformed());
        }
        let labels = table.labels(&row).filter(|(name, _)| !FILE_COLUMNS.contains(name));
        let labels = labels.map(|(name, cell)| (name.to_owned(), cell.to_owned())).collect();
        Ok(Labelled { path: images.join(row.file), labels })
    });
    photos.collect()
}

/// The years of an age given as a number, a range such as `20-29` (its middle) or `more than 70` (75).
pub(super) fn years(label: &str) -> Option<f32> {
    AgeRange::parse(label).map(AgeRange::middle)
}

/// The band of ages, as FairFace names them, that an age in years falls into.
pub(super) fn age_band(years: f32) -> &'static str {
    let (end, name) = AGE_BANDS[AgeRange { low: years, high: years }.band()];
    if end.is_finite() { name } else { "70 and more" }
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

//! Tables about photos: cells between commas or semicolons, without quotes; the first line names the columns, one of
//! which names the photo.

use std::path::{Component, Path};

use crate::EvalError;

/// What the column that names the photo may be called.
pub(crate) const FILE_COLUMNS: [&str; 2] = ["file", "name"];

/// A table.
pub(crate) struct Table<'a> {
    /// The names of the columns in lower case.
    pub(crate) columns: Vec<String>,
    /// The column that names the photo.
    file: usize,
    delimiter: char,
    text: &'a str,
}

/// A line of a table.
pub(crate) struct Row<'a> {
    /// Its number, from 1.
    line: usize,
    /// The photo: a path that leads out of no folder.
    pub(crate) file: &'a str,
    /// The cells, without space around them.
    pub(crate) cells: Vec<&'a str>,
}

impl<'a> Table<'a> {
    /// Reads the names of the columns.
    ///
    /// # Errors
    /// [`EvalError::Labels`] where none names the photo.
    pub(crate) fn parse(text: &'a str) -> Result<Self, EvalError> {
        let text = text.trim_start_matches('\u{feff}');
        let header = text.lines().next().unwrap_or_default();
        let delimiter = if header.contains(';') { ';' } else { ',' };
        let columns: Vec<String> = header.split(delimiter).map(|name| name.trim().to_lowercase()).collect();
        let file = columns.iter().position(|name| FILE_COLUMNS.contains(&name.as_str()));
        let file = file.ok_or(EvalError::Labels { line: 1 })?;
        Ok(Self { columns, file, delimiter, text })
    }

    /// Every line after the first that is not blank; [`EvalError::Labels`] for one that names no photo of the folder.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Result<Row<'a>, EvalError>> {
        let lines = self.text.lines().zip(1..).skip(1).filter(|(text, _)| !text.trim().is_empty());
        lines.map(|(text, line)| {
            let cells: Vec<&str> = text.split(self.delimiter).map(str::trim).collect();
            let name = cells.get(self.file).copied().filter(|name| is_inside(name));
            Ok(Row { line, file: name.ok_or(EvalError::Labels { line })?, cells })
        })
    }

    /// The cells of a row that are not empty, each with the name of its column.
    pub(crate) fn labels<'b>(&'b self, row: &'b Row<'a>) -> impl Iterator<Item = (&'b str, &'a str)> {
        let cells = self.columns.iter().map(String::as_str).zip(row.cells.iter().copied());
        cells.filter(|(_, cell)| !cell.is_empty())
    }
}

impl Row<'_> {
    /// The error that this row is.
    pub(crate) const fn malformed(&self) -> EvalError {
        EvalError::Labels { line: self.line }
    }
}

fn is_inside(name: &str) -> bool {
    !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

//! The one place that writes to standard output and standard error.

use std::io::{self, Write};

use serde::Serialize;

/// Prints results to standard output, everything else to standard error.
#[derive(Debug)]
pub(crate) struct Printer {
    output: io::Stdout,
    errors: io::Stderr,
}

impl Default for Printer {
    fn default() -> Self {
        Self { output: io::stdout(), errors: io::stderr() }
    }
}

impl Printer {
    /// Prints a line of a result.
    pub(crate) fn line(&self, text: &str) {
        write_line(&mut self.output.lock(), text);
    }

    /// Prints a result that has its line ends already.
    pub(crate) fn text(&self, text: &str) {
        let _ = self.output.lock().write_all(text.as_bytes());
    }

    /// Prints a result as JSON.
    pub(crate) fn json(&self, result: &impl Serialize) -> anyhow::Result<()> {
        self.line(&serde_json::to_string_pretty(result)?);
        Ok(())
    }

    /// Prints a result as a table with aligned columns below their headings.
    pub(crate) fn table<const COLUMNS: usize>(
        &self,
        headings: [&str; COLUMNS],
        rows: impl IntoIterator<Item = [String; COLUMNS]>,
    ) {
        let mut all = vec![headings.map(str::to_owned).to_vec()];
        all.extend(rows.into_iter().map(Vec::from));
        self.line(&table(&all));
    }

    /// Prints a remark for the person at the terminal.
    pub(crate) fn note(&self, text: &str) {
        write_line(&mut self.errors.lock(), text);
    }

    /// Says why a request was refused.
    pub(crate) fn refusal(&self, reason: &dyn std::fmt::Display) {
        self.note(&format!("vultus: {reason}"));
    }

    /// Says what broke, with every cause.
    pub(crate) fn failure(&self, error: &anyhow::Error) {
        self.note(&format!("vultus: {error:#}"));
    }
}

/// A reader that has gone away (a closed pipe) is no reason to fail.
fn write_line(stream: &mut impl Write, text: &str) {
    let _ = writeln!(stream, "{text}");
}

/// A table with aligned columns; the first row is the heading.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_a_table_line_up() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        assert_eq!(table(&[row(["name", "size"]), row(["a", "1"])]), "name  size\na     1");
    }
}

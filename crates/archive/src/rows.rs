//! Rows, as archives hold them, and what tells that they are the same.

use sha2::{Digest, Sha256};
use vultus_store::archive::{ColumnKind, Row, Table, Value};

use crate::message::{Cell, CellValue, ColumnHeader, RowOfCells, TableHeader};

/// What the first block says of a table.
pub(crate) fn header_of(table: &Table) -> TableHeader {
    let columns = table
        .columns
        .iter()
        .map(|column| ColumnHeader { name: column.name.to_owned(), kind: column.kind.name().to_owned() });
    TableHeader { name: table.name.to_owned(), columns: columns.collect() }
}

/// The table that the first block speaks of, with the columns that it names; `None` where it is not known here.
pub(crate) fn table_of(header: &TableHeader, known: &[Table]) -> Option<Table> {
    let kind = |column: &ColumnHeader| ColumnKind::from_name(&column.kind);
    let columns: Option<Vec<_>> =
        header.columns.iter().map(|column| Some((column.name.as_str(), kind(column)?))).collect();
    known.iter().find(|table| table.name == header.name)?.narrowed(&columns?)
}

pub(crate) fn to_message(row: Row) -> RowOfCells {
    let value = |value| match value {
        Value::Null => None,
        Value::Integer(number) => Some(CellValue::Integer(number)),
        Value::Real(number) => Some(CellValue::Real(number)),
        Value::Text(text) => Some(CellValue::Text(text)),
        Value::Bytes(bytes) => Some(CellValue::Bytes(bytes)),
        Value::Boolean(is_so) => Some(CellValue::Boolean(is_so)),
    };
    RowOfCells { cells: row.into_iter().map(|found| Cell { value: value(found) }).collect() }
}

/// The row, if it is one of the table.
pub(crate) fn from_message(message: RowOfCells, table: &Table) -> Option<Row> {
    let value = |cell: Cell| match cell.value {
        None => Value::Null,
        Some(CellValue::Integer(number)) => Value::Integer(number),
        Some(CellValue::Real(number)) => Value::Real(number),
        Some(CellValue::Text(text)) => Value::Text(text),
        Some(CellValue::Bytes(bytes)) => Value::Bytes(bytes),
        Some(CellValue::Boolean(is_so)) => Value::Boolean(is_so),
    };
    let row: Row = message.cells.into_iter().map(value).collect();
    let fits = row.len() == table.columns.len()
        && table.columns.iter().zip(&row).all(|(column, value)| column.kind.fits(value));
    fits.then_some(row)
}

/// What tells the rows of a table from others: their number, and a digest of all their values in the order of the
/// primary key.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableDigest {
    rows: u64,
    hasher: Sha256,
}

impl TableDigest {
    pub(crate) fn add(&mut self, rows: &[Row]) {
        self.rows += rows.len() as u64;
        for value in rows.iter().flatten() {
            self.add_value(value);
        }
    }

    fn add_value(&mut self, value: &Value) {
        let mut add = |kind: u8, bytes: &[u8]| {
            self.hasher.update([kind]);
            self.hasher.update((bytes.len() as u64).to_le_bytes());
            self.hasher.update(bytes);
        };
        match value {
            Value::Null => add(0, &[]),
            Value::Integer(number) => add(1, &number.to_le_bytes()),
            // SQLite keeps no sign of zero: both zeros are the same.
            Value::Real(number) => add(2, &(number + 0.0).to_le_bytes()),
            Value::Text(text) => add(3, text.as_bytes()),
            Value::Bytes(bytes) => add(4, bytes),
            Value::Boolean(is_so) => add(5, &[u8::from(*is_so)]),
        }
    }

    pub(crate) fn finish(self) -> (u64, Vec<u8>) {
        (self.rows, self.hasher.finalize().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use vultus_store::archive::TABLES;

    use super::*;

    #[test]
    fn every_table_is_known_by_its_header() {
        for table in &TABLES {
            assert_eq!(table_of(&header_of(table), &TABLES).as_ref(), Some(table));
        }
    }

    #[test]
    fn what_later_versions_may_have_is_not_known() {
        let mut header = header_of(&TABLES[0]);
        header.name = "moons".to_owned();
        assert_eq!(table_of(&header, &TABLES), None);
        let mut header = header_of(&TABLES[0]);
        header.columns.push(ColumnHeader { name: "colour".to_owned(), kind: "text".to_owned() });
        assert_eq!(table_of(&header, &TABLES), None);
        header.columns.pop();
        header.columns[1].kind = "matrix".to_owned();
        assert_eq!(table_of(&header, &TABLES), None);
    }

    #[test]
    fn digests_tell_rows_apart() {
        let digest = |rows: &[Row]| {
            let mut digest = TableDigest::default();
            digest.add(rows);
            digest.finish()
        };
        let text = |text: &str| Value::Text(text.to_owned());
        let one = digest(&[vec![text("ab"), text("c")]]);
        assert_ne!(one, digest(&[vec![text("a"), text("bc")]]));
        assert_ne!(one, digest(&[vec![text("ab")], vec![text("c")]]));
        assert_ne!(digest(&[vec![Value::Null]]), digest(&[vec![text("")]]));
        assert_eq!(digest(&[vec![Value::Real(0.0)]]), digest(&[vec![Value::Real(-0.0)]]));
    }
}

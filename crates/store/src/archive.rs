//! Everything that a store holds, as rows of neutral values: for moving it into a store of another kind.
//!
//! [`TABLES`] names every table with its columns, parents before their children, but for what is said of other servers:
//! over which search shards the faces are spread. What is read of a store through one [`Snapshot`] is of one moment. An
//! import takes [`ArchiveStore::begin_import`], calls of [`ArchiveStore::import_rows`] and
//! [`ArchiveStore::note_import`] for one block of an archive after the other, and [`ArchiveStore::finish_import`]. It may
//! be interrupted at any point and goes on where it stopped; until it is finished, the store is for nobody else.

use std::borrow::Cow;
use std::ops::Range;

use async_trait::async_trait;
use uuid::Uuid;

use crate::StoreError;

mod tables;

pub use tables::TABLES;

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// None.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Yes or no.
    Boolean(bool),
}

/// The values of a table's columns, in their order.
pub type Row = Vec<Value>;

/// What a column holds, beside nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Whole numbers.
    Integer,
    /// Numbers.
    Real,
    /// Texts.
    Text,
    /// Bytes.
    Bytes,
    /// Yes or no.
    Boolean,
}

impl ColumnKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Integer, Self::Real, Self::Text, Self::Bytes, Self::Boolean];

    /// Its name in archives.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Real => "real",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Boolean => "boolean",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether a column of this kind may hold the value.
    pub const fn fits(self, value: &Value) -> bool {
        matches!(
            (self, value),
            (_, Value::Null)
                | (Self::Integer, Value::Integer(_))
                | (Self::Real, Value::Real(_))
                | (Self::Text, Value::Text(_))
                | (Self::Bytes, Value::Bytes(_))
                | (Self::Boolean, Value::Boolean(_))
        )
    }
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
}

/// A table, or some columns of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns; those of the primary key are first.
    pub columns: Cow<'static, [Column]>,
    /// How many columns the primary key has.
    pub keys: usize,
    /// How many rows are read at a time: fewer where rows may be large.
    pub rows_per_page: usize,
}

impl Table {
    /// The columns of the primary key, by which rows are ordered.
    pub fn key(&self) -> &[Column] {
        &self.columns[..self.keys]
    }

    /// The table with those columns only, in that order: what an earlier version knew of it. `None` where one of
    /// them is not known, or the primary key is another.
    pub fn narrowed(&self, columns: &[(&str, ColumnKind)]) -> Option<Self> {
        let known = |&(name, kind): &(&str, ColumnKind)| {
            self.columns.iter().find(|column| column.name == name && column.kind == kind).copied()
        };
        let columns = columns.iter().map(known).collect::<Option<Vec<_>>>()?;
        let has_key = columns.get(..self.keys)? == self.key();
        has_key.then(|| Self { columns: columns.into(), ..self.clone() })
    }
}

/// The numbers that only grow, by the table that they are given to: the last that was given.
pub const COUNTERS: [&str; 4] = ["audit", "changes", "consents", "galleries"];

/// The id of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveId(pub Uuid);

/// Whether a store can take an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportStart {
    /// It takes it, or goes on with it, from that block on.
    At(u64),
    /// This table holds rows: nothing was changed.
    NotEmpty(&'static str),
    /// The import of another archive is under way: nothing was changed.
    OtherArchive,
}

/// Everything that a store held at one moment, whatever is written meanwhile.
#[async_trait]
pub trait Snapshot: Send {
    /// How many rows a table has.
    async fn count(&mut self, table: &Table) -> Result<u64, StoreError>;

    /// The next [`Table::rows_per_page`] rows of a table after the one given, in the order of the primary key.
    async fn page(&mut self, table: &Table, after: Option<&Row>) -> Result<Vec<Row>, StoreError>;

    /// How many blobs rows refer to.
    async fn blob_count(&mut self) -> Result<u64, StoreError>;

    /// The next keys of blobs that rows refer to after the one given, in the order of their bytes; each once.
    async fn blob_keys(&mut self, after: Option<&str>) -> Result<Vec<String>, StoreError>;

    /// The last numbers given, for each of [`COUNTERS`].
    async fn counters(&mut self) -> Result<Vec<(&'static str, i64)>, StoreError>;
}

/// A store that can be read whole, and filled.
#[async_trait]
pub trait ArchiveStore: Send + Sync {
    /// Begins to read everything as of now.
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError>;

    /// The archive whose import has begun and has not been finished.
    async fn import_under_way(&self) -> Result<Option<ArchiveId>, StoreError>;

    /// Begins an import with block 0 into a store that holds nothing, or goes on with it.
    async fn begin_import(&self, archive: ArchiveId) -> Result<ImportStart, StoreError>;

    /// Adds rows, which are all that is in these blocks.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where `blocks` does not begin where the import stands: another process is at it;
    /// [`StoreError::Unrepresentable`] where this database cannot keep one of the values.
    async fn import_rows(
        &self,
        archive: ArchiveId,
        blocks: &Range<u64>,
        table: &Table,
        rows: &[Row],
    ) -> Result<(), StoreError>;

    /// Notes that nothing is to be done any more about these blocks.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] as of [`Self::import_rows`].
    async fn note_import(&self, archive: ArchiveId, blocks: &Range<u64>) -> Result<(), StoreError>;

    /// Ends the import, so that the store may be used. Numbers that are given from now on are greater than these.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the import of this archive is not under way.
    async fn finish_import(&self, archive: ArchiveId, counters: &[(String, i64)]) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_narrowed_to_what_an_earlier_version_knew() {
        let accounts = &TABLES[0];
        let (id, name) = (("id", ColumnKind::Bytes), ("name", ColumnKind::Text));
        let narrowed = accounts.narrowed(&[id, name]).unwrap();
        assert_eq!(narrowed.columns.len(), 2);
        assert_eq!(accounts.narrowed(&[name, id]), None, "the key is first");
        assert_eq!(accounts.narrowed(&[id, ("name", ColumnKind::Bytes)]), None);
        assert_eq!(accounts.narrowed(&[id, ("later", ColumnKind::Text)]), None);
        assert_eq!(accounts.narrowed(&[]), None);
    }

    #[test]
    fn tables_have_a_key_and_names_of_their_own() {
        for table in &TABLES {
            assert!((1..=table.columns.len()).contains(&table.keys), "{}", table.name);
            let mut names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), table.columns.len(), "{}", table.name);
        }
    }
}

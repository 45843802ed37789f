//! What an archive is made of, as protocol buffers: fields that are not known are passed over, and those that are not
//! there have their defaults.

use prost::{Message, Oneof};

/// The header: what is needed to read the blocks.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Header {
    /// The archive's id, 16 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) archive: Vec<u8>,
    /// How the key follows from the passphrase; nothing where blocks are not encrypted.
    #[prost(message, optional, tag = "2")]
    pub(crate) encryption: Option<Encryption>,
}

/// How the key follows from the passphrase: the parameters of Argon2id.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Encryption {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) salt: Vec<u8>,
    #[prost(uint32, tag = "2")]
    pub(crate) memory_kib: u32,
    #[prost(uint32, tag = "3")]
    pub(crate) passes: u32,
    #[prost(uint32, tag = "4")]
    pub(crate) lanes: u32,
    /// Tells a wrong passphrase from a damaged archive.
    #[prost(bytes = "vec", tag = "5")]
    pub(crate) check: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Block {
    #[prost(oneof = "Content", tags = "1, 2, 3, 4")]
    pub(crate) content: Option<Content>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum Content {
    #[prost(message, tag = "1")]
    Start(Start),
    #[prost(message, tag = "2")]
    Rows(Rows),
    #[prost(message, tag = "3")]
    BlobPart(BlobPart),
    #[prost(message, tag = "4")]
    End(End),
}

/// The first block: what follows.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub(crate) struct Start {
    #[prost(string, tag = "1")]
    pub(crate) version: String,
    #[prost(message, repeated, tag = "2")]
    pub(crate) tables: Vec<TableHeader>,
    #[prost(uint64, tag = "3")]
    pub(crate) rows: u64,
    #[prost(uint64, tag = "4")]
    pub(crate) blobs: u64,
    #[prost(bool, tag = "5")]
    pub(crate) has_blobs: bool,
    /// The key under which credentials are hashed; empty where it is not in the archive.
    #[prost(bytes = "vec", tag = "6")]
    pub(crate) secret_key: Vec<u8>,
}

/// Holds the key.
impl std::fmt::Debug for Start {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Start").field("version", &self.version).finish_non_exhaustive()
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TableHeader {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, repeated, tag = "2")]
    pub(crate) columns: Vec<ColumnHeader>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ColumnHeader {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, tag = "2")]
    pub(crate) kind: String,
}

/// Some rows of the table with that place in the first block.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Rows {
    #[prost(uint32, tag = "1")]
    pub(crate) table: u32,
    #[prost(message, repeated, tag = "2")]
    pub(crate) rows: Vec<RowOfCells>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct RowOfCells {
    #[prost(message, repeated, tag = "1")]
    pub(crate) cells: Vec<Cell>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Cell {
    #[prost(oneof = "CellValue", tags = "1, 2, 3, 4, 5")]
    pub(crate) value: Option<CellValue>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum CellValue {
    #[prost(sint64, tag = "1")]
    Integer(i64),
    #[prost(double, tag = "2")]
    Real(f64),
    #[prost(string, tag = "3")]
    Text(String),
    #[prost(bytes = "vec", tag = "4")]
    Bytes(Vec<u8>),
    #[prost(bool, tag = "5")]
    Boolean(bool),
}

/// A piece of a photo or medium; the pieces of one follow each other.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct BlobPart {
    #[prost(string, tag = "1")]
    pub(crate) key: String,
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) bytes: bytes::Bytes,
    #[prost(bool, tag = "3")]
    pub(crate) is_last: bool,
}

/// The last block: what there was.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct End {
    /// As in the first block.
    #[prost(message, repeated, tag = "1")]
    pub(crate) tables: Vec<TableEnd>,
    #[prost(uint64, tag = "2")]
    pub(crate) blobs: u64,
    #[prost(uint64, tag = "3")]
    pub(crate) blob_bytes: u64,
    #[prost(uint64, tag = "4")]
    pub(crate) missing_blobs: u64,
    #[prost(message, repeated, tag = "5")]
    pub(crate) counters: Vec<Counter>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TableEnd {
    #[prost(uint64, tag = "1")]
    pub(crate) rows: u64,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) digest: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Counter {
    #[prost(string, tag = "1")]
    pub(crate) table: String,
    #[prost(int64, tag = "2")]
    pub(crate) last: i64,
}

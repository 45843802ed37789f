//! The repositories in SQL, for any of the drivers: this folder is compiled once for each.
//!
//! Parameters are written `$1`, `$2`, …; whole numbers are bound and read as `i64`; lists are bound as JSON text and
//! unfolded by `ids!` and `texts!`.

mod accounts;
mod archive;
mod audit;
mod cameras;
mod catalogue;
mod consents;
mod embedder;
mod faces;
mod history;
mod listing;
mod media;
mod operators;
mod pending;
mod removal;
mod rows;
mod usage;
mod watches;

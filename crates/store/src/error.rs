//! Errors of a store.

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Something with this unique key exists already.
    #[error("{0} exists already")]
    Conflict(&'static str),
    /// The thing to change does not exist.
    #[error("{0} does not exist")]
    NotFound(&'static str),
    /// A template was made by other models than those the store is bound to.
    #[error("the store is bound to another embedder")]
    OtherEmbedder,
    /// The store has changed since the decision was taken that should be written.
    #[error("the store has changed meanwhile")]
    Stale,
    /// A stored row cannot be read back; the database was changed by something else.
    #[error("stored {table} row {id} is damaged")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The row's key; never personal data.
        id: String,
    },
    /// A text holds a NUL character, which this database cannot keep.
    #[error("a text in {0} holds a NUL character, which this database cannot keep")]
    Unrepresentable(&'static str),
    /// The disk is full or cannot be written.
    #[error("the store cannot be written: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Any other failure of the driver.
    #[error("the store failed")]
    Driver(#[source] Box<dyn std::error::Error + Send + Sync>),
}

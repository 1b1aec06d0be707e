//! The only crate that knows SQL.

/// The database, opened.
#[derive(Clone)]
pub struct Store;

/// What can go wrong between us and the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A statement ran into its time limit.
    #[error("the statement took too long")]
    TookTooLong,
}

impl StoreError {
    /// Whether trying again later may help.
    pub fn is_transient(&self) -> bool {
        false
    }
}

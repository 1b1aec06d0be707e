//! Regular expressions that both databases understand alike.

/// A regular expression, in the two spellings that mean the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// For the `regex` crate (SQLite).
    pub rust: String,
    /// For PostgreSQL's `~` (advanced regular expressions).
    pub postgres: String,
}

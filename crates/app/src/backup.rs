//! Backups: everything that the register holds in one file, which either database takes.
//!
//! A backup has the system's own tables: the history, who there is and what they may, change requests,
//! tasks, sources, webhooks. Records are not in it beside that: they are written again from the
//! history, so that what comes back is what the history says, and nothing else.
//!
//! ```text
//!     one read transaction ── rows ── lines of JSON ── zstd ── FILE        [`take`], [`file`]
//!     FILE ── lines ── one write transaction:  tables, schema, records,
//!                                              the chain of hashes walked  [`restore`]
//! ```

mod file;
mod kept;
mod restore;
mod take;

use domain::history::Hash;
use domain::record::{CommitNumber, Timestamp};

pub use file::{BackupFault, look};
pub use kept::BackupFile;
pub(crate) use kept::{backup_name, keep_newest};
pub use restore::{RestoreError, Restored, restore};

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupHead {
    /// When it was taken.
    pub taken_at: Timestamp,
    /// The version of the program that took it.
    pub version: String,
    /// The database that it was taken of: `SQLite` or `PostgreSQL`.
    pub database: String,
    /// The newest migration of that database.
    pub migration: i64,
    /// The last commit in it.
    pub commit: CommitNumber,
    /// The hash of that commit.
    pub hash: Hash,
    /// How many rows it has, of all tables.
    pub rows: u64,
}

/// The part of the work that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackupPhase {
    /// Rows are read from the database or the file, and written into the other.
    Rows,
    /// Records are written from the history.
    Records,
    /// The chain of hashes is walked.
    Chain,
}

//! Files of records into the register, all or nothing.
//!
//! ```text
//! bytes ─ text::decode ─ table::read ─ shape ─ Import ─ run ─ submit or preview ─ Report
//! ```
//! Everything before `run` is pure. What a file means:
//!
//! - A row is matched by its `id` where it has one, else by its type's key; a key that nobody has
//!   adds a record.
//! - A column is the field of its name, or the one that it is mapped to.
//! - A blank cell is null: it clears the field. A column that the file has not leaves the field as
//!   it is. A default given for a field stands in for both.
//! - Cells of `refs` fields hold keys joined by a separator (`|`), with a backslash before one that
//!   belongs to a key. Keys of several parts are joined by ` / `.
//! - The columns that our own exports have beside the fields are passed over, save `id`.
//! - Two rows about the same record are a fault of both.

mod cell;
mod columns;
pub mod csv;
mod laws;
mod missing;
mod rejects;
mod run;
mod shape;
pub mod table;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;

use domain::schema::{Schema, TypeIndex};

pub use laws::broken_law;
pub use rejects::REJECT_COLUMNS;
pub use run::{Difference, Report, RunOptions, Sample};
pub use shape::Import;
pub use table::{Format, Place};

use crate::{Error, Progress};

/// How a file is to be read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Its form; by its beginning when nobody says.
    pub format: Option<Format>,
    /// The name of its encoding where it has no mark; UTF-8 when nobody says.
    pub encoding: Option<String>,
    /// What stands between two cells; by the header when nobody says.
    pub separator: Option<char>,
    /// What stands between the items of a list in a cell.
    pub list_separator: char,
    /// Columns that hold a field of another name; an empty name passes the column over.
    pub columns: BTreeMap<String, String>,
    /// For fields, what stands in for a blank or a missing column, as a cell has it.
    pub defaults: BTreeMap<String, String>,
    /// Who is told how far the reading is.
    pub progress: Progress,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            format: None,
            encoding: None,
            separator: None,
            list_separator: crate::encode::LIST_SEPARATOR,
            columns: BTreeMap::new(),
            defaults: BTreeMap::new(),
            progress: Progress::NONE,
        }
    }
}

/// Reads a file of records of one type. Rows that can't be meant are told by
/// [`Import::bad_rows`]; whether that stops the import is the runner's decision.
///
/// # Errors
/// [`ImportError`] where the file as a whole can't be read.
pub fn read(
    schema: &Schema,
    type_index: TypeIndex,
    bytes: &[u8],
    options: &ReadOptions,
) -> Result<Import, ImportError> {
    let text = text::decode(bytes, options.encoding.as_deref())?;
    let table = table::read(&text, options.format, options.separator)?;
    shape::shape(schema, type_index, table, options)
}

/// A row that can't be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Its number among the file's rows, from 0.
    pub row: usize,
    /// Where it stands.
    pub place: Place,
    /// Everything that is wrong with it, as a sentence or several.
    pub why: String,
}

/// Why a file is not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Nobody knows the encoding.
    #[error("there is no encoding {0:?}; name one such as utf-8, utf-16le or windows-1252")]
    UnknownEncoding(String),
    /// The bytes are no text.
    #[error(
        "line {line}: this is not {encoding} text; save the file as UTF-8 or name its encoding"
    )]
    NotText {
        /// The line, from 1.
        line: u64,
        /// The encoding that was tried.
        encoding: &'static str,
    },
    /// A CSV file without a header.
    #[error("the file is empty: the first line names the columns")]
    NoHeader,
    /// Text whose rows can't be told apart.
    #[error("line {line}: {why}")]
    BadCsv {
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        why: &'static str,
    },
    /// Text that is no JSON.
    #[error("the JSON can't be read: {why}")]
    BadJson {
        /// What is wrong, with line and column.
        why: String,
    },
    /// Columns or options that don't fit the type; all of them.
    #[error("{}", .0.join("\n"))]
    BadColumns(Vec<String>),
    /// Rows that can't be imported; all of them, in the file's order.
    #[error("{} rows can't be imported", .0.len())]
    BadRows(Vec<BadRow>),
    /// Records that rows refer to and that can't be made with their key alone.
    #[error("missing records can't be made: {}", .0.join("; "))]
    BadReferences(Vec<String>),
    /// The register did not take it.
    #[error(transparent)]
    App(#[from] Error),
}

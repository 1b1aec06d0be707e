//! Files of records into the register, all or nothing.
//!
//! ```text
//! bytes ─ text::decode ─ table::read ─┬─ shape ─ Import ─ run ─ submit or preview ─ Report
//!         xlsx::read ─────────────────┘
//! ```
//! Everything before `run` is pure. What a file means:
//!
//! - A row is matched by its `id` where it has one, else by its type's key; a key that nobody has
//!   adds a record.
//! - A column is the field of its name, or the one that it is mapped to.
//! - A cell of a workbook is the text that a CSV file would have: formulas are not worked out, what
//!   they gave last is taken.
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
mod xlsx;
mod yaml;

use std::collections::BTreeMap;
use std::fmt;

use domain::schema::{Schema, TypeIndex};

pub use columns::{Mapping, are_known, guess};
pub use laws::broken_law;
pub(crate) use missing::missing;
pub use rejects::REJECT_COLUMNS;
pub(crate) use run::refusal_text;
pub use run::{Difference, Report, RunOptions, Sample};
pub use shape::Import;
pub use table::{Format, Place, Table};
pub use xlsx::XlsxLimits;

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
    /// The sheet of a workbook; the first when nobody says.
    pub sheet: Option<String>,
    /// How large a workbook may be when it is unpacked.
    pub limits: XlsxLimits,
    /// Columns that hold a field of another name.
    pub columns: Mapping,
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
            sheet: None,
            limits: XlsxLimits::REQUEST,
            columns: Mapping::default(),
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
    shape::shape(schema, type_index, read_table(bytes, options)?, options)
}

/// Reads the rows of a file, whatever they mean.
///
/// # Errors
/// [`ImportError`] where not even rows can be told.
pub fn read_table(bytes: &[u8], options: &ReadOptions) -> Result<Table, ImportError> {
    let format = options.format.or_else(|| xlsx::is_one(bytes).then_some(Format::Xlsx));
    if format == Some(Format::Xlsx) {
        return xlsx::read(bytes, options.sheet.as_deref(), options.limits);
    }
    if xlsx::is_old(bytes) {
        return Err(ImportError::OldWorkbook);
    }
    let text = text::decode(bytes, options.encoding.as_deref())?;
    table::read(&text, format, options.separator)
}

/// Says what the rows of a table mean.
///
/// # Errors
/// [`ImportError::BadColumns`].
pub fn shape_table(
    schema: &Schema,
    type_index: TypeIndex,
    table: Table,
    options: &ReadOptions,
) -> Result<Import, ImportError> {
    shape::shape(schema, type_index, table, options)
}

/// A row that can't be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Its number among the file's rows, from 0.
    pub row: usize,
    /// Where it stands.
    pub place: Place,
    /// Everything that is wrong with it.
    pub reasons: Vec<Reason>,
}

/// Something that is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The field, where it is one's.
    pub field: Option<String>,
    /// What is wrong, as a sentence or a part of one.
    pub why: String,
}

impl BadRow {
    /// Everything that is wrong with it, in one text.
    pub fn why(&self) -> String {
        let told: Vec<String> = self.reasons.iter().map(ToString::to_string).collect();
        told.join("; ")
    }
}

impl Reason {
    /// Of the row as a whole.
    pub(crate) fn of_row(why: impl Into<String>) -> Self {
        Self { field: None, why: why.into() }
    }

    /// Of a field.
    pub(crate) fn of_field(field: &str, why: &dyn fmt::Display) -> Self {
        Self { field: Some(field.to_owned()), why: why.to_string() }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field}: {}", self.why),
            None => f.write_str(&self.why),
        }
    }
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
    /// A workbook in the form that came before XLSX, or behind a password.
    #[error(
        "this is a workbook of an old form (.xls) or behind a password; \
         save it as .xlsx without a password, or as CSV"
    )]
    OldWorkbook,
    /// Bytes that are no workbook.
    #[error("this can't be read as XLSX: {why}")]
    BadXlsx {
        /// What is wrong.
        why: String,
    },
    /// A workbook that unpacks to more than is taken.
    #[error("the workbook is too large: {what}; import it in parts, or as CSV")]
    TooLarge {
        /// How large, and what it may be.
        what: String,
    },
    /// A workbook has no sheet of this name.
    #[error("there is no sheet {asked:?}; the workbook has: {}", .sheets.join(", "))]
    NoSheet {
        /// The name that was asked for.
        asked: String,
        /// The names that there are.
        sheets: Vec<String>,
    },
    /// Text that is no YAML, or of a kind that is not taken.
    #[error("the YAML can't be read: line {line}: {why}")]
    BadYaml {
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        why: String,
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

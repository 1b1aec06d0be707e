//! From a workbook of XLSX to a table: the cells of one sheet, as the texts that a CSV file would have.
//!
//! A workbook is packed: what it unpacks to is measured first, and bounded, whatever it says of
//! itself. Formulas are not worked out; what they gave when the workbook was saved is taken.

use std::fmt;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader, SheetType, Xlsx, XlsxCellFormulaMetadataRecord, XlsxError};
use domain::json::Json;
use zip::ZipArchive;

use super::ImportError;
use super::table::{Format, Place, Table, TableRow};
use crate::spreadsheet::{COLUMNS_MAX, ROWS_MAX, column_letters, moment_text, number_text};

/// How large a workbook may be when it is unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct XlsxLimits {
    /// The bytes of all its parts.
    pub bytes: u64,
    /// The cells of the sheet, rows times columns.
    pub cells: usize,
}

impl XlsxLimits {
    /// For what comes over the network: a hundred thousand servers.
    pub const REQUEST: Self = Self { bytes: 256 * 1_024 * 1_024, cells: 2_000_000 };
    /// For who may use the machine as they like: what a sheet holds.
    pub const COMMAND: Self = Self { bytes: 4 * 1_024 * 1_024 * 1_024, cells: 20_000_000 };
}

/// Parts of a workbook: sheets, styles, pictures.
const PARTS_MAX: usize = 1_000;
/// How much is unpacked at a time.
const PIECE: usize = 64 * 1_024;
/// What says how many texts follow; the reader makes room for as many, there or not.
const PROMISE: &[u8] = b"uniqueCount";
/// Bytes that hold a promise and its number, and the most blanks between them.
const PROMISE_LENGTH_MAX: usize = 1_024;
const PROMISE_BLANKS_MAX: usize = 900;

/// Whether a file is packed as workbooks are.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Whether a file is a workbook of the form before, or a new one behind a password.
pub(super) fn is_old(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1])
}

/// Reads the rows of a sheet: of that name, else of the first.
///
/// # Errors
/// [`ImportError::BadXlsx`], [`ImportError::TooLarge`], [`ImportError::NoSheet`],
/// [`ImportError::OldWorkbook`], [`ImportError::NoHeader`].
pub(super) fn read(
    bytes: &[u8],
    sheet: Option<&str>,
    limits: XlsxLimits,
) -> Result<Table, ImportError> {
    if is_old(bytes) {
        return Err(ImportError::OldWorkbook);
    }
    measure(bytes, limits)?;
    // The reader counts rows without looking whether they can be counted.
    catch_unwind(AssertUnwindSafe(|| read_sheet(bytes, sheet, limits)))
        .unwrap_or_else(|_panic| Err(bad(&"it is not as a spreadsheet writes it")))
}

fn bad(why: &dyn fmt::Display) -> ImportError {
    ImportError::BadXlsx { why: why.to_string() }
}

/// Unpacks everything once and keeps nothing, to see how much it is.
fn measure(bytes: &[u8], limits: XlsxLimits) -> Result<(), ImportError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| bad(&error))?;
    if archive.len() > PARTS_MAX {
        let what = format!("it has {} parts, at most {PARTS_MAX} are taken", archive.len());
        return Err(ImportError::TooLarge { what });
    }
    let mut left = limits.bytes;
    let mut piece = vec![0; PIECE];
    for part in 0..archive.len() {
        let mut part = archive.by_index(part).map_err(|error| bad(&error))?;
        let mut seen = Vec::new();
        loop {
            let length = part.read(&mut piece).map_err(|error| bad(&error))?;
            if length == 0 {
                break;
            }
            left = left.checked_sub(length as u64).ok_or_else(|| ImportError::TooLarge {
                what: format!("it unpacks to more than {} MB", limits.bytes / (1_024 * 1_024)),
            })?;
            seen.extend_from_slice(piece.get(..length).unwrap_or_default());
            check_promises(&seen, limits)?;
            // A promise may go on in the next piece.
            let behind = seen.len().saturating_sub(PROMISE_LENGTH_MAX);
            seen.drain(..behind);
        }
    }
    Ok(())
}

/// Refuses a workbook that says to hold more texts than it may have cells.
fn check_promises(seen: &[u8], limits: XlsxLimits) -> Result<(), ImportError> {
    let mut rest = seen;
    while let Some(at) = rest.windows(PROMISE.len()).position(|window| window == PROMISE) {
        rest = rest.get(at + PROMISE.len()..).unwrap_or_default();
        let equals = rest.trim_ascii_start();
        let quote = equals.strip_prefix(b"=").unwrap_or_default().trim_ascii_start();
        if rest.len() - quote.len() > PROMISE_BLANKS_MAX && (equals.is_empty() || quote.is_empty())
        {
            return Err(bad(&"it is not as a spreadsheet writes it"));
        }
        // Anything else is the text of some cell.
        let [b'"' | b'\'', said @ ..] = quote else {
            continue;
        };
        let digits = said.iter().take_while(|byte| byte.is_ascii_digit());
        let count = digits.fold(0_usize, |count, digit| {
            count.saturating_mul(10).saturating_add(usize::from(digit - b'0'))
        });
        if count > limits.cells {
            let what = format!("it says to hold {count} texts, at most {} are taken", limits.cells);
            return Err(ImportError::TooLarge { what });
        }
    }
    Ok(())
}

fn read_sheet(bytes: &[u8], sheet: Option<&str>, limits: XlsxLimits) -> Result<Table, ImportError> {
    let told = |error: XlsxError| {
        if matches!(error, XlsxError::Password) { ImportError::OldWorkbook } else { bad(&error) }
    };
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(told)?;
    let sheets: Vec<String> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| sheet.name.clone())
        .collect();
    let name = match sheet {
        Some(asked) if sheets.iter().all(|name| name != asked) => {
            return Err(ImportError::NoSheet { asked: asked.to_owned(), sheets });
        }
        Some(asked) => asked.to_owned(),
        None => sheets.first().cloned().ok_or_else(|| bad(&"it has no sheet"))?,
    };
    let begins_1904 = workbook.has_1904_epoch();
    let mut cells = workbook.worksheet_cells_reader(&name).map_err(told)?;
    let mut grid = Grid::new(limits.cells);
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(told)? {
        grid.put(cell.pos, cell_text(&cell, begins_1904))?;
    }
    grid.finish(sheets)
}

/// What a cell holds, as a CSV file would have it, and what is wrong with that.
struct CellText {
    text: String,
    fault: Option<String>,
}

fn cell_text(cell: &XlsxCellFormulaMetadataRecord<'_>, begins_1904: bool) -> CellText {
    let told = |text: String| CellText { text, fault: None };
    let wrong = |text: String, why: &str| CellText { text, fault: Some(why.to_owned()) };
    match &cell.value {
        DataRef::Empty if cell.formula.is_some() => wrong(
            String::new(),
            "has a formula without a value; open and save the file in a spreadsheet, or write the \
             value in its place",
        ),
        DataRef::Empty => told(String::new()),
        DataRef::String(text) | DataRef::DurationIso(text) => told(text.clone()),
        DataRef::SharedString(text) => told((*text).to_owned()),
        DataRef::Int(number) => told(number.to_string()),
        DataRef::Float(number) => match number_text(*number) {
            Some(text) => told(text),
            None => wrong(
                number.to_string(),
                "has a number of more than the 15 digits that a spreadsheet keeps; write it as text",
            ),
        },
        DataRef::Bool(truth) => told(truth.to_string()),
        DataRef::DateTime(moment) => {
            let serial = moment.as_f64();
            let text = moment_text(serial, begins_1904).filter(|_| moment.is_datetime());
            match text {
                Some(text) => told(text),
                None => wrong(
                    serial.to_string(),
                    "has a time without a day, or a day before March 1900; write it as text",
                ),
            }
        }
        DataRef::DateTimeIso(text) => {
            told(text.strip_suffix("T00:00:00").unwrap_or(text).to_owned())
        }
        DataRef::Error(error) => wrong(error.to_string(), "has an error in place of a value"),
    }
}

/// Rows that are put together from cells, which come in their order.
struct Grid {
    cells_max: usize,
    cells: usize,
    columns: Option<Vec<String>>,
    rows: Vec<TableRow>,
    /// The row that cells are put into, from 0, and those it has.
    row: u32,
    row_cells: Vec<(u32, CellText)>,
}

impl Grid {
    fn new(cells_max: usize) -> Self {
        Self { cells_max, cells: 0, columns: None, rows: Vec::new(), row: 0, row_cells: Vec::new() }
    }

    fn put(&mut self, (row, column): (u32, u32), text: CellText) -> Result<(), ImportError> {
        if row >= ROWS_MAX || column >= COLUMNS_MAX {
            return Err(bad(&"it has a cell where no sheet has one"));
        }
        if row != self.row {
            self.end_row()?;
            if row < self.row {
                return Err(bad(&"its rows are not in their order"));
            }
            self.row = row;
        }
        if self.row_cells.last().is_some_and(|(last, _)| *last >= column) {
            return Err(bad(&"its cells are not in their order"));
        }
        self.row_cells.push((column, text));
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), ImportError> {
        let cells = std::mem::take(&mut self.row_cells);
        let is_blank =
            |(_, cell): &(u32, CellText)| cell.fault.is_none() && cell.text.trim().is_empty();
        if cells.iter().all(is_blank) {
            return Ok(());
        }
        let Some(columns) = &self.columns else {
            self.columns = Some(header(self.row, cells)?);
            return Ok(());
        };
        let width = columns.len();
        self.cells = self.cells.saturating_add(width);
        if self.cells > self.cells_max {
            let what = format!("its sheet has more than {} cells", self.cells_max);
            return Err(ImportError::TooLarge { what });
        }
        let place = Place::Row(u64::from(self.row) + 1);
        let mut row = TableRow {
            place,
            values: (0..width).map(|column| (column, Json::Text(String::new()))).collect(),
            fault: None,
            cell_faults: Vec::new(),
        };
        for (column, cell) in cells {
            let name = format!("{}{}", column_letters(column), self.row + 1);
            let at = column as usize;
            if let Some(why) = cell.fault {
                row.cell_faults.push((at, format!("cell {name} {why}")));
            }
            match row.values.get_mut(at) {
                Some((_, value)) => *value = Json::Text(cell.text),
                None if cell.text.trim().is_empty() => {}
                None => {
                    let why = format!("cell {name} stands right of all columns with a name");
                    row.fault.get_or_insert(why);
                }
            }
        }
        self.rows.push(row);
        Ok(())
    }

    fn finish(mut self, sheets: Vec<String>) -> Result<Table, ImportError> {
        self.end_row()?;
        let columns = self.columns.ok_or(ImportError::NoHeader)?;
        Ok(Table { format: Format::Xlsx, columns, rows: self.rows, sheets })
    }
}

/// The names of the columns, up to the last that has one.
fn header(row: u32, cells: Vec<(u32, CellText)>) -> Result<Vec<String>, ImportError> {
    let mut columns = Vec::new();
    for (column, cell) in cells {
        if let Some(why) = cell.fault {
            let name = format!("{}{}", column_letters(column), row + 1);
            return Err(bad(&format!("cell {name}, which names a column, {why}")));
        }
        let name = cell.text.trim();
        if !name.is_empty() {
            columns.resize(column as usize, String::new());
            columns.push(name.to_owned());
        }
    }
    Ok(columns)
}

#[cfg(test)]
mod tests;

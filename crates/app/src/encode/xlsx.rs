//! Records as rows of a sheet of XLSX, as the import reads them: numbers, truths, days and moments
//! as such where a cell holds them exactly, everything else as text. No cell is ever a formula or a
//! link, whatever it begins with.

use std::io::Write;

use chrono::NaiveTime;
use domain::record::{Record, RecordId, Timestamp};
use domain::schema::{Kind, Type};
use domain::value::Value;
use rust_xlsxwriter::{DocProperties, Format, Workbook, Worksheet, XlsxError};

use super::{Member, cell_text, display};
use crate::spreadsheet::{ROWS_MAX, TEXT_LENGTH_MAX, nearest_serial, number_of, serial_of};

/// Records that a sheet holds under its header.
pub const SHEET_RECORDS_MAX: u32 = ROWS_MAX - 1;

/// The narrowest and the widest that a column is made, in characters.
const WIDTHS: (usize, usize) = (8, 60);
/// Characters of room beside the widest cell: for the button of the filter.
const ROOM: usize = 3;
/// Characters of a sheet's name.
const NAME_LENGTH_MAX: usize = 31;

/// Why a sheet can't be written.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// There are more records than rows.
    #[error("a sheet of XLSX holds {0} records, and there are more; take CSV or JSON lines")]
    TooManyRecords(u32),
    /// A text is longer than a cell may be.
    #[error(
        "{field} of {name} (id {id}) is longer than the {TEXT_LENGTH_MAX} characters that a cell \
         of XLSX holds; take CSV or JSON lines"
    )]
    TooLong {
        /// The record's.
        id: RecordId,
        /// Its key.
        name: String,
        /// The field.
        field: String,
    },
    /// The workbook could not be put together.
    #[error("the workbook can't be written: {0}")]
    Unwritten(#[from] XlsxError),
}

/// What a cell holds.
#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Blank,
    Number(f64),
    Truth(bool),
    Day(f64),
    Moment(f64),
    Text(String),
}

/// Writes records of one type as the rows of a sheet. Rows that are written lie in a temporary file,
/// so that memory does not grow with them.
pub struct SheetWriter {
    record_type: Type,
    members: Vec<Member>,
    workbook: Workbook,
    formats: Formats,
    /// The widest cell of each column, in characters.
    widths: Vec<usize>,
    /// The row that comes next.
    row: u32,
    records_max: u32,
}

struct Formats {
    head: Format,
    text: Format,
    day: Format,
    moment: Format,
}

impl SheetWriter {
    /// A sheet with a header for these members; `url` has no column, since it belongs to an answer.
    ///
    /// # Errors
    /// When there is no room for a temporary file.
    pub fn new(record_type: &Type, members: &[Member], now: Timestamp) -> Result<Self, SheetError> {
        let members: Vec<Member> =
            members.iter().copied().filter(|member| *member != Member::Url).collect();
        let formats = Formats {
            head: Format::new().set_bold(),
            text: Format::new().set_num_format("@"),
            day: Format::new().set_num_format("yyyy-mm-dd"),
            moment: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        };
        let mut workbook = Workbook::new();
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&now.naive_utc()));
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(sheet_name(record_type.plural.as_str()))?.set_freeze_panes(1, 0)?;
        let mut widths = Vec::with_capacity(members.len());
        for (column, member) in (0_u16..).zip(&members) {
            // What is typed into such a column later stays what was typed.
            if is_text(record_type, *member) {
                sheet.set_column_format(column, &formats.text)?;
            }
            let name = member.name(record_type);
            sheet.write_string_with_format(0, column, name, &formats.head)?;
            widths.push(name.chars().count());
        }
        let record_type = record_type.clone();
        let records_max = SHEET_RECORDS_MAX;
        Ok(Self { record_type, members, workbook, formats, widths, row: 1, records_max })
    }

    /// Appends one record.
    ///
    /// # Errors
    /// [`SheetError`]; the sheet is of no use then.
    pub fn add(&mut self, record: &Record) -> Result<(), SheetError> {
        if self.row > self.records_max {
            return Err(SheetError::TooManyRecords(self.records_max));
        }
        let sheet = self.workbook.worksheet_from_index(0)?;
        for ((column, member), width) in (0_u16..).zip(&self.members).zip(&mut self.widths) {
            let cell = cell(&self.record_type, *member, record);
            if let Cell::Text(text) = &cell
                && text.encode_utf16().count() > TEXT_LENGTH_MAX
            {
                return Err(SheetError::TooLong {
                    id: record.id,
                    name: display(&self.record_type, record),
                    field: member.name(&self.record_type).to_owned(),
                });
            }
            *width = (*width).max(cell.width());
            write(sheet, (self.row, column), cell, &self.formats)?;
        }
        self.row += 1;
        Ok(())
    }

    /// Writes the file.
    ///
    /// # Errors
    /// [`SheetError::Unwritten`].
    pub fn finish(mut self, out: impl Write + Send) -> Result<(), SheetError> {
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (column, width) in (0_u16..).zip(&self.widths) {
            let width = (width + ROOM).clamp(WIDTHS.0, WIDTHS.1);
            sheet.set_column_width(column, f64::from(u32::try_from(width).unwrap_or_default()))?;
        }
        if let Some(last) = self.members.len().checked_sub(1) {
            let last = u16::try_from(last).unwrap_or(u16::MAX);
            sheet.autofilter(0, 0, self.row - 1, last)?;
        }
        Ok(self.workbook.save_to_writer(out)?)
    }

    #[cfg(test)]
    fn with_records_max(mut self, max: u32) -> Self {
        self.records_max = max;
        self
    }
}

/// A sheet's name of a type's: short enough, and not the one word that Excel keeps for itself.
fn sheet_name(plural: &str) -> String {
    if plural.eq_ignore_ascii_case("history") {
        return "history_".to_owned();
    }
    plural.chars().take(NAME_LENGTH_MAX).collect()
}

fn is_text(record_type: &Type, member: Member) -> bool {
    match member {
        Member::Field(index) => !matches!(
            record_type.field(index).kind,
            Kind::Integer { .. }
                | Kind::Decimal { .. }
                | Kind::Boolean
                | Kind::Date
                | Kind::Datetime
        ),
        Member::Display | Member::ChangedBy | Member::Url => true,
        Member::Id | Member::Revision | Member::CreatedAt | Member::UpdatedAt => false,
    }
}

fn cell(record_type: &Type, member: Member, record: &Record) -> Cell {
    match member {
        Member::Id => number(record.id.to_string()),
        Member::Url => Cell::Blank,
        Member::Display => text(display(record_type, record)),
        Member::Field(field) => record.fields.get(field).map_or(Cell::Blank, of_value),
        Member::Revision => number(record.revision.to_string()),
        Member::CreatedAt => instant(record.created_at),
        Member::UpdatedAt => instant(record.updated_at),
        Member::ChangedBy => text(record.changed_by.clone()),
    }
}

fn of_value(value: &Value) -> Cell {
    match value {
        Value::Integer(_) | Value::Decimal(_) => number(value.to_text()),
        Value::Boolean(truth) => Cell::Truth(*truth),
        Value::Date(day) => {
            serial_of(day.and_time(NaiveTime::MIN)).map_or_else(|| text(value.to_text()), Cell::Day)
        }
        Value::Datetime(moment) => {
            serial_of(moment.naive_utc()).map_or_else(|| text(value.to_text()), Cell::Moment)
        }
        Value::Text(_)
        | Value::Ip(_)
        | Value::Network(_)
        | Value::Mac(_)
        | Value::Json(_)
        | Value::Ref(_)
        | Value::Refs(_) => text(cell_text(value)),
    }
}

fn number(exact: String) -> Cell {
    number_of(&exact).map_or(Cell::Text(exact), Cell::Number)
}

/// When something of a record happened, which no import reads: near enough.
fn instant(moment: Timestamp) -> Cell {
    nearest_serial(moment.naive_utc()).map_or(Cell::Blank, Cell::Moment)
}

fn text(text: String) -> Cell {
    if text.is_empty() { Cell::Blank } else { Cell::Text(text) }
}

impl Cell {
    fn width(&self) -> usize {
        match self {
            Self::Blank => 0,
            Self::Number(number) => number.to_string().len(),
            Self::Truth(_) => "FALSE".len(),
            Self::Day(_) => "2026-01-01".len(),
            Self::Moment(_) => "2026-01-01 00:00:00".len(),
            Self::Text(text) => {
                text.lines().map(|line| line.chars().count()).max().unwrap_or_default()
            }
        }
    }
}

fn write(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: Cell,
    formats: &Formats,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Blank => return Ok(()),
        Cell::Number(number) => sheet.write_number(row, column, number)?,
        Cell::Truth(truth) => sheet.write_boolean(row, column, truth)?,
        Cell::Day(serial) => sheet.write_number_with_format(row, column, serial, &formats.day)?,
        Cell::Moment(serial) => {
            sheet.write_number_with_format(row, column, serial, &formats.moment)?
        }
        Cell::Text(text) => sheet.write_string_with_format(row, column, text, &formats.text)?,
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::record::{Fields, Revision};

    use super::*;
    use crate::schema_file::built_in;

    fn tag(name: &str, description: &str) -> Record {
        let schema = built_in().unwrap();
        let record_type = schema.named("tag").unwrap();
        let mut fields = Fields::empty(record_type.fields.len());
        for (field, value) in [("name", name), ("description", description)] {
            let index = record_type.field_named(field).unwrap().index;
            fields.set(index, Some(Value::Text(value.to_owned())));
        }
        Record {
            type_index: record_type.index,
            id: RecordId(7),
            revision: Revision(2),
            created_at: DateTime::from_timestamp_micros(0).unwrap(),
            updated_at: DateTime::from_timestamp_micros(1_500_000).unwrap(),
            changed_by: "alice".to_owned(),
            fields,
        }
    }

    fn writer() -> SheetWriter {
        let schema = built_in().unwrap();
        let record_type = schema.named("tag").unwrap();
        let now = DateTime::from_timestamp_micros(0).unwrap();
        SheetWriter::new(record_type, &Member::columns(record_type), now).unwrap()
    }

    #[test]
    fn a_sheet_takes_as_many_records_as_it_has_rows_and_no_more() {
        let mut sheet = writer().with_records_max(2);
        sheet.add(&tag("a", "x")).unwrap();
        sheet.add(&tag("b", "x")).unwrap();
        let told = sheet.add(&tag("c", "x")).unwrap_err().to_string();
        assert!(told.contains("holds 2 records") && told.contains("CSV or JSON lines"), "{told}");
    }

    #[test]
    fn a_text_that_no_cell_holds_is_told_with_its_record_and_field() {
        let mut sheet = writer();
        sheet.add(&tag("a", &"x".repeat(TEXT_LENGTH_MAX))).unwrap();
        let told = sheet.add(&tag("b", &"x".repeat(TEXT_LENGTH_MAX + 1))).unwrap_err().to_string();
        assert!(told.starts_with("description of b (id 7) is longer than the 32767"), "{told}");
        // Two units of UTF-16 each.
        writer().add(&tag("c", &"𝄞".repeat(TEXT_LENGTH_MAX / 2 + 1))).unwrap_err();
    }

    #[test]
    fn sheets_are_named_as_excel_takes_it() {
        assert_eq!(sheet_name("servers"), "servers");
        assert_eq!(sheet_name("history"), "history_");
        assert_eq!(sheet_name(&"a".repeat(63)).len(), NAME_LENGTH_MAX);
    }
}

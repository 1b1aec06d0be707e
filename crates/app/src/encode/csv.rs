//! A record as a row of CSV (RFC 4180), as the import reads it: references by their labels, several
//! joined by a vertical bar, null empty. A text that a spreadsheet would work out has an apostrophe
//! before it, which the import takes off again.

use domain::record::Record;
use domain::schema::Type;
use domain::value::{Value, datetime_text};

use super::{EncodeRecord, Member};
use crate::formula::harmless;

/// What joins the items of a list in a cell.
pub const LIST_SEPARATOR: char = '|';

/// Writes records of one type as rows.
#[derive(Clone, Debug)]
pub struct CsvEncoder {
    record_type: Type,
    members: Vec<Member>,
    header: String,
}

impl CsvEncoder {
    /// For these members; `url` has no column, since it belongs to an answer.
    pub fn new(record_type: &Type, members: &[Member]) -> Self {
        let members: Vec<Member> =
            members.iter().copied().filter(|member| *member != Member::Url).collect();
        let mut header = String::new();
        write_row(members.iter().map(|member| member.name(record_type)), &mut header);
        Self { record_type: record_type.clone(), members, header }
    }

    /// The first row, with its line break: the names of the columns.
    pub fn header(&self) -> &str {
        &self.header
    }

    fn cell(&self, member: Member, record: &Record) -> String {
        let text = match member {
            Member::Id => record.id.to_string(),
            Member::Url => String::new(),
            Member::Display => super::display(&self.record_type, record),
            Member::Field(field) => return field_cell(record.fields.get(field)),
            Member::Revision => record.revision.to_string(),
            Member::CreatedAt => datetime_text(record.created_at),
            Member::UpdatedAt => datetime_text(record.updated_at),
            Member::ChangedBy => record.changed_by.clone(),
        };
        harmless(&text).into_owned()
    }
}

impl EncodeRecord for CsvEncoder {
    fn encode(&self, record: &Record, out: &mut String) {
        let cells: Vec<String> =
            self.members.iter().map(|member| self.cell(*member, record)).collect();
        write_row(cells.iter().map(String::as_str), out);
    }
}

/// The cell of a field's value. Numbers are none that a spreadsheet could be misled by: a minus stays.
fn field_cell(value: Option<&Value>) -> String {
    match value {
        None => String::new(),
        Some(number @ (Value::Integer(_) | Value::Decimal(_))) => cell_text(number),
        Some(value) => harmless(&cell_text(value)).into_owned(),
    }
}

/// A value as a cell has it, before quoting. In the items of a list, the separator and the
/// backslash have a backslash before them, so that the import can tell them apart.
pub fn cell_text(value: &Value) -> String {
    let Value::Refs(references) = value else {
        return value.to_text();
    };
    let mut text = String::new();
    for (place, reference) in references.iter().enumerate() {
        if place > 0 {
            text.push(LIST_SEPARATOR);
        }
        for c in reference.label().chars() {
            if c == LIST_SEPARATOR || c == '\\' {
                text.push('\\');
            }
            text.push(c);
        }
    }
    text
}

/// Appends cells as one row of CSV (RFC 4180, with a plain line feed at its end).
pub fn write_row<'a>(cells: impl Iterator<Item = &'a str>, out: &mut String) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            out.push(',');
        }
        write_cell(cell, out);
    }
    out.push('\n');
}

/// Appends one cell of CSV, in quotes where it needs them.
pub fn write_cell(cell: &str, out: &mut String) {
    if !cell.contains([',', '"', '\n', '\r']) {
        out.push_str(cell);
        return;
    }
    out.push('"');
    for (place, part) in cell.split('"').enumerate() {
        if place > 0 {
            out.push_str("\"\"");
        }
        out.push_str(part);
    }
    out.push('"');
}

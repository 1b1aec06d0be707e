//! A record as a line of CSV (RFC 4180), as the import reads it: references by their labels,
//! several joined by a vertical bar, null empty. Values are left as they are, also those that a
//! spreadsheet would take for a formula: what is exported is what the register holds.

use domain::record::Record;
use domain::schema::{FieldIndex, Type};
use domain::value::{self, Value, datetime_text};

use super::EncodeRecord;
use crate::extract::{Member, Projection};

/// Writes records of one type as lines.
pub(crate) struct CsvEncoder {
    members: Vec<Member>,
    key: Vec<FieldIndex>,
    header: String,
}

impl CsvEncoder {
    /// For the members of a projection; `url` has no column, since it belongs to an answer.
    pub(crate) fn new(record_type: &Type, projection: &Projection) -> Self {
        let members: Vec<Member> = projection
            .members()
            .iter()
            .copied()
            .filter(|member| *member != Member::Url)
            .collect();
        let names = members.iter().map(|member| member.name(record_type));
        let mut header = String::new();
        write_line(names, &mut header);
        Self {
            members,
            key: record_type.key.clone(),
            header,
        }
    }

    /// The first line: the names of the columns.
    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    fn cell(&self, member: Member, record: &Record) -> String {
        match member {
            Member::Id => record.id.to_string(),
            Member::Url => String::new(),
            Member::Display => {
                let key: Vec<Value> = self
                    .key
                    .iter()
                    .filter_map(|field| record.fields.get(*field).cloned())
                    .collect();
                value::label(&key)
            }
            Member::Field(field) => record
                .fields
                .get(field)
                .map(Value::to_text)
                .unwrap_or_default(),
            Member::Revision => record.revision.to_string(),
            Member::CreatedAt => datetime_text(record.created_at),
            Member::UpdatedAt => datetime_text(record.updated_at),
            Member::ChangedBy => record.changed_by.clone(),
        }
    }
}

impl EncodeRecord for CsvEncoder {
    fn encode(&self, record: &Record, out: &mut String) {
        let cells = self.members.iter().map(|member| self.cell(*member, record));
        write_line(cells, out);
    }
}

fn write_line<T: AsRef<str>>(cells: impl Iterator<Item = T>, out: &mut String) {
    let began = out.len();
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_cell(cell.as_ref(), out);
    }
    if out.len() == began {
        // An empty line is no record to most readers.
        out.push_str("\"\"");
    }
    out.push_str("\r\n");
}

fn write_cell(cell: &str, out: &mut String) {
    if !cell.contains([',', '"', '\r', '\n']) {
        out.push_str(cell);
        return;
    }
    out.push('"');
    for (index, part) in cell.split('"').enumerate() {
        if index > 0 {
            out.push_str("\"\"");
        }
        out.push_str(part);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        for (cells, line) in [
            (&["a", "", "é"][..], "a,,é\r\n"),
            (
                &["a,b", "\"x\"", "1\n2"],
                "\"a,b\",\"\"\"x\"\"\",\"1\n2\"\r\n",
            ),
            (&["=1+1"], "=1+1\r\n"),
            (&[""], "\"\"\r\n"),
        ] {
            let mut out = String::new();
            write_line(cells.iter(), &mut out);
            assert_eq!(out, line);
        }
    }
}

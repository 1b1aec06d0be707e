//! A record as a line of CSV (RFC 4180), as the import reads it: references by their labels,
//! several joined by a vertical bar, null empty. Values are left as they are, also those that a
//! spreadsheet would take for a formula: what is exported is what the register holds.

use app::encode::{cell_text, write_row};
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
        write_row(names, &mut header);
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
            Member::Field(field) => record.fields.get(field).map(cell_text).unwrap_or_default(),
            Member::Revision => record.revision.to_string(),
            Member::CreatedAt => datetime_text(record.created_at),
            Member::UpdatedAt => datetime_text(record.updated_at),
            Member::ChangedBy => record.changed_by.clone(),
        }
    }
}

impl EncodeRecord for CsvEncoder {
    fn encode(&self, record: &Record, out: &mut String) {
        let cells: Vec<String> = self
            .members
            .iter()
            .map(|member| self.cell(*member, record))
            .collect();
        write_row(cells.iter().map(String::as_str), out);
    }
}

//! A record as a JSON object, with references nested.

use std::fmt::Write as _;

use domain::history::key_names;
use domain::json::write_text;
use domain::record::{Record, RecordId, Reference, Timestamp};
use domain::schema::{Schema, Type};
use domain::value::{Value, write_datetime};

use super::{EncodeRecord, Member, list_url};

/// Writes records of one type as JSON; all that does not depend on the record is written once,
/// when this is made.
#[derive(Clone, Debug)]
pub struct JsonEncoder {
    record_type: Type,
    /// The address of the list: an id and a slash behind it make a record's.
    address: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    /// `"name":`, quoted.
    label: String,
    member: Member,
    /// For references: how to write one.
    reference: Option<ReferenceEncoder>,
    /// Whether no value is an empty list rather than null.
    is_list: bool,
}

#[derive(Clone, Debug)]
struct ReferenceEncoder {
    /// `,"name":` for each key field of the target.
    labels: Vec<String>,
    /// The address of the target's list; `None` where a field of the key has the name `url`.
    address: Option<String>,
}

impl JsonEncoder {
    /// For these members; addresses begin with `base_url` (`https://host`).
    pub fn new(schema: &Schema, record_type: &Type, members: &[Member], base_url: &str) -> Self {
        let part = |member: &Member| {
            let field = match member {
                Member::Field(index) => Some(record_type.field(*index)),
                Member::Id
                | Member::Url
                | Member::Display
                | Member::Revision
                | Member::CreatedAt
                | Member::UpdatedAt
                | Member::ChangedBy => None,
            };
            let reference = field.and_then(|field| {
                let names = key_names(schema, &field.kind);
                let target = schema.get(field.kind.target()?);
                Some(ReferenceEncoder {
                    address: (!names.contains(&"url")).then(|| list_url(base_url, target)),
                    labels: names.into_iter().map(|name| format!(",{}", label(name))).collect(),
                })
            });
            Part {
                label: label(member.name(record_type)),
                member: *member,
                reference,
                is_list: field.is_some_and(|field| field.kind.is_refs()),
            }
        };
        Self {
            address: list_url(base_url, record_type),
            record_type: record_type.clone(),
            parts: members.iter().map(part).collect(),
        }
    }
}

impl EncodeRecord for JsonEncoder {
    fn encode(&self, record: &Record, out: &mut String) {
        out.push('{');
        for (index, part) in self.parts.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            out.push_str(&part.label);
            match part.member {
                Member::Id => write_number(record.id.0, out),
                Member::Url => write_address(&self.address, record.id, out),
                Member::Display => write_text(&super::display(&self.record_type, record), out),
                Member::Field(field) => part.write_value(record.fields.get(field), out),
                Member::Revision => write_number(record.revision.0, out),
                Member::CreatedAt => write_moment(record.created_at, out),
                Member::UpdatedAt => write_moment(record.updated_at, out),
                Member::ChangedBy => write_text(&record.changed_by, out),
            }
        }
        out.push('}');
    }
}

impl Part {
    fn write_value(&self, value: Option<&Value>, out: &mut String) {
        match (value, &self.reference) {
            (None, _) if self.is_list => out.push_str("[]"),
            (None, _) => out.push_str("null"),
            (Some(Value::Ref(reference)), Some(encoder)) => encoder.write(reference, out),
            (Some(Value::Refs(references)), Some(encoder)) => {
                out.push('[');
                for (index, reference) in references.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    encoder.write(reference, out);
                }
                out.push(']');
            }
            (Some(value), _) => value.write_json(&[], out),
        }
    }
}

impl ReferenceEncoder {
    fn write(&self, reference: &Reference, out: &mut String) {
        out.push_str("{\"id\":");
        write_number(reference.id.0, out);
        if reference.is_hidden() {
            for label in &self.labels {
                out.push_str(label);
                out.push_str("null");
            }
            out.push_str(",\"hidden\":true}");
            return;
        }
        for (label, value) in self.labels.iter().zip(reference.key.iter()) {
            out.push_str(label);
            value.write_json(&[], out);
        }
        if let Some(address) = &self.address {
            out.push_str(",\"url\":");
            write_address(address, reference.id, out);
        }
        out.push('}');
    }
}

fn label(name: &str) -> String {
    let mut label = String::new();
    write_text(name, &mut label);
    label.push(':');
    label
}

fn write_number(number: i64, out: &mut String) {
    write!(out, "{number}").unwrap_or_default(); // Writing to a String can't fail.
}

fn write_address(list: &str, id: RecordId, out: &mut String) {
    out.push('"');
    out.push_str(list);
    write_number(id.0, out);
    out.push_str("/\"");
}

fn write_moment(moment: Timestamp, out: &mut String) {
    out.push('"');
    write_datetime(moment, out);
    out.push('"');
}

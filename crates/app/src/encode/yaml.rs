//! A record as an item of a YAML list, as the import reads it: the id and the fields, references by
//! their keys. Every value stands so that nothing takes it for another (`crate::yaml`).

use domain::history::key_names;
use domain::json::Json;
use domain::record::{Record, Reference};
use domain::schema::{Schema, Type};
use domain::value::{Value, datetime_text};

use super::{EncodeRecord, Member};
use crate::json;
use crate::yaml::{write_flow, write_quoted, write_text};

/// The blanks before the lines of a text of many.
const INDENT: usize = 4;

/// Writes records of one type as items of a list.
#[derive(Clone, Debug)]
pub struct YamlEncoder {
    record_type: Type,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    /// `name:`
    label: String,
    member: Member,
    /// For references: the names of the target's key fields, as keys.
    key_labels: Vec<String>,
    /// Whether no value is an empty list rather than null.
    is_list: bool,
}

impl YamlEncoder {
    /// The list of no records.
    pub const EMPTY: &'static str = "[]\n";

    /// For these members; `url` is none of them, since it belongs to an answer.
    pub fn new(schema: &Schema, record_type: &Type, members: &[Member]) -> Self {
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
            let names = field.map(|field| key_names(schema, &field.kind)).unwrap_or_default();
            Part {
                label: label(member.name(record_type)),
                member: *member,
                key_labels: names.into_iter().map(label).collect(),
                is_list: field.is_some_and(|field| field.kind.is_refs()),
            }
        };
        let parts = members.iter().filter(|member| **member != Member::Url).map(part).collect();
        Self { record_type: record_type.clone(), parts }
    }
}

impl EncodeRecord for YamlEncoder {
    fn encode(&self, record: &Record, out: &mut String) {
        if self.parts.is_empty() {
            out.push_str("- {}\n");
        }
        for (place, part) in self.parts.iter().enumerate() {
            out.push_str(if place == 0 { "- " } else { "  " });
            out.push_str(&part.label);
            match part.member {
                Member::Id => write_plain(&record.id.to_string(), out),
                Member::Url => {}
                Member::Display => write(&super::display(&self.record_type, record), out),
                Member::Field(field) => part.write_value(record.fields.get(field), out),
                Member::Revision => write_plain(&record.revision.to_string(), out),
                Member::CreatedAt => write_plain(&datetime_text(record.created_at), out),
                Member::UpdatedAt => write_plain(&datetime_text(record.updated_at), out),
                Member::ChangedBy => write(&record.changed_by, out),
            }
            out.push('\n');
        }
    }
}

impl Part {
    fn write_value(&self, value: Option<&Value>, out: &mut String) {
        match value {
            None => out.push_str(if self.is_list { " []" } else { " null" }),
            Some(Value::Text(text)) => write(text, out),
            Some(
                value @ (Value::Integer(_)
                | Value::Boolean(_)
                | Value::Date(_)
                | Value::Datetime(_)),
            ) => write_plain(&value.to_text(), out),
            // A program that reads numbers as floats would take digits off a decimal.
            Some(
                value @ (Value::Decimal(_) | Value::Ip(_) | Value::Network(_) | Value::Mac(_)),
            ) => write(&value.to_text(), out),
            Some(Value::Json(text)) => {
                out.push(' ');
                // It was JSON when it was kept.
                let tree = json::parse(text).unwrap_or_else(|_bad| Json::text(text.as_str()));
                write_flow(&tree, out);
            }
            Some(Value::Ref(reference)) => self.write_reference(reference, out),
            Some(Value::Refs(references)) if references.is_empty() => out.push_str(" []"),
            Some(Value::Refs(references)) => {
                for reference in references {
                    out.push_str("\n  -");
                    self.write_reference(reference, out);
                }
            }
        }
    }

    /// A reference by its key: a text where that has one part. One that may not be seen is named by its
    /// id, as nothing else is known of it.
    fn write_reference(&self, reference: &Reference, out: &mut String) {
        match &*reference.key {
            [] => {
                out.push_str(" {id: ");
                out.push_str(&reference.id.to_string());
                out.push('}');
            }
            [_] => write(&reference.label(), out),
            parts => {
                out.push_str(" {");
                for (place, (label, part)) in self.key_labels.iter().zip(parts).enumerate() {
                    out.push_str(if place > 0 { ", " } else { "" });
                    out.push_str(label);
                    if let Value::Integer(_) | Value::Boolean(_) = part {
                        write_plain(&part.to_text(), out);
                    } else {
                        out.push(' ');
                        write_quoted(&part.to_text(), out);
                    }
                }
                out.push('}');
            }
        }
    }
}

/// `name:`, where a field's name is a word such as `on`, in quotes.
fn label(name: &str) -> String {
    let mut label = String::new();
    write_text(name, INDENT, &mut label);
    label.push(':');
    label
}

fn write(text: &str, out: &mut String) {
    out.push(' ');
    write_text(text, INDENT, out);
}

fn write_plain(text: &str, out: &mut String) {
    out.push(' ');
    out.push_str(text);
}

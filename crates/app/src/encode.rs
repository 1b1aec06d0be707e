//! Records as they are sent: a line of JSON or of CSV, appended to a buffer that the caller uses
//! again. All names and addresses that depend on the type alone are written once, when the encoder
//! is made.
//!
//! Both forms have the same columns: `id`, the fields in the schema's order, `revision`,
//! `created_at`, `updated_at`, `changed_by`; objects have a `url` behind the `id`. A field of one
//! of these names (the built-in `uri` has a `url`) stands alone: what the record would have under
//! that name is left out.

use std::fmt::Write as _;

use domain::json::write_text;
use domain::record::{Record, RecordId, Reference};
use domain::schema::{FieldIndex, Schema, Type};
use domain::value::{Value, datetime_text};

/// What joins the items of a list in a CSV cell.
pub const LIST_SEPARATOR: char = '|';

/// Writes records of one type as JSON objects, with references nested.
#[derive(Clone, Debug)]
pub struct JsonEncoder {
    own: Own,
    address: Address,
    members: Vec<Member>,
}

/// Writes records of one type as rows of CSV, with references by their labels.
#[derive(Clone, Debug)]
pub struct CsvEncoder {
    own: Own,
    fields: Vec<(FieldIndex, String)>,
}

/// Which of the names that every record has are not taken by a field.
#[derive(Clone, Debug)]
struct Own {
    names: Vec<&'static str>,
}

impl Own {
    fn of(record_type: &Type) -> Self {
        let mut names = vec![
            "id",
            "url",
            "revision",
            "created_at",
            "updated_at",
            "changed_by",
        ];
        names.retain(|name| record_type.field_named(name).is_none());
        Self { names }
    }

    fn has(&self, name: &str) -> bool {
        self.names.contains(&name)
    }
}

/// What the address of a type's records begins with: `https://host/api/servers/`.
#[derive(Clone, Debug)]
struct Address(String);

impl Address {
    fn of(record_type: &Type, base_url: &str) -> Self {
        let base = base_url.trim_end_matches('/');
        Self(format!("{base}/api/{}/", record_type.plural))
    }

    fn write(&self, id: RecordId, out: &mut String) {
        out.push_str(&self.0);
        write_id(id.0, out);
        out.push('/');
    }
}

/// A field as a member of an object.
#[derive(Clone, Debug)]
struct Member {
    index: FieldIndex,
    /// `,"name":`
    name: String,
    target: Option<Nested>,
    is_list: bool,
}

/// How a reference is nested.
#[derive(Clone, Debug)]
struct Nested {
    /// `,"name":` of each key field.
    key_names: Vec<String>,
    /// `None` where a field of the key has the name `url`.
    address: Option<Address>,
}

impl JsonEncoder {
    /// For records of a type; addresses begin with `base_url` (`https://host`).
    pub fn new(schema: &Schema, record_type: &Type, base_url: &str) -> Self {
        let members = record_type
            .fields
            .iter()
            .map(|field| Member {
                index: field.index,
                name: member_name(field.name.as_str()),
                target: field
                    .kind
                    .target()
                    .map(|target| Nested::of(schema.get(target), base_url)),
                is_list: field.kind.is_refs(),
            })
            .collect();
        Self {
            own: Own::of(record_type),
            address: Address::of(record_type, base_url),
            members,
        }
    }

    /// Appends a record as one object, without a line break.
    pub fn record(&self, record: &Record, out: &mut String) {
        let start = out.len();
        if self.own.has("id") {
            out.push_str(",\"id\":");
            write_id(record.id.0, out);
        }
        if self.own.has("url") {
            out.push_str(",\"url\":\"");
            self.address.write(record.id, out);
            out.push('"');
        }
        for member in &self.members {
            out.push_str(&member.name);
            member.write_value(record.fields.get(member.index), out);
        }
        self.write_stamps(record, out);
        // Every member wrote a comma before it; the first one's is where the object opens.
        if out.len() == start {
            out.push('{');
        } else {
            out.replace_range(start..=start, "{");
        }
        out.push('}');
    }

    fn write_stamps(&self, record: &Record, out: &mut String) {
        if self.own.has("revision") {
            out.push_str(",\"revision\":");
            write_id(record.revision.0, out);
        }
        let stamps = [
            ("created_at", record.created_at),
            ("updated_at", record.updated_at),
        ];
        for (name, moment) in stamps {
            if self.own.has(name) {
                out.push_str(&member_name(name));
                write_text(&datetime_text(moment), out);
            }
        }
        if self.own.has("changed_by") {
            out.push_str(",\"changed_by\":");
            write_text(&record.changed_by, out);
        }
    }
}

impl Member {
    fn write_value(&self, value: Option<&Value>, out: &mut String) {
        match (value, &self.target) {
            (None, _) if self.is_list => out.push_str("[]"),
            (None, _) => out.push_str("null"),
            (Some(Value::Ref(reference)), Some(nested)) => nested.write(reference, out),
            (Some(Value::Refs(references)), Some(nested)) => {
                out.push('[');
                for (place, reference) in references.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    nested.write(reference, out);
                }
                out.push(']');
            }
            (Some(value), _) => value.write_json(&[], out),
        }
    }
}

impl Nested {
    fn of(target: &Type, base_url: &str) -> Self {
        let has_url = target
            .key_fields()
            .any(|field| field.name.as_str() == "url");
        Self {
            key_names: target
                .key_fields()
                .map(|field| member_name(field.name.as_str()))
                .collect(),
            address: (!has_url).then(|| Address::of(target, base_url)),
        }
    }

    fn write(&self, reference: &Reference, out: &mut String) {
        out.push_str("{\"id\":");
        write_id(reference.id.0, out);
        for (name, value) in self.key_names.iter().zip(&reference.key) {
            out.push_str(name);
            value.write_json(&[], out);
        }
        if let Some(address) = &self.address {
            out.push_str(",\"url\":\"");
            address.write(reference.id, out);
            out.push('"');
        }
        out.push('}');
    }
}

/// `,"name":`
fn member_name(name: &str) -> String {
    let mut text = String::from(",");
    write_text(name, &mut text);
    text.push(':');
    text
}

fn write_id(number: i64, out: &mut String) {
    write!(out, "{number}").unwrap_or_default(); // Writing to a String can't fail.
}

impl CsvEncoder {
    /// For records of a type.
    pub fn new(record_type: &Type) -> Self {
        Self {
            own: Own::of(record_type),
            fields: record_type
                .fields
                .iter()
                .map(|field| (field.index, field.name.as_str().to_owned()))
                .collect(),
        }
    }

    /// Appends the row of column names, with its line break.
    pub fn header(&self, out: &mut String) {
        let before = ["id"].into_iter();
        let fields = self.fields.iter().map(|(_, name)| name.as_str());
        let after = ["revision", "created_at", "updated_at", "changed_by"].into_iter();
        let own = |name: &&str| self.own.has(name);
        let names = before.filter(own).chain(fields).chain(after.filter(own));
        write_row(names, out);
    }

    /// Appends a record as one row, with its line break.
    pub fn record(&self, record: &Record, out: &mut String) {
        let mut cells: Vec<String> = Vec::with_capacity(self.fields.len() + self.own.names.len());
        if self.own.has("id") {
            cells.push(record.id.to_string());
        }
        for (index, _) in &self.fields {
            cells.push(record.fields.get(*index).map(cell_text).unwrap_or_default());
        }
        if self.own.has("revision") {
            cells.push(record.revision.to_string());
        }
        if self.own.has("created_at") {
            cells.push(datetime_text(record.created_at));
        }
        if self.own.has("updated_at") {
            cells.push(datetime_text(record.updated_at));
        }
        if self.own.has("changed_by") {
            cells.push(record.changed_by.clone());
        }
        write_row(cells.iter().map(String::as_str), out);
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

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::record::{Fields, Reference, Revision};

    use super::*;
    use crate::schema_file::built_in;

    fn reference(id: i64, name: &str) -> Reference {
        Reference {
            id: RecordId(id),
            key: vec![Value::Text(name.to_owned())],
        }
    }

    /// A record of a type with these values, all others null.
    fn record(record_type: &Type, values: Vec<(&str, Value)>) -> Record {
        let mut fields = Fields::empty(record_type.fields.len());
        for (name, value) in values {
            fields.set(record_type.field_named(name).unwrap().index, Some(value));
        }
        Record {
            type_index: record_type.index,
            id: RecordId(7),
            revision: Revision(2),
            created_at: DateTime::from_timestamp_micros(0).unwrap(),
            updated_at: DateTime::from_timestamp_micros(1_500_000).unwrap(),
            changed_by: "al\"ice".to_owned(),
            fields,
        }
    }

    fn server(schema: &Schema) -> Record {
        let tags = vec![reference(1, "a|b"), reference(2, "c\\d")];
        let values = vec![
            ("name", Value::Text("db1".to_owned())),
            ("ip", Value::Ip([10, 0, 0, 1].into())),
            ("dc", Value::Ref(reference(3, "iad1"))),
            ("tags", Value::Refs(tags)),
            ("description", Value::Text("one, \"two\"\nthree".to_owned())),
        ];
        record(schema.named("server").unwrap(), values)
    }

    #[test]
    fn json_nests_references_with_their_keys_and_addresses() {
        let schema = built_in().unwrap();
        let server_type = schema.named("server").unwrap();
        let mut out = String::from("[");
        JsonEncoder::new(&schema, server_type, "https://x/").record(&server(&schema), &mut out);
        assert_eq!(
            out,
            r#"[{"id":7,"url":"https://x/api/servers/7/","name":"db1","ip":"10.0.0.1","#.to_owned()
                + r#""component":null,"dc":{"id":3,"name":"iad1","url":"https://x/api/dcs/3/"},"#
                + r#""environment":null,"type":null,"group":null,"tags":["#
                + r#"{"id":1,"name":"a|b","url":"https://x/api/tags/1/"},"#
                + r#"{"id":2,"name":"c\\d","url":"https://x/api/tags/2/"}],"#
                + r#""description":"one, \"two\"\nthree","state":null,"revision":2,"#
                + r#""created_at":"1970-01-01T00:00:00.000000Z","#
                + r#""updated_at":"1970-01-01T00:00:01.500000Z","changed_by":"al\"ice"}"#
        );
    }

    #[test]
    fn csv_has_references_by_name_and_quotes_what_needs_it() {
        let schema = built_in().unwrap();
        let encoder = CsvEncoder::new(schema.named("server").unwrap());
        let mut out = String::new();
        encoder.header(&mut out);
        encoder.record(&server(&schema), &mut out);
        assert_eq!(
            out,
            "id,name,ip,component,dc,environment,type,group,tags,description,state,\
             revision,created_at,updated_at,changed_by\n\
             7,db1,10.0.0.1,,iad1,,,,a\\|b|c\\\\d,\
             \"one, \"\"two\"\"\nthree\",,2,1970-01-01T00:00:00.000000Z,\
             1970-01-01T00:00:01.500000Z,\"al\"\"ice\"\n"
        );
    }

    #[test]
    fn a_field_named_url_stands_in_the_place_of_the_address() {
        let schema = built_in().unwrap();
        let uri = schema.named("uri").unwrap();
        let value = Value::Text("https://example.org/".to_owned());
        let record = record(uri, vec![("url", value)]);
        let mut json = String::new();
        JsonEncoder::new(&schema, uri, "https://x").record(&record, &mut json);
        assert_eq!(json.matches("\"url\":").count(), 1);
        assert!(json.contains("\"url\":\"https://example.org/\""), "{json}");
        let mut csv = String::new();
        CsvEncoder::new(uri).header(&mut csv);
        assert_eq!(csv.matches("url").count(), 1);
    }
}

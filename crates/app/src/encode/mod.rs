//! Records as they are sent: JSON and CSV, appended to a buffer that the caller uses again, without
//! a tree in between, so that a hundred thousand of them stream at the database's pace. All that
//! depends on the type alone is written once, when an encoder is made.

mod csv;
mod event;
mod json;
mod member;
mod object;
mod past;
mod request;
mod xlsx;
mod yaml;

pub use csv::{CsvEncoder, LIST_SEPARATOR, cell_text, write_cell, write_row};
use domain::record::Record;
use domain::schema::Type;
use domain::value::{self, Value};
pub use event::{EventEncoder, SOURCE_DEFAULT};
pub use json::JsonEncoder;
pub use member::Member;
pub use past::{PastEncoder, write_list};
pub use request::{RequestEncoder, fault_texts, request_url};
pub use xlsx::{SHEET_RECORDS_MAX, SheetError, SheetWriter};
pub use yaml::YamlEncoder;

/// How a record becomes an object or a row; made ready once for each request.
pub trait EncodeRecord: Send + 'static {
    /// Appends one record.
    fn encode(&self, record: &Record, out: &mut String);
}

/// The address of a type's list: an id and a slash behind it make a record's.
pub fn list_url(base_url: &str, record_type: &Type) -> String {
    format!("{}/api/{}/", base_url.trim_end_matches('/'), record_type.plural)
}

/// A record's key as people read it.
pub fn display(record_type: &Type, record: &Record) -> String {
    let key: Vec<Value> =
        record_type.key.iter().filter_map(|field| record.fields.get(*field).cloned()).collect();
    value::label(&key)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::record::{Fields, RecordId, Reference, Revision};
    use domain::schema::Schema;

    use super::*;
    use crate::schema_file::built_in;

    fn reference(id: i64, name: &str) -> Reference {
        Reference { id: RecordId(id), key: [Value::Text(name.to_owned())].into() }
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
        JsonEncoder::new(&schema, server_type, &Member::full(server_type), "https://x/")
            .encode(&server(&schema), &mut out);
        assert_eq!(
            out,
            r#"[{"id":7,"url":"https://x/api/servers/7/","name":"db1","ip":"10.0.0.1","#.to_owned()
                + r#""component":null,"dc":{"id":3,"name":"iad1","url":"https://x/api/dcs/3/"},"#
                + r#""environment":null,"type":null,"state":null,"group":null,"tags":["#
                + r#"{"id":1,"name":"a|b","url":"https://x/api/tags/1/"},"#
                + r#"{"id":2,"name":"c\\d","url":"https://x/api/tags/2/"}],"#
                + r#""description":"one, \"two\"\nthree","revision":2,"#
                + r#""created_at":"1970-01-01T00:00:00.000000Z","#
                + r#""updated_at":"1970-01-01T00:00:01.500000Z","changed_by":"al\"ice"}"#
        );
    }

    #[test]
    fn csv_has_references_by_name_and_quotes_what_needs_it() {
        let schema = built_in().unwrap();
        let server_type = schema.named("server").unwrap();
        let encoder = CsvEncoder::new(server_type, &Member::columns(server_type));
        let mut out = encoder.header().to_owned();
        encoder.encode(&server(&schema), &mut out);
        assert_eq!(
            out,
            "id,name,ip,component,dc,environment,type,state,group,tags,description\n\
             7,db1,10.0.0.1,,iad1,,,,,a\\|b|c\\\\d,\"one, \"\"two\"\"\nthree\"\n"
        );
    }

    #[test]
    fn yaml_has_references_by_name_and_lists_as_lists() {
        let schema = built_in().unwrap();
        let server_type = schema.named("server").unwrap();
        let mut out = String::new();
        YamlEncoder::new(&schema, server_type, &Member::columns(server_type))
            .encode(&server(&schema), &mut out);
        assert_eq!(
            out,
            [
                "- id: 7",
                "  name: db1",
                "  ip: 10.0.0.1",
                "  component: null",
                "  dc: iad1",
                "  environment: null",
                "  type: null",
                "  state: null",
                "  group: null",
                "  tags:",
                r#"  - "a|b""#,
                r#"  - "c\\d""#,
                "  description: |-",
                r#"    one, "two""#,
                "    three",
                "",
            ]
            .join("\n")
        );
    }

    #[test]
    fn a_field_named_url_stands_in_the_place_of_the_address() {
        let schema = built_in().unwrap();
        let uri = schema.named("uri").unwrap();
        let value = Value::Text("https://example.org/".to_owned());
        let record = record(uri, vec![("url", value)]);
        let mut json = String::new();
        JsonEncoder::new(&schema, uri, &Member::full(uri), "https://x").encode(&record, &mut json);
        assert_eq!(json.matches("\"url\":").count(), 1);
        assert!(json.contains("\"url\":\"https://example.org/\""), "{json}");
        let csv = CsvEncoder::new(uri, &Member::columns(uri));
        assert_eq!(csv.header().matches("url").count(), 1);
    }
}

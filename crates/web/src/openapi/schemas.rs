//! The shapes of a type: `server` as it is answered, `server.part` with what `fields=` and its
//! kin leave of it, `server.write` and `server.patch` as they may be sent, and lists of them. Type
//! names have no dots, so that none of these names is taken.

use domain::change::READ_ONLY_NAMES;
use domain::schema::{Field, Schema, Type};
use serde_json::{Value, json};

use super::kinds::{answered, reference_name, sent};
use super::{object, reference};

/// All shapes of a type.
pub(super) fn of_type(schema: &Schema, record_type: &Type) -> Vec<(String, Value)> {
    let name = record_type.name.as_str();
    vec![
        (name.to_owned(), record(schema, record_type)),
        (format!("{name}.part"), part(schema, record_type)),
        (reference_name(record_type), pointed_to(schema, record_type)),
        (format!("{name}.write"), write(schema, record_type, is_needed)),
        (
            format!("{name}.put"),
            write(schema, record_type, |field| {
                is_needed(field) && !record_type.key.contains(&field.index)
            }),
        ),
        (format!("{name}.patch"), write(schema, record_type, |_| false)),
        (format!("{name}.list"), list(record_type)),
        (format!("{name}.grid"), grid(record_type)),
    ]
}

/// Whether a record can't be added without naming the field.
fn is_needed(field: &Field) -> bool {
    field.required && field.default.is_none()
}

/// The members of an answer.
fn members(schema: &Schema, record_type: &Type) -> Vec<(String, Value)> {
    let mut members = vec![
        ("id".to_owned(), id()),
        ("url".to_owned(), address()),
        (
            "revision".to_owned(),
            json!({"type": "integer", "format": "int64", "minimum": 1,
                "description": "1 when added, one more at each change."}),
        ),
        ("created_at".to_owned(), moment("When it was added.")),
        ("updated_at".to_owned(), moment("When it was last changed.")),
        ("changed_by".to_owned(), json!({"type": "string", "description": "Who changed it last."})),
    ];
    // A field stands in the place of what every record has under its name.
    members.retain(|(name, _)| record_type.field_named(name).is_none());
    for field in &record_type.fields {
        members.push((field.name.to_string(), answered(schema, field)));
    }
    members
}

fn record(schema: &Schema, record_type: &Type) -> Value {
    let members = members(schema, record_type);
    let names: Vec<String> = members.iter().map(|(name, _)| name.clone()).collect();
    json!({
        "type": "object",
        "title": record_type.label,
        "description": record_type.description,
        "properties": object(members),
        "required": names,
        "additionalProperties": false,
    })
}

fn part(schema: &Schema, record_type: &Type) -> Value {
    let mut members = members(schema, record_type);
    let display = json!({"type": "string", "description": "The key, as people read it."});
    members.push(("display".to_owned(), display));
    json!({
        "type": "object",
        "title": format!("{}, in part", record_type.label),
        "description": "What `fields`, `exclude` or `brief` leave of a record.",
        "properties": object(members),
        "additionalProperties": false,
    })
}

fn pointed_to(schema: &Schema, record_type: &Type) -> Value {
    let mut members = vec![("id".to_owned(), id()), ("url".to_owned(), address())];
    members.retain(|(name, _)| record_type.key_fields().all(|field| field.name.as_str() != name));
    for field in record_type.key_fields() {
        members.push((field.name.to_string(), answered(schema, field)));
    }
    let names: Vec<String> = members.iter().map(|(name, _)| name.clone()).collect();
    let mut hidden = vec![("id".to_owned(), id()), ("hidden".to_owned(), json!({"const": true}))];
    for field in record_type.key_fields().filter(|field| field.name.as_str() != "id") {
        hidden.push((field.name.to_string(), json!({"type": "null"})));
    }
    let shape = |members: Vec<(String, Value)>, names: Vec<String>| {
        json!({
            "type": "object",
            "properties": object(members),
            "required": names,
            "additionalProperties": false,
        })
    };
    json!({
        "title": format!("{}, referred to", record_type.label),
        "description": "Of one that the caller may not see there is no more than the id.",
        "anyOf": [shape(members, names), shape(hidden, vec!["id".to_owned(), "hidden".to_owned()])],
    })
}

fn write(schema: &Schema, record_type: &Type, is_needed: impl Fn(&Field) -> bool) -> Value {
    let mut members = Vec::new();
    // Not marked as read-only: they may be sent back, and are passed over.
    for name in READ_ONLY_NAMES {
        let told = json!({"description": "Passed over, so that an answer can be sent back."});
        members.push((name.to_owned(), told));
    }
    for field in &record_type.fields {
        members.push((field.name.to_string(), sent(schema, field)));
    }
    let needed: Vec<&str> = record_type
        .fields
        .iter()
        .filter(|field| is_needed(field))
        .map(|field| field.name.as_str())
        .collect();
    json!({
        "type": "object",
        "title": format!("{}, to be written", record_type.label),
        "properties": object(members),
        "required": needed,
        "additionalProperties": false,
    })
}

/// A record, or what was asked for of it.
pub(super) fn whole_or_part(record_type: &Type) -> Value {
    let name = record_type.name.as_str();
    json!({"anyOf": [reference("schemas", name), reference("schemas", &format!("{name}.part"))]})
}

fn list(record_type: &Type) -> Value {
    json!({
        "type": "object",
        "title": format!("{}: a page", record_type.label),
        "properties": {
            "count": {
                "type": ["integer", "null"],
                "minimum": 0,
                "description": "How many the filter matches; null with `count=none`.",
            },
            "next": {
                "type": ["string", "null"],
                "format": "uri",
                "description": "The next page; null on the last one.",
            },
            "previous": {
                "type": ["string", "null"],
                "format": "uri",
                "description": "The page before; null on the first one.",
            },
            "results": {"type": "array", "maxItems": 1000, "items": whole_or_part(record_type)},
        },
        "required": ["count", "next", "previous", "results"],
        "additionalProperties": false,
    })
}

fn grid(record_type: &Type) -> Value {
    let part = reference("schemas", &format!("{}.part", record_type.name));
    json!({
        "type": "object",
        "title": format!("{}: rows of a DataTables grid", record_type.label),
        "properties": {
            "draw": {"type": "integer"},
            "recordsTotal": {"type": "integer", "minimum": 0},
            "recordsFiltered": {"type": "integer", "minimum": 0},
            "data": {"type": "array", "items": part},
        },
        "required": ["draw", "recordsTotal", "recordsFiltered", "data"],
        "additionalProperties": false,
    })
}

fn id() -> Value {
    json!({"type": "integer", "format": "int64", "minimum": 1})
}

fn address() -> Value {
    json!({"type": "string", "format": "uri"})
}

/// A text, or none.
pub(super) fn nullable_text(description: &str) -> Value {
    json!({"type": ["string", "null"], "description": description})
}

/// The address of a record, where the schema still has its type.
pub(super) fn nullable_address() -> Value {
    json!({
        "type": ["string", "null"],
        "format": "uri",
        "description": "The record's address; null where the schema has no such type any more.",
    })
}

fn moment(description: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": description})
}

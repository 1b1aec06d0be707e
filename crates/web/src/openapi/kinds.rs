//! What each kind looks like: as it is answered, and as it may be sent.

use domain::schema::{Choice, Field, Kind, Schema, TextRules, Type};
use domain::value::Decimal;
use serde_json::{Value, json};

use super::reference;

/// Blank text, which is null wherever a value may be missing.
const BLANK: &str = "^\\s*$";

/// A field as it is answered.
pub(super) fn answered(schema: &Schema, field: &Field) -> Value {
    let shape = match &field.kind {
        Kind::Text(rules) | Kind::LongText(rules) | Kind::Url(rules) | Kind::Email(rules) => {
            json!({"type": "string", "maxLength": rules.max_length})
        }
        Kind::Integer { min, max } => integer(*min, *max),
        Kind::Decimal { .. } => json!({"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$"}),
        Kind::Boolean => json!({"type": "boolean"}),
        Kind::Date => json!({"type": "string", "format": "date"}),
        Kind::Datetime => json!({"type": "string", "format": "date-time"}),
        Kind::Ip => address(),
        Kind::Network => json!({"type": "string", "pattern": "/[0-9]+$"}),
        Kind::Mac => json!({"type": "string", "pattern": "^([0-9a-f]{2}:){5}[0-9a-f]{2}$"}),
        Kind::Choice(choices) => json!({"type": "string", "enum": words(choices)}),
        Kind::Ref { target, .. } => reference("schemas", &reference_name(schema.get(*target))),
        Kind::Refs { target, .. } => {
            let item = reference("schemas", &reference_name(schema.get(*target)));
            return described(field, json!({"type": "array", "items": item}));
        }
        Kind::Json => return described(field, json!({})),
    };
    let shape = if field.required { shape } else { json!({"anyOf": [shape, {"type": "null"}]}) };
    described(field, shape)
}

/// A field as it may be sent.
pub(super) fn sent(schema: &Schema, field: &Field) -> Value {
    let shape = match &field.kind {
        Kind::Text(_) | Kind::LongText(_) => json!({"type": ["string", "number"]}),
        Kind::Url(_) => json!({"type": "string", "pattern": "^\\s*[A-Za-z][A-Za-z0-9+.\\-]*:"}),
        Kind::Email(_) => json!({"type": "string", "pattern": "@"}),
        Kind::Integer { min, max } => {
            json!({"anyOf": [integer(*min, *max), {"type": "string", "pattern": "[0-9]"}]})
        }
        Kind::Decimal { .. } => {
            json!({"anyOf": [{"type": "number"}, {"type": "string", "pattern": "[0-9]"}]})
        }
        Kind::Boolean => {
            json!({"anyOf": [{"type": "boolean"}, {"enum": [0, 1]}, {"type": "string", "minLength": 1}]})
        }
        Kind::Date => json!({"type": "string", "format": "date"}),
        Kind::Datetime => json!({"type": "string", "format": "date-time"}),
        Kind::Ip => address(),
        Kind::Network | Kind::Mac => json!({"type": "string", "minLength": 1}),
        Kind::Choice(choices) => json!({"type": "string", "enum": words(choices)}),
        Kind::Ref { target, .. } => reference_sent(schema.get(*target)),
        Kind::Refs { target, .. } => {
            let item = reference_sent(schema.get(*target));
            let list = json!({"anyOf": [{"type": "array", "items": item}, {"type": "null"}]});
            return described(field, list);
        }
        Kind::Json if field.required => json!({"not": {"type": "null"}}),
        Kind::Json => json!({}),
    };
    let shape = if field.required || matches!(field.kind, Kind::Json) {
        shape
    } else {
        json!({"anyOf": [shape, {"type": "null"}, {"type": "string", "pattern": BLANK}]})
    };
    described(field, shape)
}

/// The component that tells how references to a type are answered.
pub(super) fn reference_name(target: &Type) -> String {
    format!("{}.reference", target.name)
}

/// A reference, in all the ways of saying which record is meant.
fn reference_sent(target: &Type) -> Value {
    let keys: Vec<&str> = target.key_fields().map(|field| field.name.as_str()).collect();
    let mut ways = vec![
        json!({"type": "integer"}),
        json!({
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "integer"}},
        }),
        json!({"type": "object", "required": keys}),
    ];
    if keys.len() == 1 {
        ways.push(json!({"type": "string", "minLength": 1}));
    }
    json!({"anyOf": ways})
}

fn integer(min: Option<i64>, max: Option<i64>) -> Value {
    json!({
        "type": "integer",
        "format": "int64",
        "minimum": min.unwrap_or(i64::MIN),
        "maximum": max.unwrap_or(i64::MAX),
    })
}

fn address() -> Value {
    json!({
        "type": "string",
        "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}],
    })
}

fn words(choices: &[Choice]) -> Vec<&str> {
    choices.iter().map(|choice| choice.value.as_str()).collect()
}

/// Adds what people want to know of a field.
fn described(field: &Field, mut shape: Value) -> Value {
    if let Value::Object(members) = &mut shape
        && !members.contains_key("$ref")
    {
        members.insert("title".to_owned(), json!(field.label));
        let text = description(field);
        if !text.is_empty() {
            members.insert("description".to_owned(), json!(text));
        }
    }
    shape
}

/// What a field is for, and those of its rules that the shape of what is sent does not tell.
fn description(field: &Field) -> String {
    let mut sentences = Vec::new();
    if !field.help.is_empty() {
        sentences.push(field.help.clone());
    }
    match &field.kind {
        Kind::Text(rules) | Kind::LongText(rules) | Kind::Url(rules) | Kind::Email(rules) => {
            sentences.extend(text_rules(rules));
        }
        Kind::Decimal { min, max, places } => {
            sentences.push(decimal_rules(min.as_ref(), max.as_ref(), *places));
        }
        Kind::Network => sentences.push("In CIDR notation, host bits zero.".to_owned()),
        Kind::Mac => sentences.push("Such as 00:1b:44:11:3a:b7.".to_owned()),
        Kind::Ref { .. } | Kind::Refs { .. } => sentences.push(
            "Sent as id, as {\"id\": 3}, by the key fields, or as the key itself.".to_owned(),
        ),
        Kind::Integer { .. }
        | Kind::Boolean
        | Kind::Date
        | Kind::Datetime
        | Kind::Ip
        | Kind::Choice(_)
        | Kind::Json => {}
    }
    if field.unique {
        sentences.push("No two records share a value.".to_owned());
    }
    sentences.retain(|sentence| !sentence.is_empty());
    sentences.join(" ")
}

fn text_rules(rules: &TextRules) -> Vec<String> {
    let mut sentences =
        vec![format!("At most {} characters, without the blanks around.", rules.max_length)];
    if let Some(pattern) = &rules.pattern {
        sentences.push(format!("All of it matches `{}`.", pattern.text));
    }
    sentences
}

fn decimal_rules(min: Option<&Decimal>, max: Option<&Decimal>, places: Option<u8>) -> String {
    let mut rules = vec!["exact to 38 digits".to_owned()];
    rules.extend(places.map(|places| format!("at most {places} after the point")));
    rules.extend(min.map(|min| format!("at least {min}")));
    rules.extend(max.map(|max| format!("at most {max}")));
    format!("A decimal number: {}.", rules.join(", "))
}

//! What `OPTIONS` tells, in the form of Django REST framework's metadata.

use app::Context;
use domain::access::Right;
use domain::filter::offer::{Offered, Takes, offers};
use domain::schema::{Choice, Field, Kind, Schema, TextRules, Type, TypeIndex};
use serde_json::{Map, Value, json};

use crate::edge::Edge;
use crate::extract::format::{XLSX_TYPE, YAML_TYPE};

/// What can be read and sent, and the fields for who may send them, be it for a review.
pub(crate) fn document(
    edge: &Edge,
    ctx: &Context,
    record_type: &Type,
    name: &str,
    method: &str,
) -> Value {
    let mut members = Map::new();
    members.insert("name".to_owned(), json!(name));
    let description = &record_type.description;
    members.insert("description".to_owned(), json!(description));
    members.insert("type".to_owned(), json!(record_type.name.as_str()));
    let key: Vec<&str> = record_type.key_fields().map(|field| field.name.as_str()).collect();
    members.insert("key".to_owned(), json!(key));
    members.insert("review".to_owned(), json!(record_type.review.review.word()));
    let renders = ["application/json", "text/csv", "application/jsonl", YAML_TYPE, XLSX_TYPE];
    let renders = if method == "POST" { renders.as_slice() } else { &["application/json"] };
    members.insert("renders".to_owned(), json!(renders));
    members.insert("parses".to_owned(), json!(["application/json"]));
    let may = |right| ctx.access.has(right, record_type.index);
    if may(Right::Write) || may(Right::Propose) {
        let fields = fields(edge.schema(), record_type);
        members.insert("actions".to_owned(), json!({ method: fields }));
    }
    if method == "POST" {
        members.insert("filters".to_owned(), filters(edge.schema(), ctx, record_type));
    }
    Value::Object(members)
}

/// What a builder of conditions offers to somebody: nothing of what they may not see.
fn filters(schema: &Schema, ctx: &Context, record_type: &Type) -> Value {
    let may_see = |of: TypeIndex| ctx.access.has(Right::View, of);
    let offers = offers(schema, record_type).into_iter().filter(|offered| {
        offered.through.is_none_or(may_see) && offered.kind.target().is_none_or(may_see)
    });
    offers.map(|offered| of_filter(schema, &offered)).collect()
}

fn of_filter(schema: &Schema, offered: &Offered<'_>) -> Value {
    let comparisons = offered.comparisons.iter().map(|comparison| {
        let mut told = json!({
            "parameter": comparison.parameter(&offered.name),
            "label": comparison.label,
            "takes": takes_word(comparison.takes),
        });
        if let (Takes::Fixed(value), Some(members)) = (comparison.takes, told.as_object_mut()) {
            members.insert("value".to_owned(), json!(value));
        }
        told
    });
    let mut told = json!({
        "name": offered.name,
        "label": offered.label,
        "kind": offered.kind.word(),
        "comparisons": comparisons.collect::<Vec<Value>>(),
    });
    if let Some(members) = told.as_object_mut() {
        if let Some(target) = offered.kind.target() {
            members.insert("target".to_owned(), json!(schema.get(target).plural));
        }
        if let Kind::Choice(choices) = offered.kind {
            members.insert("choices".to_owned(), choices_of(choices));
        }
    }
    told
}

fn takes_word(takes: Takes) -> &'static str {
    match takes {
        Takes::One => "one",
        Takes::Many => "many",
        Takes::Two => "two",
        Takes::Fixed(_) => "nothing",
    }
}

fn choices_of(choices: &[Choice]) -> Value {
    let told = |choice: &Choice| json!({"value": choice.value, "display_name": choice.label});
    choices.iter().map(told).collect()
}

fn fields(schema: &Schema, record_type: &Type) -> Value {
    let mut members = Map::new();
    for (name, word) in [
        ("id", "integer"),
        ("url", "url"),
        ("revision", "integer"),
        ("created_at", "datetime"),
        ("updated_at", "datetime"),
        ("changed_by", "string"),
    ] {
        let label = name.replace('_', " ");
        let told = json!({"type": word, "required": false, "read_only": true, "label": label});
        members.insert(name.to_owned(), told);
    }
    for field in &record_type.fields {
        members.insert(field.name.to_string(), of_field(schema, field));
    }
    Value::Object(members)
}

fn of_field(schema: &Schema, field: &Field) -> Value {
    let mut told = Map::new();
    let mut tell = |name: &str, value: Value| {
        told.insert(name.to_owned(), value);
    };
    tell("type", json!(type_word(&field.kind)));
    tell("kind", json!(field.kind.word()));
    let required = field.required && field.default.is_none();
    tell("required", json!(required));
    tell("read_only", json!(false));
    tell("label", json!(field.label));
    tell("unique", json!(field.unique));
    if !field.help.is_empty() {
        tell("help_text", json!(field.help));
    }
    if let Some(default) = &field.default {
        tell("default", json!(default.to_text()));
    }
    if let Some(target) = field.kind.target() {
        let target = schema.get(target);
        tell("target", json!(target.plural));
        tell("many", json!(field.kind.is_refs()));
    }
    for (name, value) in limits(&field.kind) {
        tell(name, value);
    }
    Value::Object(told)
}

fn type_word(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text(_) | Kind::LongText(_) | Kind::Ip | Kind::Network | Kind::Mac => "string",
        Kind::Integer { .. } => "integer",
        Kind::Decimal { .. } => "decimal",
        Kind::Boolean => "boolean",
        Kind::Date => "date",
        Kind::Datetime => "datetime",
        Kind::Url(_) => "url",
        Kind::Email(_) => "email",
        Kind::Choice(_) => "choice",
        Kind::Ref { .. } | Kind::Refs { .. } | Kind::Json => "field",
    }
}

fn limits(kind: &Kind) -> Vec<(&'static str, Value)> {
    match kind {
        Kind::Text(rules) | Kind::LongText(rules) | Kind::Url(rules) | Kind::Email(rules) => {
            text_limits(rules)
        }
        Kind::Integer { min, max } => bounds(min.map(|n| json!(n)), max.map(|n| json!(n))),
        Kind::Decimal { min, max, places } => {
            let text = |number: &domain::value::Decimal| json!(number.to_string());
            let mut limits = bounds(min.as_ref().map(text), max.as_ref().map(text));
            limits.extend(places.map(|places| ("decimal_places", json!(places))));
            limits
        }
        Kind::Choice(choices) => vec![("choices", choices_of(choices))],
        Kind::Boolean
        | Kind::Date
        | Kind::Datetime
        | Kind::Ip
        | Kind::Network
        | Kind::Mac
        | Kind::Ref { .. }
        | Kind::Refs { .. }
        | Kind::Json => Vec::new(),
    }
}

fn text_limits(rules: &TextRules) -> Vec<(&'static str, Value)> {
    let mut limits = vec![("max_length", json!(rules.max_length))];
    if let Some(pattern) = &rules.pattern {
        limits.push(("pattern", json!(pattern.text)));
    }
    limits
}

fn bounds(min: Option<Value>, max: Option<Value>) -> Vec<(&'static str, Value)> {
    let min = min.map(|min| ("min_value", min));
    let max = max.map(|max| ("max_value", max));
    min.into_iter().chain(max).collect()
}

//! The parameters of lists and writes, filters included.

use domain::filter::lookup_names;
use domain::query::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX};
use domain::schema::{Kind, Schema, TextRules, Type};
use serde_json::{Value, json};

use super::reference;
use crate::extract::caller::REASON_LENGTH_MAX;

/// Parameters that many operations have, as components.
pub(super) fn shared() -> Value {
    let mut shared = of_lists_and_records();
    if let (Some(all), Value::Object(more)) = (shared.as_object_mut(), of_writes()) {
        all.extend(more);
    }
    shared
}

fn of_writes() -> Value {
    json!({
        "reason": query(
            "reason", "Why, as history shall tell it.",
            &json!({"type": "string", "maxLength": REASON_LENGTH_MAX})
        ),
        "review": query(
            "review", "1 asks for a review even where one could write.",
            &json!({"type": "string", "enum": ["1", "0", "true", "false"]})
        ),
        "bypass": query(
            "bypass",
            "1 writes at once what should be reviewed, with the right to and a reason; not beside \
             `review`.",
            &json!({"type": "string", "enum": ["1", "0", "true", "false"]})
        ),
        "reviewers": query(
            "reviewers",
            "Who is asked to decide where it waits for a review: names, separated by commas.",
            &json!({"type": "string"})
        ),
        "x_change_reason": {
            "name": "X-Change-Reason",
            "in": "header",
            "description": "Why, as history shall tell it; stronger than the parameter.",
            "schema": {"type": "string", "maxLength": REASON_LENGTH_MAX},
        },
    })
}

fn of_lists_and_records() -> Value {
    json!({
        "format_json": query(
            "format", "The form of the answer.", &json!({"type": "string", "enum": ["json"]})
        ),
        "brief": query(
            "brief", "1 leaves what names a record: id, url, display, key.",
            &json!({"type": "string", "enum": ["1", "0", "true", "false", ""]})
        ),
        "as_of": query(
            "as_of",
            "The register as it stood at a moment: a commit's number, a time, a day, `yesterday`, \
             or how long ago (`30d`).",
            &json!({"type": "string", "examples": ["2026-01-31T12:00:00Z"]})
        ),
        "if_match": header(
            "If-Match",
            "Only if the record has one of these revisions, named by their `ETag`s; `*`: if it is \
             there.",
        ),
        "if_none_match": header(
            "If-None-Match",
            "Of a read: 304 if the record has one of these `ETag`s. Of a write, `*` alone: only if \
             there is no such record.",
        ),
        "if_unmodified_since": header(
            "If-Unmodified-Since",
            "Only if the record was changed last before this second; not beside `If-Match`.",
        ),
        "idempotency_key": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Sent again within 24 hours with the same key, the same request gives \
                the same answer and changes nothing more.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        },
        "limit": query(
            "limit", "Records on a page.",
            &json!({"type": "integer", "minimum": 1, "maximum": PAGE_SIZE_MAX,
                "default": PAGE_SIZE_DEFAULT})
        ),
        "offset": query(
            "offset", "Records to skip. `next` leads on by offset then, else by cursor.",
            &json!({"type": "integer", "minimum": 0, "maximum": i64::MAX})
        ),
        "cursor": query(
            "cursor", "Where a page begins, as `next` and `previous` tell. Not with `offset`.",
            &json!({"type": "string"})
        ),
        "count": query(
            "count", "`none` skips the counting.",
            &json!({"type": "string", "enum": ["exact", "none"], "default": "exact"})
        ),
        "search": query(
            "search", "Text that some searched field holds, whatever the case.",
            &json!({"type": "string"})
        ),
    })
}

/// The parameters that cut a record's members.
pub(super) fn members(record_type: &Type) -> Vec<Value> {
    let names: Vec<&str> = record_type.fields.iter().map(|field| field.name.as_str()).collect();
    let names = names.join(", ");
    let text = json!({"type": "string"});
    vec![
        query(
            "fields",
            &format!(
                "Only these members, separated by commas: id, url, display, {names}, revision, \
                 created_at, updated_at, changed_by."
            ),
            &text,
        ),
        query("exclude", "All members but these.", &text),
        query("omit", "The same as `exclude`.", &text),
        reference("parameters", "brief"),
    ]
}

/// The parameters of a write.
pub(super) fn of_write() -> Vec<Value> {
    let names = ["reason", "x_change_reason", "review", "bypass", "reviewers"];
    names
        .into_iter()
        .chain(["idempotency_key", "format_json"])
        .map(|name| reference("parameters", name))
        .collect()
}

/// The parameters of a write of a record that may be there.
pub(super) fn of_change() -> Vec<Value> {
    let conditions = ["if_match", "if_none_match", "if_unmodified_since"];
    let mut parameters = of_write();
    parameters.extend(conditions.map(|name| reference("parameters", name)));
    parameters
}

/// The parameters of a write of all that a filter matches.
pub(super) fn of_matching(schema: &Schema, record_type: &Type) -> Vec<Value> {
    let mut parameters = of_write();
    parameters.push(reference("parameters", "search"));
    parameters.extend(filters(schema, record_type));
    parameters
}

fn header(name: &str, description: &str) -> Value {
    let shape = json!({"type": "string"});
    json!({"name": name, "in": "header", "description": description, "schema": shape})
}

/// The parameters of a list.
pub(super) fn of_list(schema: &Schema, record_type: &Type) -> Vec<Value> {
    let mut parameters: Vec<Value> =
        ["limit", "offset", "cursor", "count", "search", "as_of", "if_none_match"]
            .map(|name| reference("parameters", name))
            .to_vec();
    parameters.push(query(
        "ordering",
        "Fields to order by, separated by commas, through references too (`dc__name`); `-` \
         before one puts the greatest first.",
        &json!({"type": "string"}),
    ));
    parameters.push(query(
        "facets",
        "Fields with a choice or a reference, separated by commas: the answer counts the records \
         that match by their values, too.",
        &json!({"type": "string"}),
    ));
    parameters.push(query(
        "format",
        "The form of the answer; stronger than `Accept`.",
        &json!({"type": "string", "enum": ["json", "csv", "jsonl", "yaml", "xlsx", "datatables"]}),
    ));
    parameters.push(query(
        "export",
        "The name of a template: the answer is what it makes of all records that match, of the media \
         type that it has. Not beside `format`.",
        &json!({"type": "string"}),
    ));
    parameters.extend(members(record_type));
    parameters.extend(filters(schema, record_type));
    parameters
}

/// The filters of a type and of what it refers to.
fn filters(schema: &Schema, record_type: &Type) -> Vec<Value> {
    let mut filters = Vec::new();
    let line = Kind::Text(TextRules { max_length: usize::MAX, pattern: None });
    let number = Kind::Integer { min: None, max: None };
    for (name, kind) in [
        ("id", &number),
        ("revision", &number),
        ("created_at", &Kind::Datetime),
        ("updated_at", &Kind::Datetime),
        ("changed_by", &line),
    ] {
        let words = lookup_names(kind).filter(|word| *word != "isnull");
        add_filters(name, kind, words, &mut filters);
    }
    for field in &record_type.fields {
        let name = field.name.as_str();
        add_filters(name, &field.kind, lookup_names(&field.kind), &mut filters);
        let Some(target) = field.kind.target() else {
            continue;
        };
        for inner in &schema.get(target).fields {
            let name = format!("{name}__{}", inner.name);
            add_filters(&name, &inner.kind, lookup_names(&inner.kind), &mut filters);
        }
    }
    filters
}

fn add_filters<'a>(
    path: &str,
    kind: &Kind,
    words: impl Iterator<Item = &'a str>,
    filters: &mut Vec<Value>,
) {
    for word in words {
        let name = if word == "exact" { path.to_owned() } else { format!("{path}__{word}") };
        // Not the parameter's own `example`: pages that try requests send that unless somebody
        // clears it, and so would send all filters at once.
        let schema = match example(kind, word) {
            Some(example) => json!({"type": "string", "examples": [example]}),
            None => json!({"type": "string"}),
        };
        filters.push(json!({
            "name": name,
            "in": "query",
            "schema": schema,
            "description": meaning(word),
        }));
    }
}

fn meaning(word: &str) -> &'static str {
    match word {
        "exact" => "Is this; of a reference, its id.",
        "iexact" => "Is this, whatever the case.",
        "contains" => "Holds this.",
        "icontains" => "Holds this, whatever the case.",
        "startswith" => "Begins with this.",
        "istartswith" => "Begins with this, whatever the case.",
        "endswith" => "Ends with this.",
        "iendswith" => "Ends with this, whatever the case.",
        "regex" => "Matches this regular expression somewhere.",
        "iregex" => "Matches this regular expression somewhere, whatever the case.",
        "in" => "Is one of these, separated by commas.",
        "range" => "Lies between these two, separated by a comma, both included.",
        "gt" => "Is greater.",
        "gte" => "Is greater or the same.",
        "lt" => "Is less.",
        "lte" => "Is less or the same.",
        "isnull" => "Has no value (true), or has one (false).",
        "net" => "Lies inside this network.",
        "all" => "Refers to each of these, separated by commas, and maybe to others.",
        "date" => "The day of it is this; comparisons may follow.",
        _ => "This part of it is this number; comparisons may follow.",
    }
}

/// A value that the filter takes, where not just any text will do.
fn example(kind: &Kind, word: &str) -> Option<&'static str> {
    Some(match (word, kind) {
        ("isnull", _) => "false",
        ("net", _) => "10.0.0.0/8",
        ("regex" | "iregex", _) => "^[a-z]+[0-9]{4}$",
        ("date", _) => "2026-01-31",
        ("year" | "iso_year", _) => "2026",
        (
            "quarter" | "month" | "week" | "week_day" | "iso_week_day" | "day" | "hour" | "minute"
            | "second",
            _,
        ) => "1",
        ("range", Kind::Integer { .. } | Kind::Decimal { .. }) => "1,9",
        ("range", Kind::Date) => "2026-01-01,2026-12-31",
        ("range", Kind::Datetime) => "2026-01-01T00:00:00Z,2026-12-31T23:59:59Z",
        ("range", Kind::Ip) => "10.0.0.1,10.0.0.99",
        ("range", Kind::Network) => "10.0.0.0/24,10.0.9.0/24",
        ("range", Kind::Mac) => "00:1b:44:11:3a:b7,00:1b:44:11:3a:bf",
        ("range", _) => "a,b",
        (
            "in" | "all",
            Kind::Integer { .. } | Kind::Decimal { .. } | Kind::Ref { .. } | Kind::Refs { .. },
        ) => "1,2",
        ("exact" | "in" | "gt" | "gte" | "lt" | "lte", kind) => value_example(kind)?,
        _ => return None,
    })
}

fn value_example(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::Integer { .. } | Kind::Decimal { .. } | Kind::Ref { .. } | Kind::Refs { .. } => {
            Some("1")
        }
        Kind::Boolean => Some("true"),
        Kind::Date => Some("2026-01-31"),
        Kind::Datetime => Some("2026-01-31T12:00:00Z"),
        Kind::Ip => Some("10.0.0.1"),
        Kind::Network => Some("10.0.0.0/8"),
        Kind::Mac => Some("00:1b:44:11:3a:b7"),
        Kind::Text(_)
        | Kind::LongText(_)
        | Kind::Url(_)
        | Kind::Email(_)
        | Kind::Choice(_)
        | Kind::Json => None,
    }
}

/// A parameter of a query string.
pub(super) fn query(name: &str, description: &str, shape: &Value) -> Value {
    json!({"name": name, "in": "query", "description": description, "schema": shape})
}

/// A parameter of a path.
pub(super) fn path(name: &str, description: &str, shape: &Value) -> Value {
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "description": description,
        "schema": shape,
    })
}
